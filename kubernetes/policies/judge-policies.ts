import type { UsablePolicy } from './agent-policy-record.ts';
import { policiesFor } from './choose-policy.ts';
import type { Labels } from './label-selector.ts';

/** Another policy of the same priority that selects the same node. */
export interface Rival {
  readonly name: string;
  readonly node: string;
}

/** What a policy comes to over all nodes. */
export interface PolicyJudgement {
  /** Nodes that it selects. */
  readonly nodes: number;
  /** Nodes where it holds. */
  readonly inForce: number;
  /** The first that holds in its place, although its priority is no higher. */
  readonly lostTo: Rival | undefined;
  /** The first in whose place it holds, although its priority is no higher. */
  readonly wonOver: Rival | undefined;
}

const nowhere: PolicyJudgement = { nodes: 0, inForce: 0, lostTo: undefined, wonOver: undefined };

/** By the policy's UID. A higher priority is somebody's word on which of two holds; age alone is a conflict. */
export function judgePolicies(
  policies: readonly UsablePolicy[],
  nodes: Iterable<readonly [string, Labels]>,
): ReadonlyMap<string, PolicyJudgement> {
  const judged = new Map(policies.map(({ uid }) => [uid, nowhere]));
  const note = ({ uid }: UsablePolicy, add: (before: PolicyJudgement) => PolicyJudgement): void =>
    void judged.set(uid, add(judged.get(uid) ?? nowhere));
  for (const [node, labels] of nodes) {
    const [first, ...others] = policiesFor(policies, labels);
    if (first === undefined) continue;
    const equals = others.filter(({ spec }) => spec.priority === first.spec.priority);
    const [rival] = equals;
    note(first, (before) => ({
      ...before,
      nodes: before.nodes + 1,
      inForce: before.inForce + 1,
      wonOver: before.wonOver ?? (rival && { name: rival.name, node }),
    }));
    for (const other of others) {
      const lostTo = equals.includes(other) ? { name: first.name, node } : undefined;
      note(other, (before) => ({ ...before, nodes: before.nodes + 1, lostTo: before.lostTo ?? lostTo }));
    }
  }
  return judged;
}
