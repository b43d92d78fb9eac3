import { Client } from 'pg';

export interface PostgresHistory {
  readonly rows: number;
  /** Table and index. */
  readonly bytesPerRow: number;
}

/** What `saccade record` has written. */
export async function measurePostgres(url: string): Promise<PostgresHistory> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ rows: string; bytes: string }>(
      `SELECT COUNT(*) AS rows, pg_total_relation_size('observations_1s') AS bytes FROM observations_1s`,
    );
    const count = Number(rows[0]?.rows ?? 0);
    return { rows: count, bytesPerRow: Number(rows[0]?.bytes ?? 0) / count };
  } finally {
    await client.end();
  }
}
