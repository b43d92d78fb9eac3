/** Where a consumer reads one partition. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
  offset: number;
  paused: boolean;
  /** A batch of it is being worked on. */
  busy: boolean;
  /** Counts seeks, so that what was fetched before one is not taken after it. */
  moves: number;
}

/** The partitions that a member has, and where it reads them. */
export class PartitionPlaces {
  #places = new Map<string, Place>();

  /** After a rebalance: what stays keeps its place, what is new begins at the beginning. */
  assign(partitions: Iterable<readonly [topic: string, partition: number]>): void {
    const before = this.#places;
    this.#places = new Map();
    for (const [topic, partition] of partitions) {
      const key = keyOf(topic, partition);
      const fresh = { topic, partition, offset: 0, paused: false, busy: false, moves: 0 };
      this.#places.set(key, before.get(key) ?? fresh);
    }
  }

  get(topic: string, partition: number): Place | undefined {
    return this.#places.get(keyOf(topic, partition));
  }

  seek(topic: string, partition: number, offset: number): void {
    const place = this.get(topic, partition);
    if (place === undefined) return;
    place.offset = offset;
    place.moves += 1;
  }

  setPaused(topic: string, partition: number, paused: boolean): void {
    const place = this.get(topic, partition);
    if (place !== undefined) place.paused = paused;
  }

  wanted(): readonly Place[] {
    return [...this.#places.values()].filter(({ paused, busy }) => !paused && !busy);
  }
}

const keyOf = (topic: string, partition: number): string => `${topic}/${partition}`;
