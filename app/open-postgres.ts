import { resolve } from 'node:path';
import { Client } from 'pg';
import { rowTypes } from '../history/postgres/postgres-database.ts';
import { Secret } from '../source-text/secret.ts';
import type { LoadedConfig } from './config/load-config.ts';
import { StartError } from './start-error.ts';

const connectionTimeoutMs = 10_000;

/** Where the history's PostgreSQL is, read anew at each call; undefined: there is none. It holds a password: never shown. */
export function postgresUrl(loaded: LoadedConfig): (() => Promise<string>) | undefined {
  const { postgres } = loaded.config.history;
  if (postgres === undefined) return undefined;
  const file = postgres.url_file === undefined ? undefined : resolve(loaded.directory, postgres.url_file);
  const secret = new Secret({ file, env: postgres.url_env }, process.env);
  return () => secret.reveal();
}

/** Connects, for a command. Throws a `StartError` for a person. */
export async function openPostgres(loaded: LoadedConfig): Promise<Client> {
  const url = postgresUrl(loaded);
  if (url === undefined)
    throw new StartError(
      'there is no "history.postgres" in the configuration',
      'Add history.postgres.url_file, a file with postgresql://USER:PASSWORD@HOST/DATABASE.',
      { exitCode: 2 },
    );
  const client = new Client({
    connectionString: await url(),
    connectionTimeoutMillis: connectionTimeoutMs,
    types: rowTypes,
    application_name: 'saccade',
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    throw new StartError(
      `history.postgres: no connection: ${(error as Error).message}`,
      'Check the address, the user and the way there.',
      { exitCode: 1, cause: error },
    );
  }
}
