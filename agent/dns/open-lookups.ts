import { LRUCache } from 'lru-cache';
import { findLookup, type Asked, type Found } from './find-lookup.ts';
import type { DnsClient, Lookup, Question } from './lookup.ts';

export interface OpenLookupLimits {
  readonly maxLookups: number;
  /** Sockets whose questions are known. */
  readonly maxSockets: number;
  /** Lookups of one client that were told no and may go on along a search path. */
  readonly maxDenied: number;
}

const defaultLimits: OpenLookupLimits = { maxLookups: 8_192, maxSockets: 16_384, maxDenied: 64 };

/** The lookups that are not over, found by what a packet shows: its socket and id, or who asks for what. */
export class OpenLookups implements Iterable<Lookup> {
  readonly #limits: OpenLookupLimits;
  readonly #lookups = new Set<Lookup>();
  /** Of all clients. */
  readonly #byName = new Map<string, Lookup[]>();
  /** Oldest first. */
  readonly #denied = new Map<DnsClient, Lookup[]>();
  readonly #sockets: LRUCache<bigint, Map<number, Question>>;
  #socketsEvicted = 0;

  constructor(limits: Partial<OpenLookupLimits> = {}) {
    this.#limits = { ...defaultLimits, ...limits };
    this.#sockets = new LRUCache({
      max: this.#limits.maxSockets,
      dispose: (_questions, _cookie, reason) => {
        if (reason === 'evict') this.#socketsEvicted++;
      },
    });
  }

  get size(): number {
    return this.#lookups.size;
  }

  get isFull(): boolean {
    return this.#lookups.size >= this.#limits.maxLookups;
  }

  /** Share of the room in use. */
  get fullness(): number {
    return this.#lookups.size / this.#limits.maxLookups;
  }

  get socketsEvicted(): number {
    return this.#socketsEvicted;
  }

  [Symbol.iterator](): Iterator<Lookup> {
    return this.#lookups.values();
  }

  find(asked: Asked): Found {
    return findLookup(asked, this.#byName.get(asked.name) ?? [], this.#denied.get(asked.client) ?? []);
  }

  withName(name: string): readonly Lookup[] {
    return this.#byName.get(name) ?? [];
  }

  onSocket(cookie: bigint, id: number): Question | undefined {
    return this.#sockets.get(cookie)?.get(id);
  }

  allOnSocket(cookie: bigint): readonly Question[] {
    return [...(this.#sockets.get(cookie)?.values() ?? [])];
  }

  forgetSocket(cookie: bigint): void {
    this.#sockets.delete(cookie);
  }

  add(lookup: Lookup): void {
    this.#lookups.add(lookup);
  }

  /** The lookup asks for one more name. */
  addName(lookup: Lookup, name: string): void {
    const lookups = this.#byName.get(name);
    if (lookups === undefined) this.#byName.set(name, [lookup]);
    else if (!lookups.includes(lookup)) lookups.push(lookup);
  }

  /** The question is on its socket from now on. */
  bind(question: Question): void {
    const { socketCookie, id } = question;
    const questions = this.#sockets.get(socketCookie) ?? new Map<number, Question>();
    questions.set(id, question);
    this.#sockets.set(socketCookie, questions);
  }

  /** The question is on its socket no longer: what happens there is not about it. */
  unbind(question: Question): void {
    const questions = this.#sockets.get(question.socketCookie);
    if (questions?.get(question.id) !== question) return;
    questions.delete(question.id);
    if (questions.size === 0) this.#sockets.delete(question.socketCookie);
  }

  /** Told no: the next query of its client may belong to it. */
  noteDenied(lookup: Lookup): void {
    const denied = this.deniedOf(lookup.client);
    if (denied.includes(lookup)) return;
    this.#denied.set(lookup.client, [...denied.slice(1 - this.#limits.maxDenied), lookup]);
  }

  deniedOf(client: DnsClient): readonly Lookup[] {
    return this.#denied.get(client) ?? [];
  }

  remove(lookup: Lookup): void {
    this.#lookups.delete(lookup);
    for (const { name } of lookup.questions) removeFrom(this.#byName, name, lookup);
    removeFrom(this.#denied, lookup.client, lookup);
    for (const question of lookup.questions) this.unbind(question);
  }
}

function removeFrom<K>(index: Map<K, Lookup[]>, key: K, lookup: Lookup): void {
  const left = index.get(key)?.filter((other) => other !== lookup) ?? [];
  if (left.length === 0) index.delete(key);
  else index.set(key, left);
}
