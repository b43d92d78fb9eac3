import { join } from 'node:path';
import type { Logger } from 'pino';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { createCaptureStage } from '../../agent/captures/capture-stage.ts';
import type { FlightRecorder } from '../../agent/recorder/port.ts';
import { systemClock } from '../../stream/clock.ts';
import type { CloudEvent } from '../../stream/cloud-event.ts';
import { createEmbeddedHost } from '../../stream/embedded/embedded-host.ts';
import type { EmbeddedLog } from '../../stream/embedded/embedded-log.ts';
import { captureRequestedType } from '../../stream/events/capture.ts';
import { tickType } from '../../stream/events/control.ts';
import type { KafkaMetrics } from '../../stream/kafka/kafka-metrics.ts';
import { createMirror } from '../../stream/kafka/mirror.ts';
import { PatientSender } from '../../stream/kafka/patient-sender.ts';
import { createPrometheusKafkaMetrics } from '../../stream/kafka/prometheus-kafka-metrics.ts';
import { createUploader } from '../../stream/kafka/uploader.ts';

import { validateEvent } from '../../stream/validate-event.ts';
import type { Config } from '../config/schema.ts';
import { stageChecks } from '../health-checks.ts';
import { assertListenable, createStatusServer } from '../http/status-server.ts';
import { type Component, createLifecycle } from '../lifecycle.ts';
import { createObservationSource } from '../observation-source.ts';
import { createObserver } from '../observer.ts';
import { openSpool } from '../open-log.ts';
import { packageRoot } from '../package-root.ts';
import { describePart } from '../part-report.ts';
import { openKafka, type KafkaConnection } from './kafka-connection.ts';
import type { ProcessOptions, SaccadeProcess } from './saccade-process.ts';

const stopTimeoutMs = 15_000;

/**
 * `saccade agent`: what it sees goes into a log of its own first and from there to Kafka, so that a broker that is
 * away costs nothing but disk. Capture requests come down the topic `captures`: no second channel to secure.
 */
export async function createAgentProcess(options: ProcessOptions): Promise<SaccadeProcess> {
  const { loaded, logger } = options;
  const { config, dataDirectory } = loaded;
  const listen = options.listen ?? config.listen;
  await assertListenable(listen);
  const kafka = await openKafka(loaded, 'agent');
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const metrics = createPrometheusKafkaMetrics(registry);
  const log = openSpool(dataDirectory, kafka.config.spool_bytes, metrics);
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
    ...options,
    kafka,
    log,
    metrics,
    registry,
    recorder: observer.recorder,
  });
  const status = createStatusServer({
    listen,
    registry,
    health: () => stageChecks(carrier.host),
    readiness: () =>
      observer
        .parts()
        .map((part) => ({ name: part.name, ok: part.state !== 'missing', reason: describePart(part) })),
  });
  const lifecycle = createLifecycle(
    [{ name: 'spool', start: async () => {}, stop: async () => log.close() }, status, carrier, observer],
    { stopTimeoutMs },
  );
  return {
    async start() {
      await lifecycle.start();
      const lines = [`watches node ${config.node} for ${kafka.plan.physical('signals')}`];
      return { statusUrl: status.url(), lines };
    },
    stop: () => lifecycle.stop(),
  };
}

export interface AgentCarrierOptions {
  readonly loaded: { readonly config: Config };
  readonly kafka: KafkaConnection;
  readonly log: EmbeddedLog;
  readonly metrics: KafkaMetrics;
  readonly registry: Registry;
  readonly logger: Logger;
  /** undefined: capture requests are refused. */
  readonly recorder: FlightRecorder | undefined;
  readonly onFatal: (error: Error) => void;
}

/** Between an agent's own log and Kafka: observations up, capture requests down. */
export function createAgentCarrier(
  options: AgentCarrierOptions,
): Component & { readonly host: ReturnType<typeof createEmbeddedHost> } {
  const { kafka, log, metrics, logger, recorder, onFatal } = options;
  const { client, plan } = kafka;
  const { node } = options.loaded.config;
  const sender = client.createSender();
  const admin = client.createAdmin();
  const uploader = createUploader({
    log,
    sender: new PatientSender({ sender, logger, metrics }),
    plan,
    topics: ['signals', 'captures', 'dead'],
    isOwn: (topic, event) => topic !== 'captures' || event.source === `/nodes/${node}/captures`,
    clock: systemClock,
    onFatal,
  });
  const mirror = createMirror({
    client,
    admin,
    plan,
    group: `${plan.prefix}.agent.${node}`,
    topics: ['captures'],
    log,
    accepts: (_topic, event) => isRequestFor(node, event),
    // Packets from before the start were never recorded.
    firstFrom: 'end',
    validate: validateEvent,
    clock: systemClock,
    logger,
    metrics,
    onFatal,
    onTakenOver: () =>
      onFatal(new Error(`another agent runs as node ${node}: give each a name of its own ("node")`)),
  });
  const capture = createCaptureStage({
    node,
    recorder,
    unavailable: 'the flight recorder does not run',
    producer: log,
    nowMs: () => systemClock.nowMs(),
    onError: (error) => onFatal(error instanceof Error ? error : new Error(String(error))),
  });
  const host = createEmbeddedHost({
    log,
    stages: [capture],
    clock: systemClock,
    tickIntervalMs: 0,
    logger,
    metrics,
    onFatal,
  });
  registerWaiting(options.registry, () => uploader.waiting());
  return {
    name: 'carrier',
    host,
    async start() {
      host.start();
      capture.committed?.();
      uploader.start();
      mirror.start();
    },
    async stop() {
      await mirror.stop();
      await host.stop();
      await uploader.stop();
      await Promise.all([sender.close(), admin.close()]);
    },
  };
}

function isRequestFor(node: string, event: CloudEvent): boolean {
  if (event.type === tickType) return false;
  return event.type === captureRequestedType && (event.data as { readonly node?: unknown }).node === node;
}

function registerWaiting(registry: Registry, waiting: () => number): void {
  new Gauge({
    name: 'saccade_spool_waiting_records',
    help: 'Records that wait for the broker, counted up to 10,000 a topic.',
    registers: [registry],
    collect() {
      this.set(waiting());
    },
  });
}
