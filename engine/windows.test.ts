import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineSignal } from '../signals/define-signal.ts';
import { addRow, createWindowSums, layoutOf, takeUntil, visitWindows, type Buckets } from './windows.ts';

const layout = layoutOf(
  defineSignal({
    id: 'test',
    description: '',
    fields: {
      events: { unit: 'events', merge: 'sum', description: '' },
      worst: { unit: 'us', merge: 'max', description: '' },
      best: { unit: 'us', merge: 'min', description: '' },
    },
    measures: {},
    priors: {},
  }),
);

const moment = (endMs: number) => ({ startMs: endMs, endMs });

function windowsAt(buckets: Buckets, endMs: number, windowsMs: readonly number[]): Record<number, number[]> {
  const sums = createWindowSums(layout);
  const seen: Record<number, number[]> = {};
  visitWindows(buckets, endMs, windowsMs, layout, sums, (windowMs) => {
    seen[windowMs] = [...sums.values];
    return false;
  });
  return seen;
}

describe('windows', () => {
  it('merge by the catalogue, each window ending now', () => {
    const buckets: Buckets = [];
    addRow(buckets, moment(1_000), { events: 1, worst: 9, best: 9 }, layout);
    addRow(buckets, moment(1_900), { events: 2, worst: 3, best: 3 }, layout);
    addRow(buckets, moment(2_000), { events: 4, worst: 5, best: 5 }, layout);
    expect(windowsAt(buckets, 2_000, [50, 200, 10_000])).toEqual({
      50: [4, 5, 5],
      200: [6, 5, 3],
      10_000: [7, 9, 3],
    });
  });

  it('leave out what ended later, and what a row did not carry is unknown', () => {
    const buckets: Buckets = [];
    addRow(buckets, moment(1_000), { events: 1 }, layout);
    addRow(buckets, moment(1_500), { events: 9, worst: 1, best: 1 }, layout);
    expect(windowsAt(buckets, 1_000, [200])).toEqual({ 200: [1, NaN, NaN] });
  });

  it('put late rows in their place and rows of one moment together', () => {
    const buckets: Buckets = [];
    for (const [endMs, events] of [
      [3_000, 1],
      [1_000, 2],
      [3_000, 4],
    ] as const)
      addRow(buckets, moment(endMs), { events }, layout);
    expect(buckets.map((bucket) => [bucket.endMs, bucket.values[0]])).toEqual([
      [1_000, 2],
      [3_000, 5],
    ]);
    expect(takeUntil(buckets, 1_000).map((bucket) => bucket.endMs)).toEqual([1_000]);
    expect(buckets).toHaveLength(1);
  });

  it('never merge what lies on two sides of a boundary', () => {
    const buckets: Buckets = [];
    for (let endMs = 1_000; endMs <= 60_000; endMs += 1_000)
      addRow(buckets, moment(endMs), { events: endMs <= 20_000 ? 1 : 0 }, layout, [20_000]);
    expect(windowsAt(buckets, 50_000, [30_000])).toEqual({ 30000: [0, NaN, NaN] });
  });

  it('lose nothing to their bound, and remember a row at most half as long again as it should be', () =>
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 200 }), (gaps) => {
        const buckets: Buckets = [];
        const ends: number[] = [];
        let nowMs = 1_000_000;
        for (const gap of gaps) {
          nowMs += gap;
          ends.push(nowMs);
          addRow(buckets, moment(nowMs), { events: 1 }, layout);
          takeUntil(buckets, nowMs - 60_000);
        }
        expect(buckets.length).toBeLessThanOrEqual(15);
        for (const windowMs of [1_000, 10_000, 60_000]) {
          const within = (lengthMs: number) => ends.filter((endMs) => endMs > nowMs - lengthMs).length;
          const kept = windowsAt(buckets, nowMs, [windowMs])[windowMs]?.[0] ?? 0;
          expect(kept).toBeGreaterThanOrEqual(within(windowMs));
          expect(kept).toBeLessThanOrEqual(within(windowMs * 1.5 + 100));
        }
      }),
    ));
});
