/**
 * A sketch of a distribution: counts in buckets of exponentially growing width, so that every quantile is right
 * within 5 % of its value. DDSketch's logarithmic mapping (Masson, Rim, Lee: "DDSketch", VLDB 2019, section 2.1).
 *
 * On the wire a bucket is a field of its own, `latency_us[37]`, and its counts add up: whatever merges, keeps or
 * replays rows needs to know nothing of sketches.
 */

/** Relative error of a quantile. */
export const sketchAccuracy = 0.05;
const gamma = (1 + sketchAccuracy) / (1 - sketchAccuracy);
const logGamma = Math.log(gamma);
/** 3.9 × 10^8 in the sketch's unit: six and a half minutes in µs. What is larger is counted there. */
export const maxSketchBucket = 197;

const bucketFieldPattern = /^(?<sketch>[a-z][a-z0-9_]*)\[(?<bucket>\d{1,3})\]$/;

/** Bucket of a value ≥ 0 in the sketch's unit: bucket i holds (γ^(i−1), γ^i]; up to 1 is bucket 0. NaN is refused. */
export function sketchBucketOf(value: number): number {
  if (!(value >= 0)) throw new RangeError(`a sketch takes values from 0 on, not ${value}`);
  return value <= 1 ? 0 : Math.min(maxSketchBucket, Math.ceil(Math.log(value) / logGamma));
}

/** The value that is within `sketchAccuracy` of all values of the bucket. */
export function sketchBucketValue(bucket: number): number {
  return (2 * gamma ** bucket) / (gamma + 1);
}

/** Largest value of the bucket; of the last one there is none. */
export function sketchBucketUpperBound(bucket: number): number {
  return bucket >= maxSketchBucket ? Infinity : gamma ** bucket;
}

export function sketchFieldName(sketch: string, bucket: number): string {
  return `${sketch}[${bucket}]`;
}

/** `latency_us[37]` → the sketch and its bucket; undefined: a plain field, or a bucket that does not exist. */
export function parseSketchField(
  field: string,
): { readonly sketch: string; readonly bucket: number } | undefined {
  const { sketch, bucket } = bucketFieldPattern.exec(field)?.groups ?? {};
  if (sketch === undefined || Number(bucket) > maxSketchBucket) return undefined;
  return { sketch, bucket: Number(bucket) };
}

/** Counts by bucket of one sketch. */
export type SketchCounts = ReadonlyMap<number, number>;

export function sketchCountsOf(fields: Readonly<Record<string, number>>, sketch: string): SketchCounts {
  const counts = new Map<number, number>();
  for (const [name, count] of Object.entries(fields)) {
    const parsed = name.includes('[') ? parseSketchField(name) : undefined;
    if (parsed?.sketch === sketch) counts.set(parsed.bucket, count);
  }
  return counts;
}

/** Smallest value that at least the share `quantile` (0 to 1) of the counted values does not exceed; NaN: nothing counted. */
export function sketchQuantile(counts: SketchCounts, quantile: number): number {
  const buckets = [...counts].filter(([, count]) => count > 0).toSorted(([a], [b]) => a - b);
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  const rank = Math.max(1, Math.ceil(quantile * total));
  let seen = 0;
  for (const [bucket, count] of buckets) {
    seen += count;
    if (seen >= rank) return sketchBucketValue(bucket);
  }
  return NaN;
}

/** Adds one value to the fields of a row in the making. */
export function addToSketch(fields: Record<string, number>, sketch: string, value: number): void {
  const name = sketchFieldName(sketch, sketchBucketOf(value));
  fields[name] = (fields[name] ?? 0) + 1;
}
