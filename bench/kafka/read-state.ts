import { randomUUID } from 'node:crypto';
import type { IncomingMessage, KafkaClient } from '../../stream/kafka/client/port.ts';

export interface StateEntry {
  readonly partition: number;
  readonly value: Uint8Array;
}

const keyPrefix = 's/key/';

/**
 * The keys that judges remember, as their compacted topic has them (stream/kafka/state-messages.ts). A topic that is written in
 * transactions ends in records that no consumer gets, so a mark is put behind what is there, and read for; to those who load
 * the state it is the deletion of a key that there is not.
 */
export async function readJudgedKeys(
  client: KafkaClient,
  topic: string,
  partitions: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, StateEntry>> {
  const mark = `bench/${randomUUID()}`;
  await markEnds(client, topic, partitions, mark);
  const keys = new Map<string, StateEntry>();
  const open = new Set(Array.from({ length: partitions }, (_, partition) => partition));
  const done = Promise.withResolvers<void>();
  const stop = (): void => done.reject(new Error('interrupted'));
  signal.addEventListener('abort', stop, { once: true });
  const take = (partition: number, { key, value }: IncomingMessage): void => {
    if (key === mark) open.delete(partition);
    else if (key?.startsWith(keyPrefix) !== true) return;
    else if (value === null) keys.delete(key);
    else keys.set(key, { partition, value });
  };
  const consumer = client.createGroupConsumer({
    group: mark,
    topics: [topic],
    owned: () => [],
    onAssigned: (assigned) => assigned.forEach((partition) => consumer.seek(topic, partition, 0)),
    onBatch: ({ partition, messages }) => {
      for (const message of messages) take(partition, message);
      if (open.size === 0) done.resolve();
      return Promise.resolve();
    },
    onCrash: (error) => done.reject(error),
  });
  try {
    await consumer.start();
    await done.promise;
    return keys;
  } finally {
    signal.removeEventListener('abort', stop);
    await consumer.stop();
  }
}

async function markEnds(client: KafkaClient, topic: string, partitions: number, mark: string): Promise<void> {
  const sender = client.createSender();
  const ends = Array.from({ length: partitions }, (_, partition) => ({
    topic,
    partition,
    key: mark,
    value: null,
  }));
  await sender.send(ends).finally(() => sender.close());
}
