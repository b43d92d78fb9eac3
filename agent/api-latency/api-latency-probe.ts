import { bpfObjectPath, type KernelSupport } from '../bpf/kernel.ts';
import { openBpfObject } from '../bpf/libbpf.ts';
import type { OpenOptions } from '../bpf/port.ts';
import type { NetworkSettings } from '../names/internal-ranges.ts';
import type { Probe } from '../probe.ts';
import { createProbe, type ProbeRun } from '../probes/create-probe.ts';
import { refusedByKernel } from '../probes/refused-by-kernel.ts';
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
  return createProbe({
    name: 'api',
    signals: ['api.latency'],
    run: () => run(options),
  });
}

async function run(options: ApiLatencyProbeOptions): Promise<ProbeRun> {
  const { kernel, bpfDirectory } = options;
  const { architecture, cgroup2Path } = kernel;
  if (!kernel.usable || architecture === undefined || cgroup2Path === undefined)
    return refusedByKernel(kernel);
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
