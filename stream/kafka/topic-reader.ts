import { setTimeout as sleep } from 'node:timers/promises';
import type { StreamLogger } from '../stream-logger.ts';
import type { StreamRecord, Topic } from '../port.ts';
import type { EventValidator } from '../validate-event.ts';
import type { GroupConsumer, IncomingBatch, KafkaAdmin, KafkaClient } from './client/port.ts';
import { decodeEvent } from './event-codec.ts';
import { KafkaError } from './kafka-error.ts';
import type { KafkaMetrics } from './kafka-metrics.ts';
import type { TopicPlan } from './topic-plan.ts';

/** What was read of one partition, in order. */
export interface ReadBatch {
  /** `PREFIX.signals/3`. */
  readonly place: string;
  /** What the store has of it: `next` of the batch before, or of what it said. */
  readonly after: number;
  /** Where to read on once it is stored. */
  readonly next: number;
  readonly records: readonly StreamRecord[];
}

/** Keeps what is read and, with it, how far: so nothing is kept twice, and nothing is passed over. */
export interface PlaceStore {
  /** Where to read on; 0: from the oldest. */
  next(place: string): Promise<number>;
  /** false: it does not continue what is there, because another has stored: ask `next` again. */
  store(batch: ReadBatch): Promise<boolean>;
}

export interface TopicReaderOptions {
  readonly client: KafkaClient;
  readonly admin: KafkaAdmin;
  readonly plan: TopicPlan;
  readonly group: string;
  readonly topics: readonly Topic[];
  readonly store: PlaceStore;
  readonly validate: EventValidator;
  readonly logger: StreamLogger;
  readonly metrics: KafkaMetrics;
  readonly onFatal: (error: Error) => void;
  /** The store failed; it is asked again. */
  readonly onStoreFailure?: (error: unknown) => void;
}

const firstRetryMs = 200;
const maxRetryMs = 10_000;

interface Seat {
  readonly topic: string;
  readonly partition: number;
  /** undefined: the store was not asked yet. */
  next: number | undefined;
  stored: number;
  end: number;
  retryMs: number;
}

/**
 * Reads its share of the topics into a store that keeps the offsets. Several share the partitions. While the store is
 * away the partition waits in Kafka.
 */
export class TopicReader {
  readonly #options: TopicReaderOptions;
  readonly #stopping = new AbortController();
  #seats = new Map<string, Seat>();
  #consumer: GroupConsumer | undefined;
  #rejoin: PromiseWithResolvers<void> = Promise.withResolvers();
  #loop: Promise<void> = Promise.resolve();

