import type { Transition } from '../../stream/events/transition.ts';
import { qualified } from '../names/peer-directory.ts';
import { ownerLabel } from '../node/by-granularity.ts';
import type { Surroundings } from './cluster-change.ts';
import type { ClusterChanges } from './cluster-changes.ts';

type About = Pick<Transition, 'subject' | 'peer'>;

/** Both ends of what an alert is about. */
export function surroundingsOf({ subject, peer }: About): Surroundings {
  // Of a pod that is observed by itself, what happens to its owner happens to it.
  const owner = subject.labels?.[ownerLabel];
  const own = [subject.workload, ...(owner === undefined ? [] : [owner])];
  const workloads = [
    ...own.map((workload) => qualified(workload, subject.namespace)),
    peer?.workload,
    peer?.name,
  ];
  return {
    namespaces: new Set([subject.namespace, peer?.namespace ?? '']),
    workloads: new Set(workloads.filter((name) => name !== undefined)),
    nodes: new Set([subject.node, peer?.kind === 'node' ? peer.name : '']),
  };
}

export const lookBackMs = 15 * 60_000;
const told = 10;

/** One line a change, with its age at the alert's beginning; undefined: nothing changed. */
export function describeChanges(
  alert: About & Pick<Transition, 'started_at_ms'>,
  changes: Pick<ClusterChanges, 'before'>,
): string | undefined {
  const { started_at_ms: atMs } = alert;
  const found = changes.before(atMs, lookBackMs, surroundingsOf(alert));
  if (found.length === 0) return undefined;
  const lines = found.slice(0, told).map((change) => `${ageText(atMs - change.atMs)} before: ${change.text}`);
  const more = found.length > told ? [`and ${found.length - told} more`] : [];
  return [...lines, ...more].join('\n').slice(0, 2_000);
}

function ageText(ageMs: number): string {
  return ageMs < 60_000 ? `${Math.round(ageMs / 1_000)} s` : `${Math.round(ageMs / 60_000)} min`;
}
