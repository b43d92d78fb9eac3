const visible = "(current_setting('saccade.visible')::jsonb ? namespace)";
const visibleAlert = visible.replace('namespace', 'a.namespace');

/**
 * Of each table that questions read, the rows that somebody may see who sees the namespaces in the connection's setting
 * `saccade.visible`, a JSON list. A temporary view goes before the table of its name, so every question sees these rows
 * only: what `openVisibleDatabase` does in SQLite.
 */
const rowsOf: Readonly<Record<string, string>> = {
  alerts: `SELECT * FROM $.alerts WHERE ${visible}`,
  transitions: `SELECT t.* FROM $.transitions t JOIN $.alerts a USING (fingerprint, episode) WHERE ${visibleAlert}`,
  // One message may tell of alerts of several namespaces.
  notifications: `SELECT * FROM $.notifications n WHERE NOT EXISTS (SELECT FROM $.notification_alerts m
    LEFT JOIN $.alerts a USING (fingerprint, episode)
    WHERE m.notification_id = n.id AND (a.namespace IS NULL OR NOT ${visibleAlert}))`,
  notification_alerts: `SELECT m.* FROM $.notification_alerts m JOIN $.alerts a USING (fingerprint, episode)
    WHERE ${visibleAlert}`,
  captures: `SELECT c.* FROM $.captures c, LATERAL (SELECT coalesce(
    body #>> '{request,selector,subject,namespace}', body #>> '{capture,selector,subject,namespace}') AS namespace) of
    WHERE ${visible}`,
  observation_series: `SELECT * FROM $.observation_series WHERE ${visible}`,
  observations_1s: ofSeries('observations_1s'),
  observations_1m: ofSeries('observations_1m'),
  destinations: `SELECT * FROM $.destinations WHERE ${visible}`,
  dead_letters: 'SELECT * FROM $.dead_letters WHERE false',
  audit: 'SELECT * FROM $.audit WHERE false',
};

function ofSeries(table: string): string {
  return `SELECT o.* FROM $.${table} o WHERE EXISTS (SELECT FROM $.observation_series a
    WHERE a.id = o.series_id AND ${visibleAlert})`;
}

/** Makes the views; the tables are where the connection finds them without. */
export const visibleViews = `DO $do$
  DECLARE home text := quote_ident(current_schema());
  BEGIN
    ${Object.entries(rowsOf)
      .map(
        ([table, select]) =>
          `EXECUTE replace($v$CREATE OR REPLACE TEMP VIEW ${table} AS ${select}$v$, '$.', home || '.');`,
      )
      .join('\n    ')}
  END $do$`;
