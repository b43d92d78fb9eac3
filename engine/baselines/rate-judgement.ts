import type { RateBaseline } from '../../rules/compiled-rule.ts';
import { logLowerTail, logUpperTail, type BetaBinomial } from './beta-binomial.ts';
import type { BaselineFigures, WindowFigure } from './baseline.ts';
import { ceilingOf, looksPerHour } from './rate-learning.ts';
import { believe, withCleanTrials, type RateBelief, type RatePrior, type RateState } from './rate-state.ts';

/**
 * Events that one cause (a loss episode) may count for as evidence: the segments of one episode are lost together,
 * so twenty of them are not twenty surprises. A key that has shown larger clusters gets no more than one from each.
 */
const eventsPerEpisode = 4;

/** A key that learns is believed by the share of its first minute that is over; see docs/decisions/0217. */
const believedAfterMs = 60_000;

/** Everything that the judgement of one window was decided on. */
export interface RateFigures extends BaselineFigures {
  readonly events: number;
  readonly trials: number;
  readonly effectiveEvents: number;
  readonly designEffect: number;
  /** ln of the chance of so many events (`down`: so few) at the normal rate, and of what is allowed per look. */
  readonly logP: number;
  readonly logLimit: number;
  readonly value: number;
  /** The value that counts as abnormal: `min_ratio` times the upper rate, or the ceiling if that is less. */
  readonly abnormalFrom: number;
}

export interface RateOptions {
  readonly spec: RateBaseline;
  /** Of the signal's measure; what is surprising anywhere. */
  readonly prior: RatePrior;
  /** Windows looked at, at every look. */
  readonly windows: number;
}

/** The tail is defined for whole counts; between two of them its logarithm is interpolated. */
function logTail(events: number, distribution: BetaBinomial, direction: RateBaseline['direction']): number {
  const tail = direction === 'up' ? logUpperTail : logLowerTail;
  const whole = Math.floor(events);
  const share = events - whole;
  const below = tail(whole, distribution);
  if (share === 0) return below;
  return below * (1 - share) + tail(Math.min(whole + 1, distribution.trials), distribution) * share;
}

function effectiveEvents(window: WindowFigure, effect: number): number {
  const spread = window.numerator / effect;
  return window.independent > 0
    ? Math.min(spread, window.independent * Math.max(1, eventsPerEpisode / effect))
    : spread;
}

export function judgeRate(
  options: RateOptions,
  state: RateState,
  window: WindowFigure,
  nowMs: number,
): RateFigures {
  const { spec, prior } = options;
  const ageMs = nowMs - state.firstMs;
  const learned = ageMs >= spec.learnMs;
  const seen = withCleanTrials(state.tally, window.cleanBefore ?? 0);
  const belief = believe(prior, seen, learned ? 1 : ageMs / believedAfterMs);
  const events = window.numerator;
  const trials = Math.max(window.denominator, events);
  const effective = effectiveEvents(window, belief.designEffect);
  const distribution = {
    trials: Math.max(Math.ceil(effective), Math.round(trials / belief.designEffect)),
    alpha: belief.alpha,
    beta: belief.beta,
  };
  const logLimit = Math.log(spec.maxP / (looksPerHour(state) * options.windows));
  const figures = {
    expected: belief.expected,
    lower: spec.direction === 'down' ? belief.expected / spec.minRatio : NaN,
    upper: belief.upper,
    samples: learned ? state.tally.trials : 0,
    ageMs,
    learned,
    events,
    trials,
    effectiveEvents: effective,
    designEffect: belief.designEffect,
    logP: Number.isNaN(window.value) ? NaN : logTail(effective, distribution, spec.direction),
    logLimit,
    value: window.value,
    abnormalFrom: abnormalFrom(spec, state, belief),
  };
  return { ...figures, score: scoreOf(spec, figures) };
}

function abnormalFrom(spec: RateBaseline, state: RateState, belief: RateBelief): number {
  if (spec.direction === 'down') return belief.expected / spec.minRatio;
  return Math.min(spec.minRatio * belief.upper, ceilingOf(spec, state));
}

/** Above 1 where the guard holds, each on its own scale. Evidence: is it more than chance? Effect: does it matter? */
export function rateGuardRatios(spec: RateBaseline, figures: Omit<RateFigures, 'score'>) {
  const { value, expected } = figures;
  const up = spec.direction === 'up';
  const counted = up ? figures.events : figures.trials * expected;
  return {
    surprise: figures.logP / figures.logLimit,
    // Half an event added: the smallest count that holds is above 1, the largest that does not is below.
    events: (counted + 0.5) / spec.minEvents,
    // Without a least value every effect matters: 0/0 would leave it unknown, and what fires would never clear.
    value: spec.minValue === 0 ? Infinity : (up ? value : expected - value) / spec.minValue,
    ratio: up ? value / figures.abnormalFrom : figures.abnormalFrom / Math.max(value, 1e-12),
  };
}

const maxScore = 99;

/**
 * The weakest guard decides. Where the effect would matter but chance is not excluded (one segment of one resent),
 * the score is unknown rather than low: too little was seen to say that this is normal.
 */
function scoreOf(spec: RateBaseline, figures: Omit<RateFigures, 'score'>): number {
  if (Number.isNaN(figures.value)) return NaN;
  const ratios = rateGuardRatios(spec, figures);
  const effect = Math.min(ratios.value, ratios.ratio);
  const evidence = Math.min(ratios.surprise, ratios.events);
  if (effect > 1 && evidence <= 1) return NaN;
  return Math.max(0, Math.min(effect, evidence, maxScore));
}
