import type { StateChange } from '../stream/port.ts';

/** How long and how often a member was seen. Hours are whole hours since the epoch. */
export interface Member {
  readonly firstMs: number;
  /** Kept to the hour, so that a member that is seen all the time changes its entry once an hour. */
  readonly lastHour: number;
  /** In how many hours it was seen: 1 active, from 2 on persistent. */
  readonly hours: number;
}

export interface MemberLimits {
  /** A member not seen for so long is new again. */
  readonly forgetMs: number;
  readonly maxMembers: number;
}

interface MemberSet {
  readonly chunkOf: Map<string, number>;
  readonly chunks: Map<string, Member>[];
}

type PackedChunk = Readonly<Record<string, readonly [firstMs: number, lastHour: number, hours: number]>>;

const hourMs = 3_600_000;
/** Members an entry of the state: what is rewritten when one of them changes, about 4 KiB. */
const chunkSize = 64;
/** Share of a full set that is forgotten at once, so that a flood does not search the whole set for each. */
const evictedShare = 16;
const separator = '\u001e';
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The sets that `seen` baselines know, by key. Each is stored in chunks of a few dozen members: a new one does not
 * rewrite ten thousand. Everything kept is stored as it is, so a restart changes nothing.
 */
export class MemberSets {
  readonly #sets = new Map<string, MemberSet>();
  readonly #dirty = new Map<string, ReadonlyMap<string, Member>>();

  /** Notes that a member was seen; true: it was not known, or forgotten. */
  note(key: string, name: string, atMs: number, { forgetMs, maxMembers }: MemberLimits): NotedMember {
    const set = this.#setOf(key);
    const hour = Math.floor(atMs / hourMs);
    const known = set.chunks[set.chunkOf.get(name) ?? -1]?.get(name);
    if (known && atMs - (known.lastHour + 1) * hourMs < forgetMs) {
      if (hour > known.lastHour)
        this.#put(key, set, name, { ...known, lastHour: hour, hours: known.hours + 1 });
      return { isNew: false, evicted: 0 };
    }
    const evicted = !known && set.chunkOf.size >= maxMembers ? this.#evict(key, set, maxMembers) : 0;
    this.#put(key, set, name, { firstMs: atMs, lastHour: hour, hours: 1 });
    return { isNew: true, evicted };
  }

  size(key: string): number {
    return this.#sets.get(key)?.chunkOf.size ?? 0;
  }

  #setOf(key: string): MemberSet {
    const known = this.#sets.get(key);
    if (known) return known;
    const set: MemberSet = { chunkOf: new Map(), chunks: [] };
    this.#sets.set(key, set);
    return set;
  }

  #put(key: string, set: MemberSet, name: string, member: Member): void {
    const index = set.chunkOf.get(name) ?? roomyChunk(set);
    const chunk = (set.chunks[index] ??= new Map<string, Member>());
    chunk.set(name, member);
    set.chunkOf.set(name, index);
    this.#dirty.set(entryOf(key, index), chunk);
  }

  /** Makes room: those seen in one hour only go first, of these the ones not seen for longest. */
  #evict(key: string, set: MemberSet, maxMembers: number): number {
    const members = set.chunks.flatMap((chunk) => [...chunk]);
    const surplus = members.length - maxMembers + Math.max(1, Math.floor(maxMembers / evictedShare));
    for (const [name] of members.toSorted(byWorth).slice(0, surplus)) {
      const index = set.chunkOf.get(name) ?? 0;
      const chunk = set.chunks[index];
      if (!chunk) continue;
      chunk.delete(name);
      set.chunkOf.delete(name);
      this.#dirty.set(entryOf(key, index), chunk);
    }
    return surplus;
  }

  /** The key is gone, and what it knew. */
  remove(key: string): void {
    const set = this.#sets.get(key);
    for (const index of set?.chunks.keys() ?? []) this.#dirty.set(entryOf(key, index), new Map());
    this.#sets.delete(key);
  }

  *drain(): Iterable<StateChange> {
    for (const [key, chunk] of this.#dirty)
      yield { key, value: chunk.size === 0 ? null : encoder.encode(JSON.stringify(packChunk(chunk))) };
    this.#dirty.clear();
  }

  /** false: the entry is none of these. */
  restore(entry: string, value: Uint8Array): boolean {
    if (!entry.startsWith(entryPrefix)) return false;
    const [key = '', index = ''] = entry.slice(entryPrefix.length).split(separator);
    const set = this.#setOf(key);
    const chunk = unpackChunk(JSON.parse(decoder.decode(value)) as PackedChunk);
    while (set.chunks.length < Number(index)) set.chunks.push(new Map());
    set.chunks[Number(index)] = chunk;
    for (const name of chunk.keys()) set.chunkOf.set(name, Number(index));
    return true;
  }
}

export interface NotedMember {
  readonly isNew: boolean;
  /** Members that were forgotten to make room. */
  readonly evicted: number;
}

const entryPrefix = 'members/';

function entryOf(key: string, chunk: number): string {
  return `${entryPrefix}${key}${separator}${chunk}`;
}

function roomyChunk({ chunks }: MemberSet): number {
  const index = chunks.findIndex((chunk) => chunk.size < chunkSize);
  return index < 0 ? chunks.length : index;
}

/** Least worth keeping first; the name decides last, so that the order depends on nothing but the members. */
function byWorth([a, left]: [string, Member], [b, right]: [string, Member]): number {
  return (
    Math.min(left.hours, 2) - Math.min(right.hours, 2) ||
    left.lastHour - right.lastHour ||
    left.firstMs - right.firstMs ||
    (a < b ? -1 : 1)
  );
}

function packChunk(chunk: ReadonlyMap<string, Member>): PackedChunk {
  return Object.fromEntries(
    [...chunk].map(([name, { firstMs, lastHour, hours }]) => [name, [firstMs, lastHour, hours]]),
  );
}

function unpackChunk(packed: PackedChunk): Map<string, Member> {
  return new Map(
    Object.entries(packed).map(([name, [firstMs, lastHour, hours]]) => [name, { firstMs, lastHour, hours }]),
  );
}
