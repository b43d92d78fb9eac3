import { systemClock } from '../../stream/clock.ts';
import type { CloudEvent } from '../../stream/cloud-event.ts';
import type { EmbeddedLog } from '../../stream/embedded/embedded-log.ts';
import { captureRequestedType } from '../../stream/events/capture.ts';
import type { KafkaMetrics } from '../../stream/kafka/kafka-metrics.ts';
import { createMirror } from '../../stream/kafka/mirror.ts';
import type { StreamLogger } from '../../stream/stream-logger.ts';
import { validateEvent } from '../../stream/validate-event.ts';
import type { AgentLink } from './agent-link.ts';
import type { KafkaConnection } from './kafka-connection.ts';
import { createKafkaUpstream } from './kafka-upstream.ts';

export interface KafkaAgentLinkOptions {
  readonly node: string;
  readonly kafka: KafkaConnection;
  readonly log: EmbeddedLog;
  readonly metrics: KafkaMetrics;
  readonly logger: StreamLogger;
  readonly onFatal: (error: Error) => void;
}

/** Capture requests come down the topic `captures`: no second channel to secure. */
export function createKafkaAgentLink(options: KafkaAgentLinkOptions): AgentLink {
  const { node, kafka, log, metrics, logger, onFatal } = options;
  const { client, plan } = kafka;
  const upstream = createKafkaUpstream({ kafka, logger, metrics });
  const mirror = createMirror({
    client,
    admin: upstream.admin,
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
  return {
    name: 'kafka',
    target: plan.physical('signals'),
    sender: upstream.sender,
    startCommands: () => mirror.start(),
    stopCommands: () => mirror.stop(),
    check: () => ({ name: 'kafka', ok: true, reason: `capture requests from ${plan.physical('captures')}` }),
    close: () => upstream.close(),
  };
}

function isRequestFor(node: string, event: CloudEvent): boolean {
  return event.type === captureRequestedType && (event.data as { readonly node?: unknown }).node === node;
}
