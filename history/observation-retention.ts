import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '../stream/embedded/database.ts';
import { mergeFields, type Fields } from './merge-fields.ts';
import { rowOverheadBytes } from './observation-writer.ts';

export interface ObservationLimits {
  /** How long seconds are kept before they become minutes. */
  readonly secondsAgeMs: number;
  readonly minutesAgeMs: number;
  /** Beyond it seconds become minutes earlier. */
  readonly secondsMaxBytes: number;
  /** Beyond it the oldest minutes go earlier. */
  readonly minutesMaxBytes: number;
}

type Resolution = '1s' | '1m';
interface Row {
  readonly bucket_ms: number;
  readonly fields: string;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** Rows of one series in one transaction: a few milliseconds of work. */
const chunkRows = 600;

/** Turns old seconds into minutes, a piece of one series a step. */
export function* rollUpSeconds(
  database: DatabaseSync,
  limits: ObservationLimits,
  nowMs: number,
): Generator<number> {
  yield* untilWithin(
    database,
    '1s',
    limits.secondsMaxBytes,
    nowMs - limits.secondsAgeMs,
    hourMs,
    (id, before) => rollUpSeries(database, id, before),
  );
}

/** Deletes old minutes, then series that have no rows left; `onSeriesDeleted` follows that. */
export function* deleteOldMinutes(
  database: DatabaseSync,
  limits: ObservationLimits,
  nowMs: number,
  onSeriesDeleted: () => void,
): Generator<number> {
  yield* untilWithin(
    database,
    '1m',
    limits.minutesMaxBytes,
    nowMs - limits.minutesAgeMs,
    dayMs,
    (id, before) => deleteMinutes(database, id, before),
  );
  const { changes } = database
    .prepare(
      `DELETE FROM observation_series WHERE NOT EXISTS (SELECT 1 FROM observations_1s WHERE series_id = id)
       AND NOT EXISTS (SELECT 1 FROM observations_1m WHERE series_id = id)`,
    )
    .run();
  if (Number(changes) > 0) onSeriesDeleted();
  yield Number(changes);
}

/** Takes away what is older than `beforeMs`; then, while there are too many bytes, `stepMs` more at a time. */
function* untilWithin(
  database: DatabaseSync,
  resolution: Resolution,
  maxBytes: number,
  beforeMs: number,
  stepMs: number,
  take: (seriesId: number, beforeMs: number) => Generator<number>,
): Generator<number> {
  for (let before = floor(beforeMs, minuteMs); ;) {
    for (const id of seriesWithRows(database, resolution, before)) yield* take(id, before);
    const oldest = bytesOf(database, resolution) <= maxBytes ? undefined : oldestMs(database, resolution);
    if (oldest === undefined) return;
    before = floor(oldest, minuteMs) + stepMs;
  }
}

function* rollUpSeries(database: DatabaseSync, id: number, beforeMs: number): Generator<number> {
  const signal = String(
    database.prepare('SELECT signal FROM observation_series WHERE id = ?').get(id)?.['signal'],
  );
  const select = database.prepare(
    'SELECT bucket_ms, fields FROM observations_1s WHERE series_id = ? AND bucket_ms < ? ORDER BY bucket_ms LIMIT ?',
  );
  for (;;) {
    const rows = select.all(id, beforeMs, chunkRows) as unknown as readonly Row[];
    const last = rows.at(-1);
    if (last === undefined) return;
    inTransaction(database, () => {
      putMinutes(database, id, signal, rows);
      database
        .prepare('DELETE FROM observations_1s WHERE series_id = ? AND bucket_ms <= ?')
        .run(id, last.bucket_ms);
      addBytes(database, '1s', -sizeOf(rows));
    });
    yield rows.length;
  }
}

function putMinutes(database: DatabaseSync, id: number, signal: string, rows: readonly Row[]): void {
  const get = database.prepare('SELECT fields FROM observations_1m WHERE series_id = ? AND bucket_ms = ?');
  const put = database.prepare(
    'INSERT INTO observations_1m VALUES (?, ?, ?) ON CONFLICT (series_id, bucket_ms) DO UPDATE SET fields = excluded.fields',
  );
  for (const [minute, seconds] of Map.groupBy(rows, (row) => floor(row.bucket_ms, minuteMs))) {
    const before = get.get(id, minute)?.['fields'] as string | undefined;
    const texts = [...(before === undefined ? [] : [before]), ...seconds.map(({ fields }) => fields)];
    const merged = JSON.stringify(
      texts.map((text) => JSON.parse(text) as Fields).reduce((a, b) => mergeFields(signal, a, b)),
    );
    put.run(id, minute, merged);
    addBytes(database, '1m', merged.length - (before === undefined ? -rowOverheadBytes : before.length));
  }
}

function* deleteMinutes(database: DatabaseSync, id: number, beforeMs: number): Generator<number> {
  const select = database.prepare(
    'SELECT bucket_ms, fields FROM observations_1m WHERE series_id = ? AND bucket_ms < ?',
  );
  const rows = select.all(id, beforeMs) as unknown as readonly Row[];
  if (rows.length === 0) return;
  inTransaction(database, () => {
    database.prepare('DELETE FROM observations_1m WHERE series_id = ? AND bucket_ms < ?').run(id, beforeMs);
    addBytes(database, '1m', -sizeOf(rows));
  });
  yield rows.length;
}

/** Those with rows before a time. */
function seriesWithRows(database: DatabaseSync, resolution: Resolution, beforeMs: number): readonly number[] {
  return database
    .prepare(
      `SELECT id FROM observation_series
       WHERE EXISTS (SELECT 1 FROM observations_${resolution} WHERE series_id = id AND bucket_ms < ?)`,
    )
    .all(beforeMs)
    .map((row) => Number(row['id']));
}

/** By way of the series, because each one's first row is found in the index at once. */
function oldestMs(database: DatabaseSync, resolution: Resolution): number | undefined {
  const row = database
    .prepare(
      `SELECT MIN((SELECT MIN(bucket_ms) FROM observations_${resolution} WHERE series_id = id)) AS oldest
       FROM observation_series`,
    )
    .get();
  return row?.['oldest'] === null || row === undefined ? undefined : Number(row['oldest']);
}

function bytesOf(database: DatabaseSync, resolution: Resolution): number {
  return Number(
    database.prepare('SELECT bytes FROM observation_bytes WHERE resolution = ?').get(resolution)?.['bytes'] ??
      0,
  );
}

function addBytes(database: DatabaseSync, resolution: Resolution, bytes: number): void {
  database
    .prepare('UPDATE observation_bytes SET bytes = bytes + ? WHERE resolution = ?')
    .run(bytes, resolution);
}

const sizeOf = (rows: readonly Row[]): number =>
  rows.reduce((sum, { fields }) => sum + fields.length + rowOverheadBytes, 0);
const floor = (value: number, unit: number): number => Math.floor(value / unit) * unit;
