import { createCloudEvent, type CloudEvent } from '../cloud-event.ts';
import { deadLetterType, type DeadLetterEvent } from '../events/dead-letter.ts';
import type { Topic } from '../port.ts';

/** Text of an event that does not parse, kept at most. */
const maxTextLength = 16_384;

export interface DeadLetterFields {
  /** Who could not take it; `append` where it never entered the log. */
  readonly stage: string;
  readonly reason: string;
  readonly topic: Topic;
  /** Where a log has several; default 0. */
  readonly partition?: number;
  /** -1: it never entered the log. */
  readonly offset: number;
  readonly event: CloudEvent | string;
  readonly timeMs: number;
}

/** The same failure of the same record always gives the same id, so that a repeat after a crash is dropped. */
export function createDeadLetter(fields: DeadLetterFields): DeadLetterEvent {
  const { stage, reason, topic, partition = 0, offset, event, timeMs } = fields;
  const place =
    offset === -1 ? refusedId(event) : partition === 0 ? String(offset) : `${partition}/${offset}`;
  return createCloudEvent({
    id: `${stage}/${topic}/${place}`,
    source: '/stream/dead-letters',
    type: deadLetterType,
    timeMs,
    partitionkey: stage,
    data: {
      stage,
      reason,
      topic,
      partition,
      offset,
      event: typeof event === 'string' ? event.slice(0, maxTextLength) : event,
    },
  });
}

function refusedId(event: CloudEvent | string): string {
  return typeof event === 'string' ? event.slice(0, 64) : `${event.source}/${event.id}`;
}
