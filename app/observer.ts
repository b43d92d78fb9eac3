import { join } from 'node:path';
import type { Registry } from 'prom-client';
import { createAgent } from '../agent/agent.ts';
import type { AgentReport, SignalReport } from '../agent/agent-report.ts';
import { type KernelProblem, type KernelSupport, probeKernel } from '../agent/bpf/kernel.ts';
import { systemClock } from '../agent/clock.ts';
import { explainStartFailure } from '../agent/explain-start-failure.ts';
import type { AgentLogger } from '../agent/logger.ts';
import { createLabelsOf } from '../agent/names/workload-labels.ts';
import { createDestinations } from '../agent/destinations/destinations.ts';
import { createInternalRanges } from '../agent/names/internal-ranges.ts';
import { createNames } from '../agent/names/create-names.ts';
import { createProbes } from '../agent/probes/registry.ts';
import { registerRowMetrics } from '../agent/row-metrics/row-metrics.ts';
import { createProcRetransmitsProbe } from '../agent/proc/proc-retransmits.ts';
import type { ProbeStart } from '../agent/probe.ts';
import { createFlightRecorder, type StartableFlightRecorder } from '../agent/recorder/flight-recorder.ts';
import { defaultRecorderLimits } from '../agent/recorder/recorder-limits.ts';
import { createRecorderSource } from '../agent/recorder/recorder-source.ts';
import type { ObservationBatch } from '../stream/events/observation.ts';
import type { Config } from './config/schema.ts';
import { openClusterNode, withClusterParts } from './cluster-node.ts';
import type { Component } from './lifecycle.ts';
import { registerNameMetrics } from './name-metrics.ts';
import { capturesDirectory } from './open-log.ts';
import type { PartReport } from './part-report.ts';
import { registerRecorderMetrics } from './recorder-metrics.ts';

export interface ObserverOptions {
  readonly config: Config;
  /** Relative paths of the configuration are meant from here. */
  readonly directory: string;
  readonly dataDirectory: string;
  readonly bpfDirectory: string;
  readonly emit: (batch: ObservationBatch) => void;
  readonly logger: AgentLogger;
  readonly registry: Registry;
}

/** The agent with its names and its flight recorder, on this machine. */
export interface Observer extends Component {
  /** Why eBPF cannot be used on this machine at all; undefined: it can. */
  readonly machine: KernelProblem | undefined;
  /** undefined: switched off, or eBPF cannot run. */
  readonly recorder: StartableFlightRecorder | undefined;
  /** Known after `start`. */
  parts(): readonly PartReport[];
}

export function createObserver(options: ObserverOptions): Observer {
  const { config, logger, bpfDirectory } = options;
  const kernel = probeKernel();
  const recorder = config.captures.enabled && kernel.usable ? openRecorder(options, kernel) : undefined;
  let parts: PartReport[] = [];
  const nowMs = (): number => systemClock.nowMs();
  const cluster =
    config.kubernetes === undefined
      ? undefined
      : openClusterNode(config.kubernetes, { ...options, node: config.node });
  const names = createNames({
    cluster: config.cluster,
    node: config.node,
    ...(cluster !== undefined && { pods: cluster }),
    kernel,
    bpfDirectory,
    nowMs,
    // Names are part of alert keys: a restart must not forget them.
    namesFile: join(options.dataDirectory, 'names.json'),
  });
  registerNameMetrics(options.registry, names);
  const rowMetrics = registerRowMetrics(options.registry, config.metrics, nowMs);
  const emit = (batch: ObservationBatch): void => {
    rowMetrics.record(batch);
    options.emit(batch);
  };
  const isInternal = createInternalRanges({
    settings: config.network,
    nowMs,
    ...(cluster !== undefined && {
      found: () => cluster.ranges(),
      wanted: () => cluster.policy().ranges,
    }),
  });
  let agent: ReturnType<typeof createAgent> | undefined;

  async function start(): Promise<void> {
    await cluster?.start();
    // Before the probes: a look-up precedes its connection.
    const dns = await names.dnsReader.start();
    const recording = await startRecorder(recorder, options, kernel);
    agent = createAgent({
      cluster: config.cluster,
      node: config.node,
      emit,
      logger,
      kernel,
      metrics: options.registry,
      workloadNamer: names.workloads,
      peerNamer: names.peers,
      processNamer: names.processes,
      labelsOf: createLabelsOf(config.workloads),
      ...(recording.state === 'on' && recorder !== undefined && { recorder }),
      probes: createProbes({ kernel, bpfDirectory, names, settings: config }),
      fallbacks: [createProcRetransmitsProbe()],
      derivations: [createDestinations(isInternal)],
      ...(cluster !== undefined && { isTold: (signal) => !cluster.policy().leftOut.has(signal) }),
    });
    const report = await agent.start();
    parts = [...signalParts(report), recording, dnsPart(dns)];
  }

  async function stop(): Promise<void> {
    await agent?.stop();
    await recorder?.stop();
    await names.dnsReader.stop();
    await cluster?.stop();
    names[Symbol.dispose]();
  }

  return {
    name: 'agent',
    machine: fatalProblem(kernel),
    recorder,
    start,
    stop,
    parts: () => (cluster === undefined ? parts : withClusterParts(parts, cluster)),
  };
}

