import { startClient, startServer } from '../lab/traffic.ts';
import type { Rig } from '../timeline/rig.ts';
import type { Scene } from '../timeline/scene.ts';
import { endHosts, lastingS, pair, steadyTraffic } from './traffic.ts';

/** Who hears nothing for two seconds opens another connection. */
async function impatientTraffic(scene: Scene): Promise<void> {
  await startServer(scene.host('payments'), { seconds: lastingS });
  await startClient(scene.host('checkout'), {
    target: 'payments',
    family: 4,
    seconds: lastingS,
    patienceMs: 2_000,
  });
}

/** Two full segments and a small one for each request. */
async function largeRequests(scene: Scene): Promise<void> {
  await startServer(scene.host('payments'), { seconds: lastingS });
  const shape = { connections: 3, rate: 20, requestBytes: 3_000 };
  await startClient(scene.host('checkout'), { target: 'payments', family: 4, seconds: lastingS, ...shape });
}

async function steadyTraffic6(scene: Scene): Promise<void> {
  await startServer(scene.host('payments'), { seconds: lastingS });
  await startClient(scene.host('checkout'), { target: 'payments', family: 6, seconds: lastingS });
}

/** A request every two seconds, and a connection for every four requests. */
async function lowVolumeAndChurn(scene: Scene): Promise<void> {
  await startServer(scene.host('payments'), { seconds: lastingS });
  const common = { target: 'payments', family: 4, seconds: lastingS } as const;
  await startClient(scene.host('checkout'), { ...common, connections: 1, rate: 0.5 });
  await startClient(scene.host('search'), { ...common, connections: 3, rate: 40, requestsPerConnection: 4 });
}

const fromCheckout = { from: 'checkout' };
const path = /checkout-\S+ → payments-/;

/** Loss of all kinds, and what is none. The last to be staged: what flows before its faults begin is learned as clean. */
export async function stageLoss(rig: Rig): Promise<void> {
  const spike = await rig.scene('5 % loss', pair, steadyTraffic);
  spike.between(0, 14).wantNothing();
  spike.at(14).lose('payments', 5, fromCheckout);
  spike.between(14, 40).wantPage(path);
  spike.between(14, 90).wantSaid('packets');
  spike.at(40).heal('payments');
  spike.between(40, 150).wantResolved(path);
  spike.between(0, 90).wantMessages(1);

  const clean = await rig.scene('2 % on a clean link', pair, steadyTraffic);
  clean.at(14).lose('payments', 2, fromCheckout);
  clean.between(0, 14).wantNothing();
  clean.between(14, 60).wantNotice(path);

  const outage = await rig.scene('total outage', pair, steadyTraffic);
  outage.at(14).inflict('payments', { kind: 'outage' }, fromCheckout);
  outage.between(14, 50).wantPage(path);
  outage.between(14, 60).wantNoEnd();
  outage.at(60).heal('payments');
  outage.between(60, 180).wantResolved(path);

  const impatient = await rig.scene('total outage, clients that give up', pair, impatientTraffic);
  impatient.at(14).inflict('payments', { kind: 'outage' }, fromCheckout);
  impatient.between(14, 50).wantPage(path);
  impatient.at(60).heal('payments');
  // What was given up is sent again by the kernel until its back-off ends, which is loss, too, but holds no stall.
  impatient.between(60, 135).wantResolved(/checkout-\S+/);

  const hole = await rig.scene('MTU black hole', pair, largeRequests);
  hole.at(14).inflict('payments', { kind: 'mtu-black-hole', bytes: 1000 }, fromCheckout);
  hole.between(14, 50).wantPage(path);
  hole.between(14, 90).wantSaid('MTU black hole');

  const twoWay = await rig.scene('loss both ways', pair, steadyTraffic);
  twoWay.at(14).lose('payments', 12, fromCheckout);
  twoWay.at(14).lose('checkout', 12, { from: 'payments' });
  twoWay.between(14, 60).wantPage('both directions');
  twoWay.between(0, 60).wantMessages(1);

  const six = await rig.scene('10 % loss over IPv6', pair, steadyTraffic6);
  six.at(14).lose('payments', 10, fromCheckout);
  six.between(14, 60).wantPage(path);

  const quiet = await rig.scene('nothing wrong', ['checkout', 'search', 'payments'], lowVolumeAndChurn);
  quiet.between(0, 80).wantNothing();

  const ending = await rig.scene('hosts that end under traffic', pair, steadyTraffic);
  ending.at(20).do('the hosts are gone', () => endHosts(ending));
  ending.between(0, 80).wantNothing();

  // The last to be set up: its loss begins with the play, and what flowed before that would be learned as clean.
  const bad = await rig.scene('10 % on a link with a steady 2 %', pair, async (scene) => {
    scene.at(0).lose('payments', 2, fromCheckout);
    await steadyTraffic(scene);
  });
  bad.at(30).lose('payments', 2.5, fromCheckout);
  bad.between(0, 50).wantNothing();
  bad.at(50).lose('payments', 10, fromCheckout);
  bad.between(50, 80).wantNotice(path);
}
