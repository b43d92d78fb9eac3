import type { Change } from '../informers/store.ts';
import type { NodeRecord } from '../names/node-record.ts';
import type { PodRecord } from '../names/pod-record.ts';
import type { ClusterChange } from './cluster-change.ts';
import type { PolicyRecord } from './policy-record.ts';
import type { WorkloadRecord } from './workload-record.ts';

/** An object that was made so short a time ago is news also when it is first seen. */
const recentMs = 15 * 60_000;

export function changesOfWorkload(change: Change<WorkloadRecord>): readonly ClusterChange[] {
  if (change.type === 'delete') {
    const { workload, namespace } = change.previous;
    return [workloadChange(change.previous, 'scaling', change.atMs, `${workload}.${namespace} deleted`)];
  }
  const { object, atMs } = change;
  const name = `${object.workload}.${object.namespace}`;
  if (change.type === 'add') {
    if (atMs - object.createdMs < recentMs)
      return [workloadChange(object, 'rollout', object.createdMs, `${name} created`)];
    return object.isRollingOut ? [workloadChange(object, 'rollout', atMs, `rollout of ${name}`)] : [];
  }
  const { previous } = change;
  const rollout = `rollout of ${name}${imagesText(previous.images, object.images)}`;
  const scaling = `${name} scaled from ${previous.wanted} to ${object.wanted}`;
  return [
    ...(previous.template === object.template ? [] : [workloadChange(object, 'rollout', atMs, rollout)]),
    ...(previous.wanted === object.wanted ? [] : [workloadChange(object, 'scaling', atMs, scaling)]),
  ];
}

function workloadChange(
  { namespace, workload }: WorkloadRecord,
  kind: 'rollout' | 'scaling',
  atMs: number,
  text: string,
): ClusterChange {
  return { atMs, kind, concerns: { namespace, workload }, text };
}

function imagesText(before: readonly string[], after: readonly string[]): string {
  const [from, to] = [
    before.filter((one) => !after.includes(one)),
    after.filter((one) => !before.includes(one)),
  ];
  return to.length === 0 ? '' : ` (${from.join(', ')} → ${to.join(', ')})`;
}

export function changesOfNode(change: Change<NodeRecord>): readonly ClusterChange[] {
  const { atMs } = change;
  const of = (node: string, text: string): ClusterChange => ({
    atMs,
    kind: 'node',
    concerns: { node },
    text: `node ${node} ${text}`,
  });
  if (change.type === 'delete') return [of(change.previous.name, 'left the cluster')];
  const { object } = change;
  if (change.type === 'add')
    return atMs - object.createdMs < recentMs ? [of(object.name, 'joined the cluster')] : [];
  const { previous } = change;
  const cordon =
    previous.isUnschedulable === object.isUnschedulable
      ? []
      : [of(object.name, object.isUnschedulable ? 'was cordoned' : 'was uncordoned')];
  const conditions = [...object.conditions].flatMap(([type, state]) =>
    previous.conditions.get(type) === state ? [] : [of(object.name, `is ${type}=${state}`)],
  );
  return [...cordon, ...conditions];
}

export function changesOfPod(change: Change<PodRecord>): readonly ClusterChange[] {
  const { atMs } = change;
  if (change.type === 'update') {
    const { object, previous } = change;
    if (object.restarts <= previous.restarts) return [];
    return [podChange(object, atMs, 'restarted a container')];
  }
  // Pods come and go with rollouts and scaling, which are told; those that all rest on are told one by one.
  if (change.type === 'delete')
    return change.previous.part === undefined ? [] : [podChange(change.previous, atMs, 'ended')];
  const { object } = change;
  const isNew = object.part !== undefined && atMs - object.startMs < recentMs;
  return isNew ? [podChange(object, object.startMs, 'started')] : [];
}

function podChange(
  { namespace, name, workload, part }: PodRecord,
  atMs: number,
  what: string,
): ClusterChange {
  const concerns = part === undefined ? { namespace, workload } : {};
  return { atMs, kind: 'restart', concerns, text: `${part ?? 'pod'} ${name}.${namespace} ${what}` };
}

export function changesOfPolicy(change: Change<PolicyRecord>): readonly ClusterChange[] {
  const { atMs } = change;
  const { namespace, name } = change.type === 'delete' ? change.previous : change.object;
  const of = (what: string, atOrThen = atMs): readonly ClusterChange[] => [
    {
      atMs: atOrThen,
      kind: 'network_policy',
      concerns: { namespace },
      text: `NetworkPolicy ${name}.${namespace} ${what}`,
    },
  ];
  if (change.type === 'delete') return of('deleted');
  if (change.type === 'add')
    return atMs - change.object.createdMs < recentMs ? of('created', change.object.createdMs) : [];
  return change.object.generation === change.previous.generation ? [] : of('changed');
}
