import type { DatabaseSync } from 'node:sqlite';

const maxNamespaces = 2_000;

/** All that the history tells of, by name. */
export function listNamespaces(
  database: DatabaseSync,
  _question: Readonly<Record<string, never>>,
): readonly string[] {
  return database
    .prepare(
      `SELECT namespace FROM observation_series UNION SELECT namespace FROM alerts UNION SELECT namespace FROM destinations
       UNION SELECT json_extract(body, '$.request.selector.subject.namespace') FROM captures ORDER BY 1 LIMIT ?`,
    )
    .all(maxNamespaces)
    .flatMap(({ namespace }) => (typeof namespace === 'string' && namespace !== '' ? [namespace] : []));
}
