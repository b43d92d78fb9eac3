import type { CompiledRule } from '../rules/compiled-rule.ts';
import { isQuantile, type CountMeasure } from '../signals/define-signal.ts';
import type { Baseline } from './baselines/baseline.ts';
import { createBaseline } from './baselines/create-baseline.ts';
import { teachDelayMs } from './teach-key.ts';
import { createWindowSums, layoutOf, type FieldLayout, type WindowSums } from './windows.ts';

/** A rule with everything worked out that does not depend on a key. */
export interface RulePlan {
  readonly rule: CompiledRule;
  readonly layout: FieldLayout;
  readonly sums: WindowSums;
  readonly baseline: Baseline | undefined;
  readonly numerator: number;
  /** -1: nothing is taken off the numerator. */
  readonly less: number;
  /** -1: the measure is no ratio. */
  readonly denominator: number;
  /** Fields whose sum counts the independent causes behind the numerator. */
  readonly independent: readonly number[];
  /** A row in which all these fields are zero cannot fire the rule. undefined: every row can. */
  readonly eventFields: readonly string[] | undefined;
  /** How far back a key remembers. */
  readonly retentionMs: number;
  /** The window over which an alert must be back to normal; undefined: the rule has no `clear`. */
  readonly clearWindowMs: number | undefined;
  /** Changes with what a key means: states of another shape are of no use. */
  readonly shape: string;
}

export function planRule(rule: CompiledRule): RulePlan {
  const layout = layoutOf(rule.signal, isQuantile(rule.measure) ? rule.measure.sketch : undefined);
  const indexOf = (field: string | undefined) =>
    field === undefined ? -1 : (layout.indexOf.get(field) ?? -1);
  const measure: Partial<CountMeasure> = isQuantile(rule.measure) ? {} : rule.measure;
  const shortestMs = rule.overMs[0] ?? 1_000;
  const baseline = createBaseline(rule);
  // What is taught as a window is taught late, and must still be whole then.
  const longestMs = (rule.overMs.at(-1) ?? shortestMs) + (baseline?.isEnough ? teachDelayMs : 0);
  const clearWindowMs = rule.clear && Math.max(rule.clear.forMs, shortestMs);
  return {
    rule,
    layout,
    sums: createWindowSums(layout),
    baseline,
    numerator: indexOf(measure.numerator),
    less: indexOf(measure.less),
    denominator: indexOf(measure.denominator),
    independent: (measure.independent ?? []).map(indexOf).filter((index) => index >= 0),
    eventFields: eventFieldsOf(rule, layout),
    retentionMs: Math.max(longestMs, clearWindowMs ?? 0),
    clearWindowMs,
    shape: shapeOf(rule, layout),
  };
}

function shapeOf({ signal, by, measureName, baseline }: CompiledRule, { names }: FieldLayout): string {
  const members = baseline?.method === 'seen' ? baseline.of : [];
  return JSON.stringify([signal.id, names, by, measureName, baseline?.method, ...members]);
}

/**
 * With a `rate` baseline a row without a single event cannot raise the score, so it is not looked at: every look
 * may be a false alarm. It may still matter for a field that a condition reads beside the score.
 */
function eventFieldsOf(rule: CompiledRule, layout: FieldLayout): readonly string[] | undefined {
  if (rule.baseline?.method !== 'rate' || rule.baseline.direction === 'down') return undefined;
  const read = rule.when.facts.filter((fact) => layout.indexOf.has(fact));
  return isQuantile(rule.measure) ? undefined : [...new Set([rule.measure.numerator, ...read])];
}

/** Rules by the signal that they read. */
export function indexBySignal(plans: readonly RulePlan[]): ReadonlyMap<string, readonly RulePlan[]> {
  return Map.groupBy(plans, (plan) => plan.rule.signal.id);
}
