import type { Condition, Fact, Facts, Truth } from '../compiled-rule.ts';
import {
  conditionText,
  factsOf,
  type Comparison,
  type ConditionNode,
  type Scalar,
} from './condition-node.ts';
import { operators, type OperatorDefinition } from './operators.ts';

type Evaluate = (facts: Facts) => Truth;

/** Closures over a checked condition; this is what runs on every row. */
export function compileCondition(node: ConditionNode): Condition {
  const condition = { evaluate: compileNode(node), text: conditionText(node), facts: factsOf(node) };
  nodes.set(condition, node);
  return condition;
}

/** The engine needs closures only, so the tree behind them is no part of a condition; showing its plain form needs it. */
const nodes = new WeakMap<Condition, ConditionNode>();

/** What a condition was compiled from. */
export function nodeOf(condition: Condition): ConditionNode {
  const node = nodes.get(condition);
  if (node === undefined) throw new TypeError(`not a compiled condition: ${condition.text}`);
  return node;
}

function compileNode(node: ConditionNode): Evaluate {
  switch (node.kind) {
    case 'compare':
      return compileComparison(node);
    case 'not':
      return negated(compileNode(node.of));
    case 'all':
      return combined(node.of.map(compileNode), false);
    case 'any':
      return combined(node.of.map(compileNode), true);
  }
}

/** Kleene: one decisive member decides, else one unknown member makes it unknown. */
function combined(members: readonly Evaluate[], decisive: boolean): Evaluate {
  if (members.length === 1 && members[0] !== undefined) return members[0];
  return (facts) => {
    let unknown = false;
    for (const member of members) {
      const truth = member(facts);
      if (truth === decisive) return decisive;
      if (truth === undefined) unknown = true;
    }
    return unknown ? undefined : !decisive;
  };
}

function negated(member: Evaluate): Evaluate {
  return (facts) => {
    const truth = member(facts);
    return truth === undefined ? undefined : !truth;
  };
}

function compileComparison({ fact, operator, operand }: Comparison): Evaluate {
  const definition: OperatorDefinition = operators[operator];
  if (operand.kind === 'fact') return againstFact(definition, fact, operand.name);
  const test = definition.prepare(operand.kind === 'list' ? operand.values : operand.value);
  return (facts) => {
    const value = facts(fact);
    return isKnown(value) ? test(value) : undefined;
  };
}

function againstFact(definition: OperatorDefinition, left: string, right: string): Evaluate {
  return (facts) => {
    const value = facts(left);
    const limit = facts(right);
    return isKnown(value) && isKnown(limit) ? definition.prepare(limit)(value) : undefined;
  };
}

/** null is not a fact by type, but what comes from JSON may hold it. */
function isKnown(value: Fact | null): value is Scalar {
  return value !== undefined && value !== null && !Number.isNaN(value);
}
