import { setTimeout as sleep } from 'node:timers/promises';
import { CronJob } from 'cron';
import { Client, type ClientBase } from 'pg';
import { signalCatalogue } from '../../signals/catalogue.ts';
import type { Clock } from '../../stream/clock.ts';
import type { StreamLogger } from '../../stream/stream-logger.ts';
import type { HistoryLimits } from '../retention.ts';
import { inTransaction } from './migrate-postgres.ts';
import { connectionLimits, rowsOf } from './postgres-database.ts';

export interface PostgresRetentionOptions {
  readonly url: () => Promise<string>;
  readonly limits: HistoryLimits;
  readonly clock: Clock;
  readonly logger: StreamLogger;
  /** Cron expression of when it runs. */
  readonly schedule?: string;
}

export interface PostgresRetention {
  start(): void;
  /** Ends after the piece in hand. */
  stop(): Promise<void>;
  /** Runs once. Rejects where the database is away. */
  run(): Promise<void>;
}

const minuteMs = 60_000;
/** Of observations in one transaction. */
const sliceMs = 10 * minuteMs;
const chunkRows = 5_000;
/** Any number; whoever holds it does the work, and the others leave it to them. */
const lockKey = 5_390_122;

/** Deletes what is too old and turns old seconds into minutes, in pieces, so that nobody waits long for a row. */
export function createPostgresRetention(options: PostgresRetentionOptions): PostgresRetention {
  const { url, logger, schedule = '*/10 * * * *' } = options;
  const stopping = new AbortController();
  let running: Promise<void> | undefined;

  async function runAll(): Promise<void> {
    const client = new Client({
      ...connectionLimits,
      connectionString: await url(),
      application_name: 'saccade retention',
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const [lock] = await rowsOf(client, {
        sql: 'SELECT pg_try_advisory_lock(?) AS held',
        values: [lockKey],
      });
      if (lock?.['held'] !== 1) return;
      for await (const _ of pieces(client, options)) {
        if (stopping.signal.aborted) return;
        // Others want the disk, too.
        await sleep(5);
      }
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  /** One at a time: who asks while it runs gets the run that is on. */
  function run(): Promise<void> {
    running ??= runAll().finally(() => (running = undefined));
    return running;
  }

  const job = new CronJob(schedule, () => {
    run().catch((error: unknown) =>
      logger.warn({ err: error }, 'retention of the history in PostgreSQL failed; it is tried again'),
    );
  });
  return {
    start: () => job.start(),
    async stop() {
      stopping.abort();
      await job.stop();
      await running?.catch(() => undefined);
    },
    run,
  };
}

async function* pieces(
  client: ClientBase,
  { limits, clock }: PostgresRetentionOptions,
): AsyncGenerator<void> {
  const nowMs = clock.nowMs();
  const { observations, events, destinations } = limits;
  yield* rollUp(client, Math.floor((nowMs - observations.secondsAgeMs) / minuteMs) * minuteMs);
  const before = nowMs - events.alertsAgeMs;
  yield* deleteChunks(client, 'observations_1m', 'bucket_ms < ?', nowMs - observations.minutesAgeMs);
  yield* deleteChunks(client, 'transitions', 'is_update AND at_ms < ?', nowMs - events.updatesAgeMs);
  yield* deleteChunks(client, 'dead_letters', 'at_ms < ?', nowMs - events.deadLettersAgeMs);
  for (const table of ['notifications', 'captures', 'audit'])
    yield* deleteChunks(client, table, 'at_ms < ?', before);
  yield* deleteChunks(client, 'alerts', 'ended_at_ms < ?', before);
  yield* deleteChunks(
    client,
    'transitions t',
    'at_ms < ? AND NOT EXISTS (SELECT FROM alerts a WHERE a.fingerprint = t.fingerprint AND a.episode = t.episode)',
    before,
  );
  yield* deleteChunks(client, 'destinations', 'last_ms < ?', nowMs - destinations.ageMs);
  await client.query(
    `DELETE FROM observation_series s WHERE NOT EXISTS (SELECT FROM observations_1s WHERE series_id = s.id)
     AND NOT EXISTS (SELECT FROM observations_1m WHERE series_id = s.id)`,
  );
  yield;
}

/** `condition` has the time as its one value. */
async function* deleteChunks(
  client: ClientBase,
  table: string,
  condition: string,
  beforeMs: number,
): AsyncGenerator<void> {
  const [name = '', alias = name] = table.split(' ');
  const sql = `WITH gone AS (DELETE FROM ${name} WHERE ctid IN (SELECT ${alias}.ctid FROM ${table}
    WHERE ${condition} LIMIT ?) RETURNING 1) SELECT count(*) AS n FROM gone`;
  for (let count = chunkRows; count === chunkRows;) {
    const [row] = await rowsOf(client, { sql, values: [beforeMs, chunkRows] });
    count = Number(row?.['n'] ?? 0);
    yield;
  }
}

/** What else than adding up becomes of a field when rows are merged. */
const merges = JSON.stringify(
  [...signalCatalogue].flatMap(([signal, { fields }]) =>
    Object.entries(fields).flatMap(([field, { merge }]) =>
      merge === 'sum' ? [] : [{ signal, field, merge }],
    ),
  ),
);

/** A minute that is there already takes part: seconds may come late. */
const minutesSql = `INSERT INTO observations_1m
  SELECT series_id, minute, jsonb_object_agg(field, value) FROM (
    SELECT o.series_id, o.minute, f.key AS field, CASE m.merge WHEN 'max' THEN max(f.value::float8)
      WHEN 'min' THEN min(f.value::float8) ELSE sum(f.value::float8) END AS value
    FROM (
      SELECT series_id, bucket_ms - bucket_ms % ${minuteMs} AS minute, fields FROM observations_1s
        WHERE bucket_ms >= $1 AND bucket_ms < $2
      UNION ALL SELECT series_id, bucket_ms, fields FROM observations_1m WHERE bucket_ms >= $1 AND bucket_ms < $2
        AND EXISTS (SELECT FROM observations_1s s WHERE s.series_id = observations_1m.series_id
          AND s.bucket_ms >= observations_1m.bucket_ms AND s.bucket_ms < observations_1m.bucket_ms + ${minuteMs})
    ) o
    JOIN observation_series s ON s.id = o.series_id
    CROSS JOIN LATERAL jsonb_each_text(o.fields) f
    LEFT JOIN jsonb_to_recordset($3) AS m(signal text, field text, merge text)
      ON m.signal = s.signal AND m.field = f.key
    GROUP BY o.series_id, o.minute, f.key, m.merge
  ) merged GROUP BY series_id, minute
  ON CONFLICT (series_id, bucket_ms) DO UPDATE SET fields = excluded.fields`;

/** Seconds before a time become minutes: a moment is held once. */
async function* rollUp(client: ClientBase, beforeMs: number): AsyncGenerator<void> {
  for (;;) {
    const sql = 'SELECT min(bucket_ms) AS oldest FROM observations_1s WHERE bucket_ms < ?';
    const [row] = await rowsOf(client, { sql, values: [beforeMs] });
    const oldest = row?.['oldest'];
    if (typeof oldest !== 'number') return;
    const fromMs = Math.floor(oldest / minuteMs) * minuteMs;
    const toMs = Math.min(beforeMs, fromMs + sliceMs);
    await inTransaction(client, async () => {
      // What comes while it runs waits, and is rolled up the next time.
      await client.query('LOCK TABLE observations_1s IN SHARE ROW EXCLUSIVE MODE');
      await client.query(minutesSql, [fromMs, toMs, merges]);
      await client.query('DELETE FROM observations_1s WHERE bucket_ms >= $1 AND bucket_ms < $2', [
        fromMs,
        toMs,
      ]);
    });
    yield;
  }
}
