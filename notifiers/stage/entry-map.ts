import type { StateChange } from '../../stream/port.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * One kind of entry in a stage's state: a map that knows what changed since the last drain. Values are immutable JSON;
 * a change is a `set` of a new value.
 */
export class EntryMap<T> {
  readonly #prefix: string;
  readonly #entries = new Map<string, T>();
  readonly #changed = new Set<string>();
  #touched = false;

  constructor(prefix: string) {
    this.#prefix = `${prefix}/`;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): T | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: T): void {
    this.#entries.set(key, value);
    this.#touch(key);
  }

  delete(key: string): void {
    if (this.#entries.delete(key)) this.#touch(key);
  }

  values(): IterableIterator<T> {
    return this.#entries.values();
  }

  /** Did anything change since this was last asked? */
  takeTouched(): boolean {
    const touched = this.#touched;
    this.#touched = false;
    return touched;
  }

  /** Takes a stored entry if it is of this kind. */
  restore(key: string, value: Uint8Array): boolean {
    if (!key.startsWith(this.#prefix)) return false;
    this.#entries.set(key.slice(this.#prefix.length), JSON.parse(decoder.decode(value)) as T);
    this.#touched = true;
    return true;
  }

  *drain(): Iterable<StateChange> {
    for (const key of this.#changed) {
      const value = this.#entries.get(key);
      const stored = value === undefined ? null : encoder.encode(JSON.stringify(value));
      yield { key: this.#prefix + key, value: stored };
    }
    this.#changed.clear();
  }

  #touch(key: string): void {
    this.#changed.add(key);
    this.#touched = true;
  }
}
