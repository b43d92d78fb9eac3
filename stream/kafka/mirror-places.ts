import type { Topic } from '../port.ts';
import { type Extent, placeOf } from './catch-up.ts';
import type { GroupConsumer, KafkaAdmin } from './client/port.ts';
import type { TopicPlan } from './topic-plan.ts';

export interface MirrorPlacesOptions {
  readonly admin: KafkaAdmin;
  readonly plan: TopicPlan;
  readonly topics: readonly Topic[];
  /** Where it begins the first time. `end`: what came before is of no use any more. */
  readonly firstFrom: 'beginning' | 'end';
  /** What is noted of a place; 0: nothing yet. */
  readonly noted: (place: string) => number;
}

interface Place {
  readonly topic: Topic;
  readonly partition: number;
  /** Where reading began. */
  readonly start: number;
}

interface PlacedExtent extends Extent {
  readonly topic: Topic;
  readonly partition: number;
}

/** Where a mirror reads its partitions, and which of them rest. One for each consumer. */
export class MirrorPlaces {
  readonly #options: MirrorPlacesOptions;
  readonly #places: ReadonlyMap<string, Place>;
  readonly #resting = new Set<string>();

  private constructor(options: MirrorPlacesOptions, places: ReadonlyMap<string, Place>) {
    this.#options = options;
    this.#places = places;
  }

  static none(options: MirrorPlacesOptions): MirrorPlaces {
    return new MirrorPlaces(options, new Map());
  }

  /** Rejects with a `KafkaError`. */
  static async find(options: MirrorPlacesOptions): Promise<MirrorPlaces> {
    await options.admin.connect();
    const places = new Map<string, Place>();
    for (const { place, topic, partition, low, end } of await extentsOf(options)) {
      const known = options.noted(place);
      const first = options.firstFrom === 'end' ? end : low;
      // 0 is also "never noted"; a noted place is beyond the beginning.
      places.set(place, { topic, partition, start: known === 0 ? first : Math.max(known, low) });
    }
    return new MirrorPlaces(options, places);
  }

  /** What the topics hold now. */
  extents(): Promise<readonly PlacedExtent[]> {
    return extentsOf(this.#options);
  }

  /** Where to read on. */
  position(place: string): number {
    return Math.max(this.#places.get(place)?.start ?? 0, this.#options.noted(place));
  }

  /** All of them from where they were left. */
  beginAt(consumer: GroupConsumer): void {
    this.steer(consumer, () => true);
    for (const [place, { topic, partition }] of this.#places)
      consumer.seek(this.#options.plan.physical(topic), partition, this.position(place));
  }

  /** Whoever is not wanted rests, so that what is held of it stays small and the others come by. */
  steer(consumer: GroupConsumer, isWanted: (place: string) => boolean): void {
    for (const [place, { topic, partition }] of this.#places) {
      const wanted = isWanted(place);
      if (wanted !== this.#resting.has(place)) continue;
      const physical = this.#options.plan.physical(topic);
      if (wanted) consumer.resume(physical, partition);
      else consumer.pause(physical, partition);
      if (wanted) this.#resting.delete(place);
      else this.#resting.add(place);
    }
  }
}

async function extentsOf({ admin, plan, topics }: MirrorPlacesOptions): Promise<readonly PlacedExtent[]> {
  const found: PlacedExtent[] = [];
  for (const topic of topics)
    for (const [partition, offsets] of (await admin.offsets(plan.physical(topic))).entries())
      found.push({ place: placeOf({ topic, partition }), topic, partition, ...offsets });
  return found;
}
