import { loadConfig } from '../app/config/load-config.ts';
import { databasePath } from '../app/open-log.ts';
import { StartError } from '../app/start-error.ts';
import type { AlertDetail } from '../history/alert-queries.ts';
import { type HistoryReader, openHistoryReader } from '../history/history-reader.ts';
import { LogError } from '../stream/embedded/log-error.ts';
import type { DataFlags } from './options.ts';

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

/** Throws a `StartError` where the reference fits none or several alerts. */
export function findAlert(history: HistoryReader, reference: string): AlertDetail {
  const found = history.getAlert(reference);
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
