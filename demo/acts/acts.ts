import type { Scene } from '../scene.ts';
import type { Act } from './act.ts';
import { apiServerAct } from './api-server.ts';
import { lossAct } from './loss.ts';

/** The troubles of a demo, in their order. */
export function createActs(scene: Pick<Scene, 'lab' | 'apiServer'>): readonly Act[] {
  return [lossAct(scene), apiServerAct(scene)];
}
