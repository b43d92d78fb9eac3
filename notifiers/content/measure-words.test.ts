import { expect, it } from 'vitest';
import { signalCatalogue } from '../../signals/catalogue.ts';
import { isQuantile } from '../../signals/define-signal.ts';
import { measureWords } from './measure-words.ts';

it('has words for every count and ratio that a shipped signal measures of TCP, DNS and the API server', () => {
  const worded = ['tcp.retransmits', 'tcp.rtt', 'tcp.connect_failures', 'tcp.resets', 'dns'];
  const missing = worded.flatMap((id) =>
    Object.entries(signalCatalogue.get(id)?.measures ?? {})
      .filter(
        ([name, measure]) => !isQuantile(measure) && measureWords(id, name) === name.replaceAll('_', ' '),
      )
      .map(([name]) => `${id} ${name}`),
  );
  expect(missing).toEqual([]);
});

it('falls back to the name', () => expect(measureWords('x', 'warm_p75')).toBe('warm p75'));
