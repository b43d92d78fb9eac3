import { describe, expect, it } from 'vitest';
import { measureWallOffsetNs } from './wall-offset.ts';

/** A wall clock of whole milliseconds over a monotonic one that moves `stepsNs[n]` at the nth reading. */
function clockOf(offsetNs: bigint, stepsNs: (reading: number) => bigint) {
  let nowNs = 5_000_300_000n;
  let readings = 0;
  return {
    monotonicNs: () => (nowNs += stepsNs(readings++)),
    nowMs: () => Number((nowNs + offsetNs) / 1_000_000n),
  };
}

describe('measureWallOffsetNs', () => {
  const offsetNs = 1_795_000_000_123_456_789n;

  it('finds the offset to the microsecond with a clock of milliseconds', () => {
    const found = measureWallOffsetNs(clockOf(offsetNs, () => 500n));
    expect(Math.abs(Number(found - offsetNs))).toBeLessThan(1_000);
  });

  it('measures again when it was interrupted at the tick', () => {
    const found = measureWallOffsetNs(clockOf(offsetNs, (n) => (n === 2 ? 1_900_000n : 500n)));
    expect(Math.abs(Number(found - offsetNs))).toBeLessThan(1_000);
  });

  it('takes a clock that stands still as it is', () => {
    expect(measureWallOffsetNs({ nowMs: () => 7_000, monotonicNs: () => 5_000_000n })).toBe(6_995_000_000n);
  });
});
