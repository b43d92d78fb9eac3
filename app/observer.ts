import { join } from 'node:path';
import type { Registry } from 'prom-client';
import { createAgent } from '../agent/agent.ts';
import type { AgentReport, SignalReport } from '../agent/agent-report.ts';
import { bpfObjectPath, type KernelSupport, probeKernel } from '../agent/bpf/kernel.ts';
import { systemClock } from '../agent/clock.ts';
import type { AgentLogger } from '../agent/logger.ts';
import { createNames } from '../agent/names/create-names.ts';
import { createProcRetransmitsProbe } from '../agent/proc/proc-retransmits.ts';
import type { ProbeStart } from '../agent/probe.ts';
import { createFlightRecorder, type StartableFlightRecorder } from '../agent/recorder/flight-recorder.ts';
import { defaultRecorderLimits } from '../agent/recorder/recorder-limits.ts';
import { openRecorderPrograms } from '../agent/recorder/recorder-programs.ts';
import { planRings } from '../agent/recorder/ring-plan.ts';
import type { ObservationBatch } from '../stream/events/observation.ts';
import { availableParallelism } from 'node:os';
import type { Config } from './config/schema.ts';
import type { Component } from './lifecycle.ts';
import { registerNameMetrics } from './name-metrics.ts';
import { capturesDirectory } from './open-log.ts';
import { packageRoot } from './package-root.ts';
import type { PartReport } from './screen.ts';

export interface ObserverOptions {
  readonly config: Config;
  readonly dataDirectory: string;
  readonly emit: (batch: ObservationBatch) => void;
  readonly logger: AgentLogger;
  readonly registry: Registry;
}

/** The agent with its names and its flight recorder, on this machine. */
export interface Observer extends Component {
  readonly kernel: KernelSupport;
  /** undefined: switched off, or eBPF cannot run. */
  readonly recorder: StartableFlightRecorder | undefined;
  /** Known after `start`. */
  parts(): readonly PartReport[];
}

export function createObserver(options: ObserverOptions): Observer {
  const { config, logger } = options;
  const kernel = probeKernel();
  const bpfDirectory = join(packageRoot, 'bpf');
  const recorder =
    config.captures.enabled && kernel.usable ? openRecorder(options, kernel, bpfDirectory) : undefined;
  let parts: PartReport[] = [];
  const names = createNames({
    cluster: config.cluster,
    node: config.node,
    kernel,
    bpfDirectory,
    nowMs: () => systemClock.nowMs(),
    // Names are part of alert keys: a restart must not forget them.
    namesFile: join(options.dataDirectory, 'names.json'),
  });
  registerNameMetrics(options.registry, names);
  let agent: ReturnType<typeof createAgent> | undefined;

  async function start(): Promise<void> {
    // Before the probes: a look-up precedes its connection.
    const dns = await names.dnsReader.start();
    const recording = await startRecorder(recorder, options, kernel);
    agent = createAgent({
      cluster: config.cluster,
      node: config.node,
      bpfDirectory,
      emit: options.emit,
      logger,
      kernel,
      metrics: options.registry,
      workloadNamer: names.workloads,
      peerNamer: names.peers,
      processNamer: names.processes,
      ...(recording.attached && recorder !== undefined && { recorder }),
      fallbacks: [createProcRetransmitsProbe()],
    });
    const report = await agent.start();
    parts = [...signalParts(report), recording, dnsPart(dns)];
  }

  async function stop(): Promise<void> {
    await agent?.stop();
    await recorder?.stop();
    await names.dnsReader.stop();
    names[Symbol.dispose]();
  }

  return { name: 'agent', kernel, recorder, start, stop, parts: () => parts };
}

function openRecorder(
  options: ObserverOptions,
  kernel: KernelSupport,
  bpfDirectory: string,
): StartableFlightRecorder | undefined {
  const { config, dataDirectory, logger } = options;
  const { architecture, cgroup2Path } = kernel;
  if (architecture === undefined || cgroup2Path === undefined) return undefined;
  const { max_bytes, max_total_bytes, max_concurrent, ring_bytes } = config.captures;
  return createFlightRecorder({
    openSource: () =>
      openRecorderPrograms({
        objectPath: bpfObjectPath(bpfDirectory, architecture, 'recorder'),
        cgroup2Path,
        plan: planRings(ring_bytes, availableParallelism()),
        loopback: false,
        packetQuota: 100_000,
        storyQuota: 10_000,
      }),
    directory: capturesDirectory(dataDirectory),
    limits: {
      ...defaultRecorderLimits,
      maxBytesPerCapture: max_bytes,
      maxTotalBytes: max_total_bytes,
      maxConcurrent: max_concurrent,
    },
    clock: systemClock,
    logger,
  });
}

async function startRecorder(
  recorder: StartableFlightRecorder | undefined,
  { config }: ObserverOptions,
  kernel: KernelSupport,
): Promise<PartReport> {
  const name = 'flight recorder';
  if (!config.captures.enabled)
    return { name, attached: false, detail: 'switched off (captures.enabled)', remedy: '' };
  if (recorder === undefined) return { name, attached: false, ...whyNoBpf(kernel) };
  try {
    await recorder.start();
    const { max_total_bytes, ring_bytes } = config.captures;
    const mebibytes = Math.round(ring_bytes / 1024 ** 2);
    const gigabytes = (max_total_bytes / 1e9).toFixed(1);
    return {
      name,
      attached: true,
      detail: `${mebibytes} MiB of memory, ${gigabytes} GB of disk`,
      remedy: '',
    };
  } catch (error) {
    return {
      name,
      attached: false,
      detail: `packets are not kept: ${(error as Error).message}`,
      remedy: 'alerts go on without packets',
    };
  }
}

/** The first fatal problem, as a part says it. */
export function whyNoBpf(kernel: KernelSupport): { readonly detail: string; readonly remedy: string } {
  const problem = kernel.problems.find((one) => one.fatal);
  return { detail: problem?.reason ?? 'eBPF cannot be used here', remedy: problem?.remedy ?? '' };
}

function signalParts(report: AgentReport): PartReport[] {
  return report.signals.map((signal) => ({
    name: signal.signal,
    attached: signal.attached,
    detail: signalDetail(signal),
    remedy: signal.remedy ?? '',
  }));
}

function signalDetail(signal: SignalReport): string {
  const how = signal.attached
    ? signal.fallback
      ? `from /proc only: ${signal.reason ?? ''}`
      : 'from the kernel'
    : '';
  const notes = signal.notes.length === 0 ? '' : ` (${signal.notes.join('; ')})`;
  return `${how === '' ? (signal.reason ?? 'not attached') : how}${notes}`;
}

function dnsPart(dns: ProbeStart): PartReport {
  const name = 'names by DNS';
  if (dns.attached) return { name, attached: true, detail: 'what each client looked up', remedy: '' };
  return { name, attached: false, detail: dns.reason, remedy: dns.remedy };
}
