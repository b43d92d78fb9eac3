import { setTimeout as sleep } from 'node:timers/promises';
import type { StreamLogger } from '../stream-logger.ts';
import type { StreamRecord, Topic } from '../port.ts';
import type { EventValidator } from '../validate-event.ts';
import type { GroupConsumer, IncomingBatch, KafkaAdmin, KafkaClient } from './client/port.ts';
import { decodeEvent } from './event-codec.ts';
import { GroupMember } from './group-member.ts';
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
  /** Whose partition it is; nothing of it concerns the consumer after that. */
  readonly consumer: GroupConsumer;
  readonly topic: string;
  readonly partition: number;
  /** Where to read on. undefined: the store was not asked yet. */
  next: number | undefined;
  /** What the store has; records that are no messages are not told to it. */
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
  readonly #member: GroupMember;
  readonly #stopping = new AbortController();
  #seats = new Map<string, Seat>();

  constructor(options: TopicReaderOptions) {
    this.#options = options;
    const { topics, plan, admin, onFatal } = options;
    this.#member = new GroupMember({
      ...options,
      topics: topics.map((topic) => plan.physical(topic)),
      owned: () => [...new Set([...this.#seats.values()].map(({ partition }) => partition))],
      prepare: () => admin.connect(),
      onAssigned: (consumer, partitions) => this.#assigned(consumer, partitions),
      onBatch: (batch) => this.#onBatch(batch),
      onLeft: () => (this.#seats = new Map()),
      onRefused: onFatal,
    });
  }

  start(): void {
    this.#member.start();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#member.stop();
  }

  /** Records that wait, of the partitions that it has. */
  lag(): number {
    const waiting = [...this.#seats.values()].map(({ next, end }) => Math.max(0, end - (next ?? 0)));
    return waiting.reduce((sum, one) => sum + one, 0);
  }

  #assigned(consumer: GroupConsumer, partitions: readonly number[]): void {
    const { topics, plan } = this.#options;
    const seats = new Map<string, Seat>();
    for (const topic of topics.map((one) => plan.physical(one)))
      for (const partition of partitions.filter((one) => one < plan.partitionsOf(topic))) {
        const seat = {
          consumer,
          topic,
          partition,
          next: undefined,
          stored: 0,
          end: 0,
          retryMs: firstRetryMs,
        };
        seats.set(placeOf(seat), seat);
        consumer.pause(topic, partition);
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
        seat.consumer.seek(seat.topic, seat.partition, seat.next);
        seat.consumer.resume(seat.topic, seat.partition);
        return;
      } catch (error) {
        onStoreFailure?.(error);
        await this.#pause(seat.retryMs);
        seat.retryMs = Math.min(seat.retryMs * 2, maxRetryMs);
      }
    }
  }

  async #onBatch({ topic, partition, messages, nextOffset, endOffset }: IncomingBatch): Promise<void> {
    const seat = this.#seats.get(placeOf({ topic, partition }));
    if (seat?.next === undefined || nextOffset <= seat.next) return;
    const from = seat.next;
    seat.end = endOffset;
    const fresh = messages.filter(({ offset }) => offset >= from);
    if (fresh.length > 0 && !(await this.#store(seat, fresh, nextOffset))) return this.#again(seat);
    seat.next = nextOffset;
    seat.retryMs = firstRetryMs;
    await this.#commit(seat, nextOffset);
  }

  /** false: it is not stored. */
  async #store(seat: Seat, messages: IncomingBatch['messages'], next: number): Promise<boolean> {
    const { store, onStoreFailure } = this.#options;
    const records = messages.flatMap((one) => this.#decode(seat, one));
    try {
      if (!(await store.store({ place: placeOf(seat), after: seat.stored, next, records }))) return false;
      seat.stored = next;
      return true;
    } catch (error) {
      onStoreFailure?.(error);
      return false;
    }
  }

  /** What is told to the group is for tools that show lag; the store's own offsets decide. */
  async #commit({ consumer, topic, partition }: Seat, next: number): Promise<void> {
    try {
      await consumer.commit(topic, partition, next);
    } catch (error) {
      this.#options.metrics.failed('consume', error instanceof KafkaError ? error.code : 'KAFKA_INTERNAL');
    }
  }

  #again(seat: Seat): void {
    // While it was stored the partition was given anew: whoever has it now has asked already.
    if (!this.#holds(seat)) return;
    seat.next = undefined;
    seat.consumer.pause(seat.topic, seat.partition);
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
