import type { Transition } from '../../stream/events/transition.ts';
import { surroundingsOf } from './alert-surroundings.ts';
import type { ClusterChanges } from './cluster-changes.ts';

/** One who knows facts for `confirm`, as the engine asks. */
export interface ClusterFactProvider {
  readonly name: string;
  fact(name: string, transition: Transition): Promise<boolean | number | undefined>;
}

/**
 * - `node.cordoned`, `node.draining`: of the node of either end.
 * - `rollout.in_progress`: pods of either end are being replaced.
 * - `rollout.age_ms`: since the latest rollout of either end began; unknown if there was none.
 *
 * Of an end that is no workload or node of this cluster nothing is known, and that holds nothing back.
 */
export function createClusterFacts(
  changes: ClusterChanges,
  nowMs: () => number,
): readonly ClusterFactProvider[] {
  const known: Readonly<Record<string, (alert: Transition) => boolean | number | undefined>> = {
    'node.cordoned': (alert) => anyOf(surroundingsOf(alert).nodes, (node) => changes.isCordoned(node)),
    'node.draining': (alert) => anyOf(surroundingsOf(alert).nodes, (node) => changes.isDraining(node)),
    'rollout.in_progress': (alert) =>
      anyOf(surroundingsOf(alert).workloads, (workload) => changes.isRollingOut(workload)),
    'rollout.age_ms': (alert) => {
      const began = [...surroundingsOf(alert).workloads].map(
        (workload) => changes.rolloutMs(workload) ?? -Infinity,
      );
      const latest = Math.max(...began);
      return latest === -Infinity ? undefined : Math.max(0, nowMs() - latest);
    },
  };
  const fact = async (name: string, transition: Transition) => known[name]?.(transition);
  return [
    { name: 'node', fact },
    { name: 'rollout', fact },
  ];
}

/** True if one is, else false if one is known, else unknown. */
function anyOf(names: ReadonlySet<string>, ask: (name: string) => boolean | undefined): boolean | undefined {
  const answers = [...names].map(ask).filter((answer) => answer !== undefined);
  return answers.length === 0 ? undefined : answers.includes(true);
}
