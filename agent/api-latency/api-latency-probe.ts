import { bpfObjectPath, type KernelSupport } from '../bpf/kernel.ts';
import { openBpfObject } from '../bpf/libbpf.ts';
import type { OpenOptions } from '../bpf/port.ts';
import type { NetworkSettings } from '../names/internal-ranges.ts';
import type { Probe, ProbeStart } from '../probe.ts';
import { privateRanges } from './kernel-tables.ts';
import { RunningApiProbe } from './running-api-probe.ts';

export interface ApiLatencyProbeOptions {
  readonly kernel: KernelSupport;
  readonly bpfDirectory: string;
  /** Ranges of one's own, beside the private ones. */
  readonly settings?: { readonly network: NetworkSettings };
  /** Knobs of bpf/api.bpf.c, for tests. */
  readonly constants?: OpenOptions['constants'];
  readonly maxKeys?: number;
}

/** `api.latency` by bpf/api.bpf.c. */
export function createApiLatencyProbe(options: ApiLatencyProbeOptions): Probe {
  let running: RunningApiProbe | undefined;
  return {
    name: 'api',
    signals: ['api.latency'],
    async start() {
      const started = startRunning(options);
      if (!started.attached) return started;
      running = started.running;
      return { attached: true, notes: started.notes };
    },
    collect: () => running?.collect() ?? [],
    health: () => running?.health() ?? { counters: {}, mapFullness: {} },
    async stop() {
      running?.stop();
      running = undefined;
    },
  };
}

type Started =
  (ProbeStart & { attached: false }) | (ProbeStart & { attached: true; running: RunningApiProbe });

function startRunning(options: ApiLatencyProbeOptions): Started {
  const { kernel, bpfDirectory } = options;
  const { architecture, cgroup2Path } = kernel;
  if (!kernel.usable || architecture === undefined || cgroup2Path === undefined) return refusal(kernel);
  const object = openBpfObject(bpfObjectPath(bpfDirectory, architecture, 'api'), {
    ...(options.constants !== undefined && { constants: options.constants }),
    ...(options.maxKeys !== undefined && { maxEntries: { peers: options.maxKeys } }),
  });
  const running = new RunningApiProbe(object);
  try {
    running.attach(cgroup2Path, [...privateRanges, ...(options.settings?.network.internal ?? [])]);
    return { attached: true, notes: running.adoptOlder(kernel.canEnterNamespaces), running };
  } catch (error) {
    running.stop();
    throw error;
  }
}

function refusal(kernel: KernelSupport): ProbeStart & { attached: false } {
  const problem = kernel.problems.find(({ fatal }) => fatal);
  return {
    attached: false,
    reason: problem?.reason ?? 'eBPF cannot be used',
    remedy: problem?.remedy ?? 'see the problems of the kernel',
  };
}
