import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventStatements } from '../history/event-statements.ts';
import { migratePostgres } from '../history/postgres/migrate-postgres.ts';
import { rowsOf } from '../history/postgres/postgres-database.ts';
import { type PostgresServer, startPostgres } from '../history/testing/postgres-server.ts';
import { fingerprint, transition } from '../history/testing/sample-events.ts';
import type { Transition } from '../stream/events/transition.ts';
import { run } from './run.ts';

let server: PostgresServer;
let folder: string;

beforeAll(async () => {
  server = await startPostgres();
  folder = mkdtempSync(join(tmpdir(), 'saccade-cli-'));
  writeFileSync(join(folder, 'url'), server.url);
  writeFileSync(join(folder, 'saccade.yaml'), 'history: { postgres: { url_file: url } }\n');
  const client = new Client({ connectionString: server.url });
  await client.connect();
  await migratePostgres(client);
  const { data } = transition({ state: 'firing', level: 'page' });
  const write = { kind: 'transition', transition: data as Transition } as const;
  for (const statement of eventStatements(write, 'postgres')) await rowsOf(client, statement);
  await client.end();
}, 120_000);
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
}, 60_000);

async function saccade(...args: readonly string[]): Promise<string> {
  const lines: string[] = [];
  const note = (text: string): void => void lines.push(text);
  const flags = ['--config', join(folder, 'saccade.yaml'), '--data', join(folder, 'nothing')];
  await run([...args, ...flags], { out: note, err: note });
  return lines.join('\n');
}

describe('commands where there is no data folder', () => {
  it('read the history in PostgreSQL', { timeout: 120_000 }, async () => {
    expect(await saccade('alerts', 'list')).toContain(fingerprint.slice(0, 8));
    expect(await saccade('alerts', 'show', fingerprint.slice(0, 8))).toContain('checkout');
    expect(await saccade('alerts', 'show', '0000')).toContain('there is no alert 0000');
    expect(await saccade('captures', 'list')).not.toContain('no history');
  });

  it('say what is wrong while the database is away', async () => {
    await server.kill();
    expect(await saccade('alerts', 'list')).toContain('history.postgres: no connection');
  });
});
