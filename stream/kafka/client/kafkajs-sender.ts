import kafkajs, { type Producer, type RetryOptions, type TopicMessages } from 'kafkajs';
import { KafkaError } from '../kafka-error.ts';
import type { KafkajsConnection } from './kafkajs-connection.ts';
import { toKafkaError } from './kafkajs-error.ts';
import { inParts, topicsOf, worthCompressing } from './message-parts.ts';
import type { OwnedSockets } from './owned-sockets.ts';
import type { FencedWriter, KafkaSender, OutgoingMessage } from './port.ts';

const { CompressionTypes, Partitioners } = kafkajs;
/** All in-sync replicas. */
const acks = -1;
const closePatienceMs = 3_000;

/** A producer that is connecting or connected. */
interface Line {
  readonly producer: Producer;
  readonly sockets: OwnedSockets;
  readonly connected: Promise<void>;
}

/**
 * Idempotent: the broker drops what a retry sent twice. After a failure the producer is made anew, because kafkajs
 * does not know then which sequence number the broker expects.
 */
export class KafkajsSender implements KafkaSender {
  readonly #open: () => KafkajsConnection;
  #line: Line | undefined;
  #closed = false;

  constructor(open: () => KafkajsConnection) {
    this.#open = open;
  }

  async send(messages: readonly OutgoingMessage[]): Promise<void> {
    if (messages.length === 0) return;
    if (this.#closed) throw new KafkaError('KAFKA_CLOSED', `sending to ${topicsOf(messages)}`);
    const line = (this.#line ??= this.#connect());
    try {
      await line.connected;
      await line.producer.sendBatch({
        acks,
        compression: compressionOf(messages),
        topicMessages: byTopic(messages),
      });
    } catch (error) {
      if (this.#line === line) this.#line = undefined;
      await disconnect(line);
      throw toKafkaError(error, `sending to ${topicsOf(messages)}`);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const line = this.#line;
    this.#line = undefined;
    if (line !== undefined) await disconnect(line);
  }

  #connect(): Line {
    const { kafka, sockets } = this.#open();
    const producer = kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    return { producer, sockets, connected: producer.connect() };
  }
}

/** A transactional producer: its id fences earlier ones, a transaction makes several records one. */
export class KafkajsFencedWriter implements FencedWriter {
  readonly #id: string;
  readonly #producer: Producer;
  readonly #sockets: OwnedSockets;
  #connected: Promise<void> | undefined;

  constructor({ kafka, sockets }: KafkajsConnection, id: string, retry: RetryOptions) {
    this.#id = id;
    this.#sockets = sockets;
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
    const connected = this.#connected ?? Promise.resolve();
    await disconnect({ producer: this.#producer, sockets: this.#sockets, connected });
  }
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
  return worthCompressing(messages) ? CompressionTypes.ZSTD : CompressionTypes.None;
}

/** What cannot be closed is gone already. A write that is still being retried cannot connect again. */
async function disconnect({ producer, sockets, connected }: Line): Promise<void> {
  await sockets
    .closeAfter(() => connected.then(() => producer.disconnect()), closePatienceMs)
    .catch(() => undefined);
}
