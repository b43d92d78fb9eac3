import {
  Consumer,
  FetchIsolationLevels,
  findErrorBy,
  ListOffsetTimestamps,
  type BaseOptions,
  type ClusterMetadata,
} from '@platformatic/kafka';
import {
  committedBatches,
  offsetBehind,
  timestampOf,
  type FetchedPartition,
  type FetchResponse,
} from './committed-records.ts';
import { PartitionPlaces, type Place } from './partition-places.ts';
import { createPlatformaticAssigner } from './platformatic-assigner.ts';
import { toKafkaError } from './platformatic-error.ts';
import type { ConsumerTuning, GroupConsumer, GroupConsumerOptions, IncomingMessage } from './port.ts';

const maxFetchBytes = 10 * 1024 * 1024;
const maxPartitionBytes = 1024 * 1024;
const stopPatienceMs = 8_000;

/**
 * A member of a consumer group with a fetch loop of its own for each broker: the library's stream knows one queue for
 * all partitions, and this needs each to be paused, moved and worked on by itself.
 */
export class PlatformaticConsumer implements GroupConsumer {
  readonly #options: GroupConsumerOptions;
  readonly #tuning: ConsumerTuning;
  readonly #consumer: Consumer;
  readonly #places = new PartitionPlaces();
  readonly #fetching = new Set<number>();
  readonly #working = new Set<Promise<void>>();
  #scheduled = false;
  #ended = false;

