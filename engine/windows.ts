import type { Merge, SignalDefinition } from '../signals/define-signal.ts';
import { mergeValues } from '../signals/merge-values.ts';
import { addTally, mergeTallies, tallyOf, type Tally } from './tally.ts';

/** The fields of a signal in a fixed order, so that a row is a plain array of numbers. NaN: the row did not carry it. */
export interface FieldLayout {
  readonly names: readonly string[];
  readonly merges: readonly Merge[];
  readonly indexOf: ReadonlyMap<string, number>;
  /** The one sketch that is kept beside the fields: the one that the rule's measure reads. */
  readonly sketch: string | undefined;
}

export function layoutOf(signal: SignalDefinition, sketch?: string): FieldLayout {
  const names = Object.keys(signal.fields);
  return {
    names,
    merges: names.map((name) => signal.fields[name]?.merge ?? 'sum'),
    indexOf: new Map(names.map((name, index) => [name, index])),
    sketch,
  };
}

/** What one key showed up to `endMs`; several rows that ended close together may be merged in it. */
export interface Bucket {
  /** Start of the first row in it. */
  readonly startMs: number;
  /** End of the last row in it. */
  readonly endMs: number;
  readonly values: number[];
  /** Counts of the layout's sketch; undefined: nothing was counted. */
  tally: Tally | undefined;
}

export type TimeSpan = Pick<Bucket, 'startMs' | 'endMs'>;

/** Recent buckets of one key, oldest first. */
export type Buckets = Bucket[];

/** Enough that a bucket is at most about half as long as it is old; keeps a key below 1 KiB. */
const maxBuckets = 15;

export function mergeValue(merge: Merge, a: number, b: number): number {
  if (Number.isNaN(a)) return b;
  if (Number.isNaN(b)) return a;
  return mergeValues(merge, a, b);
}

function mergeInto(target: Bucket, from: Bucket, layout: FieldLayout): void {
  const { values } = target;
  for (let i = 0; i < values.length; i++)
    values[i] = mergeValue(layout.merges[i] ?? 'sum', values[i] ?? NaN, from.values[i] ?? NaN);
  if (from.tally) target.tally = mergeTallies(target.tally, from.tally);
}

function toBucket(
  startMs: number,
  endMs: number,
  fields: Readonly<Record<string, number>>,
  { names, sketch }: FieldLayout,
): Bucket {
  const values = names.map((name) => fields[name] ?? NaN);
  return { startMs, endMs, values, tally: sketch === undefined ? undefined : tallyOf(fields, sketch) };
}

/**
 * Adds a row. Rows that end at the same moment (several of one batch, several pods) become one bucket. Beyond
 * `maxBuckets`, the two neighbours are merged that make the shortest bucket for its age: recent time stays finely
 * resolved, older time coarsely. Nothing is merged across a moment of `boundariesMs`.
 */
export function addRow(
  buckets: Buckets,
  { startMs, endMs }: TimeSpan,
  fields: Readonly<Record<string, number>>,
  layout: FieldLayout,
  boundariesMs: readonly number[] = [],
): void {
  let place = buckets.length;
  while (place > 0 && (buckets[place - 1]?.endMs ?? 0) > endMs) place--;
  const before = buckets[place - 1];
  if (before?.endMs === endMs) {
    mergeInto(before, toBucket(startMs, endMs, fields, layout), layout);
    return;
  }
  buckets.splice(place, 0, toBucket(startMs, endMs, fields, layout));
  if (buckets.length > maxBuckets) mergeClosest(buckets, layout, boundariesMs);
}

