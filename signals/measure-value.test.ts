import { expect, it } from 'vitest';
import type { MeasureDefinition } from './define-signal.ts';
import { measureValue } from './measure-value.ts';
import { sketchFieldName } from './sketch.ts';

const ratio: MeasureDefinition = {
  numerator: 'again',
  less: 'needless',
  denominator: 'sent',
  unit: 'ratio',
  description: '',
};

it.each([
  [{ again: 5, sent: 100 }, 0.05],
  [{ again: 5, needless: 3, sent: 100 }, 0.02],
  [{ again: 1, needless: 3, sent: 100 }, 0],
  [{ again: 0, sent: 0 }, NaN],
  [{ sent: 100 }, NaN],
])('takes the ratio of %j', (fields, value) => {
  expect(measureValue(ratio, fields)).toBe(value);
});

it('takes a plain field', () => {
  expect(measureValue({ numerator: 'again', unit: 'segments', description: '' }, { again: 7 })).toBe(7);
});

it('takes a quantile within the accuracy of the sketch', () => {
  const fields = { [sketchFieldName('rtt_us', 30)]: 90, [sketchFieldName('rtt_us', 60)]: 10 };
  const of = (quantile: number): number =>
    measureValue({ sketch: 'rtt_us', quantile, unit: 'us', description: '' }, fields);
  expect(of(0.5)).toBeLessThan(of(0.95));
  expect(measureValue({ sketch: 'rtt_us', quantile: 0.5, unit: 'us', description: '' }, {})).toBeNaN();
});
