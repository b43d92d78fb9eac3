import { describe, expect, it } from 'vitest';
import type { Transition } from '../../stream/events/transition.ts';
import type { KubernetesObject } from '../api.ts';
import type { Change } from '../informers/store.ts';
import { keepNode } from '../names/node-record.ts';
import { keepPod } from '../names/pod-record.ts';
import { describeChanges } from './alert-surroundings.ts';
import { ClusterChanges } from './cluster-changes.ts';
import { createClusterFacts } from './cluster-facts.ts';
import { keepPolicy } from './policy-record.ts';
import { keepWorkload } from './workload-record.ts';

const startMs = Date.parse('2026-11-21T08:00:00Z');
const hourMs = 3_600_000;

function object(name: string, extra: object, generation = 1, createdMs = startMs - hourMs): KubernetesObject {
  const creationTimestamp = new Date(createdMs).toISOString();
  const meta = { name, namespace: 'shop', uid: `uid-${name}`, resourceVersion: '1', generation };
  return { metadata: { ...meta, creationTimestamp }, ...extra };
}

const deployment = (image: string, replicas: number, reason: string, observed = 1) =>
  keepWorkload('deployment')(
    object('payments', {
      spec: { replicas, template: { spec: { containers: [{ image }] } } },
      status: { observedGeneration: observed, conditions: [{ type: 'Progressing', reason }] },
    }),
  );
const node = (unschedulable: boolean, ready = 'True') =>
  keepNode(
    object('n1', { spec: { unschedulable }, status: { conditions: [{ type: 'Ready', status: ready }] } }),
  );
const pod = (name: string, change: object = {}, labels: Record<string, string> = {}, namespace = 'shop') => {
  const made = object(name, { spec: { nodeName: 'n1' }, status: { phase: 'Running' }, ...change });
  return keepPod({ ...made, metadata: { ...made.metadata, namespace, labels } });
};

const added = <T>(key: string, record: T): Change<T> => ({ type: 'add', key, object: record, atMs: startMs });
const updated = <T>(key: string, previous: T, record: T, atMs = startMs): Change<T> => ({
  type: 'update',
  key,
  previous,
  object: record,
  atMs,
});

const alert = {
  subject: { cluster: 'c1', node: 'n1', namespace: 'shop', workload: 'deployment/checkout' },
  peer: {
    kind: 'service',
    name: 'service/payments.shop',
    ip: '10.0.0.7',
    workload: 'deployment/payments.shop',
    namespace: 'shop',
  },
  started_at_ms: startMs + 120_000,
} as const;

const told = (changes: ClusterChanges, about: Parameters<typeof describeChanges>[0] = alert) =>
  describeChanges(about, changes)?.split('\n');
const create = (nowMs = startMs) => new ClusterChanges(() => nowMs);

