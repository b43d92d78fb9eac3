import type { ObservationBatch, ObservationRow, Peer } from '../../stream/events/observation.ts';
import { type AddressOwner, type PeerDirectory, qualified, type ServiceOwner } from './peer-directory.ts';

/** Peers by what they turned out to be; `unnamed`: but an address is known of them. */
export interface NamedCounts {
  readonly named: number;
  readonly unnamed: number;
}

export interface NamedBatch extends NamedCounts {
  readonly batch: ObservationBatch;
}

/** `payments.shop.svc`, with or without the domain of the cluster. */
const serviceName = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.|$)/u;

/**
 * Gives the peers of a batch the names that the cluster has for them, as of the batch's moment; the agent knows only
 * its own node. The first that applies:
 *  1. what the address belonged to: a workload's pod, a service, a node
 *  2. a service by the name that the client looked it up by
 *  3. what the agent said: a domain that the client looked up, or the address
 *
 * Pure, but for what the directory knows by now.
 */
export function namePeers(batch: ObservationBatch, directory: PeerDirectory): NamedBatch {
  const { start, elapsed_ms } = batch.window;
  const atMs = Date.parse(start) + elapsed_ms;
  const rows = batch.rows.map((row) => {
    const peer = namePeer(row, directory, atMs);
    return peer === row.peer ? row : { ...row, peer };
  });
  const addressed = rows.filter(({ peer }) => hasAddress(peer));
  const unnamed = addressed.filter(({ peer }) => isAddressOnly(peer)).length;
  return { batch: { ...batch, rows }, named: addressed.length - unnamed, unnamed };
}

/** Not the machine itself, and not the sum over all. */
const hasAddress = ({ kind, name }: Peer): boolean => kind !== 'loopback' && name !== 'any';
const isAddressOnly = ({ name, ip }: Peer): boolean => name === ip;

function namePeer(row: ObservationRow, directory: PeerDirectory, atMs: number): Peer {
  const { peer, role, service_port } = row;
  if (!hasAddress(peer)) return peer;
  const servicePort = role === 'client' ? service_port : undefined;
  const owner =
    directory.ownerOf(peer.ip, servicePort, atMs) ?? serviceByName(peer.name, directory, service_port);
  if (owner) return { ...toPeer(owner, service_port), ip: peer.ip };
  return isAddressOnly(peer) && peer.kind === 'external' && directory.isInside(peer.ip)
    ? { ...peer, kind: 'unknown' }
    : peer;
}

function serviceByName(name: string, directory: PeerDirectory, port: number): ServiceOwner | undefined {
  const [, service, namespace] = serviceName.exec(name) ?? [];
  return service === undefined || namespace === undefined
    ? undefined
    : directory.serviceNamed(namespace, service, port);
}

function toPeer(owner: AddressOwner, servicePort: number): Omit<Peer, 'ip'> {
  if (owner.kind === 'node') return { kind: 'node', name: owner.name };
  const { namespace } = owner;
  if (owner.kind === 'workload') {
    const workload = qualified(owner.workload, namespace);
    const nodes = owner.node === undefined ? undefined : [owner.node];
    return { kind: 'workload', name: workload, namespace, workload, ...(nodes && { nodes }) };
  }
  const { workload, targetPort, nodes } = owner;
  return {
    kind: 'service',
    name: qualified(`service/${owner.name}`, namespace),
    namespace,
    ...(workload !== undefined && { workload }),
    ...(targetPort !== undefined && targetPort !== servicePort && { target_port: targetPort }),
    ...(nodes !== undefined && nodes.length > 0 && { nodes: [...nodes] }),
  };
}
