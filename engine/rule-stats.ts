import type { CompiledRule } from '../rules/compiled-rule.ts';
import type { KeyState } from './key-state.ts';

/** What the judge holds for one rule. */
export interface RuleStats {
  readonly keys: number;
  /** Of these, still within the rule's learning period. */
  readonly learning: number;
  /** Pending or firing. */
  readonly open: number;
  /** Rows that went to `__other__` because the rule had `max_keys` keys. */
  readonly overflow: number;
}

export function ruleStats(rule: CompiledRule, keys: Iterable<KeyState>, overflow: number): RuleStats {
  const learnMs = rule.baseline !== undefined && 'learnMs' in rule.baseline ? rule.baseline.learnMs : 0;
  let [count, learning, open] = [0, 0, 0];
  for (const { baseline, newestMs, alert } of keys) {
    count += 1;
    if (baseline !== null && 'firstMs' in baseline && newestMs - baseline.firstMs < learnMs) learning += 1;
    if (alert) open += 1;
  }
  return { keys: count, learning, open, overflow };
}
