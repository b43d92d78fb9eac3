import { describe, expect, it } from 'vitest';
import type { EnvelopeBaseline } from '../../rules/compiled-rule.ts';
import type { WindowFigure } from './baseline.ts';
import { createEnvelopeBaseline } from './envelope.ts';
import { createStaticBaseline } from './static.ts';

const spec: EnvelopeBaseline = {
  method: 'envelope',
  windowMs: 80_000,
  learnMs: 10_000,
  minRatio: 2,
  minDelta: 5,
  minValue: 0,
  minEvents: 1,
  minSamples: 10,
  ceiling: 1_000,
  acceptAfterMs: Infinity,
  direction: 'up',
};
const at = (value: number): WindowFigure => ({
  windowMs: 1_000,
  numerator: value,
  denominator: NaN,
  independent: NaN,
  value,
});

/** A key that saw values between 8 and 12 for a minute. */
function taught(changes: Partial<EnvelopeBaseline> = {}) {
  const baseline = createEnvelopeBaseline({ ...spec, ...changes });
  const state = baseline.create(0);
  for (let s = 1; s <= 60; s++) baseline.teach(state, at(8 + (s % 5)), s * 1_000);
  return { baseline, state, score: (value: number) => baseline.judge(state, at(value), 61_000).score };
}

describe('envelope baseline', () => {
  it('calls abnormal what is beyond the extremes by the factor and the floor, whichever is further', () => {
    const { score } = taught();
    expect([score(12), score(23), score(25)].map((s) => s > 1)).toEqual([false, false, true]);
    const floored = taught({ minDelta: 50 });
    expect([floored.score(25), floored.score(63)].map((s) => s > 1)).toEqual([false, true]);
  });

  it('looks downwards where the rule says so', () => {
    const { score } = taught({ direction: 'down', minDelta: 1 });
    expect([score(8), score(5), score(3)].map((s) => s > 1)).toEqual([false, false, true]);
  });

  it('goes by the ceiling alone before it has learned, and without one knows nothing', () => {
    const baseline = createEnvelopeBaseline(spec);
    const state = baseline.create(0);
    expect(baseline.judge(state, at(900), 1_000).score).toBe(0.9);
    const unbounded = createEnvelopeBaseline({ ...spec, ceiling: undefined });
    expect(unbounded.judge(unbounded.create(0), at(900), 1_000).score).toBeNaN();
    expect(baseline.judge(state, at(1_100), 1_000).score).toBeGreaterThan(1);
    expect(baseline.verdict(state, at(900), 1_000).guards[0]).toMatchObject({ name: 'learned', held: false });
  });

  it('forgets extremes that are older than its window, and never learns above the ceiling', () => {
    const { baseline, state } = taught();
    baseline.teach(state, at(5_000), 62_000);
    expect(baseline.judge(state, at(12), 62_000).upper).toBe(12);
    for (let s = 63; s <= 200; s++) baseline.teach(state, at(2), s * 1_000);
    expect(baseline.judge(state, at(12), 200_000)).toMatchObject({ upper: 2, lower: 2 });
    expect(JSON.stringify(state).length).toBeLessThan(900);
  });

  it('takes an accepted shift as normal', () => {
    const { baseline, state, score } = taught();
    const shift = baseline.create(0);
    for (let s = 1; s <= 20; s++) baseline.observe(shift, at(100), s * 1_000);
    expect(score(100)).toBeGreaterThan(1);
    baseline.accept(state, shift, 61_000, false);
    expect(score(100)).toBeLessThan(1);
  });

  it('knows nothing of the unknown', () => expect(taught().score(NaN)).toBeNaN());
});

describe('static baseline', () => {
  const score = (bounds: { lower?: number; upper?: number }, value: number) => {
    const baseline = createStaticBaseline({
      method: 'static',
      lower: bounds.lower,
      upper: bounds.upper,
      direction: 'up',
    });
    return baseline.judge(baseline.create(0), at(value), 0).score;
  };

  it.each([
    [{ upper: 3 }, 3, false],
    [{ upper: 3 }, 4, true],
    [{ upper: 0 }, 0, false],
    [{ upper: 0 }, 1, true],
    [{ lower: 2 }, 2, false],
    [{ lower: 2 }, 1, true],
    [{ lower: 2 }, 0, true],
    [{ lower: 2, upper: 5 }, 4, false],
  ])('%j: %d is outside: %s', (bounds, value, outside) => expect(score(bounds, value) > 1).toBe(outside));

  it('knows nothing of the unknown', () => expect(score({ upper: 3 }, NaN)).toBeNaN());

  it('names its bounds in the unit of the measure', () => {
    const spec = { method: 'static', lower: 0.005, upper: 0.05, direction: 'up' } as const;
    const baseline = createStaticBaseline(spec, 'ratio');
    expect(baseline.verdict(baseline.create(0), at(0.0712), 0).why).toBe(
      '7.1 %; the rule allows at least 0.5 % and at most 5 %.',
    );
  });
});
