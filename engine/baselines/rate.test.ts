import { describe, expect, it } from 'vitest';
import { tcpRetransmits } from '../../signals/tcp-retransmits.ts';
import { seededRandom } from '../testing/signal-script.ts';
import type { RateBaseline } from '../../rules/compiled-rule.ts';
import type { WindowFigure } from './baseline.ts';
import { createRateBaseline } from './rate.ts';
import type { RateState } from './rate-state.ts';

const spec: RateBaseline = {
  method: 'rate',
  windowMs: 7 * 86_400_000,
  learnMs: 10_000,
  maxP: 1e-4,
  minEvents: 3,
  minValue: 0.005,
  minRatio: 3,
  ceiling: 0.05,
  acceptAfterMs: Infinity,
  direction: 'up',
};
const prior = tcpRetransmits.priors.retransmit_ratio;
const baseline = createRateBaseline({ spec, prior, windows: 4 });

const figure = (numerator: number, denominator: number, independent = NaN): WindowFigure => ({
  windowMs: 1_000,
  numerator,
  denominator,
  independent,
  value: numerator > denominator ? 1 : numerator / denominator,
});

/** A key that saw `seconds` of `trials` a second, with `events(second)` of them lost. */
function taught(seconds: number, trials: number, events: (second: number) => number): RateState {
  const state = baseline.create(0);
  for (let s = 1; s <= seconds; s++) baseline.teach(state, figure(events(s), trials), s * 1_000);
  return state;
}
/** The chance that a look may have. */
const allowed = (state: RateState, atMs: number) =>
  baseline.verdict(state, figure(5, 200), atMs).guards.find(({ name }) => name === 'surprise')?.limit ?? NaN;
const score = (state: RateState, window: WindowFigure, atMs: number) =>
  baseline.judge(state, window, atMs).score;

