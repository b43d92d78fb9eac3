import type { Logger } from 'pino';
import type { ChartSource } from '../charts/create-chart-maker.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { createHistoryConsoleReader } from '../console/history-console-reader.ts';
import type { Component } from '../lifecycle.ts';
import { databasePath } from '../open-log.ts';
import { postgresUrl } from '../open-postgres.ts';

/** The figures of the past that messages show. */
export interface HistoryView extends Component {
  readonly chartSource: ChartSource;
}

/** Where observations are: in PostgreSQL, or in the file that this process writes itself. */
export function openHistoryView(loaded: LoadedConfig, logger: Logger): HistoryView {
  const base = { name: 'history', start: async () => {}, stop: async () => {} };
  if (postgresUrl(loaded) === undefined)
    return { ...base, chartSource: { databasePath: databasePath(loaded.dataDirectory) } };
  const reader = createHistoryConsoleReader(loaded, logger);
  return {
    ...base,
    stop: () => reader.close(),
    chartSource: {
      async ask({ fingerprint, episode }, nowMs) {
        const reference = `${fingerprint}-${episode}`;
        const [found, series] = await Promise.all([
          reader.ask('getAlert', reference),
          reader.ask('alertSeries', { reference, nowMs }),
        ]);
        return { found, series };
      },
    },
  };
}
