import { createHash } from 'node:crypto';
import type { Peer } from '../stream/events/observation.ts';
import type { Transition } from '../stream/events/transition.ts';
import { labelsOf } from './labels.ts';

/** `kind/name` of a workload however it is qualified, so that a subject and the peer that names it read the same. */
export const endpointName = (name: string): string => name.split('/').slice(-2).join('/');

/** Who the peer is: its workload where that is known, else the name under which it was looked up. */
export function farEnd(peer: Peer): string {
  const name = qualifiedFarEnd(peer);
  const suffix = `.${peer.namespace ?? ''}`;
  return peer.namespace !== undefined && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
}

const qualifiedFarEnd = (peer: Peer): string => peer.workload ?? peer.name;

/**
 * Whose trouble it is. An alert whose key names no workload is about all of them (a resolver that is down), though it
 * shows one: another one at its next news is still the same alert. Where the far end is told with its namespace, so is
 * this one.
 */
function nearEnd({ key, subject, peer }: Transition): string {
  if (!('workload' in key)) return key['node'] ?? '';
  const own = endpointName(subject.workload);
  return peer?.namespace === undefined ? own : `${own}.${subject.namespace}`;
}

/**
 * The faulty path of an alert: the unordered pair of its ends and the port of the one that serves. Two ends that both
 * resend see the same path from either side (`role` differs, the port is the server's in both) and so share it, also
 * where the client sees a service and the service's port.
 */
export function pathOf(transition: Transition): string {
  const { peer, service_port } = transition;
  const far = peer === null ? '' : endpointName(qualifiedFarEnd(peer));
  const port = peer?.target_port ?? service_port;
  return [...[nearEnd(transition), far].sort(), String(port ?? '')].join('|');
}

/** Readable key of the group that a transition belongs to: `path` is the pair, other names are labels. */
export function groupKeyOf(
  transition: Transition,
  groupBy: readonly string[],
  path = pathOf(transition),
): string {
  const labels = labelsOf(transition);
  return [
    transition.subject.cluster,
    ...groupBy.map((name) => (name === 'path' ? path : `${name}=${labels.get(name) ?? ''}`)),
  ].join('; ');
}

/** A short, deterministic name. */
export const shortHash = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
