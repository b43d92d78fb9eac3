/** Records kept at most, and characters of one: 2 MiB in all. */
const maxRecords = 128;
const maxLength = 16_384;

/**
 * What was parsed lately, by offset: within a pass several stages read the same records, and none changes what it reads. A
 * text that differs is parsed anew, so it does not matter that a rollback may give an offset twice.
 */
export class ParsedRecords<T> {
  readonly #parse: (text: string) => T;
  readonly #records = new Map<number, { readonly text: string; readonly parsed: T }>();

  constructor(parse: (text: string) => T) {
    this.#parse = parse;
  }

  of(offset: number, text: string): T {
    const known = this.#records.get(offset);
    if (known?.text === text) return known.parsed;
    const parsed = this.#parse(text);
    if (text.length > maxLength) return parsed;
    this.#records.set(offset, { text, parsed });
    if (this.#records.size > maxRecords) this.#forgetOldest();
    return parsed;
  }

  #forgetOldest(): void {
    for (const offset of this.#records.keys()) {
      this.#records.delete(offset);
      return;
    }
  }
}
