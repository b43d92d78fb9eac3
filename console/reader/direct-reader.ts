import type { DatabaseSync } from 'node:sqlite';
import type { Answer, ConsoleReader, Question, QueryName } from './console-reader.ts';
import { queries } from './queries.ts';
import { openVisibleDatabase, type VisibleDatabase } from './visible-database.ts';

/** Asks in this thread: for tests and for a process that does nothing else. */
export function createDirectReader(database: DatabaseSync): ConsoleReader {
  let narrowed: VisibleDatabase | undefined;
  return {
    async ask(name, question, visible) {
      if (visible === undefined) return runQuery(database, name, question);
      narrowed ??= openVisibleDatabase(database.location() ?? '');
      narrowed.show(visible);
      return runQuery(narrowed.database, name, question);
    },
    async close() {
      narrowed?.[Symbol.dispose]();
      narrowed = undefined;
    },
  };
}

export function runQuery<N extends QueryName>(
  database: DatabaseSync,
  name: N,
  question: Question<N>,
): Answer<N> {
  // The table's type pairs each name with its own question; TypeScript sees only the union of all.
  const query = queries[name] as (database: DatabaseSync, question: Question<N>) => Answer<N>;
  return query(database, question);
}
