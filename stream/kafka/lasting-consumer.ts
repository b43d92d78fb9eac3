import { setTimeout as sleep } from 'node:timers/promises';
import type { StreamLogger } from '../stream-logger.ts';
import type { GroupConsumer, GroupConsumerOptions, KafkaClient } from './client/port.ts';
import { KafkaError } from './kafka-error.ts';
import type { KafkaMetrics } from './kafka-metrics.ts';

export interface LastingConsumerOptions extends Pick<GroupConsumerOptions, 'group' | 'topics' | 'onBatch'> {
  readonly client: KafkaClient;
  /** Before each join: what `onAssigned` needs to know; a rejection is tried again. */
  readonly prepare?: () => Promise<void>;
  readonly onAssigned: (consumer: GroupConsumer, partitions: readonly number[]) => void;
  readonly logger: StreamLogger;
  readonly metrics: KafkaMetrics;
}

const firstRetryMs = 500;
const maxRetryMs = 30_000;

/**
 * The only member of its group, for as long as it runs: through a broker that is away, or rights that are missing. For
 * readers that are an extra: it never ends the process.
 */
export class LastingConsumer {
  readonly #options: LastingConsumerOptions;
  readonly #stopping = new AbortController();
  #consumer: GroupConsumer | undefined;
  #rejoin: PromiseWithResolvers<void> = Promise.withResolvers();
  #loop: Promise<void> = Promise.resolve();
  #failure: string | undefined = 'it has not joined yet';

  constructor(options: LastingConsumerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#rejoin.resolve();
    await this.#loop;
  }

  /** Of the moment; undefined: there is none just now. */
  current(): GroupConsumer | undefined {
    return this.#failure === undefined ? this.#consumer : undefined;
  }

  /** Why it does not read; undefined: it does. */
  failure(): string | undefined {
    return this.#failure;
  }

  async #run(): Promise<void> {
    let retryMs = firstRetryMs;
    while (!this.#stopping.signal.aborted) {
      this.#rejoin = Promise.withResolvers();
      const joined = await this.#join();
      if (joined) await this.#rejoin.promise;
      retryMs = joined ? firstRetryMs : Math.min(retryMs * 2, maxRetryMs);
      this.#failure ??= 'it joins anew';
      await this.#consumer
        ?.stop()
        .catch((error: unknown) => this.#options.logger.warn({ err: error }, 'leaving the group failed'));
      this.#consumer = undefined;
      await sleep(retryMs, undefined, { signal: this.#stopping.signal, ref: false }).catch(() => undefined);
    }
  }

  async #join(): Promise<boolean> {
    const { client, group, topics, prepare, onBatch, onAssigned } = this.#options;
    const consumer = client.createGroupConsumer({
      group,
      topics,
      sole: true,
      owned: () => [],
      onBatch,
      onAssigned: (partitions) => {
        if (partitions.length > 0) this.#failure = undefined;
        onAssigned(consumer, partitions);
      },
      onCrash: (error) => {
        this.#note(error);
        if (this.#consumer === consumer) this.#rejoin.resolve();
      },
    });
    this.#consumer = consumer;
    try {
      await prepare?.();
      await consumer.start();
      return true;
    } catch (error) {
      this.#note(error);
      return false;
    }
  }

  #note(error: unknown): void {
    const { group, logger, metrics } = this.#options;
    const code = error instanceof KafkaError ? error.code : 'KAFKA_INTERNAL';
    this.#failure = (error as Error).message;
    metrics.failed('consume', code);
    logger.warn({ group, code }, `waiting for Kafka: ${this.#failure}`);
  }
}
