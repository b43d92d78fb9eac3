import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KubernetesApiError } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/api.ts';
import { type ClusterView, createClusterView } from '../../kubernetes/cluster-view.ts';
import { connectKubernetes } from '../../kubernetes/connect.ts';
import type { InformerClock } from '../../kubernetes/informers/informer.ts';
import { openRuleFolder } from '../../kubernetes/resources/rule-folder.ts';
import { RuleController } from '../../kubernetes/resources/rule-controller.ts';
import { compileRules } from '../../rules/compile.ts';
import type { ObservationRow, Peer } from '../../stream/events/observation.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { reach } from './expose.ts';

const clock: InformerClock = {
  nowMs: () => Date.now(),
  async sleep(ms, signal) {
    await sleep(ms, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  },
};

const shopYaml = `
apiVersion: v1
kind: Namespace
metadata: { name: view }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: payments, namespace: view }
spec:
  replicas: 2
  selector: { matchLabels: { app: payments } }
  template:
    metadata: { labels: { app: payments } }
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - { name: shell, image: 'localhost/busybox:1', imagePullPolicy: Never, command: [sleep, '1000'] }
---
apiVersion: v1
kind: Service
metadata: { name: payments, namespace: view }
spec: { selector: { app: payments }, ports: [{ name: http, port: 80, targetPort: 8080 }] }
`;
const ruleYaml = (name: string, when: string) => `
apiVersion: saccade.io/v1alpha1
kind: SaccadeRule
metadata: { name: ${name}, namespace: view }
spec:
  rules:
    - { id: ${name}, alert: Slow, signal: tcp.rtt, by: [workload, peer], measure: min_rtt, over: [1s], when: ['${when}'] }
`;

let cluster: Cluster;
let stack: AsyncDisposableStack;
let api: KubernetesClient;
let view: ClusterView;
const refusals: string[] = [];

/** A connection that breaks is made anew and is none; the way from here into the cluster is the test's own. */
function noteProblem(error: unknown, resource: string): void {
  if (error instanceof KubernetesApiError && error.code === 'unreachable') return;
  refusals.push(`${resource}: ${(error as Error).message}`);
}

/** In a network of its own, the API server is reached through a port of this machine. */
async function connect(): Promise<KubernetesClient> {
  const config = readFileSync(cluster.kubeconfig, 'utf8');
  const [, host = '', port = ''] = /server: "?https:\/\/([\d.]+):(\d+)/u.exec(config) ?? [];
  const way = stack.use(await reach(cluster, host, Number(port)));
  const path = join(cluster.folder, 'reached.kubeconfig');
  writeFileSync(path, config.replace(`${host}:${port}`, `127.0.0.1:${way.port}`));
  return connectKubernetes({ kubeconfig: path, labels: {} }, { directory: '/', environment: {} });
}

beforeAll(async () => {
  cluster = await startCluster({ name: `view-${process.pid}` });
  stack = new AsyncDisposableStack();
  api = await connect();
  view = createClusterView({
    api,
    clock,
    random: Math.random,
    needs: { names: true, changes: true },
    onProblem: noteProblem,
  });
  await view.start(30_000);
  await cluster.apply(shopYaml);
  await cluster.rolledOut('view', 'deployment/payments');
}, 300_000);

afterAll(async () => {
  await view.stop();
  api.close();
  await stack.disposeAsync();
  await cluster[Symbol.asyncDispose]();
}, 120_000);

function peerAt(ip: string, port: number, atMs = Date.now()): Peer | undefined {
  const row: ObservationRow = {
    signal: 'tcp.traffic',
    role: 'client',
    service_port: port,
    peer: { kind: 'external', name: ip, ip },
    fields: {},
  };
  const window = { start: new Date(atMs).toISOString(), ms: 1_000, elapsed_ms: 0 };
  const subject = { cluster: 'c', node: 'n', namespace: 'view', workload: 'deployment/checkout' };
  return view.nameBatch({ window, candidate: false, subject, rows: [row] }).rows[0]?.peer;
}

const read = (...args: readonly string[]) => cluster.kubectl(['-n', 'view', 'get', ...args]);

describe('what is known of a real cluster', () => {
  it('names a pod, the service before it, and the node', async () => {
    const [podIp = ''] = (await read('pods', '-o', 'jsonpath={.items[*].status.podIP}')).split(' ');
    const serviceIp = await read('service', 'payments', '-o', 'jsonpath={.spec.clusterIP}');
    const service = await cluster.waitFor('the service has its workload', async () => {
      const peer = peerAt(serviceIp, 80);
      return peer?.workload === undefined ? undefined : peer;
    });
    expect(service).toMatchObject({
      kind: 'service',
      name: 'service/payments.view',
      workload: 'deployment/payments.view',
      target_port: 8080,
    });
    expect(peerAt(podIp, 8080)).toMatchObject({ kind: 'workload', name: 'deployment/payments.view' });
    const node = await read('nodes', '-o', 'jsonpath={.items[0].status.addresses[0].address}');
    expect(peerAt(node, 10_250)).toMatchObject({ kind: 'node' });
    expect(peerAt('203.0.113.9', 443)).toMatchObject({ kind: 'external', name: '203.0.113.9' });
  });

  it('knows who had an address before its pod was replaced, and tells the rollout', async () => {
    const beforeMs = Date.now();
    const [oldIp = ''] = (await read('pods', '-o', 'jsonpath={.items[*].status.podIP}')).split(' ');
    await cluster.kubectl(['-n', 'view', 'set', 'env', 'deployment/payments', 'A=1']);
    await cluster.rolledOut('view', 'deployment/payments');
    expect(peerAt(oldIp, 8080, beforeMs)).toMatchObject({ name: 'deployment/payments.view' });
    const alert = {
      subject: { cluster: 'c', node: 'n', namespace: 'view', workload: 'deployment/payments' },
      peer: null,
      started_at_ms: Date.now(),
    };
    expect(view.changesBefore(alert)).toMatch(/before: rollout of deployment\/payments\.view/u);
    await cluster.kubectl(['-n', 'view', 'scale', 'deployment/payments', '--replicas=3']);
    await cluster.waitFor('the scaling is known', async () => {
      const told = view.changesBefore({ ...alert, started_at_ms: Date.now() });
      return told?.includes('scaled from 2 to 3') === true ? told : undefined;
    });
  });

  it('was never refused', () => {
    expect(refusals).toEqual([]);
    expect(view.status().informers.filter(({ synced }) => !synced)).toEqual([]);
  });
});

describe('SaccadeRules in a real cluster', () => {
  it('are taken, or refused with their place, and end with their object', async () => {
    await cluster.apply(readFileSync('charts/saccade/crds/saccaderules.saccade.io.yaml', 'utf8'));
    await cluster.kubectl(['wait', '--for=condition=Established', 'crd/saccaderules.saccade.io']);
    const folder = await openRuleFolder(join(cluster.folder, 'rules'));
    const controller = new RuleController({
      api,
      folder,
      baseFiles: async () => [],
      compile: (files) => compileRules(files),
      firing: () => new Map([['view-good', 2]]),
      clock,
      random: Math.random,
      onProblem: noteProblem,
    });
    controller.start();
    try {
      await cluster.apply(`${ruleYaml('good', 'measure > 250000')}---${ruleYaml('bad', 'mesure > 1')}`);
      const columns = 'custom-columns=:.metadata.name,:.status.state,:.status.firing';
      const shown = await cluster.waitFor('both have a state', async () => {
        const text = await read('saccaderules', '--no-headers', '-o', columns);
        return text.includes('<none>') ? undefined : text;
      });
      expect(
        shown
          .trim()
          .split('\n')
          .map((line) => line.trim().split(/\s+/u)),
      ).toEqual([
        ['bad', 'Refused', '0'],
        ['good', 'Active', '2'],
      ]);
      const message = await read('saccaderule', 'bad', '-o', 'jsonpath={.status.conditions[0].message}');
      expect(message).toMatch(/^\d+:\d+ in `- mesure > 1`: unknown fact/u);
      const doubled = ruleYaml('twice', 'measure > 1').replace(/( +- \{ id.*)/u, '$1\n$1');
      expect(readdirSync(join(cluster.folder, 'rules'))).toEqual(['view.good.yaml']);
      await cluster.kubectl(['-n', 'view', 'delete', 'saccaderule', 'good']);
      await cluster.waitFor('its rules are gone', async () =>
        readdirSync(join(cluster.folder, 'rules')).length === 0 ? true : undefined,
      );
      await expect(cluster.apply(doubled)).rejects.toThrow('two rules have the same id');
    } finally {
      await controller.stop();
    }
  });
});
