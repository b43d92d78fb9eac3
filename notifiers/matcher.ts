import type { Matcher } from '../stream/events/control.ts';

const patternLimit = 200;
const valueLimit = 256;
const unboundedLimit = 3;
const cacheLimit = 1_000;

const cache = new Map<string, RegExp>();

/**
 * Does the matcher hold? A missing label is the empty string, as in Prometheus. Regular expressions are anchored at
 * both ends. A pattern that `matcherFault` refuses matches nothing.
 */
export function matches(matcher: Matcher, labels: ReadonlyMap<string, string>): boolean {
  const value = (labels.get(matcher.name) ?? '').slice(0, valueLimit);
  switch (matcher.op) {
    case '=':
      return value === matcher.value;
    case '!=':
      return value !== matcher.value;
    case '=~':
      return matcherFault(matcher) === null && compile(matcher.value).test(value);
    case '!~':
      return matcherFault(matcher) === null && !compile(matcher.value).test(value);
    default:
      return matcher.op satisfies never;
  }
}

export const matchesAll = (matchers: readonly Matcher[], labels: ReadonlyMap<string, string>): boolean =>
  matchers.every((matcher) => matches(matcher, labels));

function compile(pattern: string): RegExp {
  const known = cache.get(pattern);
  if (known) return known;
  if (cache.size >= cacheLimit) cache.clear();
  const compiled = new RegExp(`^(?:${pattern})$`, 'su');
  cache.set(pattern, compiled);
  return compiled;
}

const text = /^\s*([A-Za-z_][A-Za-z0-9_.]*)\s*(=~|!~|!=|=)\s*(.*?)\s*$/su;

/** `workload=checkout`, `peer =~ "db-.*"`. Returns what is wrong as a string. */
export function parseMatcher(source: string): Matcher | string {
  const [, name, op, raw] = text.exec(source) ?? [];
  if (name === undefined || op === undefined || raw === undefined)
    return `"${source}" is not a matcher: write name=value, name!=value, name=~regex or name!~regex`;
  const value = /^"(.*)"$|^'(.*)'$/su.exec(raw);
  const matcher: Matcher = {
    name,
    op: op as Matcher['op'],
    value: value ? (value[1] ?? value[2] ?? '') : raw,
  };
  return matcherFault(matcher) ?? matcher;
}

/**
 * Why a matcher's pattern is refused, or null. JavaScript's engine backtracks, so a pattern must not be able to take
 * exponential time: no references or assertions, no repeated group that itself repeats or has alternatives, and few
 * unbounded repeats (n of them cost at most `valueLimit` to the power of n).
 */
export function matcherFault(matcher: Matcher): string | null {
  if (matcher.op === '=' || matcher.op === '!=') return null;
  const pattern = matcher.value;
  if (pattern.length > patternLimit)
    return `the pattern of ${matcher.name} is longer than ${patternLimit} characters`;
  if (/\\[1-9k]|\(\?(?!:)/u.test(pattern))
    return `the pattern of ${matcher.name} uses a reference or an assertion`;
  try {
    new RegExp(`^(?:${pattern})$`, 'su');
  } catch (error) {
    return `the pattern of ${matcher.name} is malformed: ${(error as Error).message}`;
  }
  return repeatsWithin(pattern)
    ? `the pattern of ${matcher.name} could take exponential time: nested repeats`
    : null;
}

function repeatsWithin(pattern: string): boolean {
  const bare = pattern.replace(/\\./gsu, 'x').replace(/\[[^\]]*\]/gu, 'x');
  const repeat = /[*+]|\{\d+,\d*\}/gu;
  if ((bare.match(repeat) ?? []).length > unboundedLimit) return true;
  const ambiguous: boolean[] = [];
  for (let index = 0; index < bare.length; index += 1) {
    const rest = bare.slice(index);
    if (bare[index] === '(') ambiguous.push(false);
    else if (bare[index] === '|' || /^(?:[*+?]|\{\d)/u.test(rest)) ambiguous.fill(true);
    else if (bare[index] === ')' && ambiguous.pop() === true && /^\)(?:[*+]|\{\d)/u.test(rest)) return true;
  }
  return false;
}
