import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logLowerTail, logMass, logUpperTail, upperRate } from './beta-binomial.ts';
import { logGamma } from './log-gamma.ts';

/** P(X = k) as a plain product, without any gamma function. */
function plainMass(k: number, n: number, alpha: number, beta: number): number {
  let mass = 1;
  for (let i = 0; i < k; i++) mass *= ((n - i) / (k - i)) * ((alpha + i) / (alpha + beta + i));
  for (let i = 0; i < n - k; i++) mass *= (beta + i) / (alpha + beta + k + i);
  return mass;
}

const shape = fc.double({ min: 0.05, max: 50, noNaN: true });
const cases = fc
  .record({
    n: fc.integer({ min: 0, max: 60 }),
    alpha: shape,
    beta: shape,
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ share, ...rest }) => ({ ...rest, k: Math.round(share * rest.n) }));

describe('logGamma', () => {
  it('is the factorial at whole arguments', () => {
    let factorial = 0;
    for (let n = 1; n < 150; n++) {
      expect(logGamma(n)).toBeCloseTo(factorial, 10);
      factorial += Math.log(n);
    }
  });
  it('is ln √π at one half', () => expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 11));
});

describe('beta-binomial', () => {
  it('has the mass of the plain product', () =>
    fc.assert(
      fc.property(cases, ({ k, n, alpha, beta }) => {
        expect(Math.exp(logMass(k, { trials: n, alpha, beta }))).toBeCloseTo(plainMass(k, n, alpha, beta), 9);
      }),
    ));

  it('has the tails of a brute force sum', () =>
    fc.assert(
      fc.property(cases, ({ k, n, alpha, beta }) => {
        let upper = 0;
        for (let j = k; j <= n; j++) upper += plainMass(j, n, alpha, beta);
        const distribution = { trials: n, alpha, beta };
        expect(Math.exp(logUpperTail(k, distribution))).toBeCloseTo(upper, 8);
        const lower = 1 - upper + plainMass(k, n, alpha, beta);
        expect(Math.exp(logLowerTail(k, distribution))).toBeCloseTo(lower, 8);
      }),
    ));

  it('keeps its digits far out in the tail', () => {
    const [k, n, alpha, beta] = [12, 200, 0.3, 20_000] as const;
    let upper = 0;
    for (let j = n; j >= k; j--) upper += plainMass(j, n, alpha, beta);
    expect(upper).toBeLessThan(1e-20);
    expect(logUpperTail(k, { trials: n, alpha, beta })).toBeCloseTo(Math.log(upper), 6);
  });

  it('falls with more events and stays a probability, however large the figures', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e7 }), fc.integer({ min: 1, max: 1_000 }), (trials, events) => {
        const distribution = { trials, alpha: 0.3, beta: 300 };
        const [here, next] = [logUpperTail(events, distribution), logUpperTail(events + 1, distribution)];
        expect(here).toBeLessThanOrEqual(0);
        expect(next).toBeLessThanOrEqual(here + 1e-9);
      }),
    ));
});

describe('upperRate', () => {
  it.each([
    // The 95 % quantile, by numerical integration of the density.
    [0.3, 299.7, 0.004574],
    [40, 1960, 0.025405],
    [3, 5_997, 0.001049],
  ])('of Beta(%d, %d) is about %d', (alpha, beta, quantile) => {
    expect(Math.abs(upperRate(alpha, beta) / quantile - 1)).toBeLessThan(0.1);
  });
});
