import { hostname } from 'node:os';
import { pid } from 'node:process';
import type { Logger } from 'pino';
import { findWorkloads } from '../../history/postgres/postgres-workload-queries.ts';
import { createPostgresPool } from '../../history/postgres/postgres-pool.ts';
import type { ObservationBatch } from '../../stream/events/observation.ts';
import type { KafkaMetrics } from '../../stream/kafka/kafka-metrics.ts';
import { PartitionReader } from '../../stream/kafka/partition-reader.ts';
import { topics, type Topic } from '../../stream/port.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { createLifecycle, type Component } from '../lifecycle.ts';
import { postgresUrl } from '../open-postgres.ts';
import { type FlowFinder, RecentFlows } from '../recent-flows.ts';
import type { KafkaConnection } from './kafka-connection.ts';
import { createSignalPulse } from './signal-pulse.ts';
import { createWatchedFlows } from './watched-flows.ts';

const maxRecentFlows = 100_000;
const stopTimeoutMs = 10_000;
/** A person waits for the answer. */
const readTimeoutMs = 5_000;
/** Between two looks whether observations come, unless the heartbeat wants to know more often. */
const pulseMs = 30_000;

/** What a process without judges knows of the observations. */
export interface SignalSight extends Component {
  /** That it copies into its own log. */
  readonly topics: readonly Topic[];
  readonly flows: FlowFinder;
  note(batch: ObservationBatch): void;
  /** Grows while observations enter the stream; asked by the heartbeat. */
  observed(): number;
}

export interface SignalSightOptions {
  readonly loaded: LoadedConfig;
  readonly kafka: KafkaConnection;
  /** Which process: part of the names of its groups. */
  readonly process: string;
  readonly metrics: KafkaMetrics;
  readonly logger: Logger;
}

/**
 * Who has to write the history itself copies every observation. Where `history.postgres` has it, written by
 * `saccade record`, the signals stay where they are, and the end of a partition is looked at when somebody asks.
 */
export function openSignalSight(options: SignalSightOptions): SignalSight {
  return postgresUrl(options.loaded) === undefined ? createMirroredSignals() : createWatchedSignals(options);
}

function createMirroredSignals(): SignalSight {
  const flows = new RecentFlows(maxRecentFlows);
  let observed = 0;
  return {
    name: 'signals',
    topics,
    flows,
    note(batch) {
      observed += 1;
      flows.note(batch);
    },
    observed: () => observed,
    start: async () => {},
    stop: async () => {},
  };
}

function createWatchedSignals({ loaded, kafka, process, metrics, logger }: SignalSightOptions): SignalSight {
  const { client, plan } = kafka;
  const admin = client.createAdmin();
  const reader = new PartitionReader({
    client,
    admin,
    topic: plan.physical('signals'),
    group: `${plan.prefix}.${process}.flows.${hostname()}.${pid}`,
    logger,
    metrics,
    timeoutMs: readTimeoutMs,
  });
  const pool = createPostgresPool({
    url: async () => (await postgresUrl(loaded)?.()) ?? '',
    name: `saccade ${process}, flows`,
    maxConnections: 1,
  });
  const onError = (error: Error): void =>
    logger.warn({ err: error }, 'what was observed lately cannot be read');
  const flows = createWatchedFlows({
    reader,
    findWorkloads: (question) => pool.using((database) => findWorkloads(database, question)),
    cluster: loaded.config.cluster,
    nowMs: () => Date.now(),
    onError,
  });
  const { heartbeat } = loaded.notify;
  const pulse = createSignalPulse({
    reader,
    everyMs: heartbeat === undefined ? pulseMs : Math.min(pulseMs, heartbeat.everyMs / 2),
    onError,
  });
  const lifecycle = createLifecycle(
    [
      { name: 'connections', start: async () => {}, stop: () => closeAll([pool, admin]) },
      { name: 'reader', start: async () => reader.start(), stop: () => reader.stop() },
      ...(heartbeat === undefined ? [] : [pulse]),
    ],
    { stopTimeoutMs },
  );
  return {
    name: 'signals',
    topics: topics.filter((topic) => topic !== 'signals'),
    flows,
    note: () => undefined,
    observed: () => pulse.observed(),
    start: () => lifecycle.start(),
    stop: () => lifecycle.stop(),
  };
}

async function closeAll(all: readonly { close(): Promise<void> }[]): Promise<void> {
  await Promise.all(all.map((one) => one.close()));
}
