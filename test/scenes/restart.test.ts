import { describe, it } from 'vitest';
import { recreateHost } from '../lab/lab.ts';
import { whyNoLab } from '../lab/lab-support.ts';
import { startServer } from '../lab/traffic.ts';
import { type Rig, startRig } from '../timeline/rig.ts';
import { lastingS, pair, requests } from './traffic.ts';

const forth = /checkout-\S+ → payments-/;

/** Killed in the middle of it, as by the OOM killer: who was paged is not paged again, and hears of the end. */
async function stageDetector(rig: Rig): Promise<void> {
  const lossy = await rig.scene('the detector is killed while it pages', pair, requests());
  lossy.between(0, 12).wantNothing();
  lossy.at(12).lose('payments', 12, { from: 'checkout' });
  lossy.between(12, 30).wantPage(forth);
  lossy.at(30).do('the detector is killed and started', () => rig.restart('SIGKILL'));
  lossy.between(30, 48).wantNoEnd();
  lossy.at(48).heal('payments');
  lossy.between(48, 110).wantResolved(forth);
  lossy.between(0, 100).wantMessages(1);

  const after = await rig.scene('loss that begins after it', pair, requests());
  after.between(0, 50).wantNothing();
  after.at(50).lose('payments', 10, { from: 'checkout' });
  after.between(50, 75).wantPage(forth);
  after.between(0, 75).wantMessages(1);
}

/** The machine behind an address ends in the middle of a trouble and comes back under its name. */
async function stagePeer(rig: Rig): Promise<void> {
  const gone = await rig.scene(
    'the peer is restarted during an outage',
    pair,
    requests({ patienceMs: 2_000 }),
  );
  gone.between(0, 12).wantNothing();
  gone.at(12).inflict('payments', { kind: 'outage' }, { from: 'checkout' });
  gone.between(12, 28).wantPage(/checkout-\S+/);
  gone.at(28).do('the peer is made anew, and serves', async () => {
    await recreateHost(gone.lab, gone.host('payments'));
    await startServer(gone.host('payments'), { seconds: lastingS });
  });
  // Its fault is gone with its network.
  gone.between(28, 110).wantResolved(/checkout-\S+/);
  gone.between(0, 80).wantMessages(1);
}

describe.skipIf(whyNoLab() !== undefined)('restarts in the middle of a trouble', () => {
  it('are told once, and their end', { timeout: 240_000 }, async () => {
    await using rig = await startRig({ learn: '8s' });
    await stageDetector(rig);
    await stagePeer(rig);
    await rig.play();
  });
});
