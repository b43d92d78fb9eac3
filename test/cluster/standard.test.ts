import { globSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { killPods } from './break-cluster.ts';
import { pairOf, pairsOf, readPackets } from './captured-packets.ts';
import { type Eyes, openEyes, patienceMs } from './eyes.ts';
import { shopPath } from './scenarios/loss.ts';
import { loseTowards, shopPod } from './shop-faults.ts';
import { type StandardStage, startStandardStage } from './standard-stage.ts';
import type { Seen } from './stage.ts';

const learnMs = 15_000;
/** Judged and recorded, told to nobody: pages are those of the shipped rules. */
const rule = `
apiVersion: saccade.io/v1alpha1
kind: SaccadeRule
metadata: { name: payments, namespace: shop }
spec:
  rules:
    - alert: PaymentsLosesPackets
      id: payments-loses-packets
      dry_run: true
      signal: tcp.retransmits
      where: [peer.name == "service/payments.shop"]
      by: [namespace, workload, peer, service_port]
      measure: retransmit_ratio
      over: [1s, 10s]
      baseline: { method: rate, ceiling: 5%, min_events: 3 }
      when: [baseline.score > 1]
`;

const captureOf = (pod: string): string => `
apiVersion: saccade.io/v1alpha1
kind: PacketCapture
metadata: { name: kept, namespace: shop }
spec: { pod: ${pod}, peer: service/payments.shop, seconds: 2 }
`;

interface AlertRow {
  readonly id: string;
  readonly rule: string;
  readonly state: string;
}

/** One stage for all of them, in this order. */
describe('a shop in a cluster, watched by the chart in its profile standard', () => {
  let started: StandardStage | undefined;
  const stage = (): StandardStage => {
    if (started === undefined) throw new Error('the stage did not start');
    return started;
  };
  const eyes = (): Eyes => openEyes(stage(), shopPath);
  /** Their texts with their times: what a second one says is what whoever reads the failure needs. */
  const pagesSince = (sinceMs: number): readonly string[] =>
    eyes()
      .pages(sinceMs)
      .map(({ atMs, text }) => `${new Date(atMs).toISOString()} ${text}`);
  const ruleStatus = (path: string): Promise<string> =>
    stage().cluster.kubectl(['-n', 'shop', 'get', 'saccaderule', 'payments', '-o', `jsonpath={${path}}`]);

  let startedAtMs = 0;
  beforeAll(async () => {
    started = await startStandardStage(`standard-${process.pid}`, `${learnMs / 1_000}s`);
    startedAtMs = Date.now();
  }, 1_200_000);
  afterAll(() => started?.[Symbol.asyncDispose](), 60_000);

  it('has its tables from the hook, and keeps quiet while it learns', { timeout: 60_000 }, async () => {
    expect(await stage().sql('SELECT version FROM saccade_schema')).toHaveLength(1);
    await sleep(Math.max(0, startedAtMs + learnMs + 5_000 - Date.now()));
    const told = openEyes(stage(), /\bshop\b/).ours(startedAtMs);
    expect(told.map(({ text }) => text)).toEqual([]);
  });

  it('takes rules that are objects, and says so in them', { timeout: 120_000 }, async () => {
    await stage().cluster.apply(rule);
    await stage().cluster.waitFor(
      'the rule in force',
      async () => (await ruleStatus('.status.state')) === 'Active' || undefined,
    );
  });

  it(
    'pages once for loss, with packets in the object store, while the broker dies and comes back',
    { timeout: 900_000 },
    async () => {
      const { cluster, broker } = stage();
      const lostAtMs = Date.now();
      await using fault = await loseTowards(cluster, 'payments', 'checkout', 20);
      const page = await eyes().page(lostAtMs);
      expect(page.text).toContain('deployment/checkout');
      expect(page.text).toContain('service/payments.shop');
      await expectPackets(stage(), page, lostAtMs);
      await cluster.waitFor(
        'a firing alert of the object',
        async () => Number(await ruleStatus('.status.firing')) > 0 || undefined,
        patienceMs,
      );

      await broker.kill();
      await fault.clear();
      await sleep(5_000);
      await broker.restart();
      await eyes().end(page);
      expect(pagesSince(lostAtMs), await storyOf(stage(), lostAtMs)).toHaveLength(1);
      await cluster.waitFor(
        'no firing alert of the object',
        async () => (await ruleStatus('.status.firing')) === '0' || undefined,
        patienceMs,
      );
    },
  );

  it('carries out captures that are objects', { timeout: 2 * patienceMs }, async () => {
    const { cluster } = stage();
    const pod = (await cluster.pods('shop', 'app=checkout'))[0] ?? '';
    await cluster.apply(captureOf(pod));
    const done = await cluster.waitFor(
      'the capture of an object',
      async () => {
        const path = 'jsonpath={.status.phase} {.status.packets} {.status.message}';
        const status = await cluster.kubectl(['-n', 'shop', 'get', 'packetcapture', 'kept', '-o', path]);
        return /^(Completed|Failed)/u.test(status) ? status : undefined;
      },
      patienceMs,
    );
    expect(done).toMatch(/^Completed [1-9]/u);
  });

  it(
    'loses and doubles nothing while PostgreSQL and an engine die; the console shows what PostgreSQL has',
    { timeout: 900_000 },
    async () => {
      const { cluster, postgres } = stage();
      const lostAtMs = Date.now();
      await postgres.kill();
      await using fault = await loseTowards(cluster, 'payments', 'checkout', 20);
      const page = await eyes().page(lostAtMs);
      await killPods(cluster, 'saccade', 'app.kubernetes.io/component=engine');
      await postgres.restart();
      await fault.clear();
      await eyes().end(page);
      expect(pagesSince(lostAtMs), await storyOf(stage(), lostAtMs)).toHaveLength(1);

      const ended = await cluster.waitFor('the history', () => endedAlerts(stage(), lostAtMs), patienceMs);
      expect(ended.map((alert) => alert.rule)).toContain('tcp-retransmit-spike');
      const { alerts } = (await stage().api('/alerts?state=all&limit=200')) as { alerts: AlertRow[] };
      expect(alerts.map(({ id }) => id)).toEqual(expect.arrayContaining(ended.map(({ id }) => id)));
      // Each step of each alert is there, and once.
      expect(
        await stage().sql(
          'SELECT fingerprint FROM transitions GROUP BY fingerprint, episode HAVING count(*) <> max(seq) - min(seq) + 1',
        ),
      ).toEqual([]);
    },
  );
});

/** Of exactly the shop's pair, from before and after; told in the page's thread. */
async function expectPackets(stage: StandardStage, page: Seen, lostAtMs: number): Promise<void> {
  const { cluster, objects } = stage;
  const [checkout, payments] = [await shopPod(cluster, 'checkout'), await shopPod(cluster, 'payments')];
  const service = await cluster.kubectl([
    ...['-n', 'shop', 'get', 'service', 'payments', '-o', 'jsonpath={.spec.clusterIP}'],
  ]);
  const told = await cluster.waitFor(
    'the packets in the thread',
    async () => stage.seen().find(({ root, text }) => root === page.root && /Packets of checkout/.test(text)),
    patienceMs,
  );
  expect(told.kind).toBe('reply');
  // The file that the message names: other captures of the shop may lie beside it.
  const [, name = 'no file in an object store'] = /s3:\/\/\S*?([^/\s]+\.pcapng)/u.exec(told.text) ?? [];
  const [file = name] = globSync(join(objects.folder, '**', name));
  const packets = readPackets(file);
  const pairs = [service, payments.address].map((peer) => pairOf(checkout.address, peer));
  expect(pairs).toEqual(expect.arrayContaining([...pairsOf(packets)]));
  expect(packets.some(({ atMs }) => atMs < lostAtMs)).toBe(true);
  expect(packets.some(({ atMs }) => atMs > lostAtMs)).toBe(true);
}

/** What the judge decided since then, for whoever reads a failure: a second alert, or a message that was sent again? */
async function storyOf(stage: StandardStage, sinceMs: number): Promise<string> {
  const rows = await stage.sql(
    `SELECT at_ms, left(fingerprint, 8) AS alert, episode, seq, body->>'rule_id' AS rule, body->'key' AS key,
       body->>'state' AS state, body->>'level' AS level, body->>'reason' AS reason
     FROM transitions WHERE at_ms >= ${sinceMs} AND NOT is_update ORDER BY at_ms, seq`,
  );
  return rows.map((row) => JSON.stringify(row)).join('\n');
}

/** The shop's alerts since then, once all of them have ended in PostgreSQL. */
async function endedAlerts(
  stage: StandardStage,
  sinceMs: number,
): Promise<readonly { readonly id: string; readonly rule: string }[] | undefined> {
  const rows = await stage.sql(
    `SELECT left(fingerprint, 8) || '-' || episode AS id, rule_id AS rule, ended_at_ms IS NOT NULL AS over
     FROM alerts WHERE started_at_ms >= ${sinceMs} AND namespace = 'shop' AND fired_at_ms IS NOT NULL`,
  );
  if (rows.length === 0 || rows.some(({ over }) => over !== true)) return undefined;
  return rows.map(({ id, rule }) => ({ id: String(id), rule: String(rule) }));
}
