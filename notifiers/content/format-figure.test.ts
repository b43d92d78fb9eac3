import { expect, it } from 'vitest';
import { formatBytes, formatDurationUs, formatFigure } from './format-figure.ts';

it.each([
  [0, '0 µs'],
  [850.4, '850 µs'],
  [41_200, '41 ms'],
  [1_250_000, '1.3 s'],
  [125_000_000, '125 s'],
])('shows %d µs as %s', (us, text) => expect(formatDurationUs(us)).toBe(text));

it.each([
  [512, '512 bytes'],
  [48_000, '48 kB'],
  [1_200_000_000, '1.2 GB'],
])('shows %d bytes as %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

it('shows a measure in the unit that the catalogue declares', () => {
  expect(formatFigure('tcp.retransmits', 'retransmit_ratio', 0.063)).toBe('6.3 %');
  expect(formatFigure('tcp.retransmits', 'retransmit_ratio', null)).toBe('unknown');
  expect(formatFigure('no.signal', 'x', 3.25)).toBe('3.3');
});
