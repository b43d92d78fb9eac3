import type { DatabaseSync } from 'node:sqlite';

export interface LifeSign {
  readonly signal: string;
  /** Seconds of series that hold something: a measure of how much is seen. */
  readonly rows: number;
  readonly series: number;
  readonly workloads: number;
  readonly newestMs: number;
}

/** What was observed since then, by signal: that the eyes are open. Looks at rows of a second only. */
export function lifeSigns(
  database: DatabaseSync,
  { sinceMs }: { readonly sinceMs: number },
): readonly LifeSign[] {
  return database
    .prepare(
      `SELECT s.signal AS signal, COUNT(*) AS rows, COUNT(DISTINCT s.id) AS series,
         COUNT(DISTINCT s.namespace || '/' || s.workload) AS workloads, MAX(o.bucket_ms) AS newest
       FROM observation_series s CROSS JOIN observations_1s o ON o.series_id = s.id AND o.bucket_ms >= ?
       GROUP BY s.signal ORDER BY s.signal`,
    )
    .all(sinceMs)
    .map(toLifeSign);
}

export function toLifeSign(row: Readonly<Record<string, unknown>>): LifeSign {
  return {
    signal: String(row['signal']),
    rows: Number(row['rows']),
    series: Number(row['series']),
    workloads: Number(row['workloads']),
    newestMs: Number(row['newest']),
  };
}