describe('what changed before an alert', () => {
  it('tells a rollout of the workload behind the service, with its images', () => {
    const changes = create();
    const before = deployment('pay:1', 2, 'NewReplicaSetAvailable');
    changes.workloadChanged(added('shop/payments', before));
    changes.workloadChanged(updated('shop/payments', before, deployment('pay:2', 2, 'ReplicaSetUpdated')));
    expect(told(changes)).toEqual(['2 min before: rollout of deployment/payments.shop (pay:1 → pay:2)']);
  });

  it('tells scaling, policies, nodes and restarts around either end', () => {
    const changes = create();
    const two = deployment('pay:1', 2, 'NewReplicaSetAvailable');
    changes.workloadChanged(updated('shop/payments', two, deployment('pay:1', 5, 'NewReplicaSetAvailable')));
    changes.policyChanged(added('shop/deny', keepPolicy(object('deny', {}, 1, startMs))));
    changes.nodeChanged(updated('n1', node(false), node(true, 'Unknown')));
    const restarted = { status: { containerStatuses: [{ restartCount: 1 }] } };
    const labels = { 'k8s-app': 'kube-dns' };
    const dns = [
      pod('coredns-1', {}, labels, 'kube-system'),
      pod('coredns-1', restarted, labels, 'kube-system'),
    ] as const;
    changes.podChanged(updated('kube-system/coredns-1', ...dns));
    expect(told(changes)?.toSorted()).toEqual([
      '2 min before: NetworkPolicy deny.shop created',
      '2 min before: cluster DNS coredns-1.kube-system restarted a container',
      '2 min before: deployment/payments.shop scaled from 2 to 5',
      '2 min before: node n1 is Ready=Unknown',
      '2 min before: node n1 was cordoned',
    ]);
  });

  it('leaves out what concerns others, what came after, and what is long ago', () => {
    const changes = create();
    const before = deployment('pay:1', 2, 'NewReplicaSetAvailable');
    changes.workloadChanged(updated('shop/payments', before, deployment('pay:2', 2, 'ReplicaSetUpdated')));
    const elsewhere = { ...alert, peer: null };
    expect(told(changes, elsewhere)).toBeUndefined();
    expect(told(changes, { ...alert, started_at_ms: startMs - 1 })).toBeUndefined();
    expect(told(changes, { ...alert, started_at_ms: startMs + 16 * 60_000 })).toBeUndefined();
  });

  it('takes nothing for news that was there when it began to look', () => {
    const changes = create();
    changes.workloadChanged(added('shop/payments', deployment('pay:1', 2, 'NewReplicaSetAvailable')));
    changes.nodeChanged(added('n1', node(true)));
    changes.podChanged(added('shop/p', pod('p')));
    expect(told(changes)).toBeUndefined();
  });
});

describe('facts of the cluster', () => {
  const ask = (changes: ClusterChanges, name: string, nowMs = startMs, about: object = alert) =>
    createClusterFacts(changes, () => nowMs)
      .find((provider) => name.startsWith(`${provider.name}.`))
      ?.fact(name, about as Transition);

  it('know a rollout of either end and how long ago it began', async () => {
    const changes = create();
    const before = deployment('pay:1', 2, 'NewReplicaSetAvailable');
    changes.workloadChanged(added('shop/payments', before));
    expect(await ask(changes, 'rollout.in_progress')).toBe(false);
    expect(await ask(changes, 'rollout.age_ms')).toBeUndefined();
    const moving = deployment('pay:2', 2, 'ReplicaSetUpdated');
    changes.workloadChanged(updated('shop/payments', before, moving));
    expect(await ask(changes, 'rollout.in_progress')).toBe(true);
    expect(await ask(changes, 'rollout.age_ms', startMs + 5_000)).toBe(5_000);
    const stuck = deployment('pay:2', 2, 'ProgressDeadlineExceeded');
    changes.workloadChanged(updated('shop/payments', moving, stuck));
    expect(await ask(changes, 'rollout.in_progress')).toBe(false);
  });

  it('know the rollout of what a pod belongs to that is observed by itself', async () => {
    const changes = create();
    const moving = deployment('pay:2', 2, 'ReplicaSetUpdated');
    changes.workloadChanged(added('shop/payments', moving));
    const subject = { namespace: 'shop', node: 'n1', workload: 'pod/payments-1' };
    const own = { ...alert, peer: null, subject };
    expect(await ask(changes, 'rollout.in_progress', startMs, own)).toBeUndefined();
    const labels = { workload: 'deployment/payments' };
    const owned = { ...own, subject: { ...subject, labels } };
    expect(await ask(changes, 'rollout.in_progress', startMs, owned)).toBe(true);
  });

  it('know a cordoned node, and that it is being drained when its pods are told to end', async () => {
    const changes = create();
    expect(await ask(changes, 'node.cordoned')).toBeUndefined();
    changes.nodeChanged(added('n1', node(true)));
    expect([await ask(changes, 'node.cordoned'), await ask(changes, 'node.draining')]).toEqual([true, false]);
    const running = pod('p');
    changes.podChanged(updated('shop/p', running, { ...running, isEnding: true }));
    expect(await ask(changes, 'node.draining')).toBe(true);
  });
});
