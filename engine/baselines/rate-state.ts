import { upperRate } from './beta-binomial.ts';

/** Sums over blocks of time, each fading with the baseline's window. */
export interface Tally {
  events: number;
  trials: number;
  /** Σ events²/trials over the blocks: how unevenly the events came. */
  squares: number;
  blocks: number;
}

/** What a key's rate baseline remembers. Times are event times in ms. */
export interface RateState {
  readonly method: 'rate';
  readonly firstMs: number;
  taughtMs: number;
  readonly tally: Tally;
  /** Looks, and the time over which they happened, both fading over an hour. */
  looks: number;
  looksOverMs: number;
  lookedMs: number;
  /** Looks since then, not counted yet. Absent in state that an earlier version wrote. */
  freshLooks?: number;
  /** The upper rate may not pass this before `capUntilMs`; 0: not set yet. */
  cap: number;
  capUntilMs: number;
  /** Ceiling that a person lifted for this key; 0: the rule's. */
  liftedCeiling: number;
}

export function createRateState(nowMs: number): RateState {
  return {
    method: 'rate',
    firstMs: nowMs,
    taughtMs: nowMs,
    tally: { events: 0, trials: 0, squares: 0, blocks: 0 },
    looks: 0,
    looksOverMs: 0,
    lookedMs: nowMs,
    freshLooks: 0,
    cap: 0,
    capUntilMs: 0,
    liftedCeiling: 0,
  };
}

export function addBlock(tally: Tally, events: number, trials: number): void {
  tally.events += events;
  tally.trials += trials;
  tally.squares += (events * events) / trials;
  tally.blocks += 1;
}

/** The tally with a further stretch of time in which nothing happened; the tally itself stays as it is. */
export function withCleanTrials(tally: Readonly<Tally>, trials: number): Readonly<Tally> {
  return trials > 0 ? { ...tally, trials: tally.trials + trials, blocks: tally.blocks + 1 } : tally;
}

export function fade(tally: Tally, factor: number): void {
  tally.events *= factor;
  tally.trials *= factor;
  tally.squares *= factor;
  tally.blocks *= factor;
}

/** Events worth of belief that losses are independent, before the key has shown otherwise. */
const independencePrior = 5;
const maxDesignEffect = 50;

/**
 * By how much the variance of the blocks' counts exceeds that of independent events (Kish's design effect):
 * Pearson's dispersion Σ(kᵢ − nᵢr)²/nᵢ = Σkᵢ²/nᵢ − K²/N over r(1−r)(B−1), drawn towards 1 while there are few
 * events. For clusters of constant size it tends to that size.
 * https://en.wikipedia.org/wiki/Overdispersion, https://en.wikipedia.org/wiki/Design_effect
 */
export function designEffect({ events, trials, squares, blocks }: Readonly<Tally>): number {
  if (events <= 0 || blocks <= 2 || trials <= events) return 1;
  const rate = events / trials;
  const dispersion = (squares - (events * events) / trials) / (rate * (1 - rate) * (blocks - 1));
  const drawn = (independencePrior + events * dispersion) / (independencePrior + events);
  return Math.min(maxDesignEffect, Math.max(1, drawn));
}

export interface RateBelief {
  /** The rate is Beta(alpha, beta): the signal's prior, narrowed by what the key showed. */
  readonly alpha: number;
  readonly beta: number;
  readonly designEffect: number;
  readonly expected: number;
  /** 95 % of the belief lies below. */
  readonly upper: number;
}

export interface RatePrior {
  readonly events: number;
  readonly trials: number;
}

/**
 * The prior plus the tally, counted in independent events. `trust`, 0 to 1: the share of the tally that counts, while it
 * was gathered over too short a time to stand for all hours.
 */
export function believe(prior: RatePrior, tally: Readonly<Tally>, trust = 1): RateBelief {
  const effect = designEffect(tally);
  const share = Math.max(0, Math.min(1, trust)) / effect;
  const alpha = prior.events + tally.events * share;
  const trials = prior.trials + tally.trials * share;
  const beta = Math.max(trials - alpha, 1e-9);
  return {
    alpha,
    beta,
    designEffect: effect,
    expected: alpha / (alpha + beta),
    upper: upperRate(alpha, beta),
  };
}
