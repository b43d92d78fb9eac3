import { setTimeout as sleep } from 'node:timers/promises';

export interface Patience {
  /** false: of no use to try again; it is thrown. */
  readonly isRetryable: (error: unknown) => boolean;
  readonly onFailure: (error: unknown) => void;
  /** What the other side asked for; undefined: back-off alone. */
  readonly waitMs?: (error: unknown) => number | undefined;
  readonly signal: AbortSignal;
  readonly firstRetryMs?: number;
  readonly maxRetryMs?: number;
  /** 0 to 1; default: no jitter. */
  readonly random?: () => number;
}

/** Tries until it works, the error is final, or `signal` says that it is of no use any more. Waits twice as long each time. */
export async function retryPatiently<T>(work: () => Promise<T>, patience: Patience): Promise<T> {
  const { signal, firstRetryMs = 100, maxRetryMs = 5_000, random = () => 1 } = patience;
  for (let retryMs = firstRetryMs; ; retryMs = Math.min(retryMs * 2, maxRetryMs)) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (signal.aborted || !patience.isRetryable(error)) throw error;
      patience.onFailure(error);
      // Between half and all of it: what failed together does not come back together.
      const jittered = retryMs * (0.5 + random() / 2);
      await sleep(Math.max(jittered, patience.waitMs?.(error) ?? 0), undefined, { signal });
    }
  }
}
