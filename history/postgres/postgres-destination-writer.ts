import type { ClientBase } from 'pg';
import { destinationSlotMs } from '../destination-writer.ts';
import type { DestinationWrite } from '../history-write.ts';

/** One row a workload, destination, port and protocol; all of a batch in one statement. As `DestinationWriter` does in SQLite. */
export async function writeDestinations(
  client: ClientBase,
  writes: readonly DestinationWrite[],
): Promise<void> {
  if (writes.length === 0) return;
  const rows = [...Map.groupBy(writes, keyOf).values()].map(toRow);
  await client.query(
    `INSERT INTO destinations AS d (cluster, namespace, workload, name, service_port, protocol, first_ms, last_ms,
       contacts, bytes_sent, bytes_received, slots, last_slot, host)
     SELECT cluster, namespace, workload, name, service_port, protocol, first_ms, last_ms, contacts, bytes_sent,
       bytes_received, jsonb_array_length(slots), last_slot, host
     FROM jsonb_to_recordset($1) AS n(cluster text, namespace text, workload text, name text, service_port bigint,
       protocol text, first_ms bigint, last_ms bigint, contacts bigint, bytes_sent bigint, bytes_received bigint, slots jsonb,
       last_slot bigint, host text)
     -- In one order for everybody: two who write the same rows then wait for each other, and never in a ring.
     ORDER BY cluster, namespace, workload, name, service_port, protocol
     ON CONFLICT (cluster, namespace, workload, name, service_port, protocol) DO UPDATE SET
       first_ms = least(d.first_ms, excluded.first_ms), last_ms = greatest(d.last_ms, excluded.last_ms),
       contacts = d.contacts + excluded.contacts, bytes_sent = d.bytes_sent + excluded.bytes_sent,
       bytes_received = d.bytes_received + excluded.bytes_received,
       -- A batch is of seconds, a slot of minutes: at most its first slot is known already.
       slots = d.slots + excluded.slots - (excluded.last_slot - excluded.slots < d.last_slot)::int,
       last_slot = greatest(d.last_slot, excluded.last_slot), host = excluded.host`,
    [JSON.stringify(rows)],
  );
}

const keyOf = ({ cluster, namespace, workload, name, servicePort, protocol }: DestinationWrite): string =>
  JSON.stringify([cluster, namespace, workload, name, servicePort, protocol]);

function toRow(
  writes: readonly [DestinationWrite, ...DestinationWrite[]] | readonly DestinationWrite[],
): object {
  const [first, last] = [writes[0], writes.at(-1)];
  if (first === undefined || last === undefined) throw new Error('a group has a member');
  const slots = [...new Set(writes.map(({ lastMs }) => Math.floor(lastMs / destinationSlotMs)))];
  const sum = (field: 'contacts' | 'bytesSent' | 'bytesReceived'): number =>
    writes.reduce((all, write) => all + write[field], 0);
  return {
    cluster: first.cluster,
    namespace: first.namespace,
    workload: first.workload,
    name: first.name,
    service_port: first.servicePort,
    protocol: first.protocol ?? 'tcp',
    first_ms: Math.min(...writes.map(({ firstMs }) => firstMs)),
    last_ms: Math.max(...writes.map(({ lastMs }) => lastMs)),
    contacts: sum('contacts'),
    bytes_sent: sum('bytesSent'),
    bytes_received: sum('bytesReceived'),
    slots,
    last_slot: Math.max(...slots),
    host: last.host,
  };
}
