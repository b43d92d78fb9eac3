import type { DatabaseSync } from 'node:sqlite';

/**
 * `INDEXED BY name` for the table, where it is one. A reader for people who see some namespaces only has views in place of
 * the tables (console/reader/visible-database.ts), and a view has no index.
 */
export function indexHint(database: DatabaseSync, table: string, index: string): string {
  const view = database
    .prepare("SELECT 1 FROM temp.sqlite_schema WHERE type = 'view' AND name = ?")
    .get(table);
  return view === undefined ? `INDEXED BY ${index}` : '';
}
