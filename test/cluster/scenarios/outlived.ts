import { afterAll, describe, expect, it } from 'vitest';
import type { ActiveFault } from '../../lab/faults.ts';
import { killPart, killPods, restartApiServer } from '../break-cluster.ts';
import { openEyes, patienceMs } from '../eyes.ts';
import { loseTowards } from '../shop-faults.ts';
import type { Seen, Stage } from '../stage.ts';
import { shopPath } from './loss.ts';

/** One alert, which outlives all that an installation goes through. */
export function outlivedScenarios(stage: () => Stage): void {
  describe('an alert is told once, from its page to its end', () => {
    let lostAtMs = 0;
    let fault: ActiveFault | undefined;
    let page: Seen | undefined;
    const roots = (): readonly string[] => openEyes(stage(), shopPath).threads(lostAtMs);
    afterAll(async () => void (await fault?.clear()));

    it('through an upgrade and a rollback of server and agents', { timeout: 900_000 }, async () => {
      const { cluster } = stage();
      lostAtMs = Date.now();
      fault = await loseTowards(cluster, 'payments', 'checkout', 20);
      page = await openEyes(stage(), shopPath).page(lostAtMs);
      const pods = { podLabels: { edition: 'next' } };
      await stage().upgrade({ server: pods, agent: pods });
      await cluster.helm(['-n', 'saccade', 'rollback', 'saccade', '--wait', '--timeout', '150s']);
      expect(roots()).toEqual([page.root]);
    });

    it('through the death of agent, server and API server', { timeout: 900_000 }, async () => {
      const { cluster } = stage();
      if (page === undefined) throw new Error('there was no page');
      await killPods(cluster, 'saccade', 'app.kubernetes.io/component=agent');
      await killPods(cluster, 'saccade', 'app.kubernetes.io/component=server');
      killPart(cluster, 'kube-apiserver');
      await restartApiServer(cluster);
      await cluster.waitFor('the server again', () => isReady(stage(), 'saccade-server-0'), patienceMs);
      await fault?.clear();
      await openEyes(stage(), shopPath).end(page);
      expect(roots()).toEqual([page.root]);
    });
  });
}

async function isReady({ cluster }: Stage, pod: string): Promise<true | undefined> {
  const ready = await cluster.kubectl([
    ...['-n', 'saccade', 'get', 'pod', pod, '-o', 'jsonpath={.status.containerStatuses[0].ready}'],
  ]);
  return ready === 'true' ? true : undefined;
}
