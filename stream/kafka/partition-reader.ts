import { setTimeout as sleep } from 'node:timers/promises';
import type { StreamLogger } from '../stream-logger.ts';
import type {
  GroupConsumer,
  IncomingBatch,
  IncomingMessage,
  KafkaAdmin,
  KafkaClient,
} from './client/port.ts';
import { KafkaError } from './kafka-error.ts';
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

const firstRetryMs = 500;
const maxRetryMs = 30_000;

/**
 * Looks at the end of single partitions, when somebody asks: a member of a group of its own whose partitions are
 * paused, so that a topic of any size costs nothing while nobody does. It is an extra: what it cannot read it does not
 * have, and it never ends the process.
 */
export class PartitionReader {
  readonly #options: PartitionReaderOptions;
  readonly #stopping = new AbortController();
  readonly #readings = new Map<number, Reading>();
  readonly #turns = new Map<number, Promise<unknown>>();
  #owned: ReadonlySet<number> = new Set();
  #consumer: GroupConsumer | undefined;
  #rejoin: PromiseWithResolvers<void> = Promise.withResolvers();
  #loop: Promise<void> = Promise.resolve();

  constructor(options: PartitionReaderOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#rejoin.resolve();
    for (const { done } of this.#readings.values()) done.resolve();
    await this.#loop;
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
    this.#begin(partition, reading);
    await Promise.race([reading.done.promise, this.#pause(this.#options.timeoutMs ?? 10_000)]);
    this.#readings.delete(partition);
    if (this.#owned.has(partition)) this.#consumer?.pause(this.#options.topic, partition);
    return { messages: reading.messages, next: reading.next };
  }

  #begin(partition: number, { next }: Reading): void {
    if (!this.#owned.has(partition)) return;
    this.#consumer?.seek(this.#options.topic, partition, next);
    this.#consumer?.resume(this.#options.topic, partition);
  }

  async #run(): Promise<void> {
    let retryMs = firstRetryMs;
    while (!this.#stopping.signal.aborted) {
      this.#rejoin = Promise.withResolvers();
      const joined = await this.#join();
      if (joined) await this.#rejoin.promise;
      retryMs = joined ? firstRetryMs : Math.min(retryMs * 2, maxRetryMs);
      this.#owned = new Set();
      await this.#consumer
        ?.stop()
        .catch((error: unknown) => this.#options.logger.warn({ err: error }, 'leaving the group failed'));
      this.#consumer = undefined;
      await this.#pause(retryMs);
    }
  }

  async #join(): Promise<boolean> {
    const { client, group, topic, logger, metrics } = this.#options;
    const failed = (error: unknown): void => {
      const code = error instanceof KafkaError ? error.code : 'KAFKA_INTERNAL';
      metrics.failed('consume', code);
      logger.warn({ group, code }, `waiting for Kafka: ${(error as Error).message}`);
    };
    const consumer = client.createGroupConsumer({
      group,
      topics: [topic],
      sole: true,
      owned: () => [...this.#owned],
      onAssigned: (partitions) => this.#assigned(partitions),
      onBatch: (batch) => this.#onBatch(batch),
      onCrash: (error) => {
        failed(error);
        if (this.#consumer === consumer) this.#rejoin.resolve();
      },
    });
    this.#consumer = consumer;
    try {
      await consumer.start();
      return true;
    } catch (error) {
      failed(error);
      return false;
    }
  }

  #assigned(partitions: readonly number[]): void {
    this.#owned = new Set(partitions);
    for (const partition of partitions) this.#consumer?.pause(this.#options.topic, partition);
    for (const [partition, reading] of this.#readings) this.#begin(partition, reading);
  }

  async #onBatch({ topic, partition, messages }: IncomingBatch): Promise<void> {
    const reading = this.#readings.get(partition);
    const last = messages.at(-1);
    if (reading === undefined) return this.#consumer?.pause(topic, partition);
    if (last === undefined) return;
    for (const message of messages)
      if (message.offset >= reading.next && message.offset < reading.goal) reading.messages.push(message);
    reading.next = Math.max(reading.next, Math.min(last.offset + 1, reading.goal));
    if (reading.next < reading.goal) return;
    this.#consumer?.pause(topic, partition);
    reading.done.resolve();
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal, ref: false }).catch(() => undefined);
  }
}
