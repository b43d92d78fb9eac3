/** Extremes of one part of the baseline's window. */
export interface Extremes {
  readonly startMs: number;
  low: number;
  high: number;
  sum: number;
  samples: number;
}

/** What a key's envelope remembers: the window in `envelopeParts` parts, oldest first. */
export interface EnvelopeState {
  readonly method: 'envelope';
  readonly firstMs: number;
  parts: Extremes[];
}

export const envelopeParts = 8;

export function createEnvelopeState(nowMs: number): EnvelopeState {
  return { method: 'envelope', firstMs: nowMs, parts: [] };
}

/** Adds a value; a part is `windowMs / envelopeParts` long, parts older than the window are forgotten. */
export function addValue(state: EnvelopeState, value: number, nowMs: number, windowMs: number): void {
  const last = state.parts.at(-1);
  if (last && nowMs < last.startMs + windowMs / envelopeParts) {
    last.low = Math.min(last.low, value);
    last.high = Math.max(last.high, value);
    last.sum += value;
    last.samples += 1;
    return;
  }
  state.parts.push({ startMs: nowMs, low: value, high: value, sum: value, samples: 1 });
  state.parts = state.parts.filter((part) => part.startMs > nowMs - windowMs);
}

export interface Envelope {
  readonly low: number;
  readonly high: number;
  readonly mean: number;
  readonly samples: number;
}

/** Lowest, highest and mean of all parts; NaN where nothing was seen. */
export function envelopeOf(state: EnvelopeState): Envelope {
  let [low, high, sum, samples] = [Infinity, -Infinity, 0, 0];
  for (const part of state.parts) {
    low = Math.min(low, part.low);
    high = Math.max(high, part.high);
    sum += part.sum;
    samples += part.samples;
  }
  return samples === 0
    ? { low: NaN, high: NaN, mean: NaN, samples }
    : { low, high, mean: sum / samples, samples };
}
