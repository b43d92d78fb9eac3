import type { TopLevelCondition } from 'json-rules-engine';
import { compileRules, type RefusedRules, type RuleFile } from './compile.ts';
import type { CompiledRule, Condition } from './compiled-rule.ts';
import { nodeOf } from './conditions/compile-condition.ts';
import { toJsonRulesEngine } from './conditions/to-json-rules-engine.ts';

/** The conditions of one rule in the plain form of json-rules-engine. */
export interface PlainRule {
  readonly id: string;
  readonly where?: TopLevelCondition;
  readonly when: TopLevelCondition;
  readonly levels: Readonly<Record<string, TopLevelCondition>>;
  readonly clear?: TopLevelCondition;
}

/** For `saccade rules format --as json-rules-engine`: overlays applied, literals resolved. */
export function formatAsJsonRulesEngine(files: readonly RuleFile[]): readonly PlainRule[] | RefusedRules {
  const result = compileRules(files);
  return result.ok ? result.ruleSet.rules.map(toPlainRule) : result;
}

function toPlainRule(rule: CompiledRule): PlainRule {
  const levels = rule.levels.flatMap(({ level, when }) =>
    when === undefined ? [] : [[level, plain(when)] as const],
  );
  return {
    id: rule.id,
    ...(rule.where && { where: plain(rule.where) }),
    when: plain(rule.when),
    levels: Object.fromEntries(levels),
    ...(rule.clear && { clear: plain(rule.clear.when) }),
  };
}

function plain(condition: Condition): TopLevelCondition {
  return toJsonRulesEngine(nodeOf(condition));
}