function mergeClosest(buckets: Buckets, layout: FieldLayout, boundariesMs: readonly number[]): void {
  const newestMs = buckets.at(-1)?.endMs ?? 0;
  let best = -1;
  let bestRatio = Infinity;
  for (let i = 0; i + 1 < buckets.length; i++) {
    const [older, newer] = [buckets[i], buckets[i + 1]];
    if (!older || !newer || boundariesMs.some((ms) => older.endMs <= ms && ms < newer.endMs)) continue;
    // 100 ms added: the newest bucket has no age, and must stay apart the longest.
    const ratio = (newer.endMs - older.startMs) / (newestMs - newer.endMs + 100);
    if (ratio < bestRatio) [best, bestRatio] = [i, ratio];
  }
  const [older, newer] = [buckets[best], buckets[best + 1]];
  if (!older || !newer) return;
  mergeInto(newer, older, layout);
  buckets.splice(best, 2, {
    startMs: older.startMs,
    endMs: newer.endMs,
    values: newer.values,
    tally: newer.tally,
  });
}

/** Takes out the buckets that end at or before `untilMs`, oldest first. */
export function takeUntil(buckets: Buckets, untilMs: number): Buckets {
  let count = 0;
  while (count < buckets.length && (buckets[count]?.endMs ?? 0) <= untilMs) count++;
  return count === 0 ? [] : buckets.splice(0, count);
}

/** Sums over windows that end at `endMs`, each a superset of the one before. */
export interface WindowSums {
  /** Values by field, over the window visited; the same array for every visit. */
  readonly values: Float64Array;
  /** Counts by bucket of the layout's sketch, likewise. */
  readonly counts: Map<number, number>;
  /** Whether any row ended in the window. */
  hasData: boolean;
  /** Length of the newest bucket in the window: a row may be longer than the window in which it ended. */
  newestSpanMs: number;
}

export function createWindowSums(layout: FieldLayout): WindowSums {
  const values = new Float64Array(layout.names.length);
  return { values, counts: new Map(), hasData: false, newestSpanMs: 0 };
}

/**
 * Visits the windows from the shortest to the longest with the merged values of (endMs − window, endMs]. A row
 * counts wholly in the window in which it ended: numerator and denominator come from the same time either way. Where
 * `isClean` is given, a bucket that it is true of and that began before the window is left to the longer ones, unless it is
 * the newest: the second before an onset says nothing of the onset. A visitor that returns true ends the walk.
 */
export function visitWindows(
  buckets: Buckets,
  endMs: number,
  windowsMs: readonly number[],
  layout: FieldLayout,
  sums: WindowSums,
  visit: (windowMs: number) => boolean,
  isClean?: (bucket: Bucket) => boolean,
): void {
  clearSums(sums, layout);
  let leftOut: Bucket[] = [];
  let next = buckets.length - 1;
  while (next >= 0 && (buckets[next]?.endMs ?? 0) > endMs) next--;
  for (const windowMs of windowsMs) {
    const fromMs = endMs - windowMs;
    const found = leftOut;
    leftOut = [];
    for (; next >= 0; next--) {
      const bucket = buckets[next];
      if (!bucket || bucket.endMs <= fromMs) break;
      found.push(bucket);
    }
    for (const bucket of found)
      if (bucket.startMs < fromMs && sums.hasData && isClean?.(bucket)) leftOut.push(bucket);
      else addToSums(sums, bucket, layout);
    if (visit(windowMs)) return;
  }
}

function clearSums(sums: WindowSums, layout: FieldLayout): void {
  sums.values.fill(NaN);
  if (layout.sketch !== undefined) sums.counts.clear();
  sums.hasData = false;
  sums.newestSpanMs = 0;
}

function addToSums(sums: WindowSums, bucket: Bucket, layout: FieldLayout): void {
  if (!sums.hasData) sums.newestSpanMs = bucket.endMs - bucket.startMs;
  sums.hasData = true;
  for (let i = 0; i < sums.values.length; i++)
    sums.values[i] = mergeValue(layout.merges[i] ?? 'sum', sums.values[i] ?? NaN, bucket.values[i] ?? NaN);
  if (bucket.tally) addTally(sums.counts, bucket.tally);
}
