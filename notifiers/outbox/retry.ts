/** Delays between attempts at one message. */
export interface RetryPolicy {
  readonly firstMs: number;
  readonly maxMs: number;
  /** A receiver that refuses waits for a person; trying it seldom finds out when it was repaired. */
  readonly refusedFirstMs: number;
  readonly refusedMaxMs: number;
  /** After an attempt of unknown outcome the receiver is asked at these times, because it may show messages late. */
  readonly askAfterMs: readonly number[];
  /** Then a message is given up: what announces or ends an alert, and the rest. */
  readonly giveUpAfterMs: number;
  readonly giveUpDetailAfterMs: number;
}

export const defaultRetryPolicy: RetryPolicy = {
  firstMs: 500,
  maxMs: 60_000,
  refusedFirstMs: 10_000,
  refusedMaxMs: 60_000,
  askAfterMs: [250, 1_500, 4_000],
  giveUpAfterMs: 24 * 3_600_000,
  giveUpDetailAfterMs: 3_600_000,
};

/** Exponential with full half jitter: between half and all of first × 2^(attempt-1), at most max. */
export function backoffMs(attempt: number, firstMs: number, maxMs: number, random: () => number): number {
  const whole = Math.min(maxMs, firstMs * 2 ** Math.min(30, Math.max(0, attempt - 1)));
  return whole / 2 + (random() * whole) / 2;
}
