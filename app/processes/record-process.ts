import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { PostgresHistoryError } from '../../history/postgres/postgres-history-error.ts';
import {
  createPostgresPlaceStore,
  type PostgresPlaceStore,
} from '../../history/postgres/postgres-place-store.ts';
import { createPostgresRetention } from '../../history/postgres/postgres-retention.ts';
import { systemClock } from '../../stream/clock.ts';
import { createPrometheusKafkaMetrics } from '../../stream/kafka/prometheus-kafka-metrics.ts';
import { TopicReader } from '../../stream/kafka/topic-reader.ts';
import { topics } from '../../stream/port.ts';
import { validateEvent } from '../../stream/validate-event.ts';
import { historyLimits } from '../history-limits.ts';
import { assertListenable, createStatusServer, type HealthCheck } from '../http/status-server.ts';
import { createLeftOutCounter } from '../left-out-counter.ts';
import { type Component, createLifecycle } from '../lifecycle.ts';
import { postgresUrl } from '../open-postgres.ts';
import { StartError } from '../start-error.ts';
import { type KafkaConnection, openKafka } from './kafka-connection.ts';
import type { ProcessOptions, SaccadeProcess } from './saccade-process.ts';

const stopTimeoutMs = 15_000;

/**
 * `saccade record`: writes the history of the topics into PostgreSQL. Several share the partitions; each record is
 * written once, because its partition's offset is in the same transaction. While the database is away, Kafka keeps.
 */
export async function createRecordProcess(options: ProcessOptions): Promise<SaccadeProcess> {
  const { loaded, logger } = options;
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
  const kafka = await openKafka(loaded, 'record');
  const limits = historyLimits(loaded.config);
  const leftOut = createLeftOutCounter(registry);
  const onLeftOut = (reason: string, count: number): void => leftOut.inc({ stage: 'record', reason }, count);
  const store = createPostgresPlaceStore({ url, limits, logger, onLeftOut });
  const recorder = createRecorder(options, { kafka, store, registry });
  const retention = createPostgresRetention({ url, limits, clock: systemClock, logger });
  const readiness = (): readonly HealthCheck[] => [recorder.check()];
  const status = createStatusServer({ listen, registry, health: () => [], readiness });
  const lifecycle = createLifecycle(
    [
      status,
      recorder,
      { name: 'retention', start: async () => retention.start(), stop: () => retention.stop() },
    ],
    { stopTimeoutMs },
  );
  return {
    async start() {
      await lifecycle.start();
      const lines = [`records ${kafka.plan.physical('signals')} and the other topics into PostgreSQL`];
      return { statusUrl: status.url(), lines };
    },
    stop: () => lifecycle.stop(),
  };
}

interface RecorderParts {
  readonly kafka: KafkaConnection;
  readonly store: PostgresPlaceStore;
  readonly registry: Registry;
}

interface Recorder extends Component {
  check(): HealthCheck;
}

function createRecorder(
  { logger, onFatal }: ProcessOptions,
  { kafka: { client, plan }, store, registry }: RecorderParts,
): Recorder {
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
      next: (place) => answered(store.next(place)),
      store: (batch) => answered(store.store(batch)),
    },
    validate: validateEvent,
    logger,
    metrics: createPrometheusKafkaMetrics(registry),
    onFatal,
    onStoreFailure(error) {
      failures.inc();
      failing = (error as Error).message;
      logger.warn({ err: error }, 'history: what was read cannot be stored yet; Kafka keeps it');
      if (error instanceof PostgresHistoryError) onFatal(error);
    },
  });
  async function answered<T>(answer: Promise<T>): Promise<T> {
    const value = await answer;
    failing = undefined;
    return value;
  }
  registerLag(registry, () => reader.lag());
  return {
    name: 'reader',
    start: async () => reader.start(),
    async stop() {
      await reader.stop();
      await Promise.all([store.close(), admin.close()]);
    },
    check: () => ({
      name: 'PostgreSQL',
      ok: failing === undefined,
      reason: failing ?? `${reader.lag()} records wait`,
    }),
  };
}

function registerLag(registry: Registry, lag: () => number): void {
  new Gauge({
    name: 'saccade_history_postgres_lag_records',
    help: 'Records that are not in PostgreSQL yet.',
    registers: [registry],
    collect() {
      this.set(lag());
    },
  });
}
