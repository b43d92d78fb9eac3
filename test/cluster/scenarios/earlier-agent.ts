import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { injectFault } from '../../lab/faults.ts';
import { reach } from '../expose.ts';
import { openEyes, patienceMs } from '../eyes.ts';
import { listCaptures } from '../finished-capture.ts';
import { runLong } from '../run-long.ts';
import { shopPod } from '../shop-faults.ts';
import { ingestToken, type Stage } from '../stage.ts';
import { type EarlierAgent, startEarlierAgent } from '../testing/earlier-agent.ts';
import { farNode, warehouseManifest, warehouseStatus } from '../testing/warehouse.ts';

/** Rules of the stage learn for 15 s. */
const learnedMs = 20_000;

export function earlierAgentScenario(stage: () => Stage): void {
  it(
    'works with an agent of the minor version before: its page, its packets, the end',
    { timeout: 900_000 },
    async () => {
      const eyes = openEyes(stage(), /checkout → api\.example\.com/);
      await using door = await openDoor(stage());
      await using agent = door.agent('old-node');
      await sleep(learnedMs);
      const lostAtMs = Date.now();
      agent.setLoss(true);
      const page = await eyes.page(lostAtMs);
      expect(page.title).toMatch(/RetransmitSpike checkout → api\.example\.com:443/);
      await stage().cluster.waitFor('its packets', async () => agent.brought[0]);
      agent.setLoss(false);
      await eyes.end(page);
      expect(eyes.pages(lostAtMs)).toHaveLength(1);
      expect(agent.refused).toEqual([]);
    },
  );
}

/** The cluster has one node: of the other one there is the object, a pod's address outside, and an agent. */
export function bothEndsScenario(stage: () => Stage): void {
  it(
    'asks the agents of both nodes for the packets of a flow between them',
    { timeout: 900_000 },
    async () => {
      const { cluster } = stage();
      await using door = await openDoor(stage());
      await using agent = door.agent(farNode);
      await cluster.apply(warehouseManifest);
      await cluster.kubectl([
        ...['-n', 'shop', 'patch', 'pod', 'warehouse', '--subresource=status', '--type=merge'],
        ...['--patch', warehouseStatus(new Date())],
      ]);
      await cluster.rolledOut('shop', 'deployment/reports');
      await sleep(learnedMs);
      const { address } = await shopPod(cluster, 'reports');
      const [command = '', ...words] = cluster.enteringWorld;
      const world = {
        runInNetwork: (program: string, args: readonly string[], input = '') =>
          runLong(command, [...words, program, ...args], { input }),
      };
      const from = { address4: address, address6: '2001:db8::1' };
      {
        await using _fault = await injectFault(world, { kind: 'loss', percent: 20 }, { from });
        await cluster.waitFor('the packets of the far end', async () => agent.brought[0], patienceMs);
      }
      const ends = await cluster.waitFor('both ends', () => bothComplete(stage()), patienceMs);
      expect(ends.map(({ node }) => node)).toEqual(['node1', farNode]);
      expect(ends[1]?.selector).toMatchObject({
        subject: { workload: 'pod/warehouse' },
        peer: { name: 'deployment/reports.shop' },
        peer_ips: [address],
        role: 'server',
        service_port: 80,
      });
      await cluster.kubectl(['-n', 'shop', 'delete', 'pod', 'warehouse', '--force', '--grace-period=0']);
      await cluster.kubectl(['-n', 'shop', 'delete', 'deployment/reports', 'service/warehouse']);
      await cluster.kubectl(['delete', 'node', farNode]);
    },
  );
}

/** Of the first alert of the reports that has packets of two nodes. */
async function bothComplete(stage: Stage) {
  const captures = (await listCaptures(stage)).flatMap(({ capture }) => capture ?? []);
  const ofReports = captures.filter(
    ({ phase, selector: { subject, peer } }) =>
      phase === 'complete' && [subject.workload, peer.name].some((name) => name.includes('/reports')),
  );
  const byAlert = Map.groupBy(ofReports, ({ alert }) => alert?.fingerprint);
  const ends = byAlert.values().find((some) => new Set(some.map(({ node }) => node)).size === 2);
  return ends?.toSorted((one, other) => one.node.localeCompare(other.node));
}

interface Door extends AsyncDisposable {
  agent(node: string): EarlierAgent;
}

/** The way to the server that agents take, from this machine. */
async function openDoor({ cluster }: Stage): Promise<Door> {
  const address = await cluster.kubectl([
    ...['-n', 'saccade', 'get', 'service', 'saccade-server', '-o', 'jsonpath={.spec.clusterIP}'],
  ]);
  const way = await reach(cluster, address, 9979);
  const url = `http://127.0.0.1:${way.port}`;
  return {
    agent: (node) => startEarlierAgent({ url, token: ingestToken, node }),
    [Symbol.asyncDispose]: () => way[Symbol.asyncDispose](),
  };
}
