import { existsSync } from 'node:fs';
import { loadConfig } from '../app/config/load-config.ts';
import { databasePath } from '../app/open-log.ts';
import { StartError } from '../app/start-error.ts';
import type { AlertDetail } from '../history/alert-queries.ts';
import { type HistoryReader, openHistoryReader } from '../history/history-reader.ts';
import { LogError } from '../stream/embedded/log-error.ts';
import type { PostgresHistoryReader } from '../history/postgres/postgres-reader.ts';
import type { DataFlags } from './options.ts';

/** A history wherever it is; the answers are the same. */
export type AnyHistory = PostgresHistoryReader & AsyncDisposable;

/**
 * The history of the data folder that the flags name; where there is none, as on the machine of somebody who only looks,
 * that in PostgreSQL (`history.postgres`).
 */
export async function openAnyHistory(flags: DataFlags): Promise<AnyHistory> {
  const loaded = loadConfig(flags);
  if (loaded.config.history.postgres !== undefined && !existsSync(databasePath(loaded.dataDirectory))) {
    const { openPostgres } = await import('../app/open-postgres.ts');
    const { createPostgresReader } = await import('../history/postgres/postgres-reader.ts');
    const client = await openPostgres(loaded);
    return { ...createPostgresReader(client), [Symbol.asyncDispose]: () => client.end() };
  }
  const local = openHistory(flags);
  return {
    listAlerts: async (filter) => local.listAlerts(filter),
    getAlert: async (reference) => local.getAlert(reference),
    listCaptures: async (filter) => local.listCaptures(filter),
    getCapture: async (idPrefix) => local.getCapture(idPrefix),
    listNotifications: async (filter) => local.listNotifications(filter),
    listDeadLetters: async (filter) => local.listDeadLetters(filter),
    figuresByRule: async (range) => local.figuresByRule(range),
    listObservations: async (filter) => local.listObservations(filter),
    listDestinations: async (nowMs, filter) => local.listDestinations(nowMs, filter),
    [Symbol.asyncDispose]: async () => local[Symbol.dispose](),
  };
}

/** Opens the history of the data folder that the flags name, for reading; Saccade may run meanwhile. */
export function openHistory(flags: DataFlags): HistoryReader & Disposable {
  const { dataDirectory } = loadConfig(flags);
  try {
    return openHistoryReader(databasePath(dataDirectory));
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    throw new StartError(
      `there is no history in ${dataDirectory}`,
      'Name the data folder with --data, or start Saccade once.',
      {
        cause: error,
      },
    );
  }
}

/** Rejects with a `StartError` where the reference fits none or several alerts. */
export async function findAlert(
  history: Pick<AnyHistory, 'getAlert'>,
  reference: string,
): Promise<AlertDetail> {
  const found = await history.getAlert(reference);
  switch (found.kind) {
    case 'found':
      return found.detail;
    case 'none':
      throw new StartError(`there is no alert ${reference}`, 'See: saccade alerts list', { exitCode: 2 });
    case 'ambiguous':
      throw new StartError(
        `several alerts begin with ${reference}: ${found.ids.join(', ')}`,
        'Give more of its id.',
        {
          exitCode: 2,
        },
      );
  }
}
