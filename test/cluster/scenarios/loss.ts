import { expect, it } from 'vitest';
import { pairOf, pairsOf, readPackets } from '../captured-packets.ts';
import { openEyes } from '../eyes.ts';
import { finishedCapture } from '../finished-capture.ts';
import { loseTowards, shopPod } from '../shop-faults.ts';
import type { Stage } from '../stage.ts';

/** The path that the shop's faults lie on. */
export const shopPath = /checkout → payments\.shop/;

export function lossScenario(stage: () => Stage): void {
  it(
    'pages once for loss between two pods, by their names, with their packets, and tells the end',
    { timeout: 900_000 },
    async () => {
      const { cluster } = stage();
      const eyes = openEyes(stage(), shopPath);
      const [checkout, payments] = [await shopPod(cluster, 'checkout'), await shopPod(cluster, 'payments')];
      const service = await cluster.kubectl([
        ...['-n', 'shop', 'get', 'service', 'payments', '-o', 'jsonpath={.spec.clusterIP}'],
      ]);
      const lostAtMs = Date.now();
      await using fault = await loseTowards(cluster, 'payments', 'checkout', 20);
      const page = await eyes.page(lostAtMs);
      expect(page.text).toContain('deployment/checkout');
      expect(page.text).toContain('service/payments.shop (deployment/payments)');

      const path = { workload: 'deployment/checkout', peer: 'service/payments.shop' };
      const { file, askedAtMs } = await finishedCapture(stage(), path, lostAtMs);
      const packets = readPackets(file);
      // As the client's side sees them: its peer has the address of the Service there.
      const expected = [service, payments.address].map((peer) => pairOf(checkout.address, peer));
      expect(expected).toEqual(expect.arrayContaining([...pairsOf(packets)]));
      expect(packets.filter(({ atMs }) => atMs < askedAtMs).length).toBeGreaterThan(0);
      expect(packets.filter(({ atMs }) => atMs > askedAtMs).length).toBeGreaterThan(0);

      const { dropped } = await fault.clear();
      expect(dropped).toBeGreaterThan(0);
      await eyes.end(page);
      expect(eyes.pages(lostAtMs)).toHaveLength(1);
    },
  );
}
