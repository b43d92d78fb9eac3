import { headBytes, headOffset } from './slot.ts';

/**
 * Reads the rings that the recorder's programs write, without stopping them. Invariant: a slot at position p is taken
 * only if its `seq` was p + 1 both before and after it was copied; a writer sets it to 0 first and to p + 1 last.
 */

/** One kind of ring, mapped: `data` holds `rings` × `slots` slots, `heads` one head for each ring from `firstHead` on. */
export interface RingArea {
  readonly data: Uint8Array;
  readonly heads: Uint8Array;
  readonly firstHead: number;
  readonly rings: number;
  /** A power of two. */
  readonly slots: number;
  readonly slotBytes: number;
  readonly headStride: number;
}

/** Next position to read, by ring; negative: nothing read yet. */
export type RingCursor = number[];

export interface RingScan {
  readonly visited: number;
  /** Overwritten while or before they were read. */
  readonly lost: number;
  /** The oldest time from which on no ring missed anything in this scan; undefined: none did. */
  readonly completeSinceKtimeNs: bigint | undefined;
}

export interface RingReader {
  /** A cursor that begins at the oldest slot. */
  startCursor(): RingCursor;
  /**
   * Calls back for each slot of one network namespace (undefined: of all) from the cursor on and moves the cursor.
   * The slot is valid during the call only.
   */
  scan(cursor: RingCursor, netnsCookie: bigint | undefined, onSlot: (slot: Uint8Array) => void): RingScan;
  /** From when on every ring is complete; undefined: none has wrapped yet. */
  horizonKtimeNs(): bigint | undefined;
  /** Slots taken so far, of all rings. */
  written(): number;
  /** Sum of what scans have lost so far. */
  lost(): number;
}

/** A writer may be interrupted between taking a position and publishing it; this close to the head, wait for it. */
const unpublishedTolerance = 64;
const wordsOf = (bytes: number) => bytes >>> 2;

export function createRingReader(area: RingArea): RingReader {
  const words = new Uint32Array(area.data.buffer, area.data.byteOffset, wordsOf(area.data.byteLength));
  const heads = new Uint32Array(area.heads.buffer, area.heads.byteOffset, wordsOf(area.heads.byteLength));
  const slotWords = wordsOf(area.slotBytes);
  const scratch = new Uint8Array(area.slotBytes);
  let lostByAll = 0;

  function headOf(ring: number): number {
    const word = wordsOf((area.firstHead + ring) * area.headStride);
    return Atomics.load(heads, word) + (heads[word + 1] ?? 0) * 2 ** 32;
  }

  function wordOf(ring: number, position: number): number {
    return (ring * area.slots + (position % area.slots)) * slotWords;
  }

  function isPublished(word: number, position: number): boolean {
    return Atomics.load(words, word) === (position + 1) % 2 ** 32;
  }

  /** Copies a slot into the scratch buffer; false when it was overwritten meanwhile. */
  function copySlot(word: number, position: number): boolean {
    const start = word * 4;
    const captured = (words[word + wordsOf(headOffset.captured)] ?? 0) & 0xffff;
    const end = start + Math.min(headBytes + captured, area.slotBytes);
    scratch.set(area.data.subarray(start, end));
    return isPublished(word, position);
  }

  function scanRing(
    ring: number,
    cursor: number,
    matches: (word: number) => boolean,
    onSlot: (s: Uint8Array) => void,
  ): RingScan & { readonly next: number } {
    const head = headOf(ring);
    let position = Math.max(cursor, head - area.slots, 0);
    // What had wrapped before the first scan is not lost to this reader: it was never there for it.
    let lost = cursor < 0 ? 0 : position - cursor;
    let behindGap = cursor < 0 ? position > 0 : lost > 0;
    let completeSinceKtimeNs: bigint | undefined;
    const start = position;
    for (; position < head; position++) {
      const word = wordOf(ring, position);
      if (!isPublished(word, position)) {
        const behind = isBehind(words[word] ?? 0, position);
        if (behind && head - position <= unpublishedTolerance) break;
        lost += 1;
        // One writer that was interrupted leaves out one packet; one that came round has taken all up to here.
        behindGap ||= !behind;
        continue;
      }
      if (behindGap) completeSinceKtimeNs = ktimeOf(words, word);
      behindGap = false;
      if (!matches(word)) continue;
      if (copySlot(word, position)) onSlot(scratch);
      else {
        lost += 1;
        behindGap = true;
      }
    }
    return { next: position, visited: position - start, lost, completeSinceKtimeNs };
  }

  function oldestKtimeNs(ring: number): bigint | undefined {
    const head = headOf(ring);
    if (head <= area.slots) return undefined;
    // A little ahead of the writer, which would otherwise overtake the reader.
    const word = wordOf(ring, head - area.slots + Math.min(unpublishedTolerance, area.slots >> 1));
    return ktimeOf(words, word);
  }

  return {
    startCursor: () => Array.from({ length: area.rings }, () => -1),
    scan(cursor, netnsCookie, onSlot) {
      const matches = netnsMatcher(words, netnsCookie);
      let visited = 0;
      let lost = 0;
      let completeSinceKtimeNs: bigint | undefined;
      for (let ring = 0; ring < area.rings; ring++) {
        const result = scanRing(ring, cursor[ring] ?? -1, matches, onSlot);
        cursor[ring] = result.next;
        visited += result.visited;
        lost += result.lost;
        completeSinceKtimeNs = latest(completeSinceKtimeNs, result.completeSinceKtimeNs);
      }
      lostByAll += lost;
      return { visited, lost, completeSinceKtimeNs };
    },
    horizonKtimeNs() {
      let horizon: bigint | undefined;
      for (let ring = 0; ring < area.rings; ring++) horizon = latest(horizon, oldestKtimeNs(ring));
      return horizon;
    },
    written: () => Array.from({ length: area.rings }, (_, ring) => headOf(ring)).reduce((a, b) => a + b, 0),
    lost: () => lostByAll,
  };
}

function latest(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  return a === undefined || (b !== undefined && b > a) ? b : a;
}

/** Still unwritten, or being written: its mark is 0 or that of an earlier lap. */
function isBehind(seqLow: number, position: number): boolean {
  return seqLow === 0 || ((position + 1 - seqLow) | 0) > 0;
}

function netnsMatcher(words: Uint32Array, netnsCookie: bigint | undefined): (word: number) => boolean {
  if (netnsCookie === undefined) return () => true;
  const low = Number(netnsCookie & 0xffffffffn);
  const high = Number(netnsCookie >> 32n);
  const at = wordsOf(headOffset.netns_cookie);
  return (word) => words[word + at] === low && words[word + at + 1] === high;
}

function ktimeOf(words: Uint32Array, word: number): bigint {
  const at = word + wordsOf(headOffset.ktime_ns);
  return (BigInt(words[at + 1] ?? 0) << 32n) | BigInt(words[at] ?? 0);
}
