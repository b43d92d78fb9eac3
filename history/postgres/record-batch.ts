import type { ClientBase } from 'pg';
import type { HistoryWrite } from '../history-write.ts';
import { type BatchResult, writeBatch, type WriteLimits } from './postgres-history-writer.ts';

/** What one record leaves in the history. */
export interface RecordWrites {
  readonly offset: number;
  readonly writes: readonly HistoryWrite[];
}

export interface RecordBatchOptions extends WriteLimits {
  /** Of one log or partition: how far it was written is kept under this name. */
  readonly recorder: string;
  /** PostgreSQL does not take this record, ever: it is passed over. */
  readonly onRefused: (offset: number, error: Error) => void;
}

/**
 * Writes records that continue `after`, whose last is `offset`. Where the database refuses what is in one of them, halves
 * are tried, so that only that one is left out.
 */
export async function recordBatch(
  client: ClientBase,
  {
    after,
    offset,
    records,
  }: { readonly after: number; readonly offset: number; readonly records: readonly RecordWrites[] },
  options: RecordBatchOptions,
): Promise<BatchResult> {
  const writes = records.flatMap((record) => record.writes);
  try {
    return await writeBatch(client, options.recorder, { after, offset, writes }, options);
  } catch (error) {
    const [first] = records;
    if (!isRefusal(error) || first === undefined) throw error;
    if (records.length === 1) {
      options.onRefused(first.offset, error);
      return writeBatch(client, options.recorder, { after, offset, writes: [] }, options);
    }
    const half = records.slice(0, records.length / 2);
    const middle = half.at(-1)?.offset ?? after;
    const before = await recordBatch(client, { after, offset: middle, records: half }, options);
    if (before.kind === 'discontinued') return before;
    const rest = { after: middle, offset, records: records.slice(half.length) };
    const behind = await recordBatch(client, rest, options);
    if (behind.kind === 'discontinued') return behind;
    return { kind: 'written', leftOut: before.leftOut + behind.leftOut };
  }
}

/** SQLSTATE classes 22 and 23: the data cannot be stored, whenever and however often it is tried. */
function isRefusal(error: unknown): error is Error {
  return error instanceof Error && /^2[23]/.test(String((error as Error & { readonly code?: unknown }).code));
}
