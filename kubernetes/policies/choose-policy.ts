import type { UsablePolicy } from './agent-policy-record.ts';
import { isEverything, type Labels, selects } from './label-selector.ts';

/**
 * Of the policies that select a node, the one that holds there first: the highest priority, then the oldest, then by
 * name. One holds as a whole; what others say is not mixed in.
 */
export function byRank(a: UsablePolicy, b: UsablePolicy): number {
  return b.spec.priority - a.spec.priority || a.createdMs - b.createdMs || (a.name < b.name ? -1 : 1);
}

/** Those that select a node, by rank; `labels` undefined: not known, only policies for all nodes are sure to. */
export function policiesFor(
  policies: readonly UsablePolicy[],
  labels: Labels | undefined,
): readonly UsablePolicy[] {
  return policies
    .filter(({ spec: { selector } }) =>
      labels === undefined ? isEverything(selector) : selects(selector, labels),
    )
    .toSorted(byRank);
}
