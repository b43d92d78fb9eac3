import { randomUUID } from 'node:crypto';
import { tickType } from '../../stream/events/control.ts';
import { silentLogger } from '../../stream/stream-logger.ts';
import type { StreamRecord } from '../../stream/port.ts';
import type { IncomingMessage, KafkaClient } from '../../stream/kafka/client/port.ts';
import { decodeEvent } from '../../stream/kafka/event-codec.ts';
import { untilBroker } from '../../stream/kafka/kafka-host.ts';
import type { TopicPlan } from '../../stream/kafka/topic-plan.ts';

export interface RawRecord extends IncomingMessage {
  readonly partition: number;
}

const patienceMs = 60_000;

/** Everything that a Kafka topic holds now, partition by partition, in the order of offsets. A broker may have just started. */
export function readTopic(client: KafkaClient, topic: string): Promise<readonly RawRecord[]> {
  const signal = AbortSignal.timeout(patienceMs);
  return untilBroker(() => readOnce(client, topic), { logger: silentLogger, signal });
}

async function readOnce(client: KafkaClient, topic: string): Promise<readonly RawRecord[]> {
  const admin = client.createAdmin();
  await admin.connect();
  const ends = await admin.offsets(topic).finally(() => admin.close());
  const open = new Set(ends.flatMap(({ low, end }, partition) => (end > low ? [partition] : [])));
  if (open.size === 0) return [];
  const records: RawRecord[] = [];
  const done = Promise.withResolvers<void>();
  const consumer = client.createGroupConsumer({
    group: `test-reader-${randomUUID()}`,
    topics: [topic],
    owned: () => [],
    onAssigned: (partitions) => partitions.forEach((partition) => consumer.seek(topic, partition, 0)),
    onBatch: async ({ partition, messages }) => {
      const end = ends[partition]?.end ?? 0;
      for (const message of messages) if (message.offset < end) records.push({ ...message, partition });
      if ((messages.at(-1)?.offset ?? 0) >= end - 1) open.delete(partition);
      if (open.size === 0) done.resolve();
    },
    onCrash: (error) => done.reject(error),
  });
  try {
    await consumer.start();
    await done.promise;
  } finally {
    await consumer.stop();
  }
  return records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset);
}

/** As a consumer sees it: what repeats a (source, id) of its topic is dropped. */
export function toRecords(
  plan: TopicPlan,
  physical: string,
  raw: readonly RawRecord[],
): readonly StreamRecord[] {
  const seen = new Set<string>();
  return raw.flatMap((message) => {
    const topic = plan.logical(physical);
    const decoded = decodeEvent(message);
    if (topic === undefined || !decoded.ok) return [];
    const { event } = decoded;
    const identity = `${message.partition} ${topic} ${event.source} ${event.id}`;
    if (event.type !== tickType && seen.has(identity)) return [];
    seen.add(identity);
    const { partition, offset, timestampMs: appendedAtMs } = message;
    return [{ topic, partition, offset, appendedAtMs, event }];
  });
}
