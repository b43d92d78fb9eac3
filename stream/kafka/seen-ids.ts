import { hash } from 'node:crypto';
import type { StateChange } from '../port.ts';

/** Of (source, id): 96 bits, so that a chance meeting among all that are remembered does not happen. */
const idBytes = 12;
const idsPerSegment = 256;

/**
 * The last ids of one partition, in a ring, as state that is stored with the stage's own: what a predecessor
 * produced twice is taken once. Bounded: a repeat that comes later than `segments` × 256 records is not known any more.
 */
export class SeenIds {
  readonly #segments: Buffer[];
  readonly #counts: number[];
  readonly #known = new Set<string>();
  readonly #dirty = new Set<number>();
  #current = 0;

  constructor(segments = 128) {
    this.#segments = Array.from({ length: segments }, () => Buffer.alloc(0));
    this.#counts = this.#segments.map(() => 0);
  }

  /** false: it was there already. */
  add(source: string, id: string): boolean {
    const digest = hash('sha256', `${source}\n${id}`, 'buffer').subarray(0, idBytes);
    const text = digest.toString('latin1');
    if (this.#known.has(text)) return false;
    if ((this.#counts[this.#current] ?? 0) >= idsPerSegment) this.#advance();
    if (this.#segments[this.#current]?.length === 0)
      this.#segments[this.#current] = Buffer.alloc(idsPerSegment * idBytes);
    const count = this.#counts[this.#current] ?? 0;
    digest.copy(this.#segments[this.#current]!, count * idBytes);
    this.#counts[this.#current] = count + 1;
    this.#known.add(text);
    this.#dirty.add(this.#current);
    return true;
  }

  /** Entries changed since the last call; the segment in use holds a mark for itself. */
  *drain(prefix: string): Iterable<StateChange> {
    for (const index of this.#dirty) {
      const bytes = (this.#counts[index] ?? 0) * idBytes;
      const segment = this.#segments[index] ?? Buffer.alloc(0);
      yield {
        key: `${prefix}${index}`,
        value: Buffer.concat([Buffer.from([this.#current === index ? 1 : 0]), segment.subarray(0, bytes)]),
      };
    }
    this.#dirty.clear();
  }

  restore(index: number, value: Uint8Array): void {
    const ids = Buffer.from(value.subarray(1));
    this.#drop(index);
    const segment = Buffer.alloc(idsPerSegment * idBytes);
    ids.copy(segment);
    this.#segments[index] = segment;
    this.#counts[index] = ids.length / idBytes;
    if (value[0] === 1) this.#current = index;
    for (const text of textsOf(segment, this.#counts[index] ?? 0)) this.#known.add(text);
  }

  #advance(): void {
    this.#dirty.add(this.#current);
    this.#current = (this.#current + 1) % this.#segments.length;
    this.#drop(this.#current);
  }

  #drop(index: number): void {
    for (const text of textsOf(this.#segments[index] ?? Buffer.alloc(0), this.#counts[index] ?? 0))
      this.#known.delete(text);
    this.#counts[index] = 0;
  }
}

function* textsOf(segment: Buffer, count: number): Iterable<string> {
  for (let n = 0; n < count; n += 1)
    yield segment.subarray(n * idBytes, (n + 1) * idBytes).toString('latin1');
}
