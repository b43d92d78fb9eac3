import { topics, type Topic } from '../port.ts';
import type { IncomingMessage } from './client/port.ts';

/** What was read of one partition and is not stored yet. */
export interface HeldBatch {
  readonly topic: Topic;
  readonly partition: number;
  readonly messages: readonly IncomingMessage[];
  /** Behind everything that was read, records that are no messages included. */
  readonly next: number;
}

/** What a partition has. */
export interface Extent {
  readonly place: string;
  readonly low: number;
  readonly end: number;
}

interface PartlyTaken extends HeldBatch {
  taken: number;
}

export interface PlacedMessage {
  readonly topic: Topic;
  readonly partition: number;
  readonly message: IncomingMessage;
}

/** What may be stored, in its order, and by place how far that is. */
export interface TakenPart {
  readonly messages: readonly PlacedMessage[];
  readonly nexts: ReadonlyMap<string, number>;
}

export const placeOf = ({ topic, partition }: Pick<HeldBatch, 'topic' | 'partition'>): string =>
  `${topic}/${partition}`;

/**
 * Puts partitions that are read side by side into the order of the broker's clock, for as long as one of them is behind
 * its goal: nothing is given out while a place that is behind might still bring something earlier. Of equal times, the
 * order of `topics` decides: causes come before effects. Within a partition the order is always its own.
 */
export class CatchUp {
  readonly #goals = new Map<string, number>();
  readonly #held = new Map<string, PartlyTaken>();
  #measured = false;

  /**
   * What there is to read before all is up to date: up to the ends as they are at the first look. Later looks only find what
   * was deleted since: that can never be waited for.
   */
  measure(extents: Iterable<Extent>, positionOf: (place: string) => number): void {
    for (const { place, low, end } of extents) {
      const goal = Math.min(end, this.#measured ? (this.#goals.get(place) ?? 0) : end);
      if (Math.max(positionOf(place), low) >= goal) this.#goals.delete(place);
      else this.#goals.set(place, goal);
    }
    this.#measured = true;
  }

  /** What is held is read anew, and nothing says yet what there is to read. */
  restart(): void {
    this.#held.clear();
    this.#measured = false;
  }

  /** All that there was is given out. */
  get done(): boolean {
    return this.#measured && this.#goals.size === 0;
  }

  get goals(): ReadonlyMap<string, number> {
    return this.#goals;
  }

  hold(batch: HeldBatch): void {
    const place = placeOf(batch);
    const before = this.#held.get(place);
    const fresh = batch.messages.filter(({ offset }) => offset >= (before?.next ?? 0));
    const messages = [...(before?.messages.slice(before.taken) ?? []), ...fresh];
    this.#held.set(place, { ...batch, messages, next: Math.max(before?.next ?? 0, batch.next), taken: 0 });
  }

  /** Should it be read on? What is up to date waits for the others, so that one batch a place is the most that is held. */
  wants(place: string): boolean {
    if (this.#held.has(place)) return false;
    return this.#goals.size === 0 || this.#goals.has(place);
  }

  take(): TakenPart {
    const messages: PlacedMessage[] = [];
    const nexts = new Map<string, number>();
    if (!this.#measured) return { messages, nexts };
    this.#finishEmpty(nexts);
    while (this.#held.size > 0 && this.#isComplete()) {
      const [place, batch] = this.#earliest();
      const message = headOf(batch);
      messages.push({ topic: batch.topic, partition: batch.partition, message });
      nexts.set(place, message.offset + 1);
      batch.taken += 1;
      if (batch.taken === batch.messages.length) this.#finish(place, batch.next, nexts);
    }
    return { messages, nexts };
  }

  #isComplete(): boolean {
    return this.#goals.keys().every((place) => this.#held.has(place));
  }

  #earliest(): readonly [string, PartlyTaken] {
    return [...this.#held].reduce((first, other) => (isEarlier(other[1], first[1]) ? other : first));
  }

  #finishEmpty(nexts: Map<string, number>): void {
    for (const [place, { messages, next }] of this.#held)
      if (messages.length === 0) this.#finish(place, next, nexts);
  }

  #finish(place: string, next: number, nexts: Map<string, number>): void {
    nexts.set(place, next);
    this.#held.delete(place);
    if (next >= (this.#goals.get(place) ?? Infinity)) this.#goals.delete(place);
  }
}

/** Never of an empty batch: those are finished as they come. */
function headOf({ messages, taken }: PartlyTaken): IncomingMessage {
  const head = messages[taken];
  if (head === undefined) throw new Error('a batch without messages is held');
  return head;
}

function isEarlier(left: PartlyTaken, right: PartlyTaken): boolean {
  const [{ timestampMs: leftMs }, { timestampMs: rightMs }] = [headOf(left), headOf(right)];
  if (leftMs !== rightMs) return leftMs < rightMs;
  const rank = topics.indexOf(left.topic) - topics.indexOf(right.topic);
  return rank === 0 ? left.partition < right.partition : rank < 0;
}
