import { describe, it } from 'vitest';
import type { LabProcess } from '../lab/lab-process.ts';
import { whyNoLab } from '../lab/lab-support.ts';
import { startServer } from '../lab/traffic.ts';
import { type Rig, startRig } from '../timeline/rig.ts';
import type { Scene } from '../timeline/scene.ts';
import { launchClient } from '../lab/traffic.ts';
import { seconds } from './dns-hosts.ts';
import { blockOf, putOnInternet, resolveNames, startHttpApi, useHttpApi } from './internet.ts';

const ends = ['east', 'west'] as const;
const hosts = ['checkout', 'resolver', ...ends];
const name = 'api.payments-example.com';
const fromCheckout = { from: 'checkout' };

/** Two endpoints of this machine behind one name; a connection carries five requests. */
async function stageInside(rig: Rig): Promise<void> {
  const lossy = await rig.scene('one of two pods behind a name loses packets', hosts, async (scene) => {
    for (const end of ends) await startServer(scene.host(end), { seconds });
    const ips = ends.map((end) => scene.host(end).address4);
    await resolveNames(scene, 'checkout', { 'payments.example': ['rotate', ...ips] });
    const often = { connections: 8, rate: 20, requestsPerConnection: 5 };
    launchClient(scene.host('checkout'), { target: 'payments.example', family: 4, seconds, ...often });
  });
  lossy.between(0, 24).wantNothing();
  lossy.at(24).lose('west', 10, fromCheckout);
  // A peer is the name that was looked up, whoever serves it; the message says which end it is.
  lossy.between(24, 60).wantPage(/RetransmitSpike checkout-\S+ → payments\.example/);
  lossy.between(24, 90).wantSaid('Evidence', lossy.host('west').address4);
  lossy.at(60).heal('west');
  lossy.between(60, 130).wantResolved('payments.example');
  lossy.between(0, 110).wantMessages(1);
}

/** Two addresses of the Internet behind one name, which is all that is known of them. */
async function sceneOutside(rig: Rig, what: string, place: number, apis: LabProcess[]): Promise<Scene> {
  return rig.scene(what, hosts, async (scene) => {
    const blocks = [blockOf(place), blockOf(place + 1)];
    for (const [n, end] of ends.entries()) {
      await putOnInternet(scene, end, blocks[n]?.prefix ?? '');
      apis.push(await startHttpApi(scene.host(end)));
    }
    const ips = blocks.map((block) => block.ips[0] ?? '');
    await resolveNames(scene, 'checkout', { [name]: ['rotate', ...ips] });
    useHttpApi(scene, 'checkout', name, { rate: 40, uses: 4 });
  });
}

async function stageOutside(rig: Rig): Promise<void> {
  const apis: LabProcess[] = [];
  const slow = await sceneOutside(rig, 'one of two addresses of an API is slow', 0, apis);
  const [, west] = apis;
  if (west === undefined) throw new Error('the API was not started');
  slow.at(50).do('west answers after 900 ms', () => Promise.resolve(process.kill(west.pid, 'SIGUSR1')));
  slow.between(0, 50).wantNothing();
  slow.between(50, 120).wantNotice('ExternalApiSlow', 'payments-example.com');
  slow.between(0, 110).wantMessages(1);

  const lossy = await sceneOutside(rig, 'the way to one of two addresses of an API is lossy', 2, []);
  lossy.between(0, 24).wantNothing();
  lossy.at(24).lose('west', 20, fromCheckout);
  lossy.between(24, 80).wantPage(/RetransmitSpike checkout-\S+ → \S*payments-example\.com/);
  lossy.at(80).heal('west');
  lossy.between(80, 150).wantResolved('payments-example.com');
}

describe.skipIf(whyNoLab() !== undefined)('one of two endpoints behind a name', () => {
  it('is told, also where the other is well', { timeout: 240_000 }, async () => {
    await using rig = await startRig({ learn: '10s' });
    await stageInside(rig);
    await stageOutside(rig);
    await rig.play();
  });
});
