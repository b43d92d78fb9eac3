import { describe, expect, it } from 'vitest';
import { confidence95, mean, quantile } from './statistics.ts';

describe('statistics', () => {
  it('interpolates quantiles', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([1, 2, 3], 1)).toBe(3);
    expect(quantile([], 0.5)).toBeNaN();
  });

  it('gives the confidence interval of a textbook sample', () => {
    // Mean 5, sample variance 2.5, n = 5, t = 2.776.
    const values = [3, 4, 5, 6, 7];
    expect(mean(values)).toBe(5);
    expect(confidence95(values)).toBeCloseTo(1.963, 3);
  });
});
