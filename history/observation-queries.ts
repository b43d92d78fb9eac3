import type { DatabaseSync } from 'node:sqlite';
import type { SeriesIdentity } from './history-write.ts';
import { createFilter } from './filter.ts';
import type { Fields } from './merge-fields.ts';

export interface ObservationFilter {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly signal?: string;
  readonly namespace?: string;
  readonly workload?: string;
  /** Of rows; at most 100,000; 10,000 without. */
  readonly limit?: number;
}

export interface ObservationPoint {
  readonly series: SeriesIdentity;
  readonly atMs: number;
  /** Of what the fields cover. */
  readonly resolutionMs: 1000 | 60_000;
  readonly fields: Fields;
}

const resolutions = [
  { table: 'observations_1m', resolutionMs: 60_000 },
  { table: 'observations_1s', resolutionMs: 1000 },
] as const;

/** A past window, by series and time: a moment is held once, by the second or, when older, by the minute. */
export function listObservations(
  database: DatabaseSync,
  filter: ObservationFilter,
): readonly ObservationPoint[] {
  const limit = Math.min(filter.limit ?? 10_000, 100_000);
  const points: ObservationPoint[] = [];
  for (const { id, series } of findSeries(database, filter))
    for (const { table, resolutionMs } of resolutions) {
      const rows = database
        .prepare(
          `SELECT bucket_ms, fields FROM ${table}
           WHERE series_id = ? AND bucket_ms > ? AND bucket_ms < ? ORDER BY bucket_ms LIMIT ?`,
        )
        .all(id, filter.sinceMs - resolutionMs, filter.untilMs, limit - points.length);
      for (const row of rows)
        points.push({
          series,
          atMs: Number(row['bucket_ms']),
          resolutionMs,
          fields: JSON.parse(String(row['fields'])) as Fields,
        });
    }
  return points;
}

function findSeries(
  database: DatabaseSync,
  filter: ObservationFilter,
): readonly { readonly id: number; readonly series: SeriesIdentity }[] {
  const where = createFilter();
  where.addIf('signal = ?', filter.signal);
  where.addIf('namespace = ?', filter.namespace);
  where.addIf('workload = ?', filter.workload);
  return database
    .prepare(`SELECT id, body FROM observation_series ${where.sql()} ORDER BY identity`)
    .all(...where.values())
    .map((row) => ({ id: Number(row['id']), series: JSON.parse(String(row['body'])) as SeriesIdentity }));
}
