import { setTimeout as sleep } from 'node:timers/promises';
import type { StreamLogger } from '../stream-logger.ts';
import { CatchUp, type TakenPart } from './catch-up.ts';
import type { GroupConsumer, IncomingBatch, KafkaClient } from './client/port.ts';
import { GroupMember } from './group-member.ts';
import { KafkaError } from './kafka-error.ts';
import { MirrorPlaces, type MirrorPlacesOptions } from './mirror-places.ts';
import { MirrorStore, type MirrorStoreOptions } from './mirror-store.ts';

export interface MirrorOptions extends Omit<MirrorPlacesOptions, 'noted'>, MirrorStoreOptions {
  readonly client: KafkaClient;
  readonly group: string;
  readonly logger: StreamLogger;
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

/** Between two looks at what there is to read, while it catches up. */
const measureIntervalMs = 5_000;

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
  readonly #store: MirrorStore;
  readonly #placesOptions: MirrorPlacesOptions;
  readonly #member: GroupMember;
  readonly #stopping = new AbortController();
  readonly #caughtUp = Promise.withResolvers<void>();
  #active = false;
  #catchUp = new CatchUp();
  #places: MirrorPlaces;
  #storing: Promise<void> = Promise.resolve();

  constructor(options: MirrorOptions) {
    this.#options = options;
    this.#store = new MirrorStore(options);
    this.#placesOptions = { ...options, noted: (place) => this.#store.next(place) };
    this.#places = MirrorPlaces.none(this.#placesOptions);
    const { topics, plan, onFatal } = options;
    this.#member = new GroupMember({
      ...options,
      topics: topics.map((topic) => plan.physical(topic)),
      sole: true,
      owned: () => (this.#active ? [0] : []),
      prepare: () => this.#findPlaces(),
      onAssigned: (consumer, partitions) => this.#assigned(consumer, partitions),
      onBatch: (batch) => this.#onBatch(batch),
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

  caughtUp(): Promise<void> {
    return this.#caughtUp.promise;
  }

  lag(): number | undefined {
    if (!this.#active) return undefined;
    const behind = [...this.#catchUp.goals].map(([place, goal]) => goal - this.#store.next(place));
    return behind.reduce((sum, one) => sum + Math.max(0, one), 0);
  }

  /** Where to read on; what was held of an earlier consumer is read anew. */
  async #findPlaces(): Promise<void> {
    this.#places = await MirrorPlaces.find(this.#placesOptions);
    this.#catchUp = new CatchUp();
  }

  #assigned(consumer: GroupConsumer, partitions: readonly number[]): void {
    const { group, logger, onTakenOver } = this.#options;
    const was = this.#active;
    this.#active = partitions.length > 0;
    if (was && !this.#active) return onTakenOver();
    if (!this.#active) return logger.info({ group }, 'in reserve: another process of the group reads');
    this.#catchUp.restart();
    this.#places.beginAt(consumer);
    this.#measure(consumer).catch((error: unknown) => this.#measureFailed(consumer, error as Error));
  }

  /**
   * What there is to read before this process is up to date, as of now: in reserve, what was there at the start may be
   * long ago.
   */
  async #measure(consumer: GroupConsumer): Promise<void> {
    do {
      const extents = await this.#places.extents();
      if (!this.#hears(consumer)) return;
      this.#catchUp.measure(extents, (place) => this.#places.position(place));
      await this.#storeInOrder();
      if (this.#catchUp.done) return;
      await sleep(measureIntervalMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    } while (this.#hears(consumer));
  }

  #measureFailed(consumer: GroupConsumer, error: Error): void {
    if (!this.#hears(consumer)) return;
    if (error instanceof KafkaError) this.#member.rejoin('crash', error);
    else this.#options.onFatal(error);
  }

  #hears(consumer: GroupConsumer): boolean {
    return !this.#stopping.signal.aborted && this.#member.current() === consumer;
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
    const part = this.#catchUp.take();
    if (part.nexts.size > 0 && !(await this.#stored(part))) return;
    const consumer = this.#member.current();
    if (consumer !== undefined) this.#places.steer(consumer, (place) => this.#catchUp.wants(place));
    if (this.#active && this.#catchUp.done) this.#caughtUp.resolve();
  }

  /** false: this process ends. */
  async #stored(part: TakenPart): Promise<boolean> {
    try {
      await this.#store.store(part, this.#stopping.signal);
      return true;
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#options.onFatal(error as Error);
      return false;
    }
  }
}
