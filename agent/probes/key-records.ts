interface Entry<T> {
  readonly record: T;
  /** The reading that saw it last. */
  reading: number;
}

/** What is remembered of each key of a kernel map between two readings of it: as many as the map holds. */
export class KeyRecords<T> {
  readonly #create: (key: Uint8Array) => T | undefined;
  readonly #entries = new Map<string, Entry<T>>();
  #reading = 0;
  #evicted = 0;

  /** `create` may keep the bytes of the key; undefined: they are none. */
  constructor(create: (key: Uint8Array) => T | undefined) {
    this.#create = create;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Keys that the kernel made and dropped again. */
  get evicted(): number {
    return this.#evicted;
  }

  of(key: Uint8Array): T | undefined {
    return this.#entryOf(key)?.record;
  }

  /**
   * Calls back with each entry of the map, and forgets the keys that are no longer in it. `keysMade`: how many the kernel
   * had made in all before this reading. The bytes are valid during the call only.
   */
  read(
    entries: Iterable<readonly [key: Uint8Array, value: Uint8Array]>,
    keysMade: number,
    onEntry: (record: T, value: Uint8Array) => void,
  ): void {
    this.#reading++;
    for (const [key, value] of entries) {
      const entry = this.#entryOf(key);
      if (entry === undefined) continue;
      entry.reading = this.#reading;
      onEntry(entry.record, value);
    }
    for (const [id, entry] of this.#entries) if (entry.reading !== this.#reading) this.#entries.delete(id);
    this.#evicted = Math.max(this.#evicted, keysMade - this.#entries.size);
  }

  #entryOf(key: Uint8Array): Entry<T> | undefined {
    const id = keyText(key);
    const known = this.#entries.get(id);
    if (known !== undefined) return known;
    // A copy: the record outlives the batch that these bytes are a view of.
    const record = this.#create(Uint8Array.from(key));
    if (record === undefined) return undefined;
    const entry = { record, reading: this.#reading };
    this.#entries.set(id, entry);
    return entry;
  }
}

/** A key of a kernel map as one of a Map. */
export function keyText(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}
