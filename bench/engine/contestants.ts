import { Engine, Rule } from 'json-rules-engine';
import { createJudgeStage, type JudgeStage } from '../../engine/judge.ts';
import { nodeOf } from '../../rules/conditions/compile-condition.ts';
import type { ConditionNode } from '../../rules/conditions/condition-node.ts';
import { registerOperators, toJsonRulesEngine } from '../../rules/conditions/to-json-rules-engine.ts';
import { compileRules, type RuleFile } from '../../rules/compile.ts';
import type { CompiledRule } from '../../rules/compiled-rule.ts';
import { createCloudEvent } from '../../stream/cloud-event.ts';
import { rulesLoadedType } from '../../stream/events/control.ts';
import type { StreamRecord } from '../../stream/port.ts';
import type { FactTable } from './row-facts.ts';

/** As the embedded host cuts them. */
const batchRecords = 256;

/** The stage of the product, with rules loaded the way the product loads them. */
export function loadedJudge(file: RuleFile): JudgeStage {
  const judge = createJudgeStage({ compile: compileRules });
  const event = createCloudEvent({
    id: 'rules/1',
    source: '/bench',
    type: rulesLoadedType,
    timeMs: 0,
    partitionkey: 'control',
    data: { revision: '1', files: [file], learn_ms: null },
  });
  judge.process({ topic: 'signals', partition: 0, offset: 0, appendedAtMs: 0, event });
  return judge;
}

/** Judges and, after each batch, hands the changed state out as to the store. Returns its bytes. */
export function judgeRecords(judge: JudgeStage, records: readonly StreamRecord[]): number {
  let stateBytes = 0;
  for (let start = 0; start < records.length; start += batchRecords) {
    for (const record of records.slice(start, start + batchRecords)) judge.process(record);
    for (const { key, value } of judge.drainState()) stateBytes += key.length + (value?.length ?? 0);
  }
  return stateBytes;
}

/** Only `where` and `when` of the rules as they are compiled, over flat facts. Returns how many held. */
export function evaluateCompiled(rules: readonly CompiledRule[], tables: readonly FactTable[]): number {
  let held = 0;
  for (const table of tables) {
    const facts = (name: string) => table[name];
    for (const rule of rules)
      if (rule.where?.evaluate(facts) !== false && rule.when.evaluate(facts) === true) held++;
  }
  return held;
}

/** The same conditions in the library. */
export function createPeer(rules: readonly CompiledRule[]): Engine {
  const engine = new Engine([], { allowUndefinedFacts: true });
  registerOperators(engine);
  for (const rule of rules)
    engine.addRule(new Rule({ conditions: toJsonRulesEngine(conditionOf(rule)), event: { type: rule.id } }));
  return engine;
}

function conditionOf(rule: CompiledRule): ConditionNode {
  const when = nodeOf(rule.when);
  return rule.where ? { kind: 'all', of: [nodeOf(rule.where), when] } : when;
}

export async function runPeer(engine: Engine, tables: readonly FactTable[]): Promise<number> {
  let held = 0;
  for (const table of tables) held += (await engine.run({ ...table })).events.length;
  return held;
}
