import { DatabaseSync } from 'node:sqlite';
import { LogError, toLogError } from './log-error.ts';

/**
 * Keeps a second Saccade off the same data. An empty SQLite file beside the log, held in an exclusive
 * transaction: Node has no flock, and the kernel gives this lock back however the process ends, so there is no
 * stale lock file to remove after `kill -9`. The log itself stays open for readers of other processes.
 */
export function acquireInstanceLock(logPath: string): Disposable {
  const path = `${logPath}.lock`;
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    const failure = toLogError(error, `locking ${path}`);
    throw failure.code === 'LOG_BUSY' ? new LogError('LOG_IN_USE', `opening ${logPath}`, error) : failure;
  }
  const held = database;
  return {
    [Symbol.dispose](): void {
      if (held.isOpen) held.close();
    },
  };
}
