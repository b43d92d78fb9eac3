import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { captureRequestedType, captureType } from '../../stream/events/capture.ts';
import { acknowledgedType, verdictGivenType } from '../../stream/events/control.ts';
import { alertAnnotatedType } from '../../stream/events/function.ts';
import { notificationType } from '../../stream/events/notification.ts';
import { silentLogger } from '../../stream/stream-logger.ts';
import { HistoryScene } from '../testing/history-scene.ts';
import { startPostgres, type PostgresServer } from '../testing/postgres-server.ts';
import {
  capture,
  envelope,
  fingerprint,
  notification,
  observations,
  request,
  startMs,
  transition,
} from '../testing/sample-events.ts';
import { migratePostgres, postgresVersion } from './migrate-postgres.ts';
import { postgresMigrations } from './postgres-migrations.ts';
import { createPostgresReader } from './postgres-reader.ts';
import { createPostgresRecorder, type PostgresRecorder } from './postgres-recorder.ts';

let server: PostgresServer;
let client: Client;
let scene: HistoryScene;
let recorder: PostgresRecorder;
let fatal: Error | undefined;

async function connect(): Promise<Client> {
  const one = new Client({ connectionString: server.url });
  one.on('error', () => undefined);
  await one.connect();
  return one;
}

function record(name = 'test'): PostgresRecorder {
  const one = createPostgresRecorder({
    log: scene.log,
    url: () => Promise.resolve(server.url),
    recorder: name,
    logger: silentLogger,
    firstRetryMs: 20,
    onFatal: (error) => (fatal = error),
  });
  one.start();
  return one;
}

const copied = (): Promise<void> => expect.poll(() => recorder.lag(), { timeout: 30_000 }).toBe(0);

beforeAll(async () => {
  server = await startPostgres();
}, 120_000);
afterAll(async () => {
  await server[Symbol.asyncDispose]();
}, 60_000);
beforeEach(async () => {
  fatal = undefined;
  client = await connect();
  await client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  scene = new HistoryScene();
});
afterEach(async () => {
  await recorder.stop();
  await client.end();
  await scene.dispose();
});

async function appendAnIncident(): Promise<void> {
  await scene.append('signals', observations(startMs, { retransmits: 3 }));
  await scene.append('alerts', transition({ seq: 1 }));
  await scene.append(
    'alerts',
    transition({ seq: 2, state: 'firing', level: 'page', fired_at_ms: startMs + 100 }),
    envelope(acknowledgedType, { fingerprint, episode: 1, by: 'ada' }),
    envelope(verdictGivenType, { fingerprint, episode: 1, verdict: 'useful', by: 'ada' }),
    envelope(alertAnnotatedType, { fingerprint, episode: 1, annotations: { owner: 'shop' }, by: 'owner' }),
  );
  await scene.append('notifications', envelope(notificationType, notification));
  await scene.append('captures', envelope(captureRequestedType, request), envelope(captureType, capture));
}

describe('the history in PostgreSQL', () => {
  it('answers what the history in SQLite answers', async () => {
    await migratePostgres(client);
    recorder = record();
    await appendAnIncident();
    await copied();
    const [reader, lite] = [createPostgresReader(client), scene.reader];
    expect(await reader.listAlerts({ state: 'all' })).toEqual(lite.listAlerts({ state: 'all' }));
    expect(await reader.getAlert(fingerprint.slice(0, 6))).toEqual(lite.getAlert(fingerprint.slice(0, 6)));
    expect(await reader.getAlert('0000')).toEqual({ kind: 'none' });
    expect(await reader.listCaptures()).toEqual(lite.listCaptures());
    expect(await reader.listNotifications()).toEqual(lite.listNotifications());
    expect(await reader.listAlerts()).toHaveLength(1);
  });

  it('loses and doubles nothing when the database dies and comes back', async () => {
    await migratePostgres(client);
    recorder = record();
    await scene.append('signals', observations(startMs, { retransmits: 3 }));
    await copied();
    await server.kill();
    await appendAnIncident();
    expect(recorder.lag()).toBeGreaterThan(0);
    await server.restart();
    await copied();
    client = await connect();
    expect(await createPostgresReader(client).listAlerts()).toEqual(scene.reader.listAlerts());
    const { rows } = await client.query<{ sum: string }>(
      "SELECT sum((fields->>'retransmits')::int) AS sum FROM observations_1s",
    );
    expect(Number(rows[0]?.sum)).toBe(6);
    expect(fatal).toBeUndefined();
  });

  it('goes on where it was, also when two of one name run', async () => {
    await migratePostgres(client);
    recorder = record();
    const other = record();
    for (let n = 0; n < 20; n += 1) await scene.append('signals', observations(startMs, { retransmits: 1 }));
    await copied();
    await other.stop();
    await recorder.stop();
    recorder = record();
    await copied();
    const { rows } = await client.query<{ sum: string }>(
      "SELECT sum((fields->>'retransmits')::int) AS sum FROM observations_1s",
    );
    expect(Number(rows[0]?.sum)).toBe(20);
  });

  it('wants its tables migrated, and says so', async () => {
    recorder = record();
    await expect.poll(() => fatal?.message).toMatch(/saccade migrate/);
  });
});

describe('migratePostgres', () => {
  it('is done once, however many do it at the same time', async () => {
    recorder = createPostgresRecorder({
      log: scene.log,
      url: () => Promise.resolve(server.url),
      recorder: 'none',
      logger: silentLogger,
      onFatal: () => undefined,
    });
    const clients = await Promise.all([connect(), connect(), connect()]);
    const reports = await Promise.all(clients.map((one) => migratePostgres(one)));
    expect(reports.filter(({ from }) => from === 0)).toHaveLength(1);
    expect(await postgresVersion(client)).toBe(postgresMigrations.length);
    await expect(migratePostgres(client, [])).rejects.toMatchObject({ code: 'HISTORY_NEWER' });
    await Promise.all(clients.map((one) => one.end()));
  });
});
