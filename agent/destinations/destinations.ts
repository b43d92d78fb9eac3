import { netDestinations } from '../../signals/net-destinations.ts';
import type { DestinationEvidence } from '../../stream/events/observation.ts';
import type { Derivation } from '../derivation.ts';
import type { NamedRow } from '../name-rows.ts';
import { destinationName } from './destination-name.ts';

/** Field of a TCP signal → field of `net.destinations`. */
const taken: Readonly<Record<string, Readonly<Record<string, keyof typeof netDestinations.fields>>>> = {
  'tcp.connections': { established: 'contacts' },
  'tcp.traffic': { bytes_sent: 'bytes_sent', bytes_received: 'bytes_received' },
};
const maxNamed = 16;

/** `net.destinations` from what clients do over TCP. `isInternal` tells addresses of one's own network. */
export function createDestinations(isInternal: (ip: string) => boolean): Derivation {
  return {
    signal: netDestinations.id,
    from: ['tcp.connections', 'tcp.traffic'],
    derive(rows) {
      const outside = rows.filter((row) => isContact(row) && !isInternal(row.row.peer.ip));
      const groups = Map.groupBy(outside, groupOf);
      return [...groups.values()].map(toRow);
    },
  };
}

/** A client, and something of its traffic: a connection that merely ended is no contact. */
function isContact({ row }: NamedRow): boolean {
  if (row.role !== 'client' || row.peer.kind !== 'external') return false;
  return Object.keys(taken[row.signal] ?? {}).some((field) => (row.fields[field] ?? 0) > 0);
}

function groupOf({ subject, row, sinceMs }: NamedRow): string {
  const { namespace, workload, pod, container, netns_cookie } = subject;
  const owner = [namespace, workload, pod, container, netns_cookie];
  return JSON.stringify([owner, destinationName(row.peer), row.service_port, sinceMs]);
}

function toRow(group: readonly NamedRow[]): NamedRow {
  const [first] = group;
  if (first === undefined) throw new Error('a group of rows is never empty');
  const { subject, row, sinceMs } = first;
  return {
    subject,
    ...(sinceMs !== undefined && { sinceMs }),
    row: {
      signal: netDestinations.id,
      role: 'client',
      service_port: row.service_port,
      peer: { kind: 'external', name: destinationName(row.peer), ip: row.peer.ip },
      fields: sumOf(group),
      evidence: { sockets: [], destinations: hostsOf(group) },
    },
  };
}

function sumOf(group: readonly NamedRow[]): Record<string, number> {
  const sums: Record<string, number> = { contacts: 0, bytes_sent: 0, bytes_received: 0 };
  for (const { row } of group)
    for (const [from, to] of Object.entries(taken[row.signal] ?? {}))
      sums[to] = (sums[to] ?? 0) + (row.fields[from] ?? 0);
  return sums;
}

/** The hosts and addresses behind the name: the first sixteen are enough for a person. */
function hostsOf(group: readonly NamedRow[]): DestinationEvidence[] {
  const hosts = new Map(
    group.map(({ row: { peer, service_port } }) => [
      `${peer.name} ${peer.ip}`,
      { name: peer.name, ip: peer.ip, service_port },
    ]),
  );
  return [...hosts.values()].slice(0, maxNamed);
}
