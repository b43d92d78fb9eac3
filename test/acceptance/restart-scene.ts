import type { Rig } from '../timeline/rig.ts';
import { pair, steadyTraffic } from './traffic.ts';

/** The detector itself is killed and stopped while it pages: alone before its rig. */
export async function stageRestart(rig: Rig): Promise<void> {
  const scene = await rig.scene('killed and stopped', pair, steadyTraffic);
  scene.at(8).lose('payments', 12, { from: 'checkout' });
  scene.between(8, 20).wantPage(/checkout-\S+ → payments-/);
  scene.at(20).do('the detector is killed and started', () => rig.restart('SIGKILL'));
  scene.at(30).do('the detector is stopped and started', () => rig.restart('SIGINT'));
  scene.between(20, 40).wantNoEnd();
  scene.at(40).heal('payments');
  scene.between(40, 150).wantResolved(/checkout-\S+ → payments-/);
  scene.between(0, 60).wantMessages(1);
}
