import { expect, it } from 'vitest';
import { signalCatalogue } from './catalogue.ts';
import { isQuantile } from './define-signal.ts';
import { measureWords } from './measure-words.ts';

it('has words for every count and ratio that a shipped signal measures', () => {
  const missing = [...signalCatalogue.values()].flatMap(({ id, measures }) =>
    Object.entries(measures)
      .filter(([, measure]) => !isQuantile(measure) && measure.phrase === undefined)
      .map(([name]) => `${id} ${name}`),
  );
  expect(missing).toEqual([]);
});

it('says of which distribution a quantile is', () => {
  expect(measureWords('apiserver.latency', 'fresh_p75')).toBe(
    'at the 75th percentile of requests on a fresh connection',
  );
  expect(measureWords('api.latency', 'response_p50')).toBe('at the median of answers');
});

it('falls back to the name', () => expect(measureWords('x', 'warm_p75')).toBe('warm p75'));
