import { Counter, Gauge, type Registry } from 'prom-client';
import { createPostgresRetention } from '../history/postgres/postgres-retention.ts';
import { createPostgresRecorder } from '../history/postgres/postgres-recorder.ts';
import { systemClock } from '../stream/clock.ts';
import type { EmbeddedLog } from '../stream/embedded/embedded-log.ts';
import { identityOf } from '../stream/http/stream-identity.ts';
import type { StreamLogger } from '../stream/stream-logger.ts';
import type { LoadedConfig } from './config/load-config.ts';
import { historyLimits } from './history-limits.ts';
import type { Component } from './lifecycle.ts';
import { postgresUrl } from './open-postgres.ts';

export interface RecordPostgresOptions {
  readonly loaded: LoadedConfig;
  readonly log: EmbeddedLog;
  readonly registry: Registry;
  readonly logger: StreamLogger;
  readonly onFatal: (error: Error) => void;
}

/** The copy of the history in PostgreSQL, where `history.postgres` asks for one; else nothing. */
export function createPostgresRecord(options: RecordPostgresOptions): readonly Component[] {
  const { loaded, log, registry, logger, onFatal } = options;
  const url = postgresUrl(loaded);
  if (url === undefined) return [];
  const failures = new Counter({
    name: 'saccade_history_postgres_failures_total',
    help: 'Connections to PostgreSQL that failed or broke; each is tried again.',
    registers: [registry],
  });
  const limits = historyLimits(loaded.config);
  const leftOut = new Counter({
    name: 'saccade_history_postgres_left_out_total',
    help: 'What the copy of the history in PostgreSQL left out: observations of series beyond the limit, refused records.',
    labelNames: ['reason'],
    registers: [registry],
  });
  const recorder = createPostgresRecorder({
    log,
    url,
    limits,
    onLeftOut: (reason, count) => leftOut.inc({ reason }, count),
    // Of this log: after a new beginning in an empty folder the offsets are others.
    recorder: `${loaded.config.node}/${identityOf(log, 'history/postgres')}`,
    logger,
    onFailure: () => failures.inc(),
    onFatal,
  });
  new Gauge({
    name: 'saccade_history_postgres_lag_records',
    help: 'Records of the log that are not in PostgreSQL yet; 10000 stands for more.',
    registers: [registry],
    collect() {
      this.set(recorder.lag());
    },
  });
  const retention = createPostgresRetention({ url, limits, clock: systemClock, logger });
  return [
    { name: 'history in PostgreSQL', start: async () => recorder.start(), stop: () => recorder.stop() },
    { name: 'its retention', start: async () => retention.start(), stop: () => retention.stop() },
  ];
}
