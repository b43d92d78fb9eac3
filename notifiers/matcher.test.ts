import { describe, expect, it } from 'vitest';
import type { Matcher } from '../stream/events/control.ts';
import { matcherFault, matches, parseMatcher } from './matcher.ts';

const labels = new Map([
  ['workload', 'deployment/checkout'],
  ['team', 'shop'],
]);
const holds = (source: string): boolean => {
  const matcher = parseMatcher(source);
  if (typeof matcher === 'string') throw new Error(matcher);
  return matches(matcher, labels);
};

describe('a matcher', () => {
  it.each([
    ['team=shop', true],
    ['team = "shop"', true],
    ['team!=shop', false],
    ['team!=pay', true],
    ['workload=~.*/checkout', true],
    ['workload=~checkout', false],
    ['workload!~checkout', true],
    ['absent=', true],
    ['absent!=x', true],
    ['absent=~.+', false],
    ['team=~shop|pay', true],
  ])('%s holds: %s', (source, expected) => {
    expect(holds(source)).toBe(expected);
  });

  it.each(['', 'team', '=x', 'team=~(', 'team=~(?=x)', 'team=~(a)\\1', `team=~${'a'.repeat(201)}`])(
    'refuses %s with a reason',
    (source) => {
      expect(typeof parseMatcher(source)).toBe('string');
    },
  );

  it.each(['(a+)+', '(a|a)*', '(a|aa)+x', '((a+)b?)*', '(a?){20,}', '.*.*.*.*', '([a-z]+)*'])(
    'refuses the pattern %s, which could take exponential time',
    (value) => {
      expect(matcherFault({ name: 'x', op: '=~', value })).toMatch(/exponential/u);
    },
  );

  it.each(['netns/.*', '(shop|pay)-[0-9]+', 'a(bc)+', '[(+*]+', 'v?\\d+\\.\\d+', '(?:eu|us)-.*'])(
    'takes the pattern %s',
    (value) => {
      expect(matcherFault({ name: 'x', op: '=~', value })).toBeNull();
    },
  );

  it('matches nothing with a pattern that it refuses', () => {
    const refused: Matcher = { name: 'team', op: '!~', value: '(a+)+' };
    expect(matches(refused, labels)).toBe(false);
  });
});
