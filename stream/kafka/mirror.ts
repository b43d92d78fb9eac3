import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudEvent } from '../cloud-event.ts';
import type { Clock } from '../clock.ts';
import { createDeadLetter } from '../embedded/dead-letter.ts';
import type { EmbeddedLog } from '../embedded/embedded-log.ts';
import { LogError } from '../embedded/log-error.ts';
import { tickType } from '../events/control.ts';
import type { Output, Topic } from '../port.ts';
import type { StreamLogger } from '../stream-logger.ts';
import type { EventValidator } from '../validate-event.ts';
import { CatchUp, placeOf, type PlacedMessage } from './catch-up.ts';
import type { GroupConsumer, IncomingBatch, KafkaAdmin, KafkaClient } from './client/port.ts';
import { decodeEvent } from './event-codec.ts';
import { KafkaError } from './kafka-error.ts';
import type { KafkaMetrics } from './kafka-metrics.ts';
import type { TopicPlan } from './topic-plan.ts';

export interface MirrorOptions {
  readonly client: KafkaClient;
  readonly admin: KafkaAdmin;
  readonly plan: TopicPlan;
  readonly group: string;
  readonly topics: readonly Topic[];
  readonly log: EmbeddedLog;
  /** Which events are of interest here; ticks never are: the log has its own. */
  readonly accepts: (topic: Topic, event: CloudEvent) => boolean;
  /** What is stored of an event; default: as it came. */
  readonly adapt?: (event: CloudEvent) => CloudEvent;
  /** Where it begins the first time. `end`: what came before is of no use any more. */
  readonly firstFrom: 'beginning' | 'end';
  readonly validate: EventValidator;
  readonly clock: Clock;
  readonly logger: StreamLogger;
  readonly metrics: KafkaMetrics;
  readonly onFatal: (error: Error) => void;
  /** Another process of the same group has the topics now. */
  readonly onTakenOver: () => void;
}

export interface Mirror {
  start(): void;
  stop(): Promise<void>;
  /** Resolves once this process is the one that reads, and has everything that there was at that moment. */
  caughtUp(): Promise<void>;
  /** Records behind, as of the last look; undefined: in reserve, another process reads. */
  lag(): number | undefined;
}

const firstRetryMs = 200;
const maxRetryMs = 10_000;
/** While it catches up: what retention deletes before it is read can never be waited for. */
const measureIntervalMs = 5_000;

interface Place {
  readonly topic: Topic;
  readonly partition: number;
  /** Where reading began. */
  readonly start: number;
}

/**
 * Copies topics into the log of this process. Records and the place in Kafka are one transaction of the log, so
 * each is there once; several topics get one order by it, which is the order that the stages of this process see,
 * now and after a restart. What was there before is stored in the order of the broker's clock (docs/decisions/0274):
 * read side by side, an effect could come before its cause. From then on records are stored as they come.
 */
export function createMirror(options: MirrorOptions): Mirror {
  return new LogMirror(options);
}

class LogMirror implements Mirror {
  readonly #options: MirrorOptions;
  readonly #stopping = new AbortController();
  readonly #caughtUp = Promise.withResolvers<void>();
  #consumer: GroupConsumer | undefined;
  #rejoin: PromiseWithResolvers<void> = Promise.withResolvers();
  #loop: Promise<void> = Promise.resolve();
  #active = false;
  #catchUp = new CatchUp();
  #places: ReadonlyMap<string, Place> = new Map();
  /** Since it is the one that reads; before, nothing says what there is to read. */
  #measured = false;
  readonly #paused = new Set<string>();
  #storing: Promise<void> = Promise.resolve();

