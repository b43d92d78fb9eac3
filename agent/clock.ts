/** Wall time and timers, injected so that tests decide what time it is. */
export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
  /** CLOCK_MONOTONIC, the clock of `bpf_ktime_get_ns`. */
  monotonicNs(): bigint;
  /** Calls back once after `delayMs`; returns how to cancel. */
  after(delayMs: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicNs: () => process.hrtime.bigint(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
