import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressIntervals } from './address-intervals.ts';

const keepMs = 900_000;
const ip = '10.244.0.7';
const create = (maxEnded = 1_000) => new AddressIntervals<string>({ keepMs, maxEnded });

describe('address intervals', () => {
  it('tell the old owner from the new one by time', () => {
    const intervals = create();
    intervals.begin(ip, 'a', 'checkout', 1_000);
    intervals.end(ip, 'a', 5_000);
    intervals.begin(ip, 'b', 'payments', 6_000);
    expect([999, 1_000, 4_999, 5_500, 6_000].map((atMs) => intervals.at(ip, atMs)[0])).toEqual([
      undefined,
      'checkout',
      'checkout',
      // Nobody's: it is still about the last one.
      'checkout',
      'payments',
    ]);
  });

  it('believe the one that began last, when the end of the other is told late', () => {
    const intervals = create();
    intervals.begin(ip, 'a', 'checkout', 1_000);
    intervals.begin(ip, 'b', 'payments', 6_000);
    intervals.end(ip, 'a', 9_000);
    expect(intervals.at(ip, 7_000)).toEqual(['payments', 'checkout']);
    expect(intervals.at(ip, 5_999)).toEqual(['checkout']);
  });

  it('forget an owner some time after its end, and no longer keep its address', () => {
    const intervals = create();
    intervals.begin(ip, 'a', 'checkout', 0);
    intervals.end(ip, 'a', 1_000);
    expect(intervals.at(ip, 1_000 + keepMs)).toEqual(['checkout']);
    expect(intervals.at(ip, 1_001 + keepMs)).toEqual([]);
    intervals.begin('10.244.0.8', 'b', 'payments', 0);
    intervals.end('10.244.0.8', 'b', 1_001 + keepMs);
    expect(intervals.stats()).toEqual({ addresses: 1, ended: 1, dropped: 0 });
  });

  it('keep a bounded number of ended ones, and count', () => {
    const intervals = create(2);
    for (const id of ['a', 'b', 'c']) {
      intervals.begin(`ip-${id}`, id, id, 0);
      intervals.end(`ip-${id}`, id, 1_000);
    }
    expect(intervals.stats()).toEqual({ addresses: 2, ended: 2, dropped: 1 });
    expect(intervals.at('ip-a', 500)).toEqual([]);
  });

  it('answer as somebody who writes everything down', () => {
    const tenures = fc.array(
      fc.record({
        ip: fc.constantFrom('192.0.2.1', '192.0.2.2'),
        fromMs: fc.integer({ min: 0, max: 2_000_000 }),
        lastsMs: fc.oneof(fc.constant(Infinity), fc.integer({ min: 0, max: 1_000_000 })),
      }),
      { maxLength: 12 },
    );
    const moments = fc.array(fc.integer({ min: 0, max: 3_500_000 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(tenures, moments, (all, atMoments) => {
        // Beginnings that differ, so that "the youngest" is one.
        const distinct = all.map((one, index) => ({ ...one, id: index, fromMs: one.fromMs * 16 + index }));
        const ends = distinct.map((one) => ({ ...one, untilMs: one.fromMs + one.lastsMs * 16 }));
        const intervals = new AddressIntervals<number>({ keepMs: Infinity, maxEnded: 1_000 });
        for (const one of ends) intervals.begin(one.ip, String(one.id), one.id, one.fromMs);
        for (const one of ends.toSorted((a, b) => a.untilMs - b.untilMs))
          if (one.untilMs < Infinity) intervals.end(one.ip, String(one.id), one.untilMs);

        for (const atMs of atMoments.map((moment) => moment * 16)) {
          const begun = ends.filter((one) => one.ip === '192.0.2.1' && one.fromMs <= atMs);
          const active = begun.filter((one) => atMs < one.untilMs);
          const expected =
            active.length > 0
              ? Math.max(...active.map(({ fromMs }) => fromMs))
              : Math.max(...begun.map(({ untilMs }) => untilMs));
          const [answer] = intervals.at('192.0.2.1', atMs);
          const answered = ends.find(({ id }) => id === answer);
          if (begun.length === 0) expect(answer).toBeUndefined();
          else expect(active.length > 0 ? answered?.fromMs : answered?.untilMs).toBe(expected);
        }
      }),
    );
  });
});
