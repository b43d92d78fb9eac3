import type { OperatorName } from './operators.ts';

export type Scalar = string | number | boolean;

/** What a fact is compared with; figures are in the fact's own unit. */
export type Operand =
  | { readonly kind: 'scalar'; readonly value: Scalar }
  | { readonly kind: 'list'; readonly values: readonly Scalar[] }
  | { readonly kind: 'fact'; readonly name: string };

export interface Comparison {
  readonly kind: 'compare';
  readonly fact: string;
  readonly operator: OperatorName;
  readonly operand: Operand;
  /** As an SRE would write it. */
  readonly text: string;
}

/** A checked condition: every fact exists, every type fits. */
export type ConditionNode =
  | Comparison
  | { readonly kind: 'all'; readonly of: readonly ConditionNode[] }
  | { readonly kind: 'any'; readonly of: readonly ConditionNode[] }
  | { readonly kind: 'not'; readonly of: ConditionNode };

/** As one line of text. */
export function conditionText(node: ConditionNode): string {
  switch (node.kind) {
    case 'compare':
      return node.text;
    case 'not':
      return `not (${conditionText(node.of)})`;
    case 'all':
      return joined(node.of, ' and ');
    case 'any':
      return joined(node.of, ' or ');
  }
}

function joined(nodes: readonly ConditionNode[], word: string): string {
  const parts = nodes.map((node) =>
    (node.kind === 'all' || node.kind === 'any') && node.of.length > 1 && nodes.length > 1
      ? `(${conditionText(node)})`
      : conditionText(node),
  );
  return parts.join(word);
}

/** Names of the facts it reads, each once, sorted. */
export function factsOf(node: ConditionNode): readonly string[] {
  return [...new Set(namesIn(node))].toSorted();
}

function namesIn(node: ConditionNode): string[] {
  switch (node.kind) {
    case 'compare':
      return node.operand.kind === 'fact' ? [node.fact, node.operand.name] : [node.fact];
    case 'not':
      return namesIn(node.of);
    case 'all':
    case 'any':
      return node.of.flatMap(namesIn);
  }
}
