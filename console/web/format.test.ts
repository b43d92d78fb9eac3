import { describe, expect, it } from 'vitest';
import { formatBytes, formatDuration, formatValue, shortName } from './format.ts';

describe('figures', () => {
  it.each([
    [0.0021, 'ratio', '0.21 %'],
    [0.124, 'ratio', '12 %'],
    [41_200, 'us', '41 ms'],
    [3_200_000, 'us', '3.2 s'],
    [93, 'lookups', '93 lookups'],
    [12_345, 'segments', '12,345 segments'],
    [null, 'ratio', 'unknown'],
    [NaN, 'us', 'unknown'],
    [48_211, 'bytes', '48 kB'],
  ])('%j %s reads %s', (value, unit, text) => {
    expect(formatValue(value, unit)).toBe(text);
  });

  it.each([
    [999, '999 B'],
    [1_500_000_000, '1.5 GB'],
  ])('%i bytes read %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

it.each([
  [400, '0 s'],
  [59_600, '1 min'],
  [200_000, '3 min 20 s'],
  [1_230_000, '20 min'],
  [7_500_000, '2 h 5 min'],
  [273_600_000, '3 d 4 h'],
  [-5, '0 s'],
])('%i ms last %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

it.each([
  ['deployment/checkout', 'checkout'],
  ['unit/nginx.service', 'nginx.service'],
  ['192.0.2.0/24', '192.0.2.0/24'],
  ['2001:db8::/48', '2001:db8::/48'],
  ['api.example.com', 'api.example.com'],
])('%s is %s in short', (name, short) => {
  expect(shortName(name)).toBe(short);
});
