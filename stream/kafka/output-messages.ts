import type { CloudEvent } from '../cloud-event.ts';
import { baselineAcceptedType, rulesLoadedType } from '../events/control.ts';
import type { Output } from '../port.ts';
import type { OutgoingMessage } from './client/port.ts';
import { encodeEvent } from './event-codec.ts';
import type { TopicPlan } from './topic-plan.ts';

/**
 * Concern every key, so they go to every partition of `signals`: each judge must see them at a place of its own order.
 */
const broadcastTypes: ReadonlySet<string> = new Set([rulesLoadedType, baselineAcceptedType]);

export function toMessages(plan: TopicPlan, outputs: readonly Output[]): readonly OutgoingMessage[] {
  return outputs.flatMap(({ topic, event }) => {
    const message = { topic: plan.physical(topic), ...encodeEvent(event) };
    return topic === 'signals' && isBroadcast(event) ? toAll(message, plan.partitions) : [message];
  });
}

function isBroadcast(event: CloudEvent): boolean {
  return broadcastTypes.has(event.type);
}

function toAll(message: OutgoingMessage, partitions: number): readonly OutgoingMessage[] {
  return Array.from({ length: partitions }, (_, partition) => ({ ...message, partition }));
}
