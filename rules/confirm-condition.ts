import type { TopLevelCondition } from 'json-rules-engine';
import { compileCondition, nodeOf } from './conditions/compile-condition.ts';
import { parseCondition } from './conditions/parse-condition.ts';
import { toJsonRulesEngine } from './conditions/to-json-rules-engine.ts';
import type { Condition, ConfirmSpec } from './compiled-rule.ts';
import type { FactCatalogue, FactDefinition } from './facts.ts';

/** `node.cordoned`, `rollout.age_ms`: the name of who knows it, and what it is called there. */
const outsideName = /^[a-z][a-z0-9_]*(?:\.[a-zA-Z_][a-zA-Z0-9_]*)+$/;
const ownPrefix = /^(?:baseline|peer|labels)\./;

function outsideFact(name: string): FactDefinition | undefined {
  return outsideName.test(name) && !ownPrefix.test(name)
    ? { name, type: { type: 'outside' }, identity: false, description: 'Asked of a provider of facts.' }
    : undefined;
}

/**
 * For `confirm`: what is known at the moment of judging, and facts that somebody else knows. Whether anybody does is told
 * only by the installation, so their names are not checked.
 */
export function confirmFactCatalogue(judged: FactCatalogue): FactCatalogue {
  return {
    get: (name) => judged.get(name) ?? outsideFact(name),
    has: (name) => judged.has(name) || outsideFact(name) !== undefined,
    keys: () => judged.keys(),
    values: () => judged.values(),
  };
}

export function toConfirmSpec(condition: Condition): ConfirmSpec {
  return { text: condition.text, facts: condition.facts, plain: toJsonRulesEngine(nodeOf(condition)) };
}

/** Every name is an outside fact: the condition was checked when its rule was. */
const anyFact: FactCatalogue = {
  get: (name) => ({ name, type: { type: 'outside' }, identity: false, description: '' }),
  has: () => true,
  keys: () => [],
  values: () => [],
};

/** The plain form as it came with an alert; undefined: it is no condition. */
export function readConfirmCondition(plain: TopLevelCondition): Condition | undefined {
  const node = parseCondition(plain, { catalogue: anyFact }, () => undefined);
  return node && compileCondition(node);
}
