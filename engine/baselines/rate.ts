import type { Baseline } from './baseline.ts';
import { judgeRate, type RateOptions } from './rate-judgement.ts';
import { acceptRate, countLook, observeRate, teachRate } from './rate-learning.ts';
import { createRateState, type RateState } from './rate-state.ts';
import { rateVerdict } from './rate-verdict.ts';

/** Baseline for counts with a denominator: how surprising is this count at the key's normal rate? See docs/baselines.md. */
export function createRateBaseline(options: RateOptions): Baseline<RateState> {
  const { spec, prior } = options;
  return {
    create: createRateState,
    look: countLook,
    judge: (state, window, nowMs) => judgeRate(options, state, window, nowMs),
    verdict: (state, window, nowMs) =>
      rateVerdict(spec, judgeRate(options, state, window, nowMs), window.windowMs),
    teach: (state, figure, nowMs) => teachRate(spec, prior, state, figure, nowMs),
    observe: (shift, figure) => observeRate(shift, figure),
    accept: (state, shift, _nowMs, byPerson) => acceptRate(spec, prior, state, shift, byPerson),
    acceptAfterMs: spec.acceptAfterMs,
  };
}
