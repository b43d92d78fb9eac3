import type { Scalar } from './condition-node.ts';

const maxPatternLength = 256;
/** Longer facts do not match: no name in a cluster is longer (RFC 1035: 253). */
const maxSubjectLength = 512;

/**
 * Why a pattern is refused, or undefined. A pattern runs on every row in the judge's only thread, so what can take
 * exponential time is refused: a repeated group that itself repeats or chooses, and back-references; look-arounds
 * too, which nobody needs on names.
 */
export function patternFault(pattern: string): string | undefined {
  if (pattern.length > maxPatternLength) return `the pattern is longer than ${maxPatternLength} characters`;
  if (/\\[1-9k]/.test(pattern)) return 'back-references are not allowed in patterns';
  if (/\(\?(?!:)/.test(pattern)) return 'look-arounds and named groups are not allowed in patterns';
  if (hasNestedRepeat(pattern))
    return 'a repeated group must not itself repeat or choose: it can take for ever';
  try {
    new RegExp(pattern, 'u');
    return undefined;
  } catch (error) {
    return `not a regular expression: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function hasNestedRepeat(pattern: string): boolean {
  const bare = pattern.replaceAll(/\\./g, 'x').replaceAll(/\[[^\]]*\]/g, 'x');
  const groups: boolean[] = [];
  for (let index = 0; index < bare.length; index++) {
    const char = bare[index] ?? '';
    if (char === '(') groups.push(false);
    else if (char === ')') {
      const inner = groups.pop() ?? false;
      const repeated = '*+{'.includes(bare[index + 1] ?? ' ');
      if (inner && repeated) return true;
      if ((inner || repeated) && groups.length > 0) groups[groups.length - 1] = true;
    } else if ('*+{|'.includes(char) && groups.length > 0) groups[groups.length - 1] = true;
  }
  return false;
}

/** Matches the whole fact, as Prometheus does. */
export function compilePattern(pattern: string): (fact: Scalar) => boolean {
  const regex = new RegExp(`^(?:${pattern})$`, 'u');
  return (fact) => typeof fact === 'string' && fact.length <= maxSubjectLength && regex.test(fact);
}
