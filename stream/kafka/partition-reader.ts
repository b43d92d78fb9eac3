import { setTimeout as sleep } from 'node:timers/promises';
import type { StreamLogger } from '../stream-logger.ts';
import type {
  GroupConsumer,
  IncomingBatch,
  IncomingMessage,
  KafkaAdmin,
  KafkaClient,
} from './client/port.ts';
import { GroupMember } from './group-member.ts';
import type { KafkaMetrics } from './kafka-metrics.ts';

export interface PartitionReaderOptions {
  readonly client: KafkaClient;
  readonly admin: Pick<KafkaAdmin, 'connect' | 'offsets'>;
  /** A Kafka topic. */
  readonly topic: string;
  /** Of this process alone: whoever shares it gets nothing. */
  readonly group: string;
  readonly logger: StreamLogger;
  readonly metrics: KafkaMetrics;
  /** How long one answer may take. */
  readonly timeoutMs?: number;
}

export interface PartitionPart {
  readonly messages: readonly IncomingMessage[];
  /** Where what comes later begins. */
  readonly next: number;
}

export interface PartitionQuestion {
  readonly partition: number;
  /** At most so many of the newest. */
  readonly last: number;
  /** Only from this offset on. */
  readonly from?: number | undefined;
}

interface Reading {
  readonly goal: number;
  readonly messages: IncomingMessage[];
  readonly done: PromiseWithResolvers<void>;
  next: number;
}

/**
 * Looks at the end of single partitions, when somebody asks: a member of a group of its own whose partitions are
 * paused, so that a topic of any size costs nothing while nobody does. It is an extra: what it cannot read it does not
 * have, and it never ends the process.
 */
export class PartitionReader {
  readonly #options: PartitionReaderOptions;
  readonly #member: GroupMember;
  readonly #stopping = new AbortController();
  readonly #readings = new Map<number, Reading>();
  readonly #turns = new Map<number, Promise<unknown>>();

  constructor(options: PartitionReaderOptions) {
    this.#options = options;
    this.#member = new GroupMember({
      ...options,
      sole: true,
      topics: [options.topic],
      onAssigned: (consumer, partitions) => this.#assigned(consumer, partitions),
      onBatch: (batch) => this.#onBatch(batch),
    });
  }

  start(): void {
    this.#member.start();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const { done } of this.#readings.values()) done.resolve();
    await this.#member.stop();
  }

  /** Of each partition: where it begins and ends. Rejects with a `KafkaError`. */
  async offsets(): Promise<readonly { readonly low: number; readonly end: number }[]> {
    const { admin, topic } = this.#options;
    await admin.connect();
    return admin.offsets(topic);
  }

  /** What there is by now, or by the end of its time what came of it. Rejects with a `KafkaError`. */
  read(question: PartitionQuestion): Promise<PartitionPart> {
    const before = this.#turns.get(question.partition) ?? Promise.resolve();
    const turn = before.catch(() => undefined).then(() => this.#read(question));
    this.#turns.set(question.partition, turn);
    return turn;
  }

  async #read({ partition, last, from = 0 }: PartitionQuestion): Promise<PartitionPart> {
    const { low, end } = (await this.offsets())[partition] ?? { low: 0, end: 0 };
    const next = Math.max(low, end - last, Math.min(from, end));
    if (next >= end) return { messages: [], next: end };
    const reading: Reading = { goal: end, messages: [], done: Promise.withResolvers(), next };
    this.#readings.set(partition, reading);
    const consumer = this.#member.current();
    if (consumer !== undefined) this.#begin(consumer, partition, reading);
    await Promise.race([reading.done.promise, this.#pause(this.#options.timeoutMs ?? 10_000)]);
    this.#readings.delete(partition);
    this.#member.current()?.pause(this.#options.topic, partition);
    return { messages: reading.messages, next: reading.next };
  }

  #begin(consumer: GroupConsumer, partition: number, { next }: Reading): void {
    consumer.seek(this.#options.topic, partition, next);
    consumer.resume(this.#options.topic, partition);
  }

  #assigned(consumer: GroupConsumer, partitions: readonly number[]): void {
    for (const partition of partitions) consumer.pause(this.#options.topic, partition);
    for (const [partition, reading] of this.#readings) this.#begin(consumer, partition, reading);
  }

  async #onBatch({ topic, partition, messages, nextOffset }: IncomingBatch): Promise<void> {
    const reading = this.#readings.get(partition);
    if (reading === undefined) return this.#member.current()?.pause(topic, partition);
    for (const message of messages)
      if (message.offset >= reading.next && message.offset < reading.goal) reading.messages.push(message);
    reading.next = Math.max(reading.next, Math.min(nextOffset, reading.goal));
    if (reading.next < reading.goal) return;
    this.#member.current()?.pause(topic, partition);
    reading.done.resolve();
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal, ref: false }).catch(() => undefined);
  }
}
