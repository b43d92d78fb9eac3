import type { ClientBase } from 'pg';
import { eventStatements } from '../event-statements.ts';
import type { HistoryWrite } from '../history-write.ts';
import { inTransaction } from './migrate-postgres.ts';
import { rowsOf } from './postgres-database.ts';
import { writeDestinations } from './postgres-destination-writer.ts';
import { type ObservationsWritten, writeObservations } from './postgres-observation-writer.ts';

export interface RecordedBatch {
  /** The offset that it continues; 0: from the beginning. */
  readonly after: number;
  /** Of the last record of it. */
  readonly offset: number;
  readonly writes: readonly HistoryWrite[];
}

export interface WriteLimits {
  /** Series of observations that there may be; those of further ones are left out. */
  readonly maxSeries: number;
}

export type BatchResult =
  | ({ readonly kind: 'written' } & ObservationsWritten)
  /** It does not continue what is there, because another of this name has written meanwhile: ask for the offset again. */
  | { readonly kind: 'discontinued' };

/** How far a recorder has come: what is behind this offset is written. 0: nothing yet. */
export async function recordedOffset(client: ClientBase, recorder: string): Promise<number> {
  const sql = 'SELECT log_offset FROM record_offsets WHERE recorder = ?';
  const [row] = await rowsOf(client, { sql, values: [recorder] });
  return Number(row?.['log_offset'] ?? 0);
}

/**
 * Writes a batch and its offset in one transaction, so each record is counted once however often it is offered: that
 * is what observations and destinations need, which add up. A handful of statements, however many rows it has.
 */
export function writeBatch(
  client: ClientBase,
  recorder: string,
  { after, offset, writes }: RecordedBatch,
  { maxSeries }: WriteLimits,
): Promise<BatchResult> {
  return inTransaction(client, async () => {
    // The first statement, because it makes two of one name take turns.
    const { rowCount } = await client.query(
      `INSERT INTO record_offsets VALUES ($1, $2) ON CONFLICT (recorder) DO UPDATE SET log_offset = excluded.log_offset
       WHERE record_offsets.log_offset = $3`,
      [recorder, offset, after],
    );
    if (rowCount === 0) return { kind: 'discontinued' };
    for (const write of writes)
      if (write.kind !== 'destination' && write.kind !== 'observation')
        for (const statement of eventStatements(write, 'postgres')) await rowsOf(client, statement);
    await writeDestinations(
      client,
      writes.filter((write) => write.kind === 'destination'),
    );
    const written = await writeObservations(
      client,
      writes.filter((write) => write.kind === 'observation'),
      maxSeries,
    );
    return { kind: 'written', ...written };
  });
}