describe('rate baseline', () => {
  it('asks a new key only for what is surprising anywhere', () => {
    const state = baseline.create(0);
    expect(score(state, figure(20, 200), 1_000)).toBeGreaterThan(1);
    expect(score(state, figure(40, 2_000), 1_000)).not.toBeGreaterThan(1);
    expect(baseline.verdict(state, figure(20, 200), 1_000).why).toContain('still learning');
  });

  it('believes a key that learns by the share of its first minute that is over', () => {
    const slow = createRateBaseline({ spec: { ...spec, learnMs: 600_000 }, prior, windows: 4 });
    const state = slow.create(0);
    const scoreOf = (lost: number, atMs: number) => slow.judge(state, figure(lost, 600), atMs).score;
    expect(scoreOf(18, 1_000)).not.toBeGreaterThan(1);
    for (let s = 1; s <= 15; s++) slow.teach(state, figure(0, 200), s * 1_000);
    expect(scoreOf(18, 16_000)).toBeGreaterThan(1);
    expect(slow.verdict(state, figure(18, 600), 16_000).learned).toBe(false);
    // A quarter of 3,000 segments beside the prior's 300.
    expect(slow.judge(state, figure(0, 600), 15_000).expected).toBeCloseTo(0.3 / 1_050, 5);
  });

  it('calls nothing lost normal also where every effect matters, so that an alert ends', () => {
    const any = createRateBaseline({ spec: { ...spec, minValue: 0 }, prior, windows: 4 });
    const state = taught(60, 200, () => 0);
    expect(any.judge(state, figure(0, 200), 61_000).score).toBe(0);
    expect(any.judge(state, figure(20, 200), 61_000).score).toBeGreaterThan(1);
  });

  it('narrows with what the key shows', () => {
    const clean = taught(60, 200, () => 0);
    expect(score(clean, figure(4, 200), 61_000)).toBeGreaterThan(1);
    const lossy = taught(60, 200, () => 4);
    expect(score(lossy, figure(5, 200), 61_000)).toBeLessThan(1);
    expect(score(lossy, figure(20, 200), 61_000)).toBeGreaterThan(1);
  });

  it.each([
    ['min_events', figure(2, 3)],
    ['min_value', figure(40, 10_000)],
    ['surprise', figure(3, 500)],
  ])('is held back by %s alone where that is what lacks', (name, window) => {
    const state = taught(60, 200, (s) => (s % 20 === 0 ? 1 : 0));
    const { guards, score } = baseline.verdict(state, window, 61_000);
    expect(score === null || score < 1).toBe(true);
    expect(guards.find((guard) => guard.name === name)?.held).toBe(false);
  });

  it('says unknown, not normal, where a large effect rests on too little', () => {
    const state = taught(60, 200, () => 0);
    expect(score(state, figure(1, 1), 61_000)).toBeNaN();
    expect(score(state, figure(0, 0), 61_000)).toBeNaN();
    expect(score(state, figure(0, 5), 61_000)).toBe(0);
  });

  it('never learns what lies above the ceiling, and calls it abnormal anywhere', () => {
    const state = taught(600, 200, () => 20);
    const figures = baseline.judge(state, figure(20, 200), 600_000);
    expect(figures.samples).toBe(0);
    expect(figures.score).toBeGreaterThan(1);
    const near = taught(600, 200, () => 8);
    expect(score(near, figure(140, 2_000), 600_000)).toBeGreaterThan(1);
  });

  it('takes small samples above the ceiling for the chance that they are', () => {
    const random = seededRandom(7);
    const draw = () => Array.from({ length: 40 }, random).filter((r) => r < 0.02).length;
    const { expected } = baseline.judge(taught(3_600, 40, draw), figure(0, 40), 3_600_000);
    expect(Math.abs(expected / 0.02 - 1)).toBeLessThan(0.05);
  });

  it('lets the upper rate at most double in a day', () => {
    const state = baseline.create(0);
    const hours = (from: number, to: number, events: number) => {
      for (let h = from; h < to; h++) baseline.teach(state, figure(events, 100_000), h * 3_600_000);
      return baseline.judge(state, figure(0, 1), to * 3_600_000).upper;
    };
    const before = hours(1, 48, 600);
    const after = hours(48, 72, 3_000);
    expect(after).toBeGreaterThan(before);
    expect(after).toBeLessThanOrEqual(before * 4 + 1e-9);
  });

  it('accepts a shift below the ceiling by itself, above it only by a person', () => {
    const state = taught(60, 200, () => 0);
    const shift = baseline.create(60_000);
    for (let s = 1; s <= 60; s++) baseline.observe(shift, figure(20, 200), s * 1_000);
    baseline.accept(state, shift, 120_000, false);
    expect(score(state, figure(20, 200), 121_000)).toBeGreaterThan(1);
    baseline.accept(state, shift, 120_000, true);
    expect(score(state, figure(22, 200), 121_000)).toBeLessThan(0.5);
    expect(score(state, figure(90, 200), 121_000)).toBeGreaterThan(1);
  });

  it('counts the segments of one loss episode as little more than one surprise', () => {
    const state = taught(60, 200, () => 0);
    expect(score(state, figure(20, 2_000, 20), 61_000)).toBeGreaterThan(1);
    const one = baseline.judge(state, figure(20, 2_000, 1), 61_000);
    expect(one.score).not.toBeGreaterThan(1);
  });

  it('spends max_p over the looks that it learns to expect', () => {
    const often = taught(60, 200, () => 0);
    for (let s = 0; s < 3_600; s++) baseline.look(often, 61_000 + s * 1_000);
    const rarely = taught(60, 200, () => 0);
    expect(allowed(often, 3_700_000)).toBeLessThan(1e-4 / 3_000 / 4);
    expect(allowed(rarely, 3_700_000)).toBeCloseTo(1e-4 / 10 / 4, 8);
  });

  it('does not count the looks of an onset against it', () => {
    const state = taught(60, 200, () => 0);
    const limit = (atMs: number) => allowed(state, atMs);
    const before = limit(61_000);
    for (let look = 0; look < 40; look++) baseline.look(state, 61_000 + look * 100);
    // The time that passed without a look before them is counted, they are not.
    expect(limit(65_000)).toBeGreaterThan(before);
    baseline.look(state, 66_100);
    expect(limit(66_100)).toBeLessThan(before / 8);
  });

  it('goes on with looks that an earlier version counted', () => {
    const { freshLooks, ...earlier } = taught(60, 200, () => 0);
    expect(freshLooks).toBe(0);
    const state: RateState = { ...earlier, looks: 1_000, looksOverMs: 3_600_000, lookedMs: 61_000 };
    const limit = (atMs: number) => allowed(state, atMs);
    const before = limit(61_000);
    baseline.look(state, 61_200);
    baseline.look(state, 70_000);
    expect(limit(70_000) / before).toBeCloseTo(1, 1);
  });

  it('counts what was clean just before a window, too young to be taught, to what is known', () => {
    const state = taught(10, 200, () => 0);
    const short = figure(4, 170);
    expect(score(state, short, 16_000)).toBeNaN();
    expect(score(state, { ...short, cleanBefore: 900 }, 16_000)).toBeGreaterThan(1);
    expect(baseline.judge(state, { ...short, cleanBefore: 900 }, 16_000).samples).toBeCloseTo(2_000, 0);
  });

  it('looks downwards where the rule says so: fewer events than this key always had', () => {
    const down = createRateBaseline({ spec: { ...spec, direction: 'down' }, prior, windows: 4 });
    const state = down.create(0);
    for (let s = 1; s <= 600; s++) down.teach(state, figure(8, 200), s * 1_000);
    const scoreOf = (events: number) => down.judge(state, figure(events, 2_000), 601_000).score;
    expect([scoreOf(80), scoreOf(60), scoreOf(10)].map((score) => score > 1)).toEqual([false, false, true]);
    expect(down.verdict(state, figure(10, 2_000), 601_000).lower).toBeCloseTo(0.04 / 3, 3);
  });
});
