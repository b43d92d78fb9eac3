import type { StateChange } from '../port.ts';
import type { IncomingMessage, OutgoingMessage } from './client/port.ts';

/**
 * A stage's state in its compacted topic, partition by partition:
 * `s/KEY` an entry of the stage, `d/N` a segment of the ids seen, `offset` the next input record, `claim` who loads.
 * All that one flush writes is one transaction, so what is read belongs together.
 */
const [entryPrefix, offsetKey, claimKey] = ['s/', 'offset', 'claim'];
export const seenPrefix = 'd/';

export interface Flush {
  readonly entries: ReadonlyMap<string, Uint8Array | null>;
  readonly nextOffset: number;
}

const entryKeyOf = (key: string): string => `${entryPrefix}${key}`;

export function flushMessages(
  topic: string,
  partition: number,
  { entries, nextOffset }: Flush,
): readonly OutgoingMessage[] {
  const place = { topic, partition };
  return [
    ...[...entries].map(([key, value]) => ({ ...place, key, value })),
    { ...place, key: offsetKey, value: new TextEncoder().encode(String(nextOffset)) },
  ];
}

export function claimMessage(topic: string, partition: number, owner: string): OutgoingMessage {
  return { topic, partition, key: claimKey, value: new TextEncoder().encode(owner) };
}

/** Collects a partition's state until the reader's own claim comes by: nothing of anybody else can follow it. */
export class StateLoader {
  readonly #owner: string;
  readonly #entries = new Map<string, Uint8Array>();
  #nextOffset: number | undefined;

  constructor(owner: string) {
    this.#owner = owner;
  }

  /** true: complete. */
  take({ key, value }: IncomingMessage): boolean {
    if (key === null) return false;
    if (key === claimKey) return textOf(value) === this.#owner;
    if (key === offsetKey) this.#nextOffset = Number(textOf(value));
    else if (value === null) this.#entries.delete(key);
    else this.#entries.set(key, value);
    return false;
  }

  /** undefined: there was no flush yet; the input is read from its beginning. */
  get nextOffset(): number | undefined {
    return this.#nextOffset;
  }

  get size(): number {
    return this.#entries.size;
  }

  *entries(): Iterable<readonly [key: string, value: Uint8Array]> {
    for (const [key, value] of this.#entries)
      if (key.startsWith(entryPrefix)) yield [key.slice(entryPrefix.length), value];
  }

  *seenSegments(): Iterable<readonly [index: number, value: Uint8Array]> {
    for (const [key, value] of this.#entries)
      if (key.startsWith(seenPrefix)) yield [Number(key.slice(seenPrefix.length)), value];
  }
}

export function toEntries(changes: Iterable<StateChange>): Iterable<readonly [string, Uint8Array | null]> {
  return [...changes].map(({ key, value }) => [entryKeyOf(key), value] as const);
}

function textOf(value: Uint8Array | null): string {
  return value === null ? '' : new TextDecoder().decode(value);
}
