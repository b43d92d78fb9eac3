import { describe, it } from 'vitest';
import { recreateHost } from '../lab/lab.ts';
import { whyNoLab } from '../lab/lab-support.ts';
import { startClient, startServer } from '../lab/traffic.ts';
import type { LabProcess } from '../lab/lab-process.ts';
import { type Rig, startRig } from '../timeline/rig.ts';
import { lastingS, pair, requests, sendBulk } from './traffic.ts';

const fromCheckout = { from: 'checkout' };
const forth = /checkout-\S+ → payments-/;

/** What every machine does all day. */
async function stageOrdinary(rig: Rig): Promise<void> {
  const bulk = await rig.scene('bulk transfers come and go', pair, requests());
  for (const atS of [8, 24, 40])
    bulk
      .at(atS)
      .do('a bulk transfer', () => Promise.resolve(sendBulk(bulk, 12, atS === 24 ? undefined : '500M')));
  bulk.between(0, 60).wantNothing();

  const pauses = await rig.scene('connections that rest', pair, requests({ connections: 3, rate: 0.1 }));
  pauses.between(0, 60).wantNothing();

  const large = await rig.scene('large answers', pair, requests({ rate: 5, responseBytes: 300_000 }));
  large.between(0, 60).wantNothing();

  const crowd = await rig.scene(
    'a connection for each request',
    pair,
    requests({ requestsPerConnection: 1 }),
  );
  crowd.between(0, 60).wantNothing();
}

/** A server that stands still for a while, as in a debugger or a long collection of garbage. */
async function stageStopped(rig: Rig): Promise<void> {
  let server: LabProcess | undefined;
  const stopped = await rig.scene('a receiver that stands still', pair, async (scene) => {
    server = await startServer(scene.host('payments'), { seconds: lastingS });
    const shape = { connections: 5, rate: 40, requestBytes: 16_384 };
    await startClient(scene.host('checkout'), { target: 'payments', family: 4, seconds: lastingS, ...shape });
  });
  stopped.between(0, 14).wantNothing();
  stopped.at(14).do('it is stopped', () => Promise.resolve(server?.pause()));
  stopped.between(14, 44).wantPage('ReceiverNotReading', 'does not read');
  // From the packets, before a window has been closed for the five seconds that the rule asks for.
  stopped.between(14, 44).wantSaid(/^[^\n]*RetransmitSpike[^\n]*which does not read/);
  stopped.between(14, 44).wantNoEnd();
  stopped.at(44).do('it goes on', () => Promise.resolve(server?.resume()));
  stopped.between(44, 80).wantResolved(forth);
  stopped.between(0, 80).wantMessages(1);
}

/** A pod that is replaced by one of its name and address. */
async function stageReplaced(rig: Rig): Promise<void> {
  const replaced = await rig.scene('hosts of the same name', pair, requests());
  replaced.at(14).do('both hosts are made anew', async () => {
    for (const host of replaced.lab.hosts) await recreateHost(replaced.lab, host);
    await requests()(replaced);
  });
  replaced.between(0, 34).wantNothing();
  replaced.at(34).lose('payments', 8, fromCheckout);
  replaced.between(34, 49).wantPage(forth);
  replaced.between(34, 80).wantSaid('loss on the way to the peer');
  replaced.between(0, 80).wantMessages(1);
}

describe.skipIf(whyNoLab() !== undefined)('programs and hosts that live', () => {
  it('are left alone where nothing is wrong, and told of where it is', { timeout: 240_000 }, async () => {
    await using rig = await startRig({ learn: '8s' });
    await stageOrdinary(rig);
    await stageStopped(rig);
    await stageReplaced(rig);
    await rig.play();
  });
});
