import type { FreezeLimits } from './freeze-store.ts';

/** Every bound of the flight recorder. */
export interface RecorderLimits extends FreezeLimits {
  /** A request may ask for less. */
  readonly maxBytesPerCapture: number;
  /** Disk for all captures. */
  readonly maxTotalBytes: number;
  readonly maxConcurrent: number;
  /** Captures that wait for their turn; their packets are frozen meanwhile. */
  readonly maxWaiting: number;
  /** Memory for the packets of all captures that run; a capture that finds it full ends early or is refused. */
  readonly maxRunningBytes: number;
  /** Bytes of a packet kept while following; headers are always whole. At most 1536. */
  readonly snaplen: number;
}

const MiB = 1024 * 1024;

export const defaultRecorderLimits: RecorderLimits = {
  maxBytesPerCapture: 20 * MiB,
  maxTotalBytes: 1024 * MiB,
  maxConcurrent: 8,
  maxWaiting: 24,
  maxRunningBytes: 96 * MiB,
  // Headers alone: what an application says does not belong on a disk unasked.
  snaplen: 0,
  maxFreezes: 32,
  maxBytesPerFreeze: 4 * MiB,
  maxFreezeBytes: 32 * MiB,
  ttlMs: 30_000,
};
