import { execFileSync } from 'node:child_process';
import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { injectFault } from '../lab/faults.ts';
import { killPart, killPods, restartApiServer } from './break-cluster.ts';
import type { PodNetwork } from './cluster-node.ts';
import { type Seen, type Stage, startStage } from './stage.ts';

const ourPath = /checkout → payments\.shop/;
/** Long enough for a busy machine; a healthy one takes a tenth of it. */
const patienceMs = 120_000;
const shortMs = 20_000;

describe('a shop in a cluster, watched by the chart', () => {
  let stage: Stage;
  let startedAtMs = 0;
  beforeAll(async () => {
    stage = await startStage({ name: `scenarios-${process.pid}`, learn: '15s' });
    startedAtMs = Date.now();
  }, 1_200_000);
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
  }, 60_000);

  /** Other clusters and labs of this machine are in the same kernel; only what names the shop is ours. */
  const ours = (sinceMs: number): readonly Seen[] =>
    stage.seen().filter(({ atMs, text }) => atMs >= sinceMs && /\bshop\b/.test(text));

  const seen = (what: string, sinceMs: number, matches: (one: Seen) => boolean): Promise<Seen> =>
    stage.cluster.waitFor(what, async () => ours(sinceMs).find(matches), patienceMs);

  const pod = async (app: string): Promise<PodNetwork> => {
    const [name = ''] = await stage.cluster.pods('shop', `app=${app}`);
    return await stage.cluster.podNetwork('shop', name);
  };

  const loseTowards = async (receiver: string, sender: string, percent: number) =>
    injectFault(await pod(receiver), { kind: 'loss', percent }, fromPod(await pod(sender)));

  it('keeps quiet while it learns', { timeout: 60_000 }, async () => {
    await sleep(shortMs);
    expect(ours(startedAtMs).map(({ title }) => title)).toEqual([]);
  });

  it(
    'pages for loss between two pods, by their names, with the packets, and tells the end',
    { timeout: 400_000 },
    async () => {
      const [checkout, payments] = [await pod('checkout'), await pod('payments')];
      const lostAtMs = Date.now();
      const fault = await loseTowards('payments', 'checkout', 20);
      const page = await seen(
        'a page',
        lostAtMs,
        ({ tone, title }) => tone === 'page' && ourPath.test(title),
      );
      expect(page.text).toContain('deployment/checkout');
      expect(page.text).toContain('service/payments.shop');

      const capture = await stage.cluster.waitFor(
        'the capture',
        async () => finishedCapture(stage),
        patienceMs,
      );
      const packets = readPackets(capture);
      // As the client's side sees them: its peer has the address of the Service there.
      const service = await stage.cluster.kubectl([
        ...['-n', 'shop', 'get', 'service', 'payments', '-o', 'jsonpath={.spec.clusterIP}'],
      ]);
      const pairs = new Set(packets.map(({ addresses }) => [...addresses].sort().join()));
      const expected = [service, payments.address].map((peer) => [checkout.address, peer].sort().join());
      expect(expected).toEqual(expect.arrayContaining([...pairs]));
      expect(packets.filter(({ atMs }) => atMs < lostAtMs).length).toBeGreaterThan(0);
      expect(packets.filter(({ atMs }) => atMs > lostAtMs).length).toBeGreaterThan(0);

      const { dropped } = await fault.clear();
      expect(dropped).toBeGreaterThan(0);
      await seen('the end', lostAtMs, ({ tone, root }) => tone === 'resolved' && root === page.root);
      const pages = ours(lostAtMs).filter(
        ({ kind, tone, title }) => kind === 'post' && tone === 'page' && ourPath.test(title),
      );
      expect(pages).toHaveLength(1);
    },
  );

  it('pages nobody for a rollout and a scale-up', { timeout: 240_000 }, async () => {
    const sinceMs = Date.now();
    await stage.cluster.kubectl(['-n', 'shop', 'rollout', 'restart', 'deployment/payments']);
    await stage.cluster.rolledOut('shop', 'deployment/payments');
    await stage.cluster.kubectl([
      '-n',
      'shop',
      'scale',
      'deployment/payments',
      'deployment/checkout',
      '--replicas=2',
    ]);
    await stage.cluster.rolledOut('shop', 'deployment/payments', 'deployment/checkout');
    await sleep(shortMs);
    expect(
      ours(sinceMs)
        .filter(({ tone, kind }) => tone === 'page' && kind === 'post')
        .map(({ title }) => title),
    ).toEqual([]);
    await stage.cluster.kubectl([
      '-n',
      'shop',
      'scale',
      'deployment/payments',
      'deployment/checkout',
      '--replicas=1',
    ]);
    await stage.cluster.rolledOut('shop', 'deployment/payments', 'deployment/checkout');
  });

  it(
    'loses and doubles nothing when agent, server and API server are killed',
    { timeout: 400_000 },
    async () => {
      const lostAtMs = Date.now();
      const fault = await loseTowards('payments', 'checkout', 20);
      const page = await seen(
        'a page',
        lostAtMs,
        ({ tone, title }) => tone === 'page' && ourPath.test(title),
      );
      await killPods(stage.cluster, 'saccade', 'app.kubernetes.io/component=agent');
      await killPods(stage.cluster, 'saccade', 'app.kubernetes.io/component=server');
      killPart(stage.cluster, 'kube-apiserver');
      await restartApiServer(stage.cluster);
      await stage.cluster.waitFor(
        'the server again',
        async () => await runs(stage, 'saccade-server-0'),
        patienceMs,
      );
      await fault.clear();
      await seen('the end', lostAtMs, ({ tone, root }) => tone === 'resolved' && root === page.root);
      const roots = new Set(
        ours(lostAtMs)
          .filter(({ title }) => ourPath.test(title))
          .map(({ root }) => root),
      );
      expect(roots).toEqual(new Set([page.root]));
    },
  );
});

function fromPod({ address }: PodNetwork): { from: { address4: string; address6: string } } {
  return { from: { address4: address, address6: '2001:db8::1' } };
}

/** The file that the server has of the shop's alert, once it is whole. */
async function finishedCapture(stage: Stage): Promise<string | undefined> {
  const listed = await stage.saccade('captures', 'list');
  const line = listed
    .split('\n')
    .find((one) => one.includes('deployment/checkout') && /\bcomplete\b/.test(one));
  const id = line?.split(/\s+/)[0];
  if (id === undefined) return undefined;
  const [found] = globSync(join(stage.serverData, 'captures', `*${id}*.pcapng`));
  return found !== undefined && statSync(found).size > 0 ? found : undefined;
}

interface Packet {
  readonly atMs: number;
  readonly addresses: readonly [string, string];
}

function readPackets(file: string): readonly Packet[] {
  const fields = ['frame.time_epoch', 'ip.src', 'ip.dst'].flatMap((field) => ['-e', field]);
  const said = execFileSync('tshark', ['-r', file, '-T', 'fields', ...fields], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return said
    .trim()
    .split('\n')
    .map((line) => {
      const [at = '', from = '', to = ''] = line.split('\t');
      return { atMs: Number(at) * 1000, addresses: [from, to] as const };
    });
}

async function runs(stage: Stage, pod: string): Promise<true | undefined> {
  const ready = await stage.cluster.kubectl([
    ...['-n', 'saccade', 'get', 'pod', pod, '-o', 'jsonpath={.status.containerStatuses[0].ready}'],
  ]);
  return ready === 'true' ? true : undefined;
}
