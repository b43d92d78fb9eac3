import type { CloudEvent } from '../cloud-event.ts';
import { tickType } from '../events/control.ts';
import { envelopeFault } from '../parse-cloud-event.ts';
import type { IncomingMessage, OutgoingMessage } from './client/port.ts';

/**
 * CloudEvents in Kafka's binary content mode: attributes are `ce_` headers, the value is the data as it is, the key
 * is the partition key.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
 */
const attributes = ['id', 'source', 'type', 'time', 'partitionkey'] as const;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

export function encodeEvent(event: CloudEvent): Omit<OutgoingMessage, 'topic'> {
  return {
    key: event.partitionkey,
    value: encoder.encode(JSON.stringify(event.data)),
    headers: {
      ce_specversion: event.specversion,
      ce_id: event.id,
      ce_source: event.source,
      ce_type: event.type,
      ce_time: event.time,
      ce_partitionkey: event.partitionkey,
      'content-type': event.datacontenttype,
    },
  };
}

export type DecodedEvent =
  | { readonly ok: true; readonly event: CloudEvent }
  | { readonly ok: false; readonly reason: string; readonly text: string };

/** Never throws: whoever may write to the topic may write anything. */
export function decodeEvent(message: IncomingMessage): DecodedEvent {
  const { headers, value } = message;
  const refuse = (reason: string): DecodedEvent => ({ ok: false, reason, text: textOf(value) });
  if (value === null) return refuse('no value');
  let data: unknown;
  try {
    data = JSON.parse(decoder.decode(value));
  } catch (error) {
    return refuse(`data is not JSON: ${(error as Error).message}`);
  }
  const event = {
    specversion: headers['ce_specversion'],
    ...Object.fromEntries(attributes.map((name) => [name, headers[`ce_${name}`]])),
    datacontenttype: 'application/json',
    data,
  };
  const fault = envelopeFault(event);
  return fault === undefined
    ? { ok: true, event: onBrokerTime(event as unknown as CloudEvent, message) }
    : refuse(fault);
}

/** A tick says what time it is, and the broker's clock is the only one that all agree on. */
function onBrokerTime(event: CloudEvent, { timestampMs }: IncomingMessage): CloudEvent {
  return event.type === tickType ? { ...event, time: new Date(timestampMs).toISOString() } : event;
}

function textOf(value: Uint8Array | null): string {
  return value === null ? '' : new TextDecoder().decode(value);
}
