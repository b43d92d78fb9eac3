import type { DatabaseSync } from 'node:sqlite';

export interface DestinationLimits {
  /** Since the last contact. */
  readonly ageMs: number;
  /** Those that were not contacted for the longest go first. */
  readonly maxRows: number;
}

const chunkRows = 500;

/** Deletes by age and number, a chunk a step; ends when nothing is left to delete. */
export function* deleteOldDestinations(
  database: DatabaseSync,
  { ageMs, maxRows }: DestinationLimits,
  nowMs: number,
): Generator<number> {
  const old = database.prepare(
    `DELETE FROM destinations WHERE rowid IN
       (SELECT rowid FROM destinations WHERE last_ms < ? ORDER BY last_ms LIMIT ?)`,
  );
  for (let count = chunkRows; count === chunkRows;) {
    count = Number(old.run(nowMs - ageMs, chunkRows).changes);
    yield count;
  }
  const total = Number(database.prepare('SELECT count(*) AS n FROM destinations').get()?.['n'] ?? 0);
  for (let left = total - maxRows; left > 0; left -= chunkRows)
    yield Number(old.run(Number.MAX_SAFE_INTEGER, Math.min(left, chunkRows)).changes);
}
