import type { SeriesIdentity } from '../history-write.ts';
import type { Fields } from '../merge-fields.ts';
import { type Queryable, rowsOf } from './postgres-database.ts';

/** What one series had in one second. */
export interface ObservedSecond {
  readonly series: SeriesIdentity;
  readonly atMs: number;
  readonly fields: Fields;
}

/** The newest seconds of some signals, in the order of time; what is older is minutes, which no rule judges. */
export async function listNewestObservations(
  database: Queryable,
  { signals, limit }: { readonly signals: readonly string[]; readonly limit: number },
): Promise<readonly ObservedSecond[]> {
  const rows = await rowsOf(database, {
    sql: `SELECT body, bucket_ms, fields
      FROM observations_1s JOIN observation_series ON observation_series.id = series_id
      WHERE signal IN (NULL${', ?'.repeat(signals.length)})
      ORDER BY bucket_ms DESC, series_id LIMIT ?`,
    values: [...signals, limit],
  });
  return rows.toReversed().map((row) => ({
    series: JSON.parse(String(row['body'])) as SeriesIdentity,
    atMs: Number(row['bucket_ms']),
    fields: JSON.parse(String(row['fields'])) as Fields,
  }));
}
