import { expect, it } from 'vitest';
import { pairOf, pairsOf, readPackets } from '../captured-packets.ts';
import { patienceMs } from '../eyes.ts';
import { finishedCapture, listCaptures } from '../finished-capture.ts';
import { loseTowards, shopPod } from '../shop-faults.ts';
import type { Stage } from '../stage.ts';

const workload = 'deployment/basket';

export function podGoneScenario(stage: () => Stage): void {
  it(
    'has the packets of a pod that was deleted as soon as they were asked for',
    { timeout: 900_000 },
    async () => {
      const { cluster } = stage();
      const [name = ''] = await cluster.pods('shop', 'app=basket');
      const [basket, payments] = [await shopPod(cluster, 'basket'), await shopPod(cluster, 'payments')];
      const service = await cluster.kubectl([
        ...['-n', 'shop', 'get', 'service', 'payments', '-o', 'jsonpath={.spec.clusterIP}'],
      ]);
      const lostAtMs = Date.now();
      await using _fault = await loseTowards(cluster, 'payments', 'basket', 20);
      await cluster.waitFor('a capture', () => askedFor(stage(), lostAtMs), patienceMs);
      await cluster.kubectl(['-n', 'shop', 'delete', 'pod', name, '--force', '--grace-period=0']);

      const { file, askedAtMs } = await finishedCapture(
        stage(),
        { workload, peer: 'service/payments.shop' },
        lostAtMs,
      );
      const packets = readPackets(file);
      const expected = [service, payments.address].map((peer) => pairOf(basket.address, peer));
      expect(expected).toEqual(expect.arrayContaining([...pairsOf(packets)]));
      expect(packets.filter(({ atMs }) => atMs < askedAtMs).length).toBeGreaterThan(0);
    },
  );
}

async function askedFor(stage: Stage, sinceMs: number): Promise<true | undefined> {
  const entries = await listCaptures(stage);
  const asked = entries.some(
    ({ atMs, request }) => atMs >= sinceMs && request?.selector.subject.workload === workload,
  );
  return asked || undefined;
}
