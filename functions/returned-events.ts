import { createCloudEvent, type CloudEvent } from '../stream/cloud-event.ts';
import { captureRequestedType } from '../stream/events/capture.ts';
import { acknowledgedType, silenceAddedType, silenceExpiredType } from '../stream/events/control.ts';
import { alertAnnotatedType } from '../stream/events/function.ts';
import type { Output, Topic } from '../stream/port.ts';
import { validateEvent } from '../stream/validate-event.ts';
import { FunctionError, type ReturnedEvent } from './event-function.ts';

/** What a function may say, and where it goes. What is measured and what was judged is not its to tell. */
const topicOf: ReadonlyMap<string, Topic> = new Map<string, Topic>([
  [alertAnnotatedType, 'alerts'],
  [acknowledgedType, 'alerts'],
  [silenceAddedType, 'alerts'],
  [silenceExpiredType, 'alerts'],
  [captureRequestedType, 'captures'],
]);
const maxReturned = 20;

/**
 * What enters the stream. The id follows from the event that was given, so that what comes of a repeated call is dropped
 * by whoever has seen it. Throws a `FunctionError` for what may not or cannot enter.
 */
export function toOutputs(
  name: string,
  given: CloudEvent,
  returned: readonly ReturnedEvent[],
  nowMs: number,
): readonly Output[] {
  if (returned.length > maxReturned)
    throw refusal(`it returned ${returned.length} events, at most ${maxReturned} are taken`);
  return returned.map(({ type, data }, index) => {
    const topic = topicOf.get(type);
    if (topic === undefined)
      throw refusal(`it may not return events of type ${type} (${[...topicOf.keys()].join(', ')})`);
    const event = createCloudEvent({
      id: `${name}/${given.id}/${index}`,
      source: `/functions/${name}`,
      type,
      timeMs: nowMs,
      partitionkey: given.partitionkey,
      data,
    });
    const fault = validateEvent(event);
    if (fault !== undefined) throw refusal(`it returned an event that is not valid: ${fault}`);
    return { topic, event };
  });
}

function refusal(message: string): FunctionError {
  return new FunctionError('answer', message, { retryable: false });
}
