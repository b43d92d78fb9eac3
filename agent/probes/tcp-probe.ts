import { BpfError } from '../bpf/errors.ts';
import { bpfObjectPath, type KernelSupport } from '../bpf/kernel.ts';
import { openBpfObject } from '../bpf/libbpf.ts';
import type { BpfObject, OpenOptions } from '../bpf/port.ts';
import type { Probe, ProbeContext } from '../probe.ts';
import { createProbe, type ProbeRun } from './create-probe.ts';
import { refusedByKernel } from './refused-by-kernel.ts';
import { RunningTcpProbe } from './running-tcp-probe.ts';
import { tcpSignalIds } from './tcp-keys.ts';

export interface TcpProbeOptions {
  readonly kernel: KernelSupport;
  readonly bpfDirectory: string;
  /** Knobs of bpf/tcp.bpf.c, for tests. */
  readonly constants?: OpenOptions['constants'];
  readonly maxKeys?: number;
  /** Rows that can wait are told at most this often. */
  readonly quietGapMs?: number;
}

const defaultQuietGapMs = 10_000;

/** What bpf/tcp.bpf.c tells of every TCP socket. */
export function createTcpProbe(options: TcpProbeOptions): Probe {
  return createProbe({
    name: 'tcp',
    signals: tcpSignalIds,
    run: (context) => run(options, context),
  });
}

async function run(options: TcpProbeOptions, context: ProbeContext): Promise<ProbeRun> {
  const { kernel, bpfDirectory } = options;
  const { architecture, cgroup2Path } = kernel;
  if (!kernel.usable || architecture === undefined || cgroup2Path === undefined)
    return refusedByKernel(kernel);
  const loaded = openTcpObject(bpfObjectPath(bpfDirectory, architecture, 'tcp'), {
    constants: { ...options.constants, sc_wall_offset_ns: wallOffsetNs(context) },
    ...(options.maxKeys !== undefined && { maxEntries: { peers: options.maxKeys } }),
  });
  const running = new RunningTcpProbe(loaded.object, context, options.quietGapMs ?? defaultQuietGapMs);
  try {
    const attachNotes = running.attach(cgroup2Path, kernel.canEnterNamespaces);
    const processNotes = running.openProcesses(bpfDirectory, architecture);
    return { attached: true, notes: [...loaded.notes, ...attachNotes, ...processNotes], running };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

/**
 * Loads everything, or else without what older kernels lack: first `bpf_setsockopt` in an iterator (Linux 5.16),
 * whose call a constant then makes unreachable.
 */
function openTcpObject(path: string, options: OpenOptions): { object: BpfObject; notes: readonly string[] } {
  try {
    return { object: openBpfObject(path, options), notes: [] };
  } catch (error) {
    if (!(error instanceof BpfError) || error.code !== 'load') throw error;
    const constants = { ...options.constants, sc_leave_older_off: 1 };
    const notes = ['this kernel cannot switch callbacks on for older sockets (Linux 5.16)'];
    return { object: openBpfObject(path, { ...options, constants }), notes };
  }
}

function wallOffsetNs({ clock }: ProbeContext): bigint {
  return BigInt(clock.nowMs()) * 1_000_000n - clock.monotonicNs();
}
