import { describe, it } from 'vitest';
import { whyNoLab } from '../lab/lab-support.ts';
import { startRig } from '../timeline/rig.ts';
import { stageConnections } from './connection-scenes.ts';
import { stageLoss } from './loss-scenes.ts';
import { stageRestart } from './restart-scene.ts';

/**
 * All scenes at once before one detector: what they have in common, learning and clearing, takes its time once. Until
 * 14 s every link is as it will be learned. Beside it another detector is killed over and over: each hears of all
 * networks of this kernel, and is judged by what it says of its own.
 */
describe.skipIf(whyNoLab() !== undefined)('the program, over real networks', { concurrent: true }, () => {
  it('pages, captures, resolves, learns, and keeps quiet', { timeout: 420_000, retry: 0 }, async () => {
    await using rig = await startRig({ learn: '8s' });
    await stageConnections(rig);
    await stageLoss(rig);
    await rig.play();
  });

  it(
    'goes on with an alert when it is restarted: one message, resolved in place',
    { timeout: 420_000, retry: 0 },
    async () => {
      await using rig = await startRig({ learn: '5s' });
      await stageRestart(rig);
      await rig.play();
    },
  );
});
