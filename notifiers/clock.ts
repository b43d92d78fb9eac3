import { setTimeout as sleep } from 'node:timers/promises';

/** Wall time and waiting, injected so that tests hold both. */
export interface Clock {
  nowMs(): number;
  /** Resolves after the time or as soon as the signal aborts, whichever is first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  async sleep(ms, signal) {
    try {
      await sleep(ms, undefined, { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  },
};
