import { systemClock } from '../../stream/clock.ts';
import type { CloudEvent } from '../../stream/cloud-event.ts';
import type { EmbeddedLog } from '../../stream/embedded/embedded-log.ts';
import { type Capture, captureType } from '../../stream/events/capture.ts';
import { tickType } from '../../stream/events/control.ts';
import { observationsType, type ObservationBatch } from '../../stream/events/observation.ts';
import type { KafkaMetrics } from '../../stream/kafka/kafka-metrics.ts';
import { createMirror } from '../../stream/kafka/mirror.ts';
import type { Topic } from '../../stream/port.ts';
import type { StreamLogger } from '../../stream/stream-logger.ts';
import { createUploader } from '../../stream/uploader.ts';
import { validateEvent } from '../../stream/validate-event.ts';
import type { HealthCheck } from '../http/status-server.ts';
import type { Component } from '../lifecycle.ts';
import type { KafkaConnection } from './kafka-connection.ts';
import { createKafkaUpstream } from './kafka-upstream.ts';

export interface NotifyCarrierOptions {
  readonly kafka: KafkaConnection;
  readonly log: EmbeddedLog;
  /** What is copied down. */
  readonly topics: readonly Topic[];
  /** Told of each batch of observations that comes by. */
  readonly onObservations: (batch: ObservationBatch) => void;
  /** Puts in place of an agent's path the place where this process has the file; undefined: it takes none. */
  readonly linkCapture: ((capture: Capture) => Capture) | undefined;
  readonly metrics: KafkaMetrics;
  readonly logger: StreamLogger;
  readonly onFatal: (error: Error) => void;
}

/** Between the log of `saccade notify` and Kafka: its topics down, what people and the sender add up. */
export interface NotifyCarrier extends Component {
  /** Resolves when this process is the one that reads and has read everything. */
  inCharge(): Promise<void>;
  lag(): number | undefined;
  check(): HealthCheck;
}

/** Who writes to Kafka beside this process: agents and judges, captures, respond, engines' rules, clocks, consoles. */
const foreignSources = /^\/(clusters\/.+\/(judge|nodes\/.+)|(nodes|respond|rules|stream|consoles)(\/.*)?)$/;

export function createNotifyCarrier(options: NotifyCarrierOptions): NotifyCarrier {
  const { kafka, log, topics, onObservations, linkCapture, metrics, logger, onFatal } = options;
  const { client, plan } = kafka;
  const upstream = createKafkaUpstream({ kafka, logger, metrics });
  const uploader = createUploader({
    log,
    sender: upstream.sender,
    name: 'kafka/upload',
    topics: ['signals', 'alerts', 'captures', 'notifications'],
    isOwn: (_topic, { type, source }) => type !== tickType && !foreignSources.test(source),
    clock: systemClock,
    onFatal,
  });
  const mirror = createMirror({
    client,
    admin: upstream.admin,
    plan,
    group: `${plan.prefix}.notify`,
    topics,
    log,
    accepts(_topic, event) {
      if (isObservation(event)) onObservations(event.data);
      return true;
    },
    adapt: (event) =>
      linkCapture !== undefined && event.type === captureType
        ? { ...event, data: linkCapture(event.data as Capture) }
        : event,
    firstFrom: 'beginning',
    validate: validateEvent,
    clock: systemClock,
    logger,
    metrics,
    onFatal,
    onTakenOver: () =>
      onFatal(new Error('another notify process has taken over: this one starts anew, in reserve')),
  });
  return {
    name: 'carrier',
    inCharge: () => mirror.caughtUp(),
    lag: () => mirror.lag(),
    check() {
      const lag = mirror.lag();
      return {
        name: 'stream',
        ok: true,
        reason: lag === undefined ? 'in reserve' : `${lag} records to read`,
      };
    },
    async start() {
      uploader.start();
      mirror.start();
    },
    async stop() {
      await mirror.stop();
      await uploader.stop();
      await upstream.close();
    },
  };
}

function isObservation(event: CloudEvent): event is CloudEvent<typeof observationsType, ObservationBatch> {
  return event.type === observationsType;
}
