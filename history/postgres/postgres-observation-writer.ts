import type { ClientBase } from 'pg';
import type { HistoryWrite, SeriesIdentity } from '../history-write.ts';
import { mergeFields, type Fields } from '../merge-fields.ts';

type ObservationWrite = Extract<HistoryWrite, { kind: 'observation' }>;

export interface ObservationsWritten {
  /** Observations left out because there are as many series as may be. */
  readonly leftOut: number;
}

const bucketMs = 1000;

/** All of a batch: its series, what is there already, and the sums, each in one statement. */
export async function writeObservations(
  client: ClientBase,
  writes: readonly ObservationWrite[],
  maxSeries: number,
): Promise<ObservationsWritten> {
  if (writes.length === 0) return { leftOut: 0 };
  const ids = await seriesIds(
    client,
    new Map(writes.map(({ series }) => [identityOf(series), series])),
    maxSeries,
  );
  const rows = new Map<string, ObservationSum>();
  let leftOut = 0;
  for (const { series, atMs, fields } of writes) {
    const id = ids.get(identityOf(series));
    if (id === undefined) leftOut += 1;
    else addUp(rows, { id, signal: series.signal, bucketMs: Math.floor(atMs / bucketMs) * bucketMs, fields });
  }
  await addToStored(client, [...rows.values()]);
  return { leftOut };
}

interface ObservationSum {
  readonly id: number;
  readonly signal: string;
  readonly bucketMs: number;
  readonly fields: Fields;
}

const keyOf = ({ id, bucketMs }: Pick<ObservationSum, 'id' | 'bucketMs'>): string => `${id} ${bucketMs}`;

function addUp(rows: Map<string, ObservationSum>, one: ObservationSum): void {
  const before = rows.get(keyOf(one));
  const fields = before === undefined ? one.fields : mergeFields(one.signal, before.fields, one.fields);
  rows.set(keyOf(one), { ...one, fields });
}

async function addToStored(client: ClientBase, sums: readonly ObservationSum[]): Promise<void> {
  const places = JSON.stringify(sums.map(({ id, bucketMs }) => ({ id, bucket_ms: bucketMs })));
  const { rows } = await client.query<{ id: number | string; bucket_ms: number | string; fields: unknown }>(
    `SELECT o.series_id AS id, o.bucket_ms, o.fields FROM jsonb_to_recordset($1) AS p(id bigint, bucket_ms bigint)
     JOIN observations_1s o ON o.series_id = p.id AND o.bucket_ms = p.bucket_ms`,
    [places],
  );
  const stored = new Map(
    rows.map((row) => [
      keyOf({ id: Number(row.id), bucketMs: Number(row.bucket_ms) }),
      (typeof row.fields === 'string' ? JSON.parse(row.fields) : row.fields) as Fields,
    ]),
  );
  const merged = sums.map(({ id, signal, bucketMs, fields }) => {
    const before = stored.get(keyOf({ id, bucketMs }));
    return { id, bucket_ms: bucketMs, fields: before ? mergeFields(signal, before, fields) : fields };
  });
  await client.query(
    `INSERT INTO observations_1s SELECT id, bucket_ms, fields
     FROM jsonb_to_recordset($1) AS n(id bigint, bucket_ms bigint, fields jsonb) ORDER BY id, bucket_ms
     ON CONFLICT (series_id, bucket_ms) DO UPDATE SET fields = excluded.fields`,
    [JSON.stringify(merged)],
  );
}

/** By identity; without those that found no room. */
async function seriesIds(
  client: ClientBase,
  series: ReadonlyMap<string, SeriesIdentity>,
  maxSeries: number,
): Promise<ReadonlyMap<string, number>> {
  const known = await knownIds(client, [...series.keys()]);
  const fresh = [...series].filter(([identity]) => !known.has(identity));
  if (fresh.length === 0) return known;
  await client.query(
    `INSERT INTO observation_series (identity, signal, namespace, workload, body)
     SELECT identity, body ->> 'signal', body ->> 'namespace', body ->> 'workload', body
     FROM jsonb_to_recordset($1) AS n(identity text, body jsonb) ORDER BY identity
     LIMIT greatest(0, $2 - (SELECT count(*) FROM observation_series))
     ON CONFLICT (identity) DO NOTHING`,
    [JSON.stringify(fresh.map(([identity, body]) => ({ identity, body }))), maxSeries],
  );
  return new Map([
    ...known,
    ...(await knownIds(
      client,
      fresh.map(([identity]) => identity),
    )),
  ]);
}

/** Held until the transaction ends: retention must not delete a series that is about to get a row. */
async function knownIds(
  client: ClientBase,
  identities: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await client.query<{ id: number | string; identity: string }>(
    'SELECT id, identity FROM observation_series WHERE identity = ANY($1) ORDER BY id FOR KEY SHARE',
    [identities],
  );
  return new Map(rows.map(({ id, identity }) => [identity, Number(id)]));
}

/** PostgreSQL's text knows no NUL, which separates them in SQLite. */
const identityOf = (series: SeriesIdentity): string => Object.values(series).join('\u0001');
