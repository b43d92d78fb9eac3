import type { CloudEvent } from '../cloud-event.ts';
import { alertConfirmedType } from '../events/confirmation.ts';
import { baselineAcceptedType, rulesLoadedType } from '../events/control.ts';
import type { Output } from '../port.ts';
import type { OutgoingMessage } from './client/port.ts';
import { encodeEvent } from './event-codec.ts';
import type { TopicPlan } from './topic-plan.ts';

/**
 * Concern every key, so they go to every partition of `signals`: each judge must see them at a place of its own order.
 */
const broadcastTypes: ReadonlySet<string> = new Set([
  rulesLoadedType,
  baselineAcceptedType,
  alertConfirmedType,
]);

/** `route`: where an output goes, if not to the place of its topic. */
export function toMessages(
  plan: TopicPlan,
  outputs: readonly Output[],
  route: (output: Output) => string | undefined = () => undefined,
): readonly OutgoingMessage[] {
  return outputs.flatMap((output) => {
    const topic = route(output) ?? plan.physical(output.topic);
    const message = { topic, ...encodeEvent(output.event) };
    return isBroadcast(output.event) ? toAll(message, plan.partitionsOf(topic)) : [message];
  });
}

export function isBroadcast(event: CloudEvent): boolean {
  return broadcastTypes.has(event.type);
}

function toAll(message: OutgoingMessage, partitions: number): readonly OutgoingMessage[] {
  return Array.from({ length: partitions }, (_, partition) => ({ ...message, partition }));
}
