import { Gauge, type Registry } from 'prom-client';
import { createCaptureStage } from '../../agent/captures/capture-stage.ts';
import { forwardCaptures, type CaptureUpload } from '../../agent/captures/forward-captures.ts';
import type { FlightRecorder } from '../../agent/recorder/port.ts';
import { systemClock } from '../../stream/clock.ts';
import { createEmbeddedHost, type EmbeddedHost } from '../../stream/embedded/embedded-host.ts';
import type { EmbeddedLog } from '../../stream/embedded/embedded-log.ts';
import type { StreamLogger } from '../../stream/stream-logger.ts';
import type { StreamMetrics } from '../../stream/stream-metrics.ts';
import { createUploader } from '../../stream/uploader.ts';
import type { Component } from '../lifecycle.ts';
import type { AgentLink } from './agent-link.ts';

export interface AgentCarrierOptions {
  readonly node: string;
  readonly link: AgentLink;
  readonly log: EmbeddedLog;
  readonly metrics: StreamMetrics;
  readonly registry: Registry;
  readonly logger: StreamLogger;
  /** undefined: capture requests are refused. */
  readonly recorder: FlightRecorder | undefined;
  /** Where files of captures go before they are told of; undefined: they stay on this node. */
  readonly upload: CaptureUpload | undefined;
  readonly onFatal: (error: Error) => void;
}

export interface AgentCarrier extends Component {
  readonly host: EmbeddedHost;
}

/**
 * Between an agent's own log and the rest. Captures go up beside the observations, in a lane of their own: a file that
 * waits for its store holds nothing else up.
 */
export function createAgentCarrier(options: AgentCarrierOptions): AgentCarrier {
  const { node, link, log, metrics, logger, recorder, upload, onFatal } = options;
  const observations = createUploader({
    log,
    sender: link.sender,
    name: `${link.name}/upload`,
    topics: ['signals', 'dead'],
    isOwn: () => true,
    clock: systemClock,
    onFatal,
  });
  const captures = createUploader({
    log,
    sender: upload === undefined ? link.sender : forwardCaptures(link.sender, upload),
    name: `${link.name}/upload/captures`,
    topics: ['captures'],
    // The requests came down.
    isOwn: (_topic, { source }) => source === `/nodes/${node}/captures`,
    clock: systemClock,
    onFatal,
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
  registerWaiting(options.registry, () => observations.waiting() + captures.waiting());
  return {
    name: 'carrier',
    host,
    async start() {
      host.start();
      capture.committed?.();
      observations.start();
      captures.start();
      link.startCommands();
    },
    async stop() {
      await link.stopCommands();
      await host.stop();
      await Promise.all([observations.stop(), captures.stop()]);
      await link.close();
    },
  };
}

function registerWaiting(registry: Registry, waiting: () => number): void {
  new Gauge({
    name: 'saccade_spool_waiting_records',
    help: 'Records that wait to be sent, counted up to 10,000 a topic.',
    registers: [registry],
    collect() {
      this.set(waiting());
    },
  });
}
