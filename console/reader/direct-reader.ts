import type { DatabaseSync } from 'node:sqlite';
import type { Answer, ConsoleReader, Question, QueryName } from './console-reader.ts';
import { queries } from './queries.ts';

/** Asks in this thread: for tests and for a process that does nothing else. */
export function createDirectReader(database: DatabaseSync): ConsoleReader {
  return {
    ask: async (name, question) => runQuery(database, name, question),
    close: async () => undefined,
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
