import type { CompiledRule } from '../rules/compiled-rule.ts';
import type { JudgeMemory, LoadedRules } from './judge-memory.ts';
import { meetsSubjects } from './meet-subject.ts';
import { indexBySignal, planRule, type RulePlan } from './rule-plan.ts';

/** Sources → rules. Deterministic: a replay compiles the same rules from the same sources. */
export type CompileRules = (
  files: LoadedRules['files'],
  options: { readonly learnMs: number | null },
) =>
  | { readonly ok: true; readonly ruleSet: { readonly rules: readonly CompiledRule[] } }
  | { readonly ok: false };

/** The rules in force, by id and by the signal that they read. */
export interface Plans {
  readonly byId: ReadonlyMap<string, RulePlan>;
  readonly bySignal: ReadonlyMap<string, readonly RulePlan[]>;
  /** Ids of those with a `limit`. */
  readonly limited: ReadonlySet<string>;
  /** Those that get to know a workload before it does what they watch for. */
  readonly meeting: readonly RulePlan[];
}

/** What the parts of the judge share. */
export interface JudgeContext {
  readonly memory: JudgeMemory;
  plans: Plans;
  /** Which of several judges this is that share the keys of a rule; undefined: it has them all. */
  readonly partition?: number | undefined;
}

export const noPlans: Plans = { byId: new Map(), bySignal: new Map(), limited: new Set(), meeting: [] };

/** undefined: the sources do not compile. */
export function planRules(compile: CompileRules, rules: LoadedRules): Plans | undefined {
  const result = compile(rules.files, { learnMs: rules.learn_ms });
  if (!result.ok) return undefined;
  const plans = result.ruleSet.rules.map(planRule);
  const limited = plans.filter(({ rule }) => rule.limit !== undefined);
  return {
    byId: new Map(plans.map((plan) => [plan.rule.id, plan])),
    bySignal: indexBySignal(plans),
    limited: new Set(limited.map(({ rule }) => rule.id)),
    meeting: plans.filter(({ rule }) => meetsSubjects(rule)),
  };
}
