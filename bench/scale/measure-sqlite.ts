import { DatabaseSync } from 'node:sqlite';

export interface SqliteHistory {
  readonly rows: number;
  readonly series: number;
  /** Of the tables' own pages. */
  readonly bytesPerRow: number;
  /** A record of the log that the history was made from: an event with its envelope. */
  readonly logBytesPerRecord: number;
}

/** What a stopped `saccade notify` has written. */
export function measureSqlite(path: string): SqliteHistory {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const number = (sql: string): number => Number(Object.values(database.prepare(sql).get() ?? {})[0] ?? 0);
    const pages = (names: string): number =>
      number(`SELECT SUM(pgsize) FROM dbstat WHERE name IN (${names})`);
    const rows = number('SELECT COUNT(*) FROM observations_1s');
    const series = number('SELECT COUNT(*) FROM observation_series');
    return {
      rows,
      series,
      bytesPerRow: pages(`'observations_1s'`) / rows,
      logBytesPerRecord: pages(`'records'`) / number('SELECT COUNT(*) FROM records'),
    };
  } finally {
    database.close();
  }
}
