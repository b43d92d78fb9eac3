import { levels, type Level } from '../stream/events/transition.ts';
import type { Condition, LevelSpec } from './compiled-rule.ts';
import type { LevelsInput } from './schema.ts';

export interface LevelsContext {
  /** The rule's `for`, for every level without its own. */
  readonly forMs: number;
  readonly conditions: Readonly<Record<Level, Condition | undefined>>;
}

/** Levels in ascending order; without `levels` everything that fires is a page. */
export function compileLevels(input: LevelsInput | undefined, context: LevelsContext): readonly LevelSpec[] {
  const given: LevelsInput = input ?? { page: {} };
  return levels.flatMap((level) => {
    const part = given[level];
    return part === undefined
      ? []
      : [{ level, forMs: part.for ?? context.forMs, when: context.conditions[level] }];
  });
}
