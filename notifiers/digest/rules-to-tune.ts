import type { RuleFigures } from '../../stream/events/digest.ts';

/** Fewer than this may be chance. */
const enough = 3;

/**
 * Rules whose alerts nobody needed: often enough, none acknowledged or called useful, and (nearly) all ended by
 * themselves or were called noise. Those that took most attention first.
 */
export function rulesToTune(rules: readonly RuleFigures[]): readonly RuleFigures[] {
  return rules
    .filter(({ fired, acknowledged, useful, ended_alone: alone, noise }) => {
      const unneeded = acknowledged === 0 && useful === 0 && alone >= 0.9 * fired;
      return fired >= enough && (unneeded || noise * 2 > fired);
    })
    .toSorted((left, right) => right.pages - left.pages || right.fired - left.fired);
}
