import kafkajs, { type Kafka, type Producer, type RetryOptions, type TopicMessages } from 'kafkajs';
import { KafkaError } from '../kafka-error.ts';
import { toKafkaError } from './kafkajs-error.ts';
import type { FencedWriter, KafkaSender, OutgoingMessage } from './port.ts';

const { CompressionTypes, Partitioners } = kafkajs;
/** All in-sync replicas. */
const acks = -1;
/** Below it the frame of zstd costs more than it saves. */
const compressFromBytes = 512;
const maxPartBytes = 512 * 1024;

/**
 * Idempotent: the broker drops what a retry sent twice. After a failure the producer is made anew, because kafkajs
 * does not know then which sequence number the broker expects.
 */
export class KafkajsSender implements KafkaSender {
  readonly #kafka: Kafka;
  #producer: Promise<Producer> | undefined;
  #closed = false;

  constructor(kafka: Kafka) {
    this.#kafka = kafka;
  }

  async send(messages: readonly OutgoingMessage[]): Promise<void> {
    if (messages.length === 0) return;
    if (this.#closed) throw new KafkaError('KAFKA_CLOSED', `sending to ${topicsOf(messages)}`);
    const connecting = (this.#producer ??= this.#connect());
    try {
      const producer = await connecting;
      await producer.sendBatch({
        acks,
        compression: compressionOf(messages),
        topicMessages: byTopic(messages),
      });
    } catch (error) {
      if (this.#producer === connecting) this.#producer = undefined;
      await disconnect(connecting);
      throw toKafkaError(error, `sending to ${topicsOf(messages)}`);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const producer = this.#producer;
    this.#producer = undefined;
    if (producer !== undefined) await disconnect(producer);
  }

  async #connect(): Promise<Producer> {
    const producer = this.#kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    return producer;
  }
}

/** A transactional producer: its id fences earlier ones, a transaction makes several records one. */
export class KafkajsFencedWriter implements FencedWriter {
  readonly #id: string;
  readonly #producer: Producer;
  #connected: Promise<void> | undefined;

  constructor(kafka: Kafka, id: string, retry: RetryOptions) {
    this.#id = id;
    this.#producer = kafka.producer({
      transactionalId: id,
      idempotent: true,
      maxInFlightRequests: 1,
      transactionTimeout: 30_000,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry,
    });
  }

  async write(messages: readonly OutgoingMessage[]): Promise<void> {
    try {
      await (this.#connected ??= this.#producer.connect());
      const transaction = await this.#producer.transaction();
      try {
        for (const part of inParts(messages))
          await transaction.sendBatch({
            acks,
            compression: compressionOf(part),
            topicMessages: byTopic(part),
          });
        await transaction.commit();
      } catch (error) {
        if (transaction.isActive()) await transaction.abort().catch(() => undefined);
        throw error;
      }
    } catch (error) {
      throw toKafkaError(error, `writing state as ${this.#id}`);
    }
  }

  async close(): Promise<void> {
    await this.#connected?.then(
      () => this.#producer.disconnect(),
      () => undefined,
    );
  }
}

/** A request must fit into the broker's `max.message.bytes` (1 MiB by default); one message may stand alone. */
function* inParts(messages: readonly OutgoingMessage[]): Iterable<readonly OutgoingMessage[]> {
  let part: OutgoingMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = (message.value?.byteLength ?? 0) + message.key.length;
    if (part.length > 0 && bytes + size > maxPartBytes) {
      yield part;
      [part, bytes] = [[], 0];
    }
    part.push(message);
    bytes += size;
  }
  if (part.length > 0) yield part;
}

function byTopic(messages: readonly OutgoingMessage[]): TopicMessages[] {
  const grouped = Map.groupBy(messages, ({ topic }) => topic);
  return [...grouped].map(([topic, list]) => ({ topic, messages: list.map(toMessage) }));
}

function toMessage({ key, value, partition, headers }: OutgoingMessage): TopicMessages['messages'][number] {
  return {
    key,
    value: value === null ? null : Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    ...(partition !== undefined && { partition }),
    ...(headers !== undefined && { headers }),
  };
}

function compressionOf(messages: readonly OutgoingMessage[]): number {
  let bytes = 0;
  for (const { value } of messages) {
    bytes += value?.byteLength ?? 0;
    if (bytes >= compressFromBytes) return CompressionTypes.ZSTD;
  }
  return CompressionTypes.None;
}

function topicsOf(messages: readonly OutgoingMessage[]): string {
  return [...new Set(messages.map(({ topic }) => topic))].join(', ');
}

/** What cannot be closed is gone already. */
async function disconnect(producer: Promise<Producer>): Promise<void> {
  await producer.then((one) => one.disconnect()).catch(() => undefined);
}
