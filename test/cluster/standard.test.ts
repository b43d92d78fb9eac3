import { setTimeout as sleep } from 'node:timers/promises';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pairOf, pairsOf, readPackets } from './captured-packets.ts';
import { openEyes, patienceMs } from './eyes.ts';
import { shopPath } from './scenarios/loss.ts';
import { loseTowards, shopPod } from './shop-faults.ts';
import { type StandardStage, startStandardStage } from './standard-stage.ts';

const learnMs = 15_000;

/** One stage for all of them, in this order. */
describe('a shop in a cluster, watched by the chart in its profile standard', () => {
  let started: StandardStage | undefined;
  const stage = (): StandardStage => {
    if (started === undefined) throw new Error('the stage did not start');
    return started;
  };
  let startedAtMs = 0;
  beforeAll(async () => {
    started = await startStandardStage(`standard-${process.pid}`, `${learnMs / 1_000}s`);
    startedAtMs = Date.now();
  }, 1_200_000);
  afterAll(() => started?.[Symbol.asyncDispose](), 60_000);

  it('has its tables from the hook, and keeps quiet while it learns', { timeout: 60_000 }, async () => {
    expect(await stage().sql('SELECT version FROM saccade_schema')).toHaveLength(1);
    await sleep(Math.max(0, startedAtMs + learnMs + 5_000 - Date.now()));
    expect(
      openEyes(stage(), /\bshop\b/)
        .ours(startedAtMs)
        .map(({ title }) => title),
    ).toEqual([]);
  });

  it(
    'pages once, with packets in the object store, through a broker that dies',
    { timeout: 300_000 },
    async () => {
      const { cluster, broker, objects, channel } = stage();
      const eyes = openEyes(stage(), shopPath);
      const [checkout, payments] = [await shopPod(cluster, 'checkout'), await shopPod(cluster, 'payments')];
      const service = await cluster.kubectl([
        ...['-n', 'shop', 'get', 'service', 'payments', '-o', 'jsonpath={.spec.clusterIP}'],
      ]);
      const lostAtMs = Date.now();
      const fault = await loseTowards(cluster, 'payments', 'checkout', 20);
      const page = await eyes.page(lostAtMs);
      expect(page.text).toContain('deployment/checkout');
      expect(page.text).toContain('service/payments.shop');

      const file = await cluster.waitFor(
        'the capture in the object store',
        async () => globSync(join(objects.folder, '**/*.pcapng'))[0],
        patienceMs,
      );
      const pairs = [service, payments.address].map((peer) => pairOf(checkout.address, peer));
      const packets = readPackets(file);
      expect(pairs).toEqual(expect.arrayContaining([...pairsOf(packets)]));
      expect(packets.some(({ atMs }) => atMs < lostAtMs)).toBe(true);
      const reply = await cluster.waitFor(
        'the packets in the thread',
        async () => eyes.ours(lostAtMs).find(({ kind, text }) => kind === 'reply' && /Packets of/.test(text)),
        patienceMs,
      );
      expect(reply.root).toBe(page.root);

      await broker.kill();
      await fault.clear();
      await sleep(5_000);
      await broker.restart();
      await eyes.end(page);
      expect(eyes.pages(lostAtMs)).toHaveLength(1);
      expect(channel.events().length).toBeGreaterThan(0);
    },
  );
});
