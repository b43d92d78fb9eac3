import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '../stream/embedded/database.ts';

export interface EventLimits {
  /** Of alerts that have ended, with their transitions, and of notifications, captures and the audit log. */
  readonly alertsAgeMs: number;
  /** Of transitions that only bring new figures. */
  readonly updatesAgeMs: number;
  readonly deadLettersAgeMs: number;
  /** The oldest that have ended go first. */
  readonly maxAlerts: number;
}

const chunkRows = 500;

/** Deletes by age and number, a chunk a step; ends when nothing is left to delete. */
export function* deleteOldEvents(
  database: DatabaseSync,
  limits: EventLimits,
  nowMs: number,
): Generator<number> {
  const alertsBefore = nowMs - limits.alertsAgeMs;
  yield* repeat(
    database,
    'DELETE FROM transitions WHERE rowid IN (SELECT rowid FROM transitions WHERE is_update = 1 AND at_ms < ? LIMIT ?)',
    nowMs - limits.updatesAgeMs,
  );
  yield* repeat(
    database,
    'DELETE FROM dead_letters WHERE rowid IN (SELECT rowid FROM dead_letters WHERE at_ms < ? LIMIT ?)',
    nowMs - limits.deadLettersAgeMs,
  );
  yield* repeat(
    database,
    'DELETE FROM notifications WHERE rowid IN (SELECT rowid FROM notifications WHERE at_ms < ? LIMIT ?)',
    alertsBefore,
  );
  yield* repeat(
    database,
    'DELETE FROM captures WHERE rowid IN (SELECT rowid FROM captures WHERE at_ms < ? LIMIT ?)',
    alertsBefore,
  );
  yield* repeat(
    database,
    'DELETE FROM audit WHERE rowid IN (SELECT rowid FROM audit WHERE at_ms < ? LIMIT ?)',
    alertsBefore,
  );
  yield* deleteAlerts(
    database,
    'SELECT fingerprint, episode FROM alerts WHERE ended_at_ms < ? LIMIT ?',
    () => [alertsBefore, chunkRows],
  );
  yield* deleteAlerts(
    database,
    'SELECT fingerprint, episode FROM alerts WHERE ended_at_ms IS NOT NULL ORDER BY started_at_ms LIMIT ?',
    () => [Math.min(chunkRows, Math.max(0, countAlerts(database) - limits.maxAlerts))],
  );
}

function* repeat(database: DatabaseSync, statement: string, beforeMs: number): Generator<number> {
  const prepared = database.prepare(statement);
  for (let count = chunkRows; count === chunkRows;) {
    count = Number(prepared.run(beforeMs, chunkRows).changes);
    yield count;
  }
}

function* deleteAlerts(
  database: DatabaseSync,
  select: string,
  parameters: () => readonly number[],
): Generator<number> {
  const selection = database.prepare(select);
  const transitions = database.prepare('DELETE FROM transitions WHERE fingerprint = ? AND episode = ?');
  const alert = database.prepare('DELETE FROM alerts WHERE fingerprint = ? AND episode = ?');
  for (;;) {
    const rows = selection.all(...parameters()) as unknown as readonly {
      fingerprint: string;
      episode: number;
    }[];
    if (rows.length === 0) return;
    inTransaction(database, () => {
      for (const { fingerprint, episode } of rows) {
        transitions.run(fingerprint, episode);
        alert.run(fingerprint, episode);
      }
    });
    yield rows.length;
  }
}

function countAlerts(database: DatabaseSync): number {
  return Number(database.prepare('SELECT COUNT(*) AS n FROM alerts').get()?.['n'] ?? 0);
}
