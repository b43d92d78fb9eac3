import type { CloudEvent } from '../cloud-event.ts';
import { createDeadLetter } from '../embedded/dead-letter.ts';
import { tickType } from '../events/control.ts';
import { observationsType } from '../events/observation.ts';
import { PoisonError, type Output, type Stage, type StreamRecord } from '../port.ts';
import type { StreamLogger } from '../stream-logger.ts';
import type { EventValidator } from '../validate-event.ts';
import type { IncomingMessage } from './client/port.ts';
import { decodeEvent } from './event-codec.ts';
import type { KafkaMetrics } from './kafka-metrics.ts';
import type { SeenIds } from './seen-ids.ts';
import type { TopicPlan } from './topic-plan.ts';

export interface StageBatchContext {
  readonly stage: Stage;
  readonly seen: SeenIds;
  readonly plan: TopicPlan;
  readonly validate: EventValidator | undefined;
  readonly logger: StreamLogger;
  readonly metrics: KafkaMetrics;
}

export interface BatchPlace {
  /** The Kafka topic. */
  readonly topic: string;
  readonly partition: number;
}

/** Beyond it a source's clock is not believed; the judge clamps at the same distance. */
const maxSkewMs = 5_000;

/**
 * Feeds messages to a stage: decodes, checks, drops what was seen, buries what cannot be taken. Synchronous and
 * deterministic, so that a replay of the same offsets gives the same outputs with the same ids. Throws what the
 * stage throws beyond poison.
 */
export function feedStage(
  context: StageBatchContext,
  place: BatchPlace,
  messages: readonly IncomingMessage[],
): readonly Output[] {
  return messages.flatMap((message) => feedOne(context, place, message));
}

function feedOne(context: StageBatchContext, place: BatchPlace, message: IncomingMessage): readonly Output[] {
  const { stage, seen, plan, validate, metrics } = context;
  const topic = plan.logical(place.topic);
  if (topic === undefined || !stage.inputs.includes(topic)) return [];
  const { offset, timestampMs: appendedAtMs } = message;
  const origin = { topic, partition: place.partition, offset, appendedAtMs };
  const decoded = decodeEvent(message);
  if (!decoded.ok) return bury(context, origin, decoded.text, decoded.reason);
  const { event } = decoded;
  if (event.type !== tickType && !seen.add(event.source, event.id)) {
    metrics.duplicates(topic, 1);
    return [];
  }
  const fault = validate?.(event);
  if (fault !== undefined) return bury(context, origin, event, fault);
  noteSkew(metrics, event, appendedAtMs);
  try {
    return stage.process({ ...origin, event });
  } catch (error) {
    if (!(error instanceof PoisonError)) throw error;
    return bury(context, origin, event, error.message);
  }
}

/** A dead letter that is itself deadly is only counted: one for each would never end. */
function bury(
  { stage, logger, metrics }: StageBatchContext,
  { topic, partition, offset, appendedAtMs }: Omit<StreamRecord, 'event'>,
  event: CloudEvent | string,
  reason: string,
): readonly Output[] {
  metrics.deadLetter(stage.name);
  logger.warn({ stage: stage.name, topic, partition, offset, reason }, 'a stage could not take an event');
  if (topic === 'dead') return [];
  const letter = { stage: stage.name, topic, partition, offset, reason, event, timeMs: appendedAtMs };
  return [{ topic: 'dead', event: createDeadLetter(letter) }];
}

/** Who is ahead or behind is told by name; the judge has clamped it already, so it harms nobody. */
function noteSkew(metrics: KafkaMetrics, event: CloudEvent, appendedAtMs: number): void {
  if (event.type !== observationsType) return;
  const skewMs = Date.parse(event.time) - appendedAtMs;
  // Behind may be a backlog of the agent's; ahead can only be its clock.
  if (skewMs > maxSkewMs) metrics.skewed(event.source, skewMs);
}
