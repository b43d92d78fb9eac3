import type { Scene } from '../scene.ts';
import type { Act } from './act.ts';
import { apiServerAct } from './api-server.ts';
import { destinationAct } from './destination.ts';
import { dnsAct } from './dns.ts';
import { lossAct } from './loss.ts';

/** The troubles of a demo, in their order. */
export function createActs(scene: Pick<Scene, 'lab' | 'apiServer' | 'resolver'>): readonly Act[] {
  // The probe of the API server learns the longest: a request a second.
  return [lossAct(scene), dnsAct(scene), destinationAct(scene), apiServerAct(scene)];
}
