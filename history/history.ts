import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../stream/clock.ts';
import { migrate } from '../stream/embedded/migrate.ts';
import type { TransactionalStage } from '../stream/embedded/transactional-stage.ts';
import { silentLogger, type StreamLogger } from '../stream/stream-logger.ts';
import { createHistoryReader, type HistoryReader } from './history-reader.ts';
import { historyMigrations } from './history-schema.ts';
import { createRecordStage } from './record-stage.ts';
import {
  createHistoryRetention,
  defaultHistoryLimits,
  type HistoryLimits,
  type HistoryRetention,
} from './retention.ts';
import { SeriesIndex } from './series-index.ts';

export interface HistoryOptions {
  /** That of the embedded log. */
  readonly database: DatabaseSync;
  readonly clock: Clock;
  readonly limits?: HistoryLimits;
  readonly logger?: StreamLogger;
  /** Cron expression of when old rows are rolled up and deleted. */
  readonly schedule?: string;
  /** Observations not kept because there are as many series as may be. */
  readonly onDropped?: (count: number) => void;
}

export interface History {
  /** For the host. */
  readonly stage: TransactionalStage;
  readonly retention: HistoryRetention;
  readonly reader: HistoryReader;
}

/** Brings the tables up to date and makes the three parts that work on them. */
export function createHistory(options: HistoryOptions): History {
  const { database, clock, limits = defaultHistoryLimits, logger = silentLogger } = options;
  const { schedule = '*/10 * * * *', onDropped = () => undefined } = options;
  migrate(database, 'history', historyMigrations);
  const series = new SeriesIndex(database, limits.maxSeries);
  return {
    stage: createRecordStage({ database, series, onDropped }),
    retention: createHistoryRetention({ database, series, limits, clock, logger, schedule }),
    reader: createHistoryReader(database),
  };
}
