import { createHash } from 'node:crypto';
import type { Peer } from '../stream/events/observation.ts';
import type { Transition } from '../stream/events/transition.ts';
import { labelsOf } from './labels.ts';

/** `kind/name` of a workload however it is qualified, so that a subject and the peer that names it read the same. */
export const endpointName = (name: string): string => name.split('/').slice(-2).join('/');

/** Who the peer is: its workload where that is known, else the name under which it was looked up. */
export const farEnd = (peer: Peer): string => peer.workload ?? peer.name;

/**
 * Whose trouble it is. An alert whose key names no workload is about all of them (a resolver that is down), though it
 * shows one: another one at its next news is still the same alert.
 */
function nearEnd({ key, subject }: Transition): string {
  return 'workload' in key ? endpointName(subject.workload) : (key['node'] ?? '');
}

/**
 * The faulty path of an alert: the unordered pair of its ends and the service port. Two ends that both resend see the
 * same path from either side (`role` differs, the port is the server's in both) and so share it.
 */
export function pathOf(transition: Transition): string {
  const own = nearEnd(transition);
  const peer = transition.peer === null ? '' : endpointName(farEnd(transition.peer));
  return [...[own, peer].sort(), String(transition.service_port ?? '')].join('|');
}

/** Readable key of the group that a transition belongs to: `path` is the pair, other names are labels. */
export function groupKeyOf(transition: Transition, groupBy: readonly string[]): string {
  const labels = labelsOf(transition);
  return [
    transition.subject.cluster,
    ...groupBy.map((name) => (name === 'path' ? pathOf(transition) : `${name}=${labels.get(name) ?? ''}`)),
  ].join('; ');
}

/** A short, deterministic name. */
export const shortHash = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