function openRecorder(options: ObserverOptions, kernel: KernelSupport): StartableFlightRecorder {
  const { config, dataDirectory, bpfDirectory, logger } = options;
  const { max_bytes, max_total_bytes, max_concurrent, ring_bytes, snaplen } = config.captures;
  const recorder = createFlightRecorder({
    openSource: createRecorderSource({ bpfDirectory, kernel, ringBytes: ring_bytes }),
    directory: capturesDirectory(dataDirectory),
    limits: {
      ...defaultRecorderLimits,
      maxBytesPerCapture: max_bytes,
      maxTotalBytes: max_total_bytes,
      maxConcurrent: max_concurrent,
      snaplen,
    },
    clock: systemClock,
    logger,
  });
  registerRecorderMetrics(options.registry, recorder);
  return recorder;
}

async function startRecorder(
  recorder: StartableFlightRecorder | undefined,
  { config, logger }: ObserverOptions,
  kernel: KernelSupport,
): Promise<PartReport> {
  const part = { name: 'flight recorder', detail: '', reason: '', remedy: '' };
  if (!config.captures.enabled) return { ...part, state: 'off', detail: 'switched off (captures.enabled)' };
  if (recorder === undefined) return { ...part, state: 'missing', ...whyNoBpf(kernel) };
  try {
    await recorder.start();
  } catch (error) {
    logger.error({ err: error }, 'the flight recorder cannot start');
    const { reason, remedy } = explainStartFailure(error);
    return { ...part, state: 'missing', reason: `alerts come without packets: ${reason}`, remedy };
  }
  const { max_total_bytes, ring_bytes } = config.captures;
  const mebibytes = Math.round(ring_bytes / 1024 ** 2);
  const gigabytes = (max_total_bytes / 1e9).toFixed(1);
  return { ...part, state: 'on', detail: `${mebibytes} MiB of memory, ${gigabytes} GB of disk` };
}

function fatalProblem(kernel: KernelSupport): KernelProblem | undefined {
  return kernel.problems.find((one) => one.fatal);
}

function whyNoBpf(kernel: KernelSupport): Pick<PartReport, 'reason' | 'remedy'> {
  const { reason = 'eBPF cannot be used here', remedy = '' } = fatalProblem(kernel) ?? {};
  return { reason, remedy };
}

function signalParts(report: AgentReport): PartReport[] {
  return report.signals.map((signal) => ({
    name: signal.signal,
    state: signalState(signal),
    detail: signalDetail(signal),
    reason: signal.reason ?? '',
    remedy: signal.remedy ?? '',
  }));
}

function signalState({ attached, fallback, idle }: SignalReport): PartReport['state'] {
  if (!attached) return idle === true ? 'off' : 'missing';
  return fallback ? 'less' : 'on';
}

function signalDetail(signal: SignalReport): string {
  const { attached, fallback, notes } = signal;
  if (!attached) return signal.idle === true ? (signal.reason ?? '') : '';
  const how = fallback ? 'from /proc only' : (signal.how ?? 'from the kernel');
  return notes.length === 0 ? how : `${how} (${notes.join('; ')})`;
}

function dnsPart(dns: ProbeStart): PartReport {
  const part = { name: 'names by DNS', detail: '', reason: '', remedy: '' };
  if (dns.attached) return { ...part, state: 'on', detail: 'what each client looked up' };
  return { ...part, state: 'missing', reason: dns.reason, remedy: dns.remedy };
}
