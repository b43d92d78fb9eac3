import { describe, expect, it } from 'vitest';
import type { OwnerReference } from './api.ts';
import { workloadOfPod } from './workload-of-pod.ts';

const createdAt = '2026-11-21T08:00:03Z';
const dueMinutes = Date.parse('2026-11-21T08:00:00Z') / 60_000;

function ownedBy(kind: string, name: string, labels: Record<string, string> = {}) {
  const owner: OwnerReference = { kind, name, uid: 'u', controller: true };
  return { name: 'p', creationTimestamp: createdAt, labels, ownerReferences: [owner] };
}

describe('workloadOfPod', () => {
  it.each([
    [
      'Deployment',
      ownedBy('ReplicaSet', 'checkout-6d9f8c7b54', { 'pod-template-hash': '6d9f8c7b54' }),
      'deployment/checkout',
    ],
    [
      'a Deployment with hyphens',
      ownedBy('ReplicaSet', 'a-b-c-5f', { 'pod-template-hash': '5f' }),
      'deployment/a-b-c',
    ],
    [
      'a ReplicaSet of its own',
      ownedBy('ReplicaSet', 'checkout-6d9f8c7b54'),
      'replicaset/checkout-6d9f8c7b54',
    ],
    [
      'a label that does not fit',
      ownedBy('ReplicaSet', 'checkout-1', { 'pod-template-hash': '2' }),
      'replicaset/checkout-1',
    ],
    ['Argo Rollout', ownedBy('ReplicaSet', 'web-7c', { 'rollouts-pod-template-hash': '7c' }), 'rollout/web'],
    ['StatefulSet', ownedBy('StatefulSet', 'db'), 'statefulset/db'],
    ['DaemonSet', ownedBy('DaemonSet', 'fluent-bit'), 'daemonset/fluent-bit'],
    ['Job', ownedBy('Job', 'migrate'), 'job/migrate'],
    ['Job with a date', ownedBy('Job', 'backup-20261121'), 'job/backup-20261121'],
    ['CronJob', ownedBy('Job', `backup-${dueMinutes}`), 'cronjob/backup'],
    ['CronJob that started late', ownedBy('Job', `backup-${dueMinutes - 600}`), 'cronjob/backup'],
    ['a minute yet to come', ownedBy('Job', `backup-${dueMinutes + 600}`), `job/backup-${dueMinutes + 600}`],
    ['a kind of somebody’s own', ownedBy('Cluster', 'pg'), 'cluster/pg'],
    ['static pod', ownedBy('Node', 'node1'), 'pod/p'],
    ['nobody’s pod', { name: 'p' }, 'pod/p'],
    [
      'an owner that does not control it',
      { name: 'p', ownerReferences: [{ kind: 'ConfigMap', name: 'c', uid: 'u' }] },
      'pod/p',
    ],
  ])('%s', (_case, pod, expected) => {
    expect(workloadOfPod(pod)).toBe(expected);
  });
});