  constructor(base: BaseOptions, options: GroupConsumerOptions, tuning: ConsumerTuning) {
    this.#options = options;
    this.#tuning = tuning;
    const { sessionTimeoutMs } = tuning;
    const manner = options.sole === true ? 'sole' : 'spread';
    this.#consumer = new Consumer({
      ...base,
      groupId: options.group,
      autocommit: false,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: Math.max(sessionTimeoutMs, 10_000),
      heartbeatInterval: Math.floor(sessionTimeoutMs / 5),
      heartbeatStallTimeout: Math.max(sessionTimeoutMs, 10_000),
      protocols: [{ name: `saccade-${manner}`, version: 1 }],
      protocolsMetadata: () => Promise.resolve(Buffer.from(JSON.stringify(options.owned()))),
      partitionAssigner: createPlatformaticAssigner(manner),
    });
    this.#consumer.on('consumer:group:join', () => this.#joined());
    this.#consumer.on('consumer:heartbeat:stalled', ({ lastError }) =>
      this.#crash(lastError ?? new Error('no heartbeat is answered')),
    );
    this.#consumer.on('error', (error) => this.#crash(error));
  }

  async start(): Promise<void> {
    const { group, topics } = this.#options;
    try {
      this.#consumer.topics.trackAll(...topics);
      await this.#consumer.joinGroup();
    } catch (error) {
      throw toKafkaError(error, `joining the group ${group}`);
    }
  }

  async stop(): Promise<void> {
    if (this.#ended && !this.#consumer.isActive()) return this.#close();
    this.#ended = true;
    const patience = Promise.withResolvers<void>();
    const timer = setTimeout(patience.resolve, stopPatienceMs);
    await Promise.race([Promise.allSettled(this.#working), patience.promise]);
    clearTimeout(timer);
    await this.#close();
  }

  seek(topic: string, partition: number, offset: number): void {
    this.#places.seek(topic, partition, offset);
    this.#schedule();
  }

  pause(topic: string, partition: number): void {
    this.#places.setPaused(topic, partition, true);
  }

  resume(topic: string, partition: number): void {
    this.#places.setPaused(topic, partition, false);
    this.#schedule();
  }

  async commit(topic: string, partition: number, nextOffset: number): Promise<void> {
    try {
      await this.#consumer.commit({
        offsets: [{ topic, partition, offset: BigInt(nextOffset), leaderEpoch: -1 }],
      });
    } catch (error) {
      throw toKafkaError(error, `committing offsets of ${this.#options.group}`);
    }
  }

  async #close(): Promise<void> {
    await this.#consumer.close(true);
  }

  #joined(): void {
    if (this.#ended) return;
    const assignments = this.#consumer.assignments ?? [];
    this.#places.assign(
      assignments.flatMap(({ topic, partitions }) => partitions.map((one) => [topic, one] as const)),
    );
    const partitions = new Set(assignments.flatMap((one) => one.partitions));
    this.#options.onAssigned([...partitions].sort((a, b) => a - b));
    this.#schedule();
  }

  #crash(error: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#options.onCrash(toKafkaError(error, `consuming as ${this.#options.group}`));
  }

  /** Several changes of one turn make one look. */
  #schedule(): void {
    if (this.#scheduled || this.#ended) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      void this.#look().catch((error: unknown) => this.#crash(error as Error));
    });
  }

  async #look(): Promise<void> {
    if (this.#ended || this.#places.wanted().length === 0) return;
    const metadata = await this.#consumer.metadata({ topics: [...this.#options.topics] });
    const byLeader = Map.groupBy(this.#places.wanted(), (place) => leaderOf(metadata, place));
    for (const [leader, places] of byLeader) {
      if (this.#ended || this.#fetching.has(leader)) continue;
      this.#fetching.add(leader);
      void this.#fetch(leader, places, metadata)
        .catch((error: unknown) => this.#crash(error as Error))
        .finally(() => {
          this.#fetching.delete(leader);
          this.#schedule();
        });
    }
  }

  async #fetch(node: number, places: readonly Place[], metadata: ClusterMetadata): Promise<void> {
    const asked = new Map(places.map((place) => [place, place.moves]));
    const response = await this.#request(node, places, metadata);
    const names = new Map([...metadata.topics].map(([name, { id }]) => [id, name]));
    for (const { topicId, partitions } of response.responses)
      for (const fetched of partitions) {
        const place = this.#places.get(names.get(topicId) ?? '', fetched.partitionIndex);
        // Moved, paused or taken away while the request was on its way.
        if (place === undefined || place.paused || asked.get(place) !== place.moves) continue;
        this.#take(place, fetched);
      }
  }

  async #request(
    node: number,
    places: readonly Place[],
    metadata: ClusterMetadata,
  ): Promise<Pick<FetchResponse, 'responses'>> {
    const byTopic = Map.groupBy(places, ({ topic }) => metadata.topics.get(topic)?.id ?? '');
    try {
      return await this.#consumer.fetch({
        node,
        maxWaitTime: this.#tuning.maxWaitMs,
        minBytes: 1,
        maxBytes: maxFetchBytes,
        isolationLevel: FetchIsolationLevels.READ_COMMITTED,
        topics: [...byTopic].map(([topicId, list]) => ({
          topicId,
          partitions: list.map(({ partition, offset }) => ({
            partition,
            fetchOffset: BigInt(offset),
            partitionMaxBytes: maxPartitionBytes,
            currentLeaderEpoch: -1,
            lastFetchedEpoch: -1,
          })),
        })),
      });
    } catch (error) {
      if (findErrorBy(error as Error, 'apiId', 'OFFSET_OUT_OF_RANGE') === null) throw error;
      await this.#returnIntoRange(places);
      return { responses: [] };
    }
  }

  /** Records were deleted before they were read, or the topic is another one: on from the oldest. */
  async #returnIntoRange(places: readonly Place[]): Promise<void> {
    const topics = [...new Set(places.map(({ topic }) => topic))];
    const [oldest, next] = await Promise.all(
      [ListOffsetTimestamps.EARLIEST, ListOffsetTimestamps.LATEST].map((timestamp) =>
        this.#consumer.listOffsets({ topics, timestamp }),
      ),
    );
    for (const { topic, partition, offset } of places) {
      const low = Number(oldest?.get(topic)?.[partition] ?? 0n);
      const end = Number(next?.get(topic)?.[partition] ?? 0n);
      if (offset < low || offset > end) this.#places.seek(topic, partition, low);
    }
  }

  #take(place: Place, fetched: FetchedPartition): void {
    const behind = offsetBehind(fetched);
    if (behind === undefined) return;
    const messages = toMessages(fetched, place.offset);
    const { topic, partition } = place;
    place.offset = Math.max(place.offset, behind);
    place.busy = true;
    const work = this.#options
      .onBatch({
        topic,
        partition,
        messages,
        nextOffset: place.offset,
        endOffset: Number(fetched.highWatermark),
      })
      .catch((error: unknown) => this.#crash(error as Error))
      .finally(() => {
        place.busy = false;
        this.#working.delete(work);
        this.#schedule();
      });
    this.#working.add(work);
  }
}

function leaderOf(metadata: ClusterMetadata, { topic, partition }: Place): number {
  return metadata.topics.get(topic)?.partitions[partition]?.leader ?? -1;
}

/** A batch is fetched whole, also where only its end is wanted. */
function toMessages(fetched: FetchedPartition, fromOffset: number): readonly IncomingMessage[] {
  const messages: IncomingMessage[] = [];
  for (const batch of committedBatches(fetched))
    for (const record of batch.records) {
      const offset = Number(batch.firstOffset) + record.offsetDelta;
      if (offset < fromOffset) continue;
      messages.push({
        offset,
        timestampMs: timestampOf(batch, record),
        key: record.key?.toString() ?? null,
        value: record.value,
        headers: Object.fromEntries(
          record.headers.map(([name, value]) => [name?.toString() ?? '', value?.toString() ?? '']),
        ),
      });
    }
  return messages;
}
