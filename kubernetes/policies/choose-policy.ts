import type { UsablePolicy } from './agent-policy-record.ts';
import { isEverything, type Labels, selects } from './label-selector.ts';

/**
 * Of the policies that select a node, the one that holds there first: the highest priority, then the oldest, then by
 * name. One holds as a whole; what others say is not mixed in.
 */
export function byRank(a: UsablePolicy, b: UsablePolicy): number {
  return b.spec.priority - a.spec.priority || a.createdMs - b.createdMs || (a.name < b.name ? -1 : 1);
}

/** Those that select a node, by rank. */
export function policiesFor(policies: readonly UsablePolicy[], labels: Labels): readonly UsablePolicy[] {
  return policies.filter(({ spec }) => selects(spec.selector, labels)).toSorted(byRank);
}

/** The same of a node whose labels are not known: those for all nodes, and the one that held last. */
export function surePolicies(
  policies: readonly UsablePolicy[],
  held: UsablePolicy | undefined,
): readonly UsablePolicy[] {
  return policies
    .filter(({ uid, spec }) => isEverything(spec.selector) || uid === held?.uid)
    .toSorted(byRank);
}
