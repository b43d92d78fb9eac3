import { join } from 'node:path';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { EmbeddedLog } from '../../stream/embedded/embedded-log.ts';
import { createPrometheusKafkaMetrics } from '../../stream/kafka/prometheus-kafka-metrics.ts';
import type { KafkaMetrics } from '../../stream/kafka/kafka-metrics.ts';
import { identityOf } from '../../stream/http/stream-identity.ts';
import { createPrometheusStreamMetrics } from '../../stream/prometheus-stream-metrics.ts';
import type { StreamMetrics } from '../../stream/stream-metrics.ts';
import { stageChecks } from '../health-checks.ts';
import { assertListenable, createStatusServer } from '../http/status-server.ts';
import { createLifecycle } from '../lifecycle.ts';
import { createObservationSource } from '../observation-source.ts';
import { createObserver } from '../observer.ts';
import { openSpool } from '../open-log.ts';
import { packageRoot } from '../package-root.ts';
import { describePart } from '../part-report.ts';
import { StartError } from '../start-error.ts';
import { createAgentCarrier } from './agent-carrier.ts';
import type { AgentLink } from './agent-link.ts';
import { createCaptureUpload } from './capture-upload.ts';
import { createHttpAgentLink } from './http-agent-link.ts';
import { createKafkaAgentLink } from './kafka-agent-link.ts';
import { openKafka } from './kafka-connection.ts';
import type { ProcessOptions, SaccadeProcess } from './saccade-process.ts';

const stopTimeoutMs = 15_000;

/**
 * `saccade agent`: what it sees goes into a log of its own first and from there to a server or to Kafka, so that the
 * other end may be away: that costs nothing but disk.
 */
export async function createAgentProcess(options: ProcessOptions): Promise<SaccadeProcess> {
  const { loaded, logger } = options;
  const { config, dataDirectory } = loaded;
  const listen = options.listen ?? config.listen;
  await assertListenable(listen);
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const { log, metrics, link } = await openLink(options, registry);
  const source = createObservationSource(log, config.node, (error, lost) => {
    if ((lost & (lost - 1)) === 0) logger.error({ err: error, lost }, 'observations were not spooled');
  });
  const observer = createObserver({
    config,
    directory: loaded.directory,
    dataDirectory,
    bpfDirectory: join(packageRoot, 'bpf'),
    emit: (batch) => source.emit(batch),
    logger,
    registry,
  });
  const carrier = createAgentCarrier({
    node: config.node,
    link,
    log,
    metrics,
    registry,
    logger,
    recorder: observer.recorder,
    upload: createCaptureUpload({ loaded, link, instance: identityOf(log, 'http/agent'), logger, registry }),
    onFatal: options.onFatal,
  });
  const status = createStatusServer({
    listen,
    registry,
    health: () => stageChecks(carrier.host),
    readiness: () => [
      link.check(),
      ...observer
        .parts()
        .map((part) => ({ name: part.name, ok: part.state !== 'missing', reason: describePart(part) })),
    ],
  });
  const lifecycle = createLifecycle(
    [{ name: 'spool', start: async () => {}, stop: async () => log.close() }, status, carrier, observer],
    { stopTimeoutMs },
  );
  return {
    async start() {
      await lifecycle.start();
      return { statusUrl: status.url(), lines: [`watches node ${config.node} for ${link.target}`] };
    },
    stop: () => lifecycle.stop(),
  };
}

interface OpenedLink {
  readonly log: EmbeddedLog;
  readonly metrics: StreamMetrics;
  readonly link: AgentLink;
}

/** The configuration says which way: `server`, or `kafka`. */
async function openLink(options: ProcessOptions, registry: Registry): Promise<OpenedLink> {
  const { loaded, logger, onFatal } = options;
  const { server, kafka: kafkaConfig, node } = loaded.config;
  if (server !== undefined && kafkaConfig !== undefined)
    throw new StartError(
      'both "server" and "kafka" are in the configuration',
      'An agent reports to one of them: remove the other.',
      { exitCode: 2 },
    );
  if (server !== undefined) {
    const metrics = createPrometheusStreamMetrics(registry);
    const log = openSpool(loaded.dataDirectory, server.spool_bytes, metrics);
    const { directory } = loaded;
    const link = createHttpAgentLink({ node, server, directory, log, registry, logger, onFatal });
    return { log, metrics, link };
  }
  const kafka = await openKafka(loaded, 'agent');
  const metrics: KafkaMetrics = createPrometheusKafkaMetrics(registry);
  const log = openSpool(loaded.dataDirectory, kafka.config.spool_bytes, metrics);
  return { log, metrics, link: createKafkaAgentLink({ node, kafka, log, metrics, logger, onFatal }) };
}
