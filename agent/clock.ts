import { systemClock as systemWallClock, type Clock } from '../stream/clock.ts';

/** The agent also counts on CLOCK_MONOTONIC (the kernel's `bpf_ktime_get_ns`) and sets timers. */
export interface AgentClock extends Clock {
  monotonicNs(): bigint;
  /** Calls back once after `delayMs`; returns how to cancel. */
  after(delayMs: number, callback: () => void): () => void;
}

export const systemClock: AgentClock = {
  ...systemWallClock,
  monotonicNs: () => process.hrtime.bigint(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
