import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from './database.ts';
import { LogError, toLogError } from './log-error.ts';

/**
 * Brings the tables of one component up to date. `migrations[i]` leads from version i to i + 1; each runs in a
 * transaction of its own with the note that it has run. A file from a newer Saccade is refused untouched.
 */
export function migrate(database: DatabaseSync, component: string, migrations: readonly string[]): void {
  try {
    database.exec(
      'CREATE TABLE IF NOT EXISTS schema_versions (component TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT',
    );
    const current = schemaVersion(database, component);
    if (current > migrations.length)
      throw new LogError(
        'LOG_SCHEMA_NEWER',
        `opening: ${component} has version ${current}, known is ${migrations.length}`,
      );
    for (const [version, statements] of migrations.entries())
      if (version >= current) migrateStep(database, component, version + 1, statements);
  } catch (error) {
    throw toLogError(error, `migrating the tables of ${component}`);
  }
}

/** 0: the component has no tables yet. */
export function schemaVersion(database: DatabaseSync, component: string): number {
  const row = database.prepare('SELECT version FROM schema_versions WHERE component = ?').get(component);
  return row === undefined ? 0 : Number(row['version']);
}

function migrateStep(database: DatabaseSync, component: string, version: number, statements: string): void {
  inTransaction(database, () => {
    database.exec(statements);
    database
      .prepare(
        'INSERT INTO schema_versions VALUES (?, ?) ON CONFLICT (component) DO UPDATE SET version = excluded.version',
      )
      .run(component, version);
  });
}
