import { expect, it } from 'vitest';
import { formatMeasure } from './format-measure.ts';

it('shows a measure in the unit that the catalogue declares', () => {
  expect(formatMeasure('tcp.retransmits', 'retransmit_ratio', 0.063)).toBe('6.3 %');
  expect(formatMeasure('tcp.retransmits', 'retransmit_ratio', null)).toBe('unknown');
  expect(formatMeasure('no.signal', 'x', 3.25)).toBe('3.3');
});
