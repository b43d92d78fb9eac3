import type { ClientBase } from 'pg';
import { postgresMigrations } from './postgres-migrations.ts';
import { PostgresHistoryError } from './postgres-history-error.ts';

/** Any number; the same for everybody who migrates. */
const lockKey = 5_390_121;

export interface MigrationReport {
  readonly from: number;
  readonly to: number;
}

/** The version of the tables; 0: there are none. */
export async function postgresVersion(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ found: string | null }>(
    "SELECT to_regclass('saccade_schema')::text AS found",
  );
  if (rows[0]?.found == null) return 0;
  const { rows: versions } = await client.query<{ version: number }>('SELECT version FROM saccade_schema');
  return versions[0]?.version ?? 0;
}

/**
 * Brings the tables up to date, each version in a transaction of its own. Several at once take turns; who comes later
 * finds nothing to do.
 */
export async function migratePostgres(
  client: ClientBase,
  migrations: readonly string[] = postgresMigrations,
): Promise<MigrationReport> {
  await client.query('SELECT pg_advisory_lock($1)', [lockKey]);
  try {
    await client.query('CREATE TABLE IF NOT EXISTS saccade_schema (version int NOT NULL)');
    const from = await postgresVersion(client);
    assertNotNewer(from, migrations.length);
    for (let version = from; version < migrations.length; version += 1)
      await inTransaction(client, async () => {
        await client.query(migrations[version] ?? '');
        await client.query('DELETE FROM saccade_schema');
        await client.query('INSERT INTO saccade_schema VALUES ($1)', [version + 1]);
      });
    return { from, to: migrations.length };
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [lockKey]);
  }
}

/** Throws where the tables are not those of this program. */
export async function assertCurrent(client: ClientBase): Promise<void> {
  const version = await postgresVersion(client);
  assertNotNewer(version, postgresMigrations.length);
  if (version < postgresMigrations.length)
    throw new PostgresHistoryError(
      'HISTORY_NOT_MIGRATED',
      `the tables are of version ${version}, needed is ${postgresMigrations.length}: run saccade migrate`,
    );
}

function assertNotNewer(version: number, known: number): void {
  if (version > known)
    throw new PostgresHistoryError(
      'HISTORY_NEWER',
      `the tables are of version ${version}, this program knows ${known}: use the program that migrated them`,
    );
}

export async function inTransaction<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // A broken connection has rolled back by itself.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
