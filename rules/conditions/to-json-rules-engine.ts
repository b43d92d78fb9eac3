import type { Engine, NestedCondition, TopLevelCondition } from 'json-rules-engine';
import type { Comparison, ConditionNode } from './condition-node.ts';
import { operators, ownOperatorNames, type OperatorDefinition } from './operators.ts';

/**
 * The plain form of a condition: what json-rules-engine takes as a rule's `conditions`. Literals are resolved
 * (`5%` is 0.05). The library refuses a bare comparison or `not` of nothing as root, so that is wrapped in `all`.
 */
export function toJsonRulesEngine(node: ConditionNode): TopLevelCondition {
  const nested = toNested(node);
  return node.kind === 'compare' ? { all: [nested] } : (nested as TopLevelCondition);
}

function toNested(node: ConditionNode): NestedCondition {
  switch (node.kind) {
    case 'compare':
      return { fact: node.fact, operator: node.operator, value: toValue(node) };
    case 'not':
      return { not: toNested(node.of) };
    case 'all':
      return { all: node.of.map(toNested) };
    case 'any':
      return { any: node.of.map(toNested) };
  }
}

function toValue({ operand }: Comparison): unknown {
  switch (operand.kind) {
    case 'scalar':
      return operand.value;
    case 'list':
      return operand.values;
    case 'fact':
      return { fact: operand.name };
  }
}

/** Teaches an engine our own operators, with the meaning that the compiled form has. */
export function registerOperators(engine: Engine): void {
  for (const name of ownOperatorNames) {
    const definition: OperatorDefinition = operators[name];
    engine.addOperator<string | number, string | readonly number[]>(name, (fact, operand) =>
      definition.prepare(operand)(fact),
    );
  }
}
