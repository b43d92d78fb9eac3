import { logGamma } from './log-gamma.ts';

/**
 * The beta-binomial distribution: how many events to expect in `trials`, when the rate itself is known only as
 * Beta(alpha, beta). https://en.wikipedia.org/wiki/Beta-binomial_distribution
 */
export interface BetaBinomial {
  readonly trials: number;
  readonly alpha: number;
  readonly beta: number;
}

/** Terms further out than this are bounded, not summed: the bound errs towards "not surprising". */
const maxTerms = 4_000;
const relativePrecision = 1e-12;

/** ln P(X = events). */
export function logMass(events: number, { trials, alpha, beta }: BetaBinomial): number {
  return (
    logGamma(trials + 1) -
    logGamma(events + 1) -
    logGamma(trials - events + 1) +
    logGamma(events + alpha) +
    logGamma(trials - events + beta) -
    logGamma(trials + alpha + beta) +
    logGamma(alpha + beta) -
    logGamma(alpha) -
    logGamma(beta)
  );
}

/** ln P(X ≥ events), `events` and `trials` whole. Never below the true value by more than rounding. */
export function logUpperTail(events: number, distribution: BetaBinomial): number {
  const { trials, alpha, beta } = distribution;
  if (events <= 0) return 0;
  if (events > trials) return -Infinity;
  if (events > (trials * alpha) / (alpha + beta)) return sumUpwards(events, distribution);
  return Math.log1p(-Math.min(sumDownwards(events - 1, distribution), 1 - Number.EPSILON));
}

/** ln P(X ≤ events). */
export function logLowerTail(events: number, { trials, alpha, beta }: BetaBinomial): number {
  return logUpperTail(trials - events, { trials, alpha: beta, beta: alpha });
}

/**
 * Each mass from the one before, P(j+1)/P(j) = (n−j)(α+j) / ((j+1)(β+n−j−1)), until what remains is negligible.
 * Above the mean the ratio only falls, so a geometric series bounds the remainder.
 */
function sumUpwards(from: number, distribution: BetaBinomial): number {
  const { trials, alpha, beta } = distribution;
  let term = 1;
  let sum = 1;
  for (let j = from; j < trials; j++) {
    const falling = (trials - j) / (beta + trials - j - 1);
    term *= falling * ((alpha + j) / (j + 1));
    sum += term;
    const bound = falling * Math.max(1, (alpha + j) / (j + 1));
    const remainder = bound < 1 ? (term * bound) / (1 - bound) : Infinity;
    if (remainder < sum * relativePrecision) break;
    if (j - from >= maxTerms) {
      sum += remainder;
      break;
    }
  }
  return Math.min(0, logMass(from, distribution) + Math.log(sum));
}

/** P(X ≤ from) by downward recursion; at most `maxTerms` of it, so never more than the true value. */
function sumDownwards(from: number, distribution: BetaBinomial): number {
  const { trials, alpha, beta } = distribution;
  let term = Math.exp(logMass(from, distribution));
  let sum = term;
  for (let j = from; j > 0 && from - j < maxTerms; j--) {
    term *= (j * (beta + trials - j)) / ((trials - j + 1) * (alpha + j - 1));
    sum += term;
    if (term < sum * relativePrecision && j > 1 && alpha >= 1) break;
  }
  return sum;
}

/** Standard normal quantile of 0.95. */
const z95 = 1.6448536269514722;

/**
 * The 95 % quantile of Beta(alpha, beta) for rare events, by the Wilson–Hilferty approximation of the gamma
 * distribution (https://en.wikipedia.org/wiki/Chi-squared_distribution#Asymptotic_properties): Beta(α, β) is
 * close to Gamma(α)/(α+β) where α ≪ β. Within 10 % for α ≥ 0.3.
 */
export function upperRate(alpha: number, beta: number): number {
  const cube = 1 - 1 / (9 * alpha) + z95 / (3 * Math.sqrt(alpha));
  return Math.min(1, (alpha * cube ** 3) / (alpha + beta));
}
