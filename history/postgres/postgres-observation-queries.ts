import {
  type AggregatedObservations,
  type Aggregation,
  createObservationFold,
  type SeriesFilter,
} from '../aggregate-observations.ts';
import { createFilter } from '../filter.ts';
import type { SeriesIdentity } from '../history-write.ts';
import type { Fields } from '../merge-fields.ts';
import type { ObservationFilter, ObservationPoint } from '../observation-queries.ts';
import { type Queryable, rowsOf } from './postgres-database.ts';

const resolutions = [
  { table: 'observations_1m', resolutionMs: 60_000 },
  { table: 'observations_1s', resolutionMs: 1000 },
] as const;

/** Series whose rows are read at once. */
const seriesAtOnce = 200;

interface Series {
  readonly id: number;
  readonly series: SeriesIdentity;
}

export async function findSeries(database: Queryable, filter: SeriesFilter): Promise<readonly Series[]> {
  const where = createFilter();
  where.addIf('signal = ?', filter.signal);
  where.addIf('namespace = ?', filter.namespace);
  where.addIf('workload = ?', filter.workload);
  where.addIf("body ->> 'peer' = ?", filter.peer);
  where.addIf("body ->> 'peer_kind' = ?", filter.peerKind);
  where.addIf("body ->> 'role' = ?", filter.role);
  where.addIf("(body ->> 'service_port')::bigint = ?", filter.servicePort);
  const rows = await rowsOf(database, {
    sql: `SELECT id, body FROM observation_series ${where.sql()} ORDER BY identity COLLATE "C"`,
    values: where.values(),
  });
  return rows.map((row) => ({
    id: Number(row['id']),
    series: JSON.parse(String(row['body'])) as SeriesIdentity,
  }));
}

/** Observations of a past window, merged by group and step as their signal's catalogue entry says. */
export async function aggregateObservations(
  database: Queryable,
  ask: Aggregation,
): Promise<AggregatedObservations> {
  const fold = createObservationFold(ask);
  for (const some of inPieces(await findSeries(database, ask.series))) {
    if (fold.room() === 0) break;
    const rows = await readRows(database, some, ask, fold.room());
    for (const { id, series } of some) fold.add(series, rows.get(id) ?? []);
  }
  return fold.result();
}

/** A past window, by series and time: a moment is held once, by the second or, when older, by the minute. */
export async function listObservations(
  database: Queryable,
  filter: ObservationFilter,
): Promise<readonly ObservationPoint[]> {
  const limit = Math.min(filter.limit ?? 10_000, 100_000);
  const points: ObservationPoint[] = [];
  for (const some of inPieces(await findSeries(database, filter))) {
    const window = { sinceMs: filter.sinceMs - 59_999, untilMs: filter.untilMs };
    const rows = await readRows(database, some, window, limit - points.length);
    for (const { id, series } of some)
      for (const { atMs, resolutionMs, fields } of rows.get(id) ?? [])
        if (atMs > filter.sinceMs - resolutionMs) points.push({ series, atMs, resolutionMs, fields });
  }
  return points.slice(0, limit);
}

interface StoredRow {
  readonly atMs: number;
  readonly resolutionMs: 1000 | 60_000;
  readonly fields: Fields;
}

/** By the number of the series, minutes first. */
async function readRows(
  database: Queryable,
  some: readonly Series[],
  { sinceMs, untilMs }: { readonly sinceMs: number; readonly untilMs: number },
  limit: number,
): Promise<ReadonlyMap<number, readonly StoredRow[]>> {
  const rows = new Map<number, StoredRow[]>();
  let room = limit;
  for (const { table, resolutionMs } of resolutions) {
    const found = await rowsOf(database, {
      sql: `SELECT series_id, bucket_ms, fields FROM ${table}
        WHERE series_id IN (${some.map(() => '?').join(', ')}) AND bucket_ms >= ? AND bucket_ms < ?
        ORDER BY series_id, bucket_ms LIMIT ?`,
      values: [...some.map(({ id }) => id), Math.floor(sinceMs), Math.ceil(untilMs), Math.max(0, room)],
    });
    room -= found.length;
    for (const row of found) {
      const of = rows.get(Number(row['series_id'])) ?? [];
      const fields = JSON.parse(String(row['fields'])) as Fields;
      of.push({ atMs: Number(row['bucket_ms']), resolutionMs, fields });
      rows.set(Number(row['series_id']), of);
    }
  }
  return rows;
}

function* inPieces(series: readonly Series[]): Generator<readonly Series[]> {
  for (let from = 0; from < series.length; from += seriesAtOnce)
    yield series.slice(from, from + seriesAtOnce);
}
