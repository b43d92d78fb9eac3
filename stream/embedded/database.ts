import { DatabaseSync } from 'node:sqlite';
import { LogError, toLogError } from './log-error.ts';

const pageBytes = 4096;
/** A truncated WAL keeps at most this much after a checkpoint, so that one slow reader leaves no giant file. */
const walLimitBytes = 64 * 1024 * 1024;

export interface DatabaseOptions {
  readonly path: string;
  /** The file never grows beyond it; further writes fail with LOG_DISK_FULL. */
  readonly maxFileBytes: number;
}

/**
 * Opens the file for the one writing process. WAL lets other processes read meanwhile; with
 * `synchronous=normal` a commit survives the death of the process (a power cut may take the last commits,
 * never their order or the file). See https://sqlite.org/wal.html and https://sqlite.org/pragma.html.
 */
export function openDatabase(options: DatabaseOptions): DatabaseSync {
  return opening(options.path, () => {
    const database = new DatabaseSync(options.path, { timeout: 2000 });
    return prepared(database, () => {
      // Before the first table: it cannot be changed later without a VACUUM.
      database.exec(
        'PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL',
      );
      database.exec(`PRAGMA journal_size_limit = ${walLimitBytes}; PRAGMA foreign_keys = ON`);
      database.exec(`PRAGMA max_page_count = ${Math.max(64, Math.floor(options.maxFileBytes / pageBytes))}`);
    });
  });
}

/** Opens the file for reading from a second process while the first one writes. */
export function openDatabaseReadOnly(path: string): DatabaseSync {
  return opening(path, () => {
    const database = new DatabaseSync(path, { readOnly: true, timeout: 2000 });
    return prepared(database, () => database.exec('PRAGMA query_only = ON'));
  });
}

/** Runs `work` in one immediate transaction; any throw rolls it back and goes on as it is. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    rollBack(database, error);
    throw error;
  }
}

/** SQLite has rolled back by itself after some failures (full disk, I/O). */
function rollBack(database: DatabaseSync, cause: unknown): void {
  if (!database.isTransaction) return;
  try {
    database.exec('ROLLBACK');
  } catch (error) {
    throw new AggregateError([cause, error], 'rolling back a transaction failed', { cause: error });
  }
}

function opening(path: string, open: () => DatabaseSync): DatabaseSync {
  try {
    return open();
  } catch (error) {
    const failure = toLogError(error, `opening ${path}`);
    throw failure.code === 'LOG_INTERNAL'
      ? new LogError('LOG_CANNOT_OPEN', `opening ${path}`, error)
      : failure;
  }
}

function prepared(database: DatabaseSync, prepare: () => void): DatabaseSync {
  try {
    prepare();
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
