import type { DatabaseSync } from 'node:sqlite';
import type { SeriesIdentity } from './history-write.ts';
import { observationTables, type ObservedRow, toObservedRow } from './observation-rows.ts';
import { findSeries, type SeriesFilter } from './observation-series.ts';

export interface ObservationFilter extends Pick<SeriesFilter, 'signal' | 'namespace' | 'workload'> {
  readonly sinceMs: number;
  readonly untilMs: number;
  /** Of rows; at most 100,000; 10,000 without. */
  readonly limit?: number;
}

export interface ObservationPoint extends ObservedRow {
  readonly series: SeriesIdentity;
}

/** A past window, by series and time: a moment is held once, by the second or, when older, by the minute. */
export function listObservations(
  database: DatabaseSync,
  filter: ObservationFilter,
): readonly ObservationPoint[] {
  const limit = Math.min(filter.limit ?? 10_000, 100_000);
  const points: ObservationPoint[] = [];
  for (const { id, series } of findSeries(database, filter))
    for (const { table, resolutionMs } of observationTables) {
      const rows = database
        .prepare(
          `SELECT bucket_ms, fields FROM ${table}
           WHERE series_id = ? AND bucket_ms > ? AND bucket_ms < ? ORDER BY bucket_ms LIMIT ?`,
        )
        .all(id, filter.sinceMs - resolutionMs, filter.untilMs, limit - points.length);
      for (const row of rows) points.push({ series, ...toObservedRow(row, resolutionMs) });
    }
  return points;
}
