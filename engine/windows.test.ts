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
    addRow(buckets, 1_000, { events: 1, worst: 9, best: 9 }, layout);
    addRow(buckets, 1_900, { events: 2, worst: 3, best: 3 }, layout);
    addRow(buckets, 2_000, { events: 4, worst: 5, best: 5 }, layout);
    expect(windowsAt(buckets, 2_000, [50, 200, 10_000])).toEqual({
      50: [4, 5, 5],
      200: [6, 5, 3],
      10_000: [7, 9, 3],
    });
  });

  it('leave out what ended later, and what a row did not carry is unknown', () => {
    const buckets: Buckets = [];
    addRow(buckets, 1_000, { events: 1 }, layout);
    addRow(buckets, 1_500, { events: 9, worst: 1, best: 1 }, layout);
    expect(windowsAt(buckets, 1_000, [200])).toEqual({ 200: [1, NaN, NaN] });
  });

  it('put late rows in their place and rows of one moment together', () => {
    const buckets: Buckets = [];
    for (const [endMs, events] of [[3_000, 1], [1_000, 2], [3_000, 4]] as const)
      addRow(buckets, endMs, { events }, layout);
    expect(buckets.map((bucket) => [bucket.endMs, bucket.values[0]])).toEqual([[1_000, 2], [3_000, 5]]);
    expect(takeUntil(buckets, 1_000).map((bucket) => bucket.endMs)).toEqual([1_000]);
    expect(buckets).toHaveLength(1);
  });

  it('lose nothing to their bound and resolve ten seconds to about one', () =>
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 200 }), (gaps) => {
        const buckets: Buckets = [];
        const ends: number[] = [];
        let nowMs = 1_000_000;
        for (const gap of gaps) {
          nowMs += gap;
          ends.push(nowMs);
          addRow(buckets, nowMs, { events: 1 }, layout);
        }
        expect(buckets.length).toBeLessThanOrEqual(14);
        expect(windowsAt(buckets, nowMs, [1e9])[1e9]?.[0]).toBe(gaps.length);
        takeUntil(buckets, nowMs - 10_000);
        const exact = ends.filter((endMs) => endMs > nowMs - 10_000).length;
        const kept = windowsAt(buckets, nowMs, [10_000])[10_000]?.[0] ?? 0;
        const slack = ends.filter((endMs) => endMs <= nowMs - 10_000 && endMs > nowMs - 16_000).length;
        expect(kept).toBeGreaterThanOrEqual(exact);
        expect(kept).toBeLessThanOrEqual(exact + slack);
      }),
    ));
});