  constructor(options: MirrorOptions) {
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

  caughtUp(): Promise<void> {
    return this.#caughtUp.promise;
  }

  lag(): number | undefined {
    if (!this.#active) return undefined;
    return [...this.#catchUp.goals].reduce(
      (sum, [place, goal]) => sum + Math.max(0, goal - this.#next(place)),
      0,
    );
  }

  async #run(): Promise<void> {
    let retryMs = firstRetryMs;
    while (!this.#stopping.signal.aborted) {
      this.#rejoin = Promise.withResolvers();
      const joined = await this.#join();
      if (joined) {
        retryMs = firstRetryMs;
        await this.#rejoin.promise;
      }
      const consumer = this.#consumer;
      this.#consumer = undefined;
      await consumer
        ?.stop()
        .catch((error: unknown) => this.#options.logger.warn({ err: error }, 'leaving the group failed'));
      await sleep(retryMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      if (!joined) retryMs = Math.min(retryMs * 2, maxRetryMs);
    }
  }

  async #join(): Promise<boolean> {
    const { client, group, topics, plan, onFatal } = this.#options;
    try {
      await this.#findPlaces();
      const consumer = client.createGroupConsumer({
        group,
        topics: topics.map((topic) => plan.physical(topic)),
        sole: true,
        owned: () => (this.#active ? [0] : []),
        onAssigned: (partitions) => this.#assigned(partitions),
        // A batch that an earlier consumer still had would leave out what was held of it and is read anew.
        onBatch: async (batch) => {
          if (this.#consumer === consumer) await this.#onBatch(batch);
        },
        onCrash: (error) => this.#joinAnew(error),
      });
      this.#consumer = consumer;
      await consumer.start();
      return true;
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      if (!error.retryable) onFatal(error);
      this.#noteFailure(error);
      return false;
    }
  }

  #joinAnew(error: Error): void {
    this.#noteFailure(error);
    this.#rejoin.resolve();
  }

  #noteFailure(error: Error): void {
    const { group, logger, metrics } = this.#options;
    const code = error instanceof KafkaError ? error.code : 'KAFKA_INTERNAL';
    metrics.failed('consume', code);
    logger.warn({ group, code }, `waiting for Kafka: ${error.message}`);
  }

  /** Where to read on; what was held of an earlier consumer is read anew. */
  async #findPlaces(): Promise<void> {
    const { admin, firstFrom } = this.#options;
    const places = new Map<string, Place>();
    await admin.connect();
    for (const { topic, partition, low, end } of await this.#offsets()) {
      const place = placeOf({ topic, partition });
      const known = this.#next(place);
      const first = firstFrom === 'end' ? end : low;
      // 0 is also "never noted"; a noted place is beyond the beginning.
      places.set(place, { topic, partition, start: known === 0 ? first : Math.max(known, low) });
    }
    this.#places = places;
    this.#catchUp = new CatchUp();
    this.#paused.clear();
    this.#measured = false;
  }

  async #offsets() {
    const { admin, plan, topics } = this.#options;
    const found = [];
    for (const topic of topics)
      for (const [partition, offsets] of (await admin.offsets(plan.physical(topic))).entries())
        found.push({ topic, partition, ...offsets });
    return found;
  }

  #assigned(partitions: readonly number[]): void {
    if (this.#stopping.signal.aborted) return;
    const was = this.#active;
    this.#active = partitions.length > 0;
    if (was && !this.#active) return this.#options.onTakenOver();
    if (!this.#active)
      return this.#options.logger.info(
        { group: this.#options.group },
        'in reserve: another process of the group reads',
      );
    this.#measured = false;
    this.#catchUp.dropHeld();
    for (const place of this.#paused) this.#steerPlace(place, true);
    for (const [place, { topic, partition }] of this.#places)
      this.#consumer?.seek(this.#options.plan.physical(topic), partition, this.#position(place));
    const consumer = this.#consumer;
    if (consumer !== undefined)
      this.#measure(consumer).catch((error: unknown) => {
        if (this.#stopping.signal.aborted || this.#consumer !== consumer) return;
        if (error instanceof KafkaError) this.#joinAnew(error);
        else this.#options.onFatal(error as Error);
      });
  }

  /**
   * What there is to read before this process is up to date, as of now: in reserve, what was there at the start may be
   * long ago.
   */
  async #measure(consumer: GroupConsumer): Promise<void> {
    do {
      const offsets = await this.#offsets();
      if (this.#stopping.signal.aborted || this.#consumer !== consumer) return;
      for (const { topic, partition, low, end } of offsets) {
        const place = placeOf({ topic, partition });
        const goal = this.#measured ? (this.#catchUp.goals.get(place) ?? 0) : end;
        if (Math.max(this.#position(place), low) >= Math.min(goal, end)) this.#catchUp.settle(place);
        else this.#catchUp.expect(place, Math.min(goal, end));
      }
      this.#measured = true;
      await this.#storeInOrder();
      if (this.#catchUp.goals.size === 0) return;
      await sleep(measureIntervalMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    } while (!this.#stopping.signal.aborted && this.#consumer === consumer);
  }

  async #onBatch({ topic: physical, partition, messages, nextOffset }: IncomingBatch): Promise<void> {
    const topic = this.#options.plan.logical(physical);
    if (topic === undefined) return;
    this.#catchUp.hold({ topic, partition, messages, next: nextOffset });
    await this.#storeInOrder();
  }

  /** One at a time; a batch never waits in the hands of its consumer for another one, only for the disk. */
  #storeInOrder(): Promise<void> {
    this.#storing = this.#storing.then(() => this.#storeReady());
    return this.#storing;
  }

  async #storeReady(): Promise<void> {
    if (!this.#measured) return this.#steer();
    const { messages, nexts } = this.#catchUp.take();
    const fresh = messages.filter((one) => one.message.offset >= this.#next(placeOf(one)));
    const outputs = fresh.flatMap((one) => this.#outputsOf(one));
    if (nexts.size > 0 && !(await this.#store(outputs, nexts))) return;
    this.#steer();
    if (this.#active && this.#measured && this.#catchUp.goals.size === 0) this.#caughtUp.resolve();
  }

  /** Whoever is ahead pauses, so that what is held stays small and the others come by. */
  #steer(): void {
    for (const place of this.#places.keys()) this.#steerPlace(place, this.#catchUp.wants(place));
  }

  #steerPlace(place: string, wanted: boolean): void {
    const { topic, partition } = this.#places.get(place) ?? {};
    if (topic === undefined || partition === undefined || wanted !== this.#paused.has(place)) return;
    const physical = this.#options.plan.physical(topic);
    if (wanted) this.#consumer?.resume(physical, partition);
    else this.#consumer?.pause(physical, partition);
    if (wanted) this.#paused.delete(place);
    else this.#paused.add(place);
  }

  #outputsOf({ topic, partition, message }: PlacedMessage): readonly Output[] {
    const { validate, accepts, adapt = (event) => event, metrics } = this.#options;
    const decoded = decodeEvent(message);
    const reason = decoded.ok ? validate(decoded.event) : decoded.reason;
    if (decoded.ok && (decoded.event.type === tickType || !accepts(topic, decoded.event))) return [];
    if (decoded.ok && reason === undefined) return [{ topic, event: adapt(decoded.event) }];
    metrics.deadLetter('mirror');
    const { offset, timestampMs: timeMs } = message;
    const event = decoded.ok ? decoded.event : decoded.text;
    return [
      {
        topic: 'dead',
        event: createDeadLetter({
          stage: 'mirror',
          reason: reason ?? '',
          topic,
          partition,
          offset,
          event,
          timeMs,
        }),
      },
    ];
  }

  /** A full disk holds the mirror back, and loses nothing. false: it is not stored, and this process ends. */
  async #store(outputs: readonly Output[], nexts: ReadonlyMap<string, number>): Promise<boolean> {
    const { log, clock, onFatal } = this.#options;
    while (!this.#stopping.signal.aborted) {
      try {
        log.transact((emit) => {
          for (const output of outputs) emit(output);
          for (const [place, next] of nexts)
            log.stages.setOffset(nameOf(place), Math.max(next, this.#next(place)), clock.nowMs());
        });
        return true;
      } catch (error) {
        if (!(error instanceof LogError) || !error.retryable) {
          onFatal(error instanceof Error ? error : new Error(String(error)));
          return false;
        }
        await sleep(firstRetryMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      }
    }
    return false;
  }

  #next(place: string): number {
    return this.#options.log.stages.offset(nameOf(place));
  }

  #position(place: string): number {
    return Math.max(this.#places.get(place)?.start ?? 0, this.#next(place));
  }
}

const nameOf = (place: string): string => `kafka/mirror/${place}`;
