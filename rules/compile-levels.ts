import { levels, type Level } from '../stream/events/transition.ts';
import type { Condition, LevelSpec } from './compiled-rule.ts';
import type { Path, Report } from './parse/faults.ts';
import type { LevelsInput } from './schema.ts';

export interface LevelsContext {
  /** The rule's `for`, for every level without its own. */
  readonly forMs: number;
  readonly condition: (raw: unknown, path: Path) => Condition | undefined;
  readonly report: Report;
}

/** Levels in ascending order; without `levels` everything that fires is a page. */
export function compileLevels(input: LevelsInput | undefined, context: LevelsContext): readonly LevelSpec[] {
  const given: LevelsInput = input ?? { page: {} };
  const specs = levels.flatMap((level) => compileLevel(level, given, context));
  if (specs.length === 0) context.report({ path: ['levels'] }, 'levels is empty', 'notice: {} or page: {}');
  return specs;
}

function compileLevel(level: Level, given: LevelsInput, context: LevelsContext): LevelSpec[] {
  const part = given[level];
  if (part === undefined) return [];
  const when = part.when === undefined ? undefined : context.condition(part.when, ['levels', level, 'when']);
  return [{ level, forMs: part.for ?? context.forMs, when }];
}
