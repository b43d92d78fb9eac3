import { hostname } from 'node:os';
import { pid } from 'node:process';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { createPostgresConsoleReader } from '../../console/reader/postgres-reader.ts';
import { createPrometheusKafkaMetrics } from '../../stream/kafka/prometheus-kafka-metrics.ts';
import { assertConsoleConfig } from '../console/console.ts';
import { createKafkaSaccade } from '../console/kafka-saccade.ts';
import { createHistoryTrial } from '../console/history-trial.ts';
import { assertListenable, createStatusServer } from '../http/status-server.ts';
import { createLifecycle } from '../lifecycle.ts';
import { postgresUrl } from '../open-postgres.ts';
import { createConsoleOver, remoteChecks, unknownView } from './console-over.ts';
import { openKafka } from './kafka-connection.ts';
import type { ProcessOptions, SaccadeProcess } from './saccade-process.ts';
import { openSignalSight } from './signal-sight.ts';

const stopTimeoutMs = 10_000;

/**
 * `saccade console` over Kafka and PostgreSQL: any number of them, without a disk. What was is asked of PostgreSQL, what
 * happens comes over Kafka, and so does what people do.
 */
export async function createKafkaConsoleProcess(options: ProcessOptions): Promise<SaccadeProcess> {
  const { loaded, logger } = options;
  const { config } = loaded;
  const listen = options.listen ?? config.listen;
  await assertListenable(listen);
  const consoleConfig = { ...config.console, enabled: true };
  await assertConsoleConfig(consoleConfig, loaded.directory, config.kubernetes);
  const kafka = await openKafka(loaded, 'console');
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const metrics = createPrometheusKafkaMetrics(registry);
  const url = async (): Promise<string> => (await postgresUrl(loaded)?.()) ?? '';
  const sight = openSignalSight({ loaded, kafka, process: 'console', metrics, logger });
  const remote = createKafkaSaccade({
    ...kafka,
    name: `${hostname()}.${pid}`,
    node: config.node,
    flows: sight.flows,
    unknown: unknownView(options),
    nowMs: () => Date.now(),
    logger,
    metrics,
  });
  const status = createStatusServer({
    listen,
    registry,
    health: () => [],
    readiness: () => remoteChecks(remote),
  });
  const console = createConsoleOver(options, consoleConfig, {
    remote,
    reader: createPostgresConsoleReader({ url }),
    follow: remote.follow,
    replay: createHistoryTrial(url),
  });
  const lifecycle = createLifecycle([status, sight, remote, console], { stopTimeoutMs });
  return {
    async start() {
      await lifecycle.start();
      const lines = [
        `console ${console.url() ?? ''}`,
        `reads   PostgreSQL and ${kafka.plan.physical('alerts')}`,
      ];
      return { statusUrl: status.url(), lines };
    },
    stop: () => lifecycle.stop(),
  };
}