  constructor(options: TopicReaderOptions) {
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

  /** Records that wait, of the partitions that it has. */
  lag(): number {
    const waiting = [...this.#seats.values()].map(({ next, end }) => Math.max(0, end - (next ?? 0)));
    return waiting.reduce((sum, one) => sum + one, 0);
  }

  async #run(): Promise<void> {
    let retryMs = firstRetryMs;
    while (!this.#stopping.signal.aborted) {
      this.#rejoin = Promise.withResolvers();
      const joined = await this.#join();
      if (joined) await this.#rejoin.promise;
      retryMs = joined ? firstRetryMs : Math.min(retryMs * 2, maxRetryMs);
      this.#seats = new Map();
      await this.#consumer
        ?.stop()
        .catch((error: unknown) => this.#options.logger.warn({ err: error }, 'leaving the group failed'));
      this.#consumer = undefined;
      await this.#pause(retryMs);
    }
  }

  async #join(): Promise<boolean> {
    const { client, admin, group, topics, plan, logger, metrics, onFatal } = this.#options;
    const failed = (error: unknown): void => {
      const code = error instanceof KafkaError ? error.code : 'KAFKA_INTERNAL';
      metrics.failed('consume', code);
      logger.warn({ group, code }, `waiting for Kafka: ${(error as Error).message}`);
    };
    const consumer = client.createGroupConsumer({
      group,
      topics: topics.map((topic) => plan.physical(topic)),
      owned: () => [...new Set([...this.#seats.values()].map(({ partition }) => partition))],
      onAssigned: (partitions) => this.#assigned(partitions),
      onBatch: (batch) => this.#onBatch(batch),
      onCrash: (error) => {
        failed(error);
        if (this.#consumer === consumer) this.#rejoin.resolve();
      },
    });
    this.#consumer = consumer;
    try {
      await admin.connect();
      await consumer.start();
      return true;
    } catch (error) {
      if (error instanceof KafkaError && !error.retryable) onFatal(error);
      failed(error);
      return false;
    }
  }

  #assigned(partitions: readonly number[]): void {
    const { topics, plan } = this.#options;
    const seats = new Map<string, Seat>();
    for (const topic of topics.map((one) => plan.physical(one)))
      for (const partition of partitions.filter((one) => one < plan.partitionsOf(topic))) {
        const seat = { topic, partition, next: undefined, stored: 0, end: 0, retryMs: firstRetryMs };
        seats.set(placeOf(seat), seat);
        this.#consumer?.pause(topic, partition);
      }
    this.#seats = seats;
    for (const seat of seats.values()) void this.#begin(seat);
  }

  /** Asks the store where to go on, as often as it takes. */
  async #begin(seat: Seat): Promise<void> {
    const { store, admin, onStoreFailure } = this.#options;
    while (this.#holds(seat)) {
      try {
        const place = placeOf(seat);
        const known = await store.next(place);
        const { low, end } = (await admin.offsets(seat.topic))[seat.partition] ?? { low: 0, end: 0 };
        if (!this.#holds(seat)) return;
        if (known > 0 && known < low) this.#options.metrics.missed('record', low - known);
        // After a new beginning of the topic the offsets are smaller than what was noted.
        seat.next = known > end ? low : Math.max(known, low);
        seat.stored = known;
        seat.end = end;
        this.#consumer?.seek(seat.topic, seat.partition, seat.next);
        this.#consumer?.resume(seat.topic, seat.partition);
        return;
      } catch (error) {
        onStoreFailure?.(error);
        await this.#pause(seat.retryMs);
        seat.retryMs = Math.min(seat.retryMs * 2, maxRetryMs);
      }
    }
  }

  async #onBatch({ topic, partition, messages, endOffset }: IncomingBatch): Promise<void> {
    const seat = this.#seats.get(placeOf({ topic, partition }));
    const last = messages.at(-1);
    if (seat?.next === undefined || last === undefined) return;
    const from = seat.next;
    if (last.offset < from) return;
    seat.end = endOffset;
    const records = messages.filter(({ offset }) => offset >= from).flatMap((one) => this.#decode(seat, one));
    const batch = { place: placeOf(seat), after: seat.stored, next: last.offset + 1, records };
    try {
      if (!(await this.#options.store.store(batch))) return this.#again(seat);
    } catch (error) {
      this.#options.onStoreFailure?.(error);
      return this.#again(seat);
    }
    [seat.next, seat.stored] = [batch.next, batch.next];
    seat.retryMs = firstRetryMs;
    await this.#commit(seat, batch.next);
  }

  /** What is told to the group is for tools that show lag; the store's own offsets decide. */
  async #commit({ topic, partition }: Seat, next: number): Promise<void> {
    try {
      await this.#consumer?.commit(topic, partition, next);
    } catch (error) {
      this.#options.metrics.failed('consume', error instanceof KafkaError ? error.code : 'KAFKA_INTERNAL');
    }
  }

  #again(seat: Seat): void {
    seat.next = undefined;
    this.#consumer?.pause(seat.topic, seat.partition);
    void this.#pause(seat.retryMs).then(() => this.#begin(seat));
    seat.retryMs = Math.min(seat.retryMs * 2, maxRetryMs);
  }

  /** What cannot be read is buried by whoever judges or mirrors it. */
  #decode({ topic, partition }: Seat, message: IncomingBatch['messages'][number]): readonly StreamRecord[] {
    const { plan, validate, metrics } = this.#options;
    const logical = plan.logical(topic);
    const decoded = decodeEvent(message);
    if (logical === undefined || !decoded.ok || validate(decoded.event) !== undefined) {
      metrics.deadLetter('record');
      return [];
    }
    const { offset, timestampMs: appendedAtMs } = message;
    return [{ topic: logical, partition, offset, appendedAtMs, event: decoded.event }];
  }

  #holds(seat: Seat): boolean {
    return !this.#stopping.signal.aborted && this.#seats.get(placeOf(seat)) === seat;
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }
}

const placeOf = ({ topic, partition }: Pick<Seat, 'topic' | 'partition'>): string => `${topic}/${partition}`;
