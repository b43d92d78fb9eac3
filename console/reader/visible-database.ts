import { DatabaseSync } from 'node:sqlite';

const visible = 'SELECT namespace FROM temp.visible_namespaces';

/**
 * Of each table that questions read, the rows that somebody may see who sees the namespaces in `visible_namespaces`.
 * A temporary view goes before the table of its name, so every question, also one that is written later, sees these rows
 * only. Tables that are not named here are empty.
 */
const rowsOf: Readonly<Record<string, string>> = {
  alerts: `SELECT rowid, * FROM main.alerts WHERE namespace IN (${visible})`,
  transitions: `SELECT t.* FROM main.transitions t JOIN main.alerts a USING (fingerprint, episode)
    WHERE a.namespace IN (${visible})`,
  // One message may tell of alerts of several namespaces.
  notifications: `SELECT * FROM main.notifications n WHERE NOT EXISTS (
    SELECT 1 FROM main.notification_alerts m LEFT JOIN main.alerts a USING (fingerprint, episode)
    WHERE m.notification_id = n.id AND (a.namespace IS NULL OR a.namespace NOT IN (${visible})))`,
  notification_alerts: `SELECT m.* FROM main.notification_alerts m JOIN main.alerts a USING (fingerprint, episode)
    WHERE a.namespace IN (${visible})`,
  captures: `SELECT * FROM main.captures WHERE coalesce(json_extract(body, '$.request.selector.subject.namespace'),
    json_extract(body, '$.capture.selector.subject.namespace')) IN (${visible})`,
  observation_series: `SELECT * FROM main.observation_series WHERE namespace IN (${visible})`,
  observations_1s: observations('observations_1s'),
  observations_1m: observations('observations_1m'),
  destinations: `SELECT * FROM main.destinations WHERE namespace IN (${visible})`,
};

/** Found by its row in `alerts` only. */
const untouched: readonly string[] = ['alert_words'];

function observations(table: string): string {
  return `SELECT * FROM main.${table} o WHERE EXISTS (SELECT 1 FROM main.observation_series s
    WHERE s.id = o.series_id AND s.namespace IN (${visible}))`;
}

/** Reads of a database what those may see who see some namespaces only. */
export interface VisibleDatabase extends Disposable {
  readonly database: DatabaseSync;
  /** For the questions that follow. */
  show(namespaces: readonly string[]): void;
}

/** A connection of its own: it can write nothing but its own temporary tables. */
export function openVisibleDatabase(path: string): VisibleDatabase {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 2000 });
  database.exec(
    'PRAGMA temp_store = MEMORY; CREATE TEMP TABLE visible_namespaces (namespace TEXT PRIMARY KEY)',
  );
  for (const table of tablesOf(database))
    database.exec(
      `CREATE TEMP VIEW "${table}" AS ${rowsOf[table] ?? `SELECT * FROM main."${table}" WHERE 0`}`,
    );
  const insert = database.prepare('INSERT OR IGNORE INTO temp.visible_namespaces VALUES (?)');
  let shown = '';
  return {
    database,
    show(namespaces) {
      const wanted = JSON.stringify(namespaces);
      if (wanted === shown) return;
      database.exec('DELETE FROM temp.visible_namespaces');
      for (const namespace of namespaces) insert.run(namespace);
      shown = wanted;
    },
    [Symbol.dispose]: () => database.close(),
  };
}

function tablesOf(database: DatabaseSync): readonly string[] {
  return database
    .prepare(
      "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    )
    .all()
    .map(({ name }) => String(name))
    .filter((name) => !untouched.some((one) => name === one || name.startsWith(`${one}_`)));
}
