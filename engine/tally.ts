import { parseSketchField } from '../signals/sketch.ts';

/**
 * What one stretch of time showed of a sketch: `[bucket, count, bucket, count, …]`, buckets ascending. Flat and
 * sparse, because a key holds up to fifteen of them.
 */
export type Tally = readonly number[];

/** Keeps a key near 1 KiB. Beyond it counts move to a neighbouring bucket; none is lost. */
export const maxTallyBuckets = 20;

/** The buckets of `sketch` among the fields of a row; undefined: it carries none. */
export function tallyOf(fields: Readonly<Record<string, number>>, sketch: string): Tally | undefined {
  const pairs: [bucket: number, count: number][] = [];
  for (const name in fields) {
    // Most fields are plain: a look at the last character is cheaper than the pattern.
    if (!name.endsWith(']')) continue;
    const parsed = parseSketchField(name);
    const count = fields[name] ?? 0;
    if (parsed?.sketch === sketch && count > 0) pairs.push([parsed.bucket, count]);
  }
  return pairs.length === 0 ? undefined : bounded(pairs.toSorted(([a], [b]) => a - b).flat());
}

export function mergeTallies(a: Tally | undefined, b: Tally | undefined): Tally | undefined {
  if (!a || !b) return a ?? b;
  const merged: number[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [left, right] = [a[i] ?? Infinity, b[j] ?? Infinity];
    merged.push(
      Math.min(left, right),
      (left <= right ? at(a, i + 1) : 0) + (right <= left ? at(b, j + 1) : 0),
    );
    if (left <= right) i += 2;
    if (right <= left) j += 2;
  }
  return bounded(merged);
}

function at(tally: Tally, index: number): number {
  return tally[index] ?? 0;
}

/**
 * Joins neighbours until they fit, each time the two for which the least is lost: the counts that move, the distance
 * that they move, against the counts from there up. So the upper end, where latencies are asked, stays sharp. The
 * heavier one stays where it is.
 */
function bounded(tally: number[]): Tally {
  while (tally.length > 2 * maxTallyBuckets) {
    const left = cheapestPair(tally);
    const [leftCount, rightCount] = [at(tally, left + 1), at(tally, left + 3)];
    const bucket = rightCount >= leftCount ? at(tally, left + 2) : at(tally, left);
    tally.splice(left, 4, bucket, leftCount + rightCount);
  }
  return tally;
}

function cheapestPair(tally: Tally): number {
  let [best, bestCost, above] = [0, Infinity, 0];
  for (let i = tally.length - 4; i >= 0; i -= 2) {
    const [left, right] = [at(tally, i + 1), at(tally, i + 3)];
    above += right;
    const cost = (Math.min(left, right) * (at(tally, i + 2) - at(tally, i))) / (above + left);
    if (cost < bestCost) [best, bestCost] = [i, cost];
  }
  return best;
}

/** Adds a tally to counts by bucket, as signals/sketch.ts takes them. */
export function addTally(counts: Map<number, number>, tally: Tally): void {
  for (let i = 0; i + 1 < tally.length; i += 2) {
    const bucket = at(tally, i);
    counts.set(bucket, (counts.get(bucket) ?? 0) + at(tally, i + 1));
  }
}
