import { setTimeout as sleep } from 'node:timers/promises';
import type { StreamLogger } from '../stream-logger.ts';
import type { GroupConsumer, GroupConsumerOptions, IncomingBatch, KafkaClient } from './client/port.ts';
import { KafkaError } from './kafka-error.ts';
import type { KafkaMetrics, RejoinReason } from './kafka-metrics.ts';

export interface GroupMemberOptions extends Pick<
  GroupConsumerOptions,
  'group' | 'topics' | 'sole' | 'onBatch'
> {
  readonly client: KafkaClient;
  /** Partitions that it would like to keep; default: none. */
  readonly owned?: () => readonly number[];
  /** Before each join: what `onAssigned` needs to know. A rejection is one of the join. */
  readonly prepare?: () => Promise<void>;
  /** After every rebalance, before anything is fetched. Seek and pause here. */
  readonly onAssigned: (consumer: GroupConsumer, partitions: readonly number[]) => void;
  /** What was assigned is over; the next consumer tells anew. Batches in hand may still be at work. */
  readonly onLeft?: () => void;
  /** It leaves, to join anew. */
  readonly onRejoin?: (reason: RejoinReason) => void;
  /** The join failed for something that no waiting mends; default: it waits for that too, as an extra does. */
  readonly onRefused?: (error: Error) => void;
  readonly logger: StreamLogger;
  readonly metrics: KafkaMetrics;
}

const firstRetryMs = 200;
const maxRetryMs = 10_000;

/**
 * A member of a consumer group for as long as it runs, through a broker that is away and consumers that end: each
 * consumer is used once. One life of it: prepare, join, wait for a reason to leave, leave, wait.
 *
 * Invariant: only the consumer of the moment is heard. A batch or an assignment that an earlier one still had is dropped;
 * its successor reads it again, because every user says with `seek` where to go on.
 */
export class GroupMember {
  readonly #options: GroupMemberOptions;
  readonly #stopping = new AbortController();
  #consumer: GroupConsumer | undefined;
  #leave: PromiseWithResolvers<void> = Promise.withResolvers();
  #loop: Promise<void> = Promise.resolve();
  #failure: string | undefined = 'it has not joined yet';

  constructor(options: GroupMemberOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** Leaves the group once the batches in hand are done. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#leave.resolve();
    await this.#loop;
  }

  /** The consumer of the moment, once it was given partitions. */
  current(): GroupConsumer | undefined {
    return this.#failure === undefined ? this.#consumer : undefined;
  }

  /** Why it does not read; undefined: it does. */
  failure(): string | undefined {
    return this.#failure;
  }

  /** `error`: what made it unfit. */
  rejoin(reason: RejoinReason, error?: Error): void {
    if (error !== undefined) this.#note(error);
    if (this.#stopping.signal.aborted) return;
    this.#options.onRejoin?.(reason);
    this.#leave.resolve();
  }

  async #run(): Promise<void> {
    let retryMs = firstRetryMs;
    while (!this.#stopping.signal.aborted) {
      this.#leave = Promise.withResolvers();
      const joined = await this.#join();
      if (joined) await this.#leave.promise;
      await this.#part();
      const waitMs = joined ? firstRetryMs : retryMs;
      await sleep(waitMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      retryMs = joined ? firstRetryMs : Math.min(retryMs * 2, maxRetryMs);
    }
  }

  async #join(): Promise<boolean> {
    const { prepare, onRefused } = this.#options;
    try {
      await prepare?.();
      if (this.#stopping.signal.aborted) return false;
      this.#consumer = this.#createConsumer();
      await this.#consumer.start();
      return true;
    } catch (error) {
      if (!(error instanceof KafkaError && error.retryable)) onRefused?.(error as Error);
      this.#note(error as Error);
      return false;
    }
  }

  #createConsumer(): GroupConsumer {
    const { client, group, topics, sole = false, owned = () => [], onBatch } = this.#options;
    const isHeard = (): boolean => this.#consumer === consumer;
    const consumer = client.createGroupConsumer({
      group,
      topics,
      sole,
      owned,
      onAssigned: (partitions) => {
        if (isHeard() && !this.#stopping.signal.aborted) this.#assigned(consumer, partitions);
      },
      onBatch: async (batch: IncomingBatch) => {
        if (isHeard()) await onBatch(batch);
      },
      onCrash: (error) => {
        if (isHeard()) this.rejoin('crash', error);
      },
    });
    return consumer;
  }

  #assigned(consumer: GroupConsumer, partitions: readonly number[]): void {
    if (partitions.length > 0) this.#failure = undefined;
    this.#options.onAssigned(consumer, partitions);
  }

  async #part(): Promise<void> {
    const { group, logger, onLeft } = this.#options;
    const consumer = this.#consumer;
    this.#consumer = undefined;
    this.#failure ??= 'it joins anew';
    onLeft?.();
    await consumer
      ?.stop()
      .catch((error: unknown) => logger.warn({ err: error, group }, 'leaving the group failed'));
  }

  #note(error: Error): void {
    const { group, logger, metrics } = this.#options;
    const code = error instanceof KafkaError ? error.code : 'KAFKA_INTERNAL';
    this.#failure = error.message;
    metrics.failed('consume', code);
    logger.warn({ group, code }, `waiting for Kafka: ${error.message}`);
  }
}
