import type {
  Consumer,
  ConsumerStartBatchProcessEvent,
  EachBatchPayload,
  IHeaders,
  KafkaMessage,
} from 'kafkajs';
import { createCoPartitionAssigner } from './co-partition-assigner.ts';
import type { KafkajsConnection } from './kafkajs-connection.ts';
import { toKafkaError } from './kafkajs-error.ts';
import type { OwnedSockets } from './owned-sockets.ts';
import type { ConsumerTuning, GroupConsumer, GroupConsumerOptions, IncomingMessage } from './port.ts';

/** Partitions that are worked on side by side. */
const concurrency = 16;
/** For the batches in hand and a word to the group. */
const stopPatienceMs = 8_000;

type BatchPassed = ConsumerStartBatchProcessEvent['payload'];

/** A member of a consumer group. kafkajs is not let restart itself: who uses it decides, and starts a new one. */
export class KafkajsConsumer implements GroupConsumer {
  readonly #options: GroupConsumerOptions;
  readonly #consumer: Consumer;
  readonly #sockets: OwnedSockets;
  #stopped = false;

  constructor({ kafka, sockets }: KafkajsConnection, options: GroupConsumerOptions, tuning: ConsumerTuning) {
    this.#sockets = sockets;
    this.#options = options;
    this.#consumer = kafka.consumer({
      groupId: options.group,
      partitionAssigners: [
        createCoPartitionAssigner(options.owned, options.sole === true ? 'sole' : 'spread'),
      ],
      sessionTimeout: tuning.sessionTimeoutMs,
      rebalanceTimeout: Math.max(tuning.sessionTimeoutMs, 10_000),
      heartbeatInterval: Math.floor(tuning.sessionTimeoutMs / 5),
      maxWaitTimeInMs: tuning.maxWaitMs,
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 100, retries: 5, restartOnFailure: () => Promise.resolve(false) },
    });
    this.#consumer.on('consumer.group_join', ({ payload }) => this.#joined(payload.memberAssignment));
    this.#consumer.on('consumer.start_batch_process', ({ payload }) => this.#passed(payload));
    this.#consumer.on('consumer.crash', ({ payload }) => this.#crashed(payload.error));
  }

  async start(): Promise<void> {
    const { group, topics } = this.#options;
    try {
      await this.#consumer.connect();
      await this.#consumer.subscribe({ topics: [...topics], fromBeginning: true });
      await this.#consumer.run({
        autoCommit: false,
        partitionsConsumedConcurrently: concurrency,
        eachBatch: (payload) => this.#eachBatch(payload),
      });
    } catch (error) {
      throw toKafkaError(error, `joining the group ${group}`);
    }
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    await this.#sockets.closeAfter(() => this.#consumer.disconnect(), stopPatienceMs);
  }

  seek(topic: string, partition: number, offset: number): void {
    this.#consumer.seek({ topic, partition, offset: String(offset) });
  }

  pause(topic: string, partition: number): void {
    this.#consumer.pause([{ topic, partitions: [partition] }]);
  }

  resume(topic: string, partition: number): void {
    this.#consumer.resume([{ topic, partitions: [partition] }]);
  }

  async commit(topic: string, partition: number, nextOffset: number): Promise<void> {
    try {
      await this.#consumer.commitOffsets([{ topic, partition, offset: String(nextOffset) }]);
    } catch (error) {
      throw toKafkaError(error, `committing offsets of ${this.#options.group}`);
    }
  }

  #joined(assignment: Readonly<Record<string, readonly number[]>>): void {
    const partitions = new Set(this.#options.topics.flatMap((topic) => assignment[topic] ?? []));
    this.#options.onAssigned([...partitions].sort((a, b) => a - b));
  }

  #crashed(error: Error): void {
    if (!this.#stopped) this.#options.onCrash(toKafkaError(error, `consuming as ${this.#options.group}`));
  }

  /** A batch of nothing but markers goes by without `eachBatch`. */
  #passed({ topic, partition, batchSize, lastOffset, highWatermark }: BatchPassed): void {
    if (batchSize > 0) return;
    const [nextOffset, endOffset] = [Number(lastOffset) + 1, Number(highWatermark)];
    this.#options
      .onBatch({ topic, partition, messages: [], nextOffset, endOffset })
      .catch((error: unknown) => this.#crashed(error as Error));
  }

  async #eachBatch(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    await this.#options.onBatch({
      topic: batch.topic,
      partition: batch.partition,
      messages: batch.messages.map(toIncoming),
      nextOffset: Number(batch.lastOffset()) + 1,
      endOffset: Number(batch.highWatermark),
    });
    await payload.heartbeat();
  }
}

function toIncoming({ offset, timestamp, key, value, headers }: KafkaMessage): IncomingMessage {
  return {
    offset: Number(offset),
    timestampMs: Number(timestamp),
    key: key?.toString() ?? null,
    value,
    headers: toTexts(headers),
  };
}

function toTexts(headers: IHeaders | undefined): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    const first = Array.isArray(value) ? value[0] : value;
    if (first !== undefined) texts[name] = first.toString();
  }
  return texts;
}
