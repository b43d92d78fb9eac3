import type { ClientBase } from 'pg';
import { destinationSlotMs } from '../destination-writer.ts';
import type { DestinationWrite, HistoryWrite, SeriesIdentity } from '../history-write.ts';
import { mergeFields, type Fields } from '../merge-fields.ts';
import { inTransaction } from './migrate-postgres.ts';
import { writeEvent } from './postgres-event-writer.ts';

const bucketMs = 1000;

export interface RecordedBatch {
  /** The offset that it continues; 0: from the beginning. */
  readonly after: number;
  /** Of the last record of it. */
  readonly offset: number;
  readonly writes: readonly HistoryWrite[];
}

/** How far a recorder has come: what is behind this offset is written. 0: nothing yet. */
export async function recordedOffset(client: ClientBase, recorder: string): Promise<number> {
  const { rows } = await client.query<{ log_offset: string }>(
    'SELECT log_offset FROM record_offsets WHERE recorder = $1',
    [recorder],
  );
  return Number(rows[0]?.log_offset ?? 0);
}

/**
 * Writes a batch and its offset in one transaction, so each record is counted once however often it is offered: that
 * is what observations and destinations need, which add up. false: it does not continue what is there, because another
 * of this name has written meanwhile: ask for the offset again.
 */
export function writeBatch(
  client: ClientBase,
  recorder: string,
  { after, offset, writes }: RecordedBatch,
): Promise<boolean> {
  return inTransaction(client, async () => {
    // The first statement, because it makes two of one name take turns.
    const { rowCount } = await client.query(
      `INSERT INTO record_offsets VALUES ($1, $2) ON CONFLICT (recorder) DO UPDATE SET log_offset = excluded.log_offset
       WHERE record_offsets.log_offset = $3`,
      [recorder, offset, after],
    );
    if (rowCount === 0) return false;
    for (const write of writes)
      if (write.kind === 'destination') await writeDestination(client, write);
      else if (write.kind !== 'observation') await writeEvent(client, write);
    await writeObservations(client, writes);
    return true;
  });
}

async function writeObservations(client: ClientBase, writes: readonly HistoryWrite[]): Promise<void> {
  const rows = new Map<string, { readonly series: SeriesIdentity; readonly atMs: number; fields: Fields }>();
  for (const write of writes) {
    if (write.kind !== 'observation') continue;
    const atMs = Math.floor(write.atMs / bucketMs) * bucketMs;
    const key = `${identityOf(write.series)} ${atMs}`;
    const before = rows.get(key);
    if (before === undefined) rows.set(key, { series: write.series, atMs, fields: write.fields });
    else before.fields = mergeFields(write.series.signal, before.fields, write.fields);
  }
  for (const { series, atMs, fields } of rows.values()) {
    const id = await seriesId(client, series);
    const { rows: found } = await client.query<{ fields: Fields }>(
      'SELECT fields FROM observations_1s WHERE series_id = $1 AND bucket_ms = $2',
      [id, atMs],
    );
    const merged = found[0] === undefined ? fields : mergeFields(series.signal, found[0].fields, fields);
    await client.query(
      `INSERT INTO observations_1s VALUES ($1, $2, $3)
       ON CONFLICT (series_id, bucket_ms) DO UPDATE SET fields = excluded.fields`,
      [id, atMs, JSON.stringify(merged)],
    );
  }
}

async function seriesId(client: ClientBase, series: SeriesIdentity): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO observation_series (identity, signal, namespace, workload, body) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (identity) DO UPDATE SET identity = excluded.identity RETURNING id`,
    [identityOf(series), series.signal, series.namespace, series.workload, JSON.stringify(series)],
  );
  return rows[0]?.id ?? '0';
}

/** PostgreSQL's text knows no NUL, which separates them in SQLite. */
const identityOf = (series: SeriesIdentity): string => Object.values(series).join('\u0001');

async function writeDestination(client: ClientBase, write: DestinationWrite): Promise<void> {
  await client.query(
    `INSERT INTO destinations AS d (cluster, namespace, workload, name, service_port, first_ms, last_ms, contacts,
       bytes_sent, bytes_received, slots, last_slot, host) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $12)
     ON CONFLICT (cluster, namespace, workload, name, service_port) DO UPDATE SET
       first_ms = least(d.first_ms, excluded.first_ms), last_ms = greatest(d.last_ms, excluded.last_ms),
       contacts = d.contacts + excluded.contacts, bytes_sent = d.bytes_sent + excluded.bytes_sent,
       bytes_received = d.bytes_received + excluded.bytes_received,
       slots = d.slots + (excluded.last_slot > d.last_slot)::int,
       last_slot = greatest(d.last_slot, excluded.last_slot), host = excluded.host`,
    [
      write.cluster,
      write.namespace,
      write.workload,
      write.name,
      write.servicePort,
      write.firstMs,
      write.lastMs,
      write.contacts,
      write.bytesSent,
      write.bytesReceived,
      Math.floor(write.lastMs / destinationSlotMs),
      write.host,
    ],
  );
}
