import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addToSketch, sketchQuantile } from '../signals/sketch.ts';
import { packKey, unpackKey, type KeyState } from './key-state.ts';
import { addTally, maxTallyBuckets, mergeTallies, tallyOf, type Tally } from './tally.ts';
import { seededRandom } from './testing/signal-script.ts';

function countsOf(tally: Tally | undefined): Map<number, number> {
  const counts = new Map<number, number>();
  addTally(counts, tally ?? []);
  return counts;
}

function tallyOfValues(values: readonly number[]): Tally | undefined {
  const fields: Record<string, number> = {};
  for (const value of values) addToSketch(fields, 'latency_us', value);
  return tallyOf(fields, 'latency_us');
}

describe('a tally', () => {
  it('takes its own sketch and nothing else from a row', () => {
    const fields = {
      'latency_us[37]': 2,
      'latency_us[5]': 1,
      'size[5]': 9,
      'latency_us[999]': 9,
      requests: 4,
    };
    expect(tallyOf(fields, 'latency_us')).toEqual([5, 1, 37, 2]);
    expect(tallyOf({ requests: 4 }, 'latency_us')).toBeUndefined();
  });

  it('adds up when it is merged, whatever is on which side', () => {
    expect(mergeTallies([1, 2, 5, 1], [0, 1, 5, 3, 9, 1])).toEqual([0, 1, 1, 2, 5, 4, 9, 1]);
    expect(mergeTallies(undefined, [3, 1])).toEqual([3, 1]);
  });

  it('loses no count and stays small, however many buckets come', () =>
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e8, noNaN: true }), { maxLength: 200 }), (values) => {
        const parts = [values.slice(0, 70), values.slice(70)].map(tallyOfValues);
        const tally = mergeTallies(parts[0], parts[1]) ?? [];
        const total = [...countsOf(tally).values()].reduce((sum, count) => sum + count, 0);
        expect(total).toBe(values.length);
        expect(tally.length).toBeLessThanOrEqual(2 * maxTallyBuckets);
        const buckets = tally.filter((_, index) => index % 2 === 0);
        expect(buckets).toEqual([...new Set(buckets)].toSorted((a, b) => a - b));
      }),
    ));

  it('tells quantiles of a log-normal latency within 15 % after a hundred merges', () => {
    const random = seededRandom(7);
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const values = Array.from({ length: 10_000 }, () => 20_000 * Math.exp(0.8 * normal()));
    let tally: Tally | undefined;
    for (let i = 0; i < values.length; i += 100)
      tally = mergeTallies(tally, tallyOfValues(values.slice(i, i + 100)));
    const sorted = values.toSorted((a, b) => a - b);
    for (const quantile of [0.5, 0.9, 0.95, 0.99]) {
      const exact = sorted[Math.ceil(quantile * sorted.length) - 1] ?? NaN;
      const told = sketchQuantile(countsOf(tally), quantile);
      expect(Math.abs(told / exact - 1)).toBeLessThan(0.15);
    }
  });
});

describe('a key with a sketch', () => {
  it('is the same after it was stored', () => {
    const key: KeyState = {
      ruleId: 'r',
      cluster: 'c',
      by: ['w'],
      newestMs: 5_000,
      taughtUntilMs: 0,
      buckets: [
        { startMs: 0, endMs: 1_000, values: [1, 0, NaN], tally: [0, 2, 37, 1] },
        { startMs: 4_000, endMs: 5_000, values: [0, 0, 3], tally: undefined },
      ],
      baseline: null,
      episode: 0,
      firings: [],
      alert: null,
    };
    expect(unpackKey(packKey(key), ['r', 'c', 'w'])).toEqual(key);
  });
});
