import { createPostgresPool } from '../../history/postgres/postgres-pool.ts';
import { ConsoleError } from '../console-error.ts';
import type { Answer, ConsoleReader, QueryName, Question } from './console-reader.ts';
import { postgresQueries } from './postgres-queries.ts';
import { visibleViews } from './visible-views.ts';

export interface PostgresConsoleReaderOptions {
  readonly url: () => Promise<string>;
  /** Questions that wait at once; more are refused. */
  readonly maxWaiting?: number;
}

const [wideConnections, narrowConnections] = [3, 2];

/** Asks the history in PostgreSQL. */
export function createPostgresConsoleReader(options: PostgresConsoleReaderOptions): ConsoleReader {
  const { url, maxWaiting = 100 } = options;
  const all = createPostgresPool({ url, name: 'saccade console', maxConnections: wideConnections });
  const narrow = createPostgresPool({
    url,
    name: 'saccade console, narrowed',
    maxConnections: narrowConnections,
    firstStatements: visibleViews,
  });
  let waiting = 0;

  function carryOut<N extends QueryName>(
    name: N,
    question: Question<N>,
    visible: readonly string[] | undefined,
  ): Promise<Answer<N>> {
    const query = postgresQueries[name];
    if (visible === undefined) return all.using((client) => query(client, question));
    return narrow.using(async (client) => {
      await client.query("SELECT set_config('saccade.visible', $1, false)", [JSON.stringify(visible)]);
      return query(client, question);
    });
  }

  return {
    async ask(name, question, visible) {
      if (waiting >= maxWaiting) throw new ConsoleError(503, 'too many questions at once; try again');
      waiting += 1;
      try {
        return await carryOut(name, question, visible);
      } catch (error) {
        if (error instanceof ConsoleError) throw error;
        throw new ConsoleError(503, `reading the history failed: ${(error as Error).message}`, {
          cause: error,
        });
      } finally {
        waiting -= 1;
      }
    },
    async close() {
      await Promise.all([all.close(), narrow.close()]);
    },
  };
}
