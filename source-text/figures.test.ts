import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  formatAge,
  formatBytes,
  formatDuration,
  formatFigure,
  formatLatency,
  formatPercent,
  formatTick,
  plural,
} from './figures.ts';

describe('a figure of a unit', () => {
  it.each([
    [0.0021, 'ratio', '0.21 %'],
    [0.124, 'ratio', '12 %'],
    [1, 'ratio', '100 %'],
    [0, 'ratio', '0 %'],
    [12.4, 'percent', '12 %'],
    [850.4, 'us', '850 µs'],
    [41_200, 'us', '41 ms'],
    [3_200_000, 'us', '3.2 s'],
    [384, 'ms', '384 ms'],
    [93, 'lookups', '93 lookups'],
    [1, 'segments', '1 segment'],
    [12_345, 'segments', '12,345 segments'],
    [48_211, 'bytes', '48 kB'],
    [3.25, undefined, '3.3'],
    [null, 'ratio', 'unknown'],
    [undefined, 'us', 'unknown'],
    [NaN, 'us', 'unknown'],
    [Infinity, 'ratio', 'unknown'],
  ])('%j of %s reads %s', (value, unit, text) => {
    expect(formatFigure(value, unit)).toBe(text);
  });

  it.each([
    [0.12, 'ratio', '12 %'],
    [41_200, 'us', '41 ms'],
    [300, 'segments', '300'],
    [0.5, '', '0.5'],
  ])('%j of %s stands at an axis as %s', (value, unit, text) => {
    expect(formatTick(value, unit)).toBe(text);
  });
});

it.each([
  [0, '0 B'],
  [1, '1 B'],
  [999, '999 B'],
  [48_000, '48 kB'],
  [4_339_080, '4.3 MB'],
  [1_500_000_000, '1.5 GB'],
  [2e16, '20,000 TB'],
])('%d bytes read %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

it.each([
  [0, '0 ms'],
  [0.4, '0.4 µs'],
  [125_000_000, '125 s'],
  [NaN, 'unknown'],
])('%d µs read %s', (us, text) => expect(formatLatency(us)).toBe(text));

it.each([
  [-5, '0 s'],
  [0, '0 s'],
  [200, '200 ms'],
  [999.6, '1 s'],
  [4_240, '4.2 s'],
  [9_960, '10 s'],
  [42_400, '42 s'],
  [59_600, '1 min'],
  [200_000, '3 min 20 s'],
  [1_230_000, '20 min'],
  [7_500_000, '2 h 5 min'],
  [86_400_000, '1 d'],
  [273_600_000, '3 d 4 h'],
  [NaN, 'unknown'],
])('%d ms last %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

it('an age counts whole seconds', () => {
  expect([400, 4_900, 61_999].map(formatAge)).toEqual(['0 s', '4 s', '1 min 1 s']);
});

it('says a ratio and a number of things', () => {
  expect(formatPercent(0.00026)).toBe('0.026 %');
  expect(formatPercent(NaN)).toBe('unknown');
  expect([plural(1, 'page'), plural(1_200, 'page')]).toEqual(['1 page', '1,200 pages']);
});

it('imports nothing, since browsers load it as it is', () => {
  expect(readFileSync(join(import.meta.dirname, 'figures.ts'), 'utf8')).not.toMatch(
    /^\s*(import|export .* from)\b/mu,
  );
});
