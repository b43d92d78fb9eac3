import { availableParallelism } from 'node:os';
import { bpfObjectPath, type KernelSupport } from '../bpf/kernel.ts';
import type { PacketSource } from './packet-source.ts';
import { openRecorderPrograms } from './recorder-programs.ts';
import { planRings } from './ring-plan.ts';

export interface RecorderSourceOptions {
  readonly bpfDirectory: string;
  readonly kernel: KernelSupport;
  /** Memory of all rings together. */
  readonly ringBytes?: number;
  /** Record packets on `lo` too; default false. */
  readonly loopback?: boolean;
  /** Slots a second that one network namespace may take of one CPU's rings. */
  readonly packetQuota?: number;
  readonly storyQuota?: number;
}

const defaultRingBytes = 32 * 1024 * 1024;
/** A namespace alone fills a ring of 65,536 slots in six seconds at this rate; what is above it has gaps. */
const defaultPacketQuota = 10_000;
const defaultStoryQuota = 1_000;

/** Says how to open the recorder's programs on this kernel; throws where it has nothing to attach to. */
export function createRecorderSource(options: RecorderSourceOptions): () => PacketSource {
  return () => {
    const { architecture, cgroup2Path, release } = options.kernel;
    if (architecture === undefined || cgroup2Path === undefined)
      throw new Error(
        `the flight recorder cannot run on kernel ${release}: no cgroup2, or no programs for it`,
      );
    return openRecorderPrograms({
      objectPath: bpfObjectPath(options.bpfDirectory, architecture, 'recorder'),
      cgroup2Path,
      plan: planRings(options.ringBytes ?? defaultRingBytes, availableParallelism()),
      loopback: options.loopback ?? false,
      packetQuota: options.packetQuota ?? defaultPacketQuota,
      storyQuota: options.storyQuota ?? defaultStoryQuota,
    });
  };
}
