import { describe, expect, it } from 'vitest';
import { type LabelSelector, selects } from './label-selector.ts';

const labels = { zone: 'a', edge: '' };

describe('label selectors', () => {
  it.each<[string, LabelSelector, boolean]>([
    ['empty', {}, true],
    ['a label that is there', { matchLabels: { zone: 'a' } }, true],
    ['a label with another value', { matchLabels: { zone: 'b' } }, false],
    ['one of two labels', { matchLabels: { zone: 'a', disk: 'ssd' } }, false],
    ['In', { matchExpressions: [{ key: 'zone', operator: 'In', values: ['b', 'a'] }] }, true],
    ['In, not there', { matchExpressions: [{ key: 'disk', operator: 'In', values: [''] }] }, false],
    ['NotIn', { matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['a'] }] }, false],
    ['NotIn, not there', { matchExpressions: [{ key: 'disk', operator: 'NotIn', values: ['a'] }] }, true],
    ['Exists, with an empty value', { matchExpressions: [{ key: 'edge', operator: 'Exists' }] }, true],
    ['DoesNotExist', { matchExpressions: [{ key: 'edge', operator: 'DoesNotExist' }] }, false],
    [
      'both kinds, of which one does not hold',
      { matchLabels: { zone: 'a' }, matchExpressions: [{ key: 'disk', operator: 'Exists' }] },
      false,
    ],
  ])('%s: %j: %s', (_what, selector, expected) => {
    expect(selects(selector, labels)).toBe(expected);
  });
});
