import {
  compatibilityPartitioner,
  Producer,
  type BaseOptions,
  type MessageToProduce,
  type SendOptions,
} from '@platformatic/kafka';
import { KafkaError } from '../kafka-error.ts';
import { inParts, topicsOf, worthCompressing } from './message-parts.ts';
import { toKafkaError } from './platformatic-error.ts';
import type { FencedWriter, KafkaSender, OutgoingMessage } from './port.ts';

type Bytes = Producer<Buffer, Buffer, Buffer, Buffer>;

/** Idempotent. After a failure the producer is made anew: what the broker expects next is not known then. */
export class PlatformaticSender implements KafkaSender {
  readonly #base: BaseOptions;
  #producer: Bytes | undefined;
  #closed = false;

  constructor(base: BaseOptions) {
    this.#base = base;
  }

  async send(messages: readonly OutgoingMessage[]): Promise<void> {
    if (messages.length === 0) return;
    if (this.#closed) throw new KafkaError('KAFKA_CLOSED', `sending to ${topicsOf(messages)}`);
    const producer = (this.#producer ??= createProducer(this.#base));
    try {
      await producer.send(toRequest(messages));
    } catch (error) {
      if (this.#producer === producer) this.#producer = undefined;
      await close(producer);
      throw toKafkaError(error, `sending to ${topicsOf(messages)}`);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const producer = this.#producer;
    this.#producer = undefined;
    if (producer !== undefined) await close(producer);
  }
}

/**
 * "Whoever I was": asks for the id anew and fences the one before. Left out, the library claims to be producer 0 of
 * epoch 0, and a broker that knows the id refuses it.
 */
const unknownProducer = { producerId: -1n, producerEpoch: -1 };

/** A transactional producer: its id fences earlier ones, a transaction makes several records one. */
export class PlatformaticFencedWriter implements FencedWriter {
  readonly #id: string;
  readonly #producer: Bytes;

  constructor(base: BaseOptions, id: string) {
    this.#id = id;
    this.#producer = createProducer({
      ...base,
      transactionalId: id,
      // The coordinator answers CONCURRENT_TRANSACTIONS until the one before is settled: soon.
      retries: 12,
      retryDelay: (_client, _operation, attempt) => Math.min(30 * 2 ** (attempt - 1), 1_000),
    });
  }

  async write(messages: readonly OutgoingMessage[]): Promise<void> {
    try {
      const transaction = await this.#producer.beginTransaction(unknownProducer);
      try {
        for (const part of inParts(messages)) await transaction.send(toRequest(part));
        await transaction.commit();
      } catch (error) {
        if (!transaction.completed) await transaction.abort().catch(() => undefined);
        throw error;
      }
    } catch (error) {
      throw toKafkaError(error, `writing state as ${this.#id}`);
    }
  }

  close(): Promise<void> {
    return close(this.#producer);
  }
}

function createProducer(options: BaseOptions & { readonly transactionalId?: string }): Bytes {
  const producer: Bytes = new Producer({
    ...options,
    idempotent: true,
    autocreateTopics: false,
    // As Java's clients do; the default of this library spreads keys otherwise.
    partitioner: compatibilityPartitioner,
  });
  // Told to the caller as well.
  producer.on('error', () => undefined);
  return producer;
}

function toRequest(messages: readonly OutgoingMessage[]): SendOptions<Buffer, Buffer, Buffer, Buffer> {
  return {
    messages: messages.map(toMessage),
    compression: worthCompressing(messages) ? 'zstd' : 'none',
  };
}

function toMessage({
  topic,
  key,
  value,
  partition,
  headers,
}: OutgoingMessage): MessageToProduce<Buffer, Buffer, Buffer, Buffer> {
  return {
    topic,
    key: Buffer.from(key),
    ...(value !== null && { value: Buffer.from(value.buffer, value.byteOffset, value.byteLength) }),
    ...(partition !== undefined && { partition }),
    ...(headers !== undefined && {
      headers: new Map(Object.entries(headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)])),
    }),
  };
}

/** What cannot be closed is gone already. */
async function close(producer: Bytes): Promise<void> {
  await producer.close(true).catch(() => undefined);
}
