import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { captureRequestedType, captureType } from '../../stream/events/capture.ts';
import { acknowledgedType, verdictGivenType } from '../../stream/events/control.ts';
import { alertAnnotatedType } from '../../stream/events/function.ts';
import { notificationType } from '../../stream/events/notification.ts';
import { silentLogger } from '../../stream/stream-logger.ts';
import { defaultHistoryLimits } from '../retention.ts';
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
import { rowTypes } from './postgres-database.ts';
import { postgresMigrations } from './postgres-migrations.ts';
import { createPostgresReader } from './postgres-reader.ts';
import { createPostgresRecorder, type PostgresRecorder } from './postgres-recorder.ts';
import { createPostgresRetention } from './postgres-retention.ts';

let server: PostgresServer;
let client: Client;
let scene: HistoryScene;
let recorder: PostgresRecorder;
let fatal: Error | undefined;
let leftOut = { series: 0, refused: 0 };

async function connect(): Promise<Client> {
  const one = new Client({ connectionString: server.url, types: rowTypes });
  one.on('error', () => undefined);
  await one.connect();
  return one;
}

function record(name = 'test', maxSeries = 1_000): PostgresRecorder {
  const one = createPostgresRecorder({
    log: scene.log,
    url: () => Promise.resolve(server.url),
    recorder: name,
    limits: { maxSeries },
    onLeftOut: (reason, count) => (leftOut[reason] += count),
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
  leftOut = { series: 0, refused: 0 };
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

async function sumOf(table: string): Promise<number> {
  const sql = `SELECT coalesce(sum((fields->>'retransmits')::int), 0) AS sum FROM ${table}`;
  const { rows } = await client.query<{ sum: number }>(sql);
  return Number(rows[0]?.sum);
}

async function minutes(): Promise<readonly number[]> {
  const sql = "SELECT (fields->>'retransmits')::int AS n FROM observations_1m ORDER BY bucket_ms";
  const { rows } = await client.query<{ n: number }>(sql);
  return rows.map(({ n }) => n);
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
    expect(await sumOf('observations_1s')).toBe(6);
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
    expect(await sumOf('observations_1s')).toBe(20);
  });

  it('passes over the one record that the database refuses, and counts it', async () => {
    await migratePostgres(client);
    recorder = record();
    await scene.append('alerts', transition({ seq: 1 }));
    // PostgreSQL's JSON knows no NUL.
    await scene.append('alerts', transition({ seq: 2, reason: 'nul: \0' }));
    await scene.append('alerts', transition({ seq: 3, state: 'firing', level: 'page' }));
    await copied();
    const found = await createPostgresReader(client).getAlert(fingerprint);
    expect(found).toMatchObject({ kind: 'found', detail: { transitions: [{ seq: 1 }, { seq: 3 }] } });
    expect(leftOut).toEqual({ series: 0, refused: 1 });
  });

  it('keeps no more series than it may, and counts what it leaves out', async () => {
    await migratePostgres(client);
    recorder = record('test', 2);
    for (const workload of ['netns/a', 'netns/b', 'netns/c', 'netns/a'])
      await scene.append('signals', observations(startMs, { retransmits: 1 }, workload));
    await copied();
    expect(await sumOf('observations_1s')).toBe(3);
    expect(leftOut.series).toBe(1);
  });

  it('turns old seconds into minutes, late ones too, and deletes what is too old', async () => {
    await migratePostgres(client);
    recorder = record();
    const retention = createPostgresRetention({
      url: () => Promise.resolve(server.url),
      limits: defaultHistoryLimits,
      clock: { nowMs: () => scene.nowMs },
      logger: silentLogger,
    });
    scene.nowMs = startMs + 2 * 60_000;
    for (const second of [0, 1, 59, 60])
      await scene.append('signals', observations(startMs + second * 1_000, { retransmits: 1 }));
    await scene.append('alerts', transition({ state: 'resolved' }));
    await copied();
    scene.nowMs = startMs + 25 * 3_600_000;
    await retention.run();
    expect(await minutes()).toEqual([3, 1]);
    await scene.append('signals', observations(startMs + 30_000, { retransmits: 5 }));
    await copied();
    await retention.run();
    expect([await minutes(), await sumOf('observations_1s')]).toEqual([[8, 1], 0]);
    scene.nowMs = startMs + 500 * 24 * 3_600_000;
    await retention.run();
    expect(await createPostgresReader(client).listAlerts({ state: 'all' })).toEqual([]);
    const { rows } = await client.query<{ n: number }>(
      'SELECT (SELECT count(*) FROM observation_series) + (SELECT count(*) FROM transitions) AS n',
    );
    expect(rows).toEqual([{ n: 0 }]);
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
      limits: { maxSeries: 1 },
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
