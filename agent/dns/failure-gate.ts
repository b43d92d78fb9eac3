import { LRUCache } from 'lru-cache';

/** A failure alone is ordinary; two within this are worth a look. */
const togetherUs = 10_000_000;
const maxKeys = 4_096;

/** Lets through what fails the second time within ten seconds, by client and resolver. */
export class FailureGate {
  readonly #lastUs = new LRUCache<string, number>({ max: maxKeys });

  trips(key: string, atUs: number): boolean {
    const lastUs = this.#lastUs.get(key);
    this.#lastUs.set(key, atUs);
    return lastUs !== undefined && atUs - lastUs < togetherUs;
  }
}
