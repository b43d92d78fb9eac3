import { afterAll, beforeAll, describe, it } from 'vitest';
import { whyNoLab } from '../lab/lab-support.ts';
import { startClient, startServer } from '../lab/traffic.ts';
import { type Rig, startRig } from '../timeline/rig.ts';

describe.skipIf(whyNoLab() !== undefined)('the program, restarted while it pages', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ learn: '5s' });
  }, 60_000);
  afterAll(async () => {
    await rig[Symbol.asyncDispose]();
  }, 60_000);

  it('goes on with the alert: one message, resolved in place', { timeout: 200_000 }, async () => {
    const scene = await rig.scene('killed and stopped', ['checkout', 'payments'], async ({ lab }) => {
      await startServer(lab.host('payments'), { seconds: 240 });
      await startClient(lab.host('checkout'), { target: 'payments', family: 4, seconds: 240 });
    });
    scene.at(8).lose('payments', 12, { from: 'checkout' });
    scene.between(8, 20).wantPage(/checkout-\S+ → payments-/);
    scene.at(20).do('the detector is killed and started', () => rig.restart('SIGKILL'));
    scene.at(30).do('the detector is stopped and started', () => rig.restart('SIGINT'));
    scene.between(20, 40).wantNoEnd();
    scene.at(40).heal('payments');
    scene.between(40, 150).wantResolved(/checkout-\S+ → payments-/);
    scene.between(0, 60).wantMessages(1);
    await rig.play();
  });
});
