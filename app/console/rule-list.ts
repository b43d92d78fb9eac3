import type { RuleState } from '../../console/ports.ts';
import type { JudgeStage } from '../../engine/judge.ts';
import type { RuleStats } from '../../engine/rule-stats.ts';
import { namespaceOfRuleFile } from '../../kubernetes/resources/rule-file.ts';
import type { CompiledRule } from '../../rules/compiled-rule.ts';

/** To walk over all keys takes milliseconds of the judge's thread: at most every so often. */
const freshMs = 3000;

/** Rules in force with what the judge holds for them. */
export function createRuleList(
  current: () => { readonly rules: readonly CompiledRule[] },
  judge: Pick<JudgeStage, 'rules'>,
  nowMs: () => number,
): () => readonly RuleState[] {
  let known: { readonly atMs: number; readonly stats: ReadonlyMap<string, RuleStats> } | undefined;
  return () => {
    if (known === undefined || nowMs() - known.atMs > freshMs)
      known = { atMs: nowMs(), stats: judge.rules() };
    const { stats } = known;
    return current().rules.map((rule) => viewRule(rule, stats.get(rule.id)));
  };
}

function viewRule(rule: CompiledRule, stats: RuleStats | undefined): RuleState {
  return {
    id: rule.id,
    alert: rule.alert,
    group: rule.group,
    namespace: namespaceOfRuleFile(rule.position),
    signal: rule.signal.id,
    measure: rule.measureName,
    by: rule.by,
    over_ms: rule.overMs,
    baseline: rule.baseline?.method ?? null,
    levels: rule.levels.map(({ level }) => level),
    dry_run: rule.dryRun,
    position: rule.position,
    keys: stats?.keys ?? null,
    learning: stats?.learning ?? null,
    open: stats?.open ?? null,
    overflow: stats?.overflow ?? null,
  };
}
