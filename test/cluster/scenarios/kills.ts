import { expect, it } from 'vitest';
import { killPart, killPods, restartApiServer } from '../break-cluster.ts';
import { openEyes, patienceMs } from '../eyes.ts';
import { loseTowards } from '../shop-faults.ts';
import type { Stage } from '../stage.ts';
import { shopPath } from './loss.ts';

export function killsScenario(stage: () => Stage): void {
  it(
    'loses and doubles nothing when agent, server and API server are killed',
    { timeout: 900_000 },
    async () => {
      const { cluster } = stage();
      const eyes = openEyes(stage(), shopPath);
      const lostAtMs = Date.now();
      await using fault = await loseTowards(cluster, 'payments', 'checkout', 20);
      const page = await eyes.page(lostAtMs);
      await killPods(cluster, 'saccade', 'app.kubernetes.io/component=agent');
      await killPods(cluster, 'saccade', 'app.kubernetes.io/component=server');
      killPart(cluster, 'kube-apiserver');
      await restartApiServer(cluster);
      await cluster.waitFor('the server again', () => isReady(stage(), 'saccade-server-0'), patienceMs);
      await fault.clear();
      await eyes.end(page);
      expect(eyes.threads(lostAtMs)).toEqual([page.root]);
    },
  );
}

async function isReady({ cluster }: Stage, pod: string): Promise<true | undefined> {
  const ready = await cluster.kubectl([
    ...['-n', 'saccade', 'get', 'pod', pod, '-o', 'jsonpath={.status.containerStatuses[0].ready}'],
  ]);
  return ready === 'true' ? true : undefined;
}
