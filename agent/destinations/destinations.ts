import ipaddr from 'ipaddr.js';
import { netDestinations } from '../../signals/net-destinations.ts';
import type { DestinationEvidence, Protocol } from '../../stream/events/observation.ts';
import type { Derivation } from '../derivation.ts';
import type { NamedRow } from '../name-rows.ts';
import { destinationName } from './destination-name.ts';
import { PeerFans, udpDestinationPort } from './peer-fans.ts';
import { udpFlowsSignal } from './udp-flow-record.ts';

type Field = keyof typeof netDestinations.fields;

/** Field of a signal → field of `net.destinations`. */
const taken: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  'tcp.connections': { established: 'contacts' },
  'tcp.traffic': { bytes_sent: 'bytes_sent', bytes_received: 'bytes_received' },
  [udpFlowsSignal]: { contacts: 'contacts', bytes_sent: 'bytes_sent', bytes_received: 'bytes_received' },
};
const maxNamed = 16;

/** A row, and the destination that it belongs to. */
interface Contact {
  readonly named: NamedRow;
  readonly name: string;
  readonly port: number;
  readonly protocol: Protocol;
}

/** `net.destinations` from what clients do over TCP and UDP. `isInternal` tells addresses of one's own network. */
export function createDestinations(isInternal: (ip: string) => boolean): Derivation {
  const fans = new PeerFans();
  return {
    signal: netDestinations.id,
    from: ['tcp.connections', 'tcp.traffic', udpFlowsSignal],
    raw: [udpFlowsSignal],
    derive(rows) {
      const outside = rows.filter((row) => isContact(row) && !isInternal(row.row.peer.ip));
      const contacts = outside.map((named) => contactOf(named, fans));
      return [...Map.groupBy(contacts, groupOf).values()].map(toRow);
    },
  };
}

/** A client, and something of its traffic: a connection that merely ended is no contact. */
function isContact({ row }: NamedRow): boolean {
  if (row.role !== 'client' || row.peer.kind !== 'external') return false;
  return Object.keys(taken[row.signal] ?? {}).some((field) => (row.fields[field] ?? 0) > 0);
}

function contactOf(named: NamedRow, fans: PeerFans): Contact {
  const { row } = named;
  const name = destinationName(row.peer);
  if (row.signal !== udpFlowsSignal) return { named, name, port: row.service_port, protocol: 'tcp' };
  const port = udpDestinationPort(row.service_port);
  const isNamed = !ipaddr.isValid(row.peer.name);
  return { named, name: isNamed ? name : fans.fold(ownerOf(named), name, port), port, protocol: 'udp' };
}

function ownerOf({ subject }: NamedRow): string {
  const { namespace, workload, pod, container, netns_cookie } = subject;
  return JSON.stringify([namespace, workload, pod, container, netns_cookie]);
}

function groupOf({ named, name, port, protocol }: Contact): string {
  return JSON.stringify([ownerOf(named), name, port, protocol, named.sinceMs]);
}

function toRow(group: readonly Contact[]): NamedRow {
  const [first] = group;
  if (first === undefined) throw new Error('a group of rows is never empty');
  const { named, name, port, protocol } = first;
  const { subject, row, sinceMs } = named;
  return {
    subject,
    ...(sinceMs !== undefined && { sinceMs }),
    row: {
      signal: netDestinations.id,
      role: 'client',
      service_port: port,
      ...(protocol === 'udp' && { protocol }),
      peer: { kind: 'external', name, ip: row.peer.ip },
      fields: sumOf(group),
      evidence: { sockets: [], destinations: hostsOf(group) },
    },
  };
}

function sumOf(group: readonly Contact[]): Record<string, number> {
  const sums: Record<string, number> = { contacts: 0, bytes_sent: 0, bytes_received: 0 };
  for (const { named } of group)
    for (const [from, to] of Object.entries(taken[named.row.signal] ?? {}))
      sums[to] = (sums[to] ?? 0) + (named.row.fields[from] ?? 0);
  return sums;
}

/** The hosts and addresses behind the name, with their own ports: the first sixteen are enough for a person. */
function hostsOf(group: readonly Contact[]): DestinationEvidence[] {
  const hosts = new Map<string, DestinationEvidence>();
  for (const { named, protocol } of group) {
    const { peer, service_port } = named.row;
    const host = { name: peer.name, ip: peer.ip, service_port, ...(protocol === 'udp' && { protocol }) };
    hosts.set(`${peer.name} ${peer.ip} ${service_port}`, host);
    if (hosts.size >= maxNamed) break;
  }
  return [...hosts.values()];
}
