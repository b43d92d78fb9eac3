import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { DestinationWrite } from './history-write.ts';

/** A destination recurs when it is contacted in several of these. */
export const destinationSlotMs = 10 * 60_000;

/**
 * One row a workload, destination, port and protocol. What it adds up is right because it joins the transaction of the offset:
 * each contact is counted once.
 */
export class DestinationWriter {
  readonly #upsert: StatementSync;

  constructor(database: DatabaseSync) {
    this.#upsert = database.prepare(
      `INSERT INTO destinations (cluster, namespace, workload, name, service_port, protocol, first_ms, last_ms,
         contacts, bytes_sent, bytes_received, slots, last_slot, host)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?)
       ON CONFLICT DO UPDATE SET first_ms = min(first_ms, excluded.first_ms), last_ms = max(last_ms, excluded.last_ms),
         contacts = contacts + excluded.contacts, bytes_sent = bytes_sent + excluded.bytes_sent,
         bytes_received = bytes_received + excluded.bytes_received,
         slots = slots + (excluded.last_slot > last_slot), last_slot = max(last_slot, excluded.last_slot),
         host = excluded.host`,
    );
  }

  writeAll(writes: readonly DestinationWrite[]): void {
    for (const write of writes)
      this.#upsert.run(
        write.cluster,
        write.namespace,
        write.workload,
        write.name,
        write.servicePort,
        write.protocol ?? 'tcp',
        write.firstMs,
        write.lastMs,
        write.contacts,
        write.bytesSent,
        write.bytesReceived,
        Math.floor(write.lastMs / destinationSlotMs),
        write.host,
      );
  }
}
