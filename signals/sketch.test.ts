import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addToSketch,
  maxSketchBucket,
  parseSketchField,
  sketchAccuracy,
  sketchBucketOf,
  sketchBucketUpperBound,
  sketchBucketValue,
  sketchCountsOf,
  sketchQuantile,
} from './sketch.ts';

const microseconds = fc.double({ min: 1, max: 3e8, noNaN: true });

function exactQuantile(values: readonly number[], quantile: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(quantile * sorted.length)) - 1] ?? NaN;
}

describe('sketch', () => {
  it('tells every quantile within its accuracy', () => {
    fc.assert(
      fc.property(
        fc.array(microseconds, { minLength: 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, q) => {
          const fields: Record<string, number> = { lookups: 3 };
          for (const value of values) addToSketch(fields, 'latency_us', value);
          const exact = exactQuantile(values, q);
          const told = sketchQuantile(sketchCountsOf(fields, 'latency_us'), q);
          expect(Math.abs(told - exact) / exact).toBeLessThanOrEqual(sketchAccuracy + 1e-9);
        },
      ),
    );
  });

  it('keeps a bucket’s value within its bucket', () => {
    for (let bucket = 1; bucket <= maxSketchBucket; bucket++)
      expect(sketchBucketOf(sketchBucketValue(bucket))).toBe(bucket);
  });

  it('holds the upper bound of a bucket in that bucket', () => {
    for (let bucket = 1; bucket < maxSketchBucket; bucket++)
      expect(sketchBucketOf(sketchBucketUpperBound(bucket) * (1 - 1e-12))).toBe(bucket);
    expect(sketchBucketUpperBound(maxSketchBucket)).toBe(Infinity);
  });

  it('counts what is too large in its last bucket, and knows nothing of an empty sketch', () => {
    expect(sketchBucketOf(1e300)).toBe(maxSketchBucket);
    expect(sketchBucketOf(0)).toBe(0);
    expect(() => sketchBucketOf(NaN)).toThrow(RangeError);
    expect(sketchQuantile(new Map(), 0.5)).toBeNaN();
  });

  it('takes only bucket fields for bucket fields', () => {
    expect(parseSketchField('latency_us[37]')).toEqual({ sketch: 'latency_us', bucket: 37 });
    expect(parseSketchField('latency_us')).toBeUndefined();
    expect(parseSketchField('latency_us[999]')).toBeUndefined();
    expect(parseSketchField('latency_us[-1]')).toBeUndefined();
  });
});
