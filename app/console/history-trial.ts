import type { ReplayView } from '../../console/ports.ts';
import { ConsoleError } from '../../console/console-error.ts';
import { listNewestObservations } from '../../history/postgres/postgres-newest-observations.ts';
import { createPostgresPool } from '../../history/postgres/postgres-pool.ts';
import { compileRules } from '../../rules/compile.ts';
import { createTrial, draftPath } from './rule-trial.ts';

/** Some ten megabytes. */
const maxSeconds = 100_000;

/** Tries drafts over what PostgreSQL has of their signals: the newest 100,000 rows of a second. */
export function createHistoryTrial(url: () => Promise<string>): (text: string) => Promise<ReplayView> {
  return createTrial(async (text) => {
    // A connection for the one trial that may run: nothing is kept for those that nobody makes.
    const pool = createPostgresPool({ url, name: 'saccade rule trial', maxConnections: 1 });
    try {
      const ask = { signals: signalsOf(text), limit: maxSeconds };
      return { seconds: await pool.using((database) => listNewestObservations(database, ask)) };
    } catch (error) {
      throw new ConsoleError(503, `reading the history failed: ${(error as Error).message}`, {
        cause: error,
      });
    } finally {
      await pool.close();
    }
  });
}

function signalsOf(text: string): readonly string[] {
  const compiled = compileRules([{ path: draftPath, text }]);
  return compiled.ok ? [...new Set(compiled.ruleSet.rules.map(({ signal }) => signal.id))] : [];
}
