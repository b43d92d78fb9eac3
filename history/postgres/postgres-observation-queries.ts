import {
  type AggregatedObservations,
  type Aggregation,
  createObservationFold,
} from '../aggregate-observations.ts';
import { createFilter } from '../filter.ts';
import type { ObservationFilter, ObservationPoint } from '../observation-queries.ts';
import { observationTables, type ObservedRow, toObservedRow } from '../observation-rows.ts';
import {
  addSeriesConditions,
  type SeriesFilter,
  type StoredSeries,
  toStoredSeries,
} from '../observation-series.ts';
import { type Queryable, rowsOf } from './postgres-database.ts';

/** Series whose rows are read at once. */
const seriesAtOnce = 200;

export async function findSeries(
  database: Queryable,
  filter: SeriesFilter,
): Promise<readonly StoredSeries[]> {
  const where = createFilter();
  addSeriesConditions(where, filter, (name) =>
    name === 'service_port' ? "(body ->> 'service_port')::bigint" : `body ->> '${name}'`,
  );
  const rows = await rowsOf(database, {
    sql: `SELECT id, body FROM observation_series ${where.sql()} ORDER BY identity COLLATE "C"`,
    values: where.values(),
  });
  return rows.map(toStoredSeries);
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
      for (const row of rows.get(id) ?? [])
        if (row.atMs > filter.sinceMs - row.resolutionMs) points.push({ series, ...row });
  }
  return points.slice(0, limit);
}

/** By the number of the series, minutes first. */
async function readRows(
  database: Queryable,
  some: readonly StoredSeries[],
  { sinceMs, untilMs }: { readonly sinceMs: number; readonly untilMs: number },
  limit: number,
): Promise<ReadonlyMap<number, readonly ObservedRow[]>> {
  const rows = new Map<number, ObservedRow[]>();
  let room = limit;
  for (const { table, resolutionMs } of observationTables) {
    const found = await rowsOf(database, {
      sql: `SELECT series_id, bucket_ms, fields FROM ${table}
        WHERE series_id IN (${some.map(() => '?').join(', ')}) AND bucket_ms >= ? AND bucket_ms < ?
        ORDER BY series_id, bucket_ms LIMIT ?`,
      values: [...some.map(({ id }) => id), Math.floor(sinceMs), Math.ceil(untilMs), Math.max(0, room)],
    });
    room -= found.length;
    for (const row of found) {
      const of = rows.get(Number(row['series_id'])) ?? [];
      of.push(toObservedRow(row, resolutionMs));
      rows.set(Number(row['series_id']), of);
    }
  }
  return rows;
}

function* inPieces(series: readonly StoredSeries[]): Generator<readonly StoredSeries[]> {
  for (let from = 0; from < series.length; from += seriesAtOnce)
    yield series.slice(from, from + seriesAtOnce);
}
