export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /** In [0, 1). */
  readonly random: () => number;
}

export interface Backoff {
  /** How long to wait before the next attempt: between half and all of a span that doubles up to `maxMs`. */
  nextMs(): number;
  /** It went well. */
  reset(): void;
}

/** Doubling with jitter, so that those who lost the same API server do not all come back at once. */
export function createBackoff({ firstMs, maxMs, random }: BackoffOptions): Backoff {
  let failures = 0;
  return {
    nextMs() {
      const span = Math.min(maxMs, firstMs * 2 ** Math.min(failures, 30));
      failures += 1;
      return span * (0.5 + random() / 2);
    },
    reset() {
      failures = 0;
    },
  };
}
