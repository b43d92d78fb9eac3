import type { MeasureDefinition, SignalDefinition } from '../signals/define-signal.ts';
import { compileLevels } from './compile-levels.ts';
import type { CompiledRule, Condition } from './compiled-rule.ts';
import { confirmFactCatalogue, toConfirmSpec } from './confirm-condition.ts';
import { compileCondition } from './conditions/compile-condition.ts';
import { parseCondition, type ConditionScope } from './conditions/parse-condition.ts';
import { judgedFactCatalogue, rowFactCatalogue, type FactCatalogue } from './facts.ts';
import { isMapping, type Readable } from './parse/check-shape.ts';
import { reportUnder, type Path, type Report } from './parse/faults.ts';
import type { ruleSchema } from './schema.ts';

export interface RuleScopes {
  /** For `where`. */
  readonly row: ConditionScope;
  /** For `when`, `levels`, `clear` and templates. */
  readonly judged: ConditionScope;
  /** For `confirm`. */
  readonly confirm: ConditionScope;
}

/** Which facts each part of a rule may ask, and why not others. */
export function scopesOf(
  signal: SignalDefinition,
  measure: MeasureDefinition,
  baseline: unknown,
): RuleScopes {
  const hasBaseline = baseline !== undefined;
  const hasMembers = isMapping(baseline) && baseline['method'] === 'seen';
  const ofSignal = { signal, measureUnit: measure.unit };
  const judged = judgedFactCatalogue({ ...ofSignal, hasBaseline, hasMembers });
  const all = judgedFactCatalogue({ ...ofSignal, hasBaseline: true, hasMembers: true });
  return {
    row: {
      catalogue: rowFactCatalogue(signal),
      elsewhere: reasons(all, 'it is known only after judging, and "where" runs before'),
    },
    confirm: { catalogue: confirmFactCatalogue(judged) },
    judged: {
      catalogue: judged,
      elsewhere: reasons(all, hasBaseline ? 'it is of another baseline method' : 'the rule has no baseline'),
    },
  };
}

function reasons(catalogue: FactCatalogue, why: string): ReadonlyMap<string, string> {
  return new Map([...catalogue.keys()].map((name) => [name, why]));
}

export type RuleConditions = Pick<CompiledRule, 'where' | 'levels' | 'clear' | 'confirm'> & {
  readonly when: Condition | undefined;
};

export interface ConditionsContext {
  readonly scopes: RuleScopes;
  readonly report: Report;
}

/**
 * Every condition of a rule. They are read from the rule as written, not from what its shape left over, so that a
 * bad duration beside a condition does not hide a fault inside it.
 */
export function compileConditions(
  written: Readonly<Record<string, unknown>>,
  rule: Readable<typeof ruleSchema.shape>,
  { scopes, report }: ConditionsContext,
): RuleConditions {
  const compileAt = (path: Path, scope: ConditionScope): Condition | undefined => {
    const raw = valueAt(written, path);
    if (raw === undefined) return undefined;
    const node = parseCondition(raw, scope, reportUnder(report, path));
    return node && compileCondition(node);
  };
  const judgedAt = (...path: Path) => compileAt(path, scopes.judged);
  if (isMapping(written['levels']) && Object.keys(written['levels']).length === 0)
    report({ path: ['levels'] }, 'levels is empty', 'notice: {} or page: {}');
  const conditions = {
    notice: judgedAt('levels', 'notice', 'when'),
    page: judgedAt('levels', 'page', 'when'),
  };
  const clear = judgedAt('clear', 'when');
  const confirm = compileAt(['confirm'], scopes.confirm);
  return {
    where: compileAt(['where'], scopes.row),
    when: judgedAt('when'),
    levels: compileLevels(rule.levels, { forMs: rule.for ?? 0, conditions }),
    confirm: confirm && toConfirmSpec(confirm),
    clear: clear && rule.clear && { when: clear, forMs: rule.clear.for },
  };
}

function valueAt(written: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, step) => (isMapping(value) ? value[step] : undefined), written);
}
