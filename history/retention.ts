import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DatabaseSync } from 'node:sqlite';
import { CronJob } from 'cron';
import type { Clock } from '../stream/clock.ts';
import type { StreamLogger } from '../stream/stream-logger.ts';
import { deleteOldDestinations, type DestinationLimits } from './destination-retention.ts';
import { deleteOldEvents, type EventLimits } from './event-retention.ts';
import { deleteOldMinutes, rollUpSeconds, type ObservationLimits } from './observation-retention.ts';
import type { SeriesIndex } from './series-index.ts';

export interface HistoryLimits {
  readonly observations: ObservationLimits;
  readonly events: EventLimits;
  readonly destinations: DestinationLimits;
  readonly maxSeries: number;
}

const dayMs = 86_400_000;
const MiB = 1024 * 1024;

export const defaultHistoryLimits: HistoryLimits = {
  observations: {
    secondsAgeMs: dayMs,
    minutesAgeMs: 30 * dayMs,
    secondsMaxBytes: 512 * MiB,
    minutesMaxBytes: 256 * MiB,
  },
  events: {
    alertsAgeMs: 400 * dayMs,
    updatesAgeMs: 30 * dayMs,
    deadLettersAgeMs: 30 * dayMs,
    maxAlerts: 100_000,
  },
  destinations: { ageMs: 90 * dayMs, maxRows: 50_000 },
  maxSeries: 20_000,
};

export interface HistoryRetentionOptions {
  readonly database: DatabaseSync;
  readonly series: SeriesIndex;
  readonly limits: HistoryLimits;
  readonly clock: Clock;
  readonly logger: StreamLogger;
  /** Cron expression of when it runs. */
  readonly schedule: string;
}

export interface HistoryRetention {
  start(): void;
  /** Ends after the piece in hand. */
  stop(): Promise<void>;
  /** Runs once, in pieces of bounded size, so that the judge is never kept waiting for long. */
  run(): Promise<void>;
}

export function createHistoryRetention(options: HistoryRetentionOptions): HistoryRetention {
  const { database, series, limits, clock, logger, schedule } = options;
  let stopping = false;
  let running: Promise<void> | undefined;

  async function inPieces(pieces: Iterable<unknown>): Promise<void> {
    for (const _ of pieces) {
      if (stopping) return;
      await nextTurn();
    }
  }
  async function runAll(): Promise<void> {
    const nowMs = clock.nowMs();
    await inPieces(rollUpSeconds(database, limits.observations, nowMs));
    await inPieces(deleteOldMinutes(database, limits.observations, nowMs, () => series.forget()));
    await inPieces(deleteOldEvents(database, limits.events, nowMs));
    await inPieces(deleteOldDestinations(database, limits.destinations, nowMs));
  }
  /** One at a time: who asks while it runs gets the run that is on. */
  function run(): Promise<void> {
    running ??= runAll().finally(() => (running = undefined));
    return running;
  }
  const job = new CronJob(schedule, () => {
    run().catch((error: unknown) =>
      logger.error({ error }, 'retention of the history failed; it is tried again'),
    );
  });
  return {
    start: () => job.start(),
    async stop(): Promise<void> {
      stopping = true;
      await job.stop();
      await running;
    },
    run,
  };
}
