import type { Scene } from '../scene.ts';
import type { Act } from './act.ts';
import { lossAct } from './loss.ts';

/** The troubles of a demo, in their order. */
export function createActs(scene: Pick<Scene, 'lab'>): readonly Act[] {
  return [lossAct(scene)];
}
