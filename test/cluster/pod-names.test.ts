import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ObservationRow, Subject } from '../../stream/events/observation.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { clusterPlan } from './cluster-plan.ts';
import { agentRights, askOnce, namingManifest, serviceAddress } from './testing/naming-manifest.ts';
import { kubeconfigOf, observe, type Observing } from './testing/observing.ts';

const stack = new AsyncDisposableStack();
let cluster: Cluster;
let observing: Observing;

beforeAll(async () => {
  cluster = stack.use(await startCluster({ name: `names-${process.pid}` }));
  await cluster.apply(agentRights);
  observing = stack.use(await observe(cluster, await kubeconfigOf(cluster, 'names', 'agent')));
  // The eyes are open before the first pod starts.
  await cluster.apply(namingManifest);
  await cluster.rolledOut(
    'names',
    'deployment/payments',
    'deployment/checkout',
    'statefulset/db',
    'daemonset/watcher',
  );
}, 300_000);
afterAll(() => stack.disposeAsync(), 60_000);

interface Told {
  readonly subject: Subject;
  readonly row: ObservationRow;
}

/** Rows of the cluster's pods so far; other clusters may run beside it. */
function told(): readonly Told[] {
  return observing.batches
    .filter(({ subject }) => subject.namespace === 'names')
    .flatMap(({ subject, rows }) => rows.map((row) => ({ subject, row })));
}

function seen(what: string, is: (one: Told) => boolean): Promise<Told> {
  return cluster.waitFor(what, async () => told().find(is), 60_000);
}

const asks =
  (workload: string, container: string) =>
  ({ subject, row }: Told): boolean =>
    subject.workload === workload && subject.container === container && row.peer.ip === serviceAddress;

describe('names of pods on a real node', { timeout: 180_000 }, () => {
  it('come from the API server’s list of this node', () => {
    expect(observing.parts.find(({ name }) => name === 'names of pods')).toMatchObject({ state: 'on' });
  });

  it.each([
    ['deployment/checkout', 'client'],
    ['daemonset/watcher', 'client'],
    ['statefulset/db', 'client'],
    ['statefulset/db', 'sidecar'],
    ['job/migrate', 'once'],
    ['pod/lonely', 'client'],
  ])('%s: its container %s', async (workload, container) => {
    const { subject } = await seen(`${workload} ${container}`, asks(workload, container));
    expect(subject).toMatchObject({ cluster: 'test', node: clusterPlan.nodeName, namespace: 'names' });
  });

  it('tell pod, chosen labels and annotations; peers are left as addresses', async () => {
    const { subject, row } = await seen('checkout', asks('deployment/checkout', 'client'));
    const [pod] = await cluster.pods('names', 'app=checkout');
    expect(subject).toMatchObject({ pod, labels: { app: 'checkout', egress: 'strict' } });
    expect(row.peer).toEqual({ kind: 'external', name: serviceAddress, ip: serviceAddress });
    const { row: served } = await seen(
      'payments',
      (one) => one.subject.workload === 'deployment/payments' && one.row.peer.kind === 'external',
    );
    expect(served).toMatchObject({ role: 'server', service_port: 8080 });
    expect(served.peer.name).toBe(served.peer.ip);
  });

  it('tell what somebody does inside a container', async () => {
    const [pod = ''] = await cluster.pods('names', 'app=checkout');
    const [server = ''] = await cluster.pods('names', 'app=payments');
    const { address } = await cluster.podNetwork('names', server);
    await cluster.kubectl(['-n', 'names', 'exec', pod, '--', 'node', '-e', askOnce(`${address}:8080`)]);
    const { subject } = await seen('exec', ({ row }) => row.role === 'client' && row.service_port === 8080);
    expect(subject).toMatchObject({ workload: 'deployment/checkout', pod, container: 'client' });
  });

  it('go on under the same workload after a rollout', async () => {
    const [before] = await cluster.pods('names', 'app=checkout');
    await cluster.kubectl(['-n', 'names', 'rollout', 'restart', 'deployment/checkout']);
    await cluster.rolledOut('names', 'deployment/checkout');
    const isNext = (one: Told): boolean =>
      asks('deployment/checkout', 'client')(one) && one.subject.pod !== before;
    await seen('the next pod', isNext);
  });

  it('are there from the first row on: none goes out by the id of a pod or container', async () => {
    const uids = await cluster.kubectl(['get', 'pods', '-A', '-o', 'jsonpath={.items[*].metadata.uid}']);
    const ours = new Set(uids.split(' '));
    const unnamed = observing.batches.filter(({ subject }) => ours.has(subject.pod ?? ''));
    expect(unnamed).toEqual([]);
    const metrics = await observing.stop();
    const figures = [...metrics.matchAll(/^saccade_agent_cluster\{figure="(\w+)"\} (\d+)$/gm)];
    const figure = new Map(figures.map(([, name, value]) => [name, Number(value)]));
    expect(figure.get('failures')).toBe(0);
    // Of Services and of the node, at least.
    expect(figure.get('ranges')).toBeGreaterThanOrEqual(2);
  });
});
