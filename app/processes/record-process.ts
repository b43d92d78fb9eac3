import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { PostgresHistoryError } from '../../history/postgres/postgres-history-error.ts';
import { createPostgresPlaceStore } from '../../history/postgres/postgres-place-store.ts';
import { createPostgresRetention } from '../../history/postgres/postgres-retention.ts';
import { systemClock } from '../../stream/clock.ts';
import { createPrometheusKafkaMetrics } from '../../stream/kafka/prometheus-kafka-metrics.ts';
import { TopicReader } from '../../stream/kafka/topic-reader.ts';
import { topics } from '../../stream/port.ts';
import { validateEvent } from '../../stream/validate-event.ts';
import { historyLimits } from '../history-limits.ts';
import { assertListenable, createStatusServer } from '../http/status-server.ts';
import { createLeftOutCounter } from '../left-out-counter.ts';
import { createLifecycle } from '../lifecycle.ts';
import { postgresUrl } from '../open-postgres.ts';
import { StartError } from '../start-error.ts';
import { openKafka } from './kafka-connection.ts';
import type { ProcessOptions, SaccadeProcess } from './saccade-process.ts';

const stopTimeoutMs = 15_000;

/**
 * `saccade record`: writes the history of the topics into PostgreSQL. Several share the partitions; each record is
 * written once, because its partition's offset is in the same transaction. While the database is away, Kafka keeps.
 */
export async function createRecordProcess(options: ProcessOptions): Promise<SaccadeProcess> {
  const { loaded, logger, onFatal } = options;
  const listen = options.listen ?? loaded.config.listen;
  const url = postgresUrl(loaded);
  if (url === undefined)
    throw new StartError(
      'saccade record needs "history.postgres" in the configuration',
      'Add history.postgres.url_file, a file with postgresql://USER:PASSWORD@HOST/DATABASE.',
      { exitCode: 2 },
    );
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  await assertListenable(listen);
  const { client, plan } = await openKafka(loaded, 'record');
  const limits = historyLimits(loaded.config);
  const leftOut = createLeftOutCounter(registry);
  const store = createPostgresPlaceStore({
    url,
    limits,
    logger,
    onLeftOut: (reason, count) => leftOut.inc({ stage: 'record', reason }, count),
  });
  const failures = new Counter({
    name: 'saccade_history_postgres_failures_total',
    help: 'Connections to PostgreSQL that failed or broke; each is tried again.',
    registers: [registry],
  });
  let failing: string | undefined;
  const admin = client.createAdmin();
  const reader = new TopicReader({
    client,
    admin,
    plan,
    group: `${plan.prefix}.record`,
    topics,
    store: {
      async next(place) {
        const next = await store.next(place);
        failing = undefined;
        return next;
      },
      store: (batch) => store.store(batch),
    },
    validate: validateEvent,
    logger,
    metrics: createPrometheusKafkaMetrics(registry),
    onFatal,
    onStoreFailure(error) {
      failures.inc();
      failing = (error as Error).message;
      logger.warn({ err: error }, 'history: PostgreSQL is away; Kafka keeps what is new');
      if (error instanceof PostgresHistoryError) onFatal(error);
    },
  });
  new Gauge({
    name: 'saccade_history_postgres_lag_records',
    help: 'Records that are not in PostgreSQL yet.',
    registers: [registry],
    collect() {
      this.set(reader.lag());
    },
  });
  const retention = createPostgresRetention({ url, limits, clock: systemClock, logger });
  const status = createStatusServer({
    listen,
    registry,
    health: () => [],
    readiness: () => [
      { name: 'PostgreSQL', ok: failing === undefined, reason: failing ?? `${reader.lag()} records wait` },
    ],
  });
  const lifecycle = createLifecycle(
    [
      status,
      {
        name: 'reader',
        start: async () => reader.start(),
        async stop() {
          await reader.stop();
          await Promise.all([store.close(), admin.close()]);
        },
      },
      { name: 'retention', start: async () => retention.start(), stop: () => retention.stop() },
    ],
    { stopTimeoutMs },
  );
  return {
    async start() {
      await lifecycle.start();
      const lines = [`records ${plan.physical('signals')} and the other topics into PostgreSQL`];
      return { statusUrl: status.url(), lines };
    },
    stop: () => lifecycle.stop(),
  };
}
