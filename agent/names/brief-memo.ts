/** As long as the rows of one window are named, about: they ask the same of /proc hundreds of times. */
const keptMs = 20;

/** What was found out a moment ago is not found out again. Nothing that was not found is kept. */
export class BriefMemo<K, V> {
  readonly #nowMs: () => number;
  readonly #values = new Map<K, V>();
  #sinceMs = -Infinity;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** `find` is called at most once a key and moment, unless it finds nothing. */
  get(key: K, find: () => V | undefined): V | undefined {
    const nowMs = this.#nowMs();
    // A clock that was set back ends the moment too.
    if (Math.abs(nowMs - this.#sinceMs) >= keptMs) {
      this.#values.clear();
      this.#sinceMs = nowMs;
    }
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    const found = find();
    if (found !== undefined) this.#values.set(key, found);
    return found;
  }
}
