import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatDuration,
  formatPercent,
  parseDurationMs,
  parseNumber,
  parsePercent,
  parseSizeBytes,
} from './quantities.ts';
import { didYouMean } from './suggestion.ts';

describe('quantities', () => {
  it.each<[string, number | undefined]>([
    ['200ms', 200],
    ['1.5s', 1_500],
    ['1h30m', 5_400_000],
    ['7d', 604_800_000],
    ['5', undefined],
    ['5 s', undefined],
    ['5S', undefined],
    ['-5s', undefined],
  ])('duration %s', (text, ms) => expect(parseDurationMs(text)).toBe(ms));

  it('durations read back as they are written', () => {
    fc.assert(
      fc.property(fc.nat({ max: 1e10 }), (ms) => parseDurationMs(formatDuration(ms)) === ms),
      { seed: 1 },
    );
  });

  it.each<[string, number | undefined]>([
    ['0.5%', 0.005],
    ['7%', 0.07],
    ['100%', 1],
    ['%', undefined],
    ['5 %', undefined],
  ])('percentage %s', (text, ratio) => expect(parsePercent(text)).toBe(ratio));

  it.each<[string, number | undefined]>([
    ['20MB', 20_000_000],
    ['1KiB', 1_024],
    ['1.5kB', 1_500],
    ['20', undefined],
    ['20mb', undefined],
  ])('size %s', (text, bytes) => expect(parseSizeBytes(text)).toBe(bytes));

  it.each<[string, number | undefined]>([
    ['1e-4', 1e-4],
    ['.5', 0.5],
    ['0x10', undefined],
    ['', undefined],
    ['Infinity', undefined],
  ])('number %s', (text, value) => expect(parseNumber(text)).toBe(value));

  it.each<[number, string]>([
    [0, '0%'],
    [0.0005, '0.05%'],
    [0.0523, '5.2%'],
    [0.123, '12%'],
    [1, '100%'],
    [NaN, '?'],
  ])('shows %d as a percentage', (ratio, text) => expect(formatPercent(ratio)).toBe(text));
});

describe('didYouMean', () => {
  it('suggests what is near and nothing that is far', () => {
    expect(didYouMean('wher', ['when', 'where'])).toMatch(/where|when/);
    expect(didYouMean('anotations', ['annotations', 'actions'])).toBe('did you mean "annotations"?');
    expect(didYouMean('zebra', ['annotations', 'actions'])).toBeUndefined();
    expect(didYouMean('x', [])).toBeUndefined();
  });
});
