import { headOffset } from './slot.ts';

/**
 * Slots one behind the other in few large blocks, with what is asked of all of them in arrays of numbers: an object
 * for each of a hundred thousand packets would take three times their bytes, and the collector half a second.
 */
export interface PackedSlots {
  readonly count: number;
  /** Memory that it takes. */
  readonly heldBytes: number;
  /** Copies the slot; false when one of the same packet is there. */
  add(slot: Uint8Array): boolean;
  /** A view, not a copy. */
  at(index: number): Uint8Array;
  ktimeNs(index: number): bigint;
  /** Indexes in the order of time. */
  byTime(): Uint32Array;
}

/** Larger than any slot. */
const blockBytes = 64 * 1024;
const firstCapacity = 256;
/** Of all arrays, a slot: two numbers of 8 bytes, two of 4, two places of 4 in the table. */
const indexBytes = 32;

export function createPackedSlots(): PackedSlots {
  const blocks: Uint8Array[] = [];
  let used = blockBytes;
  let count = 0;
  let baseNs = 0n;
  /** Since `baseNs`: exact as a number for three months to either side. */
  let times = new Float64Array(firstCapacity);
  let places = new Float64Array(firstCapacity);
  let lengths = new Uint32Array(firstCapacity);
  let origins = new Uint32Array(firstCapacity);
  /** Open addressing: index + 1, 0 where there is none; at most half full. */
  let table = new Uint32Array(firstCapacity * 2);

  const hashOf = (time: number, origin: number): number =>
    Math.imul((time % 2 ** 32) ^ Math.imul(origin + 1, 0x85ebca6b), 0x9e3779b1) >>> 0;

  /** The place of this packet in the table, or the free one where it belongs. */
  function placeOf(time: number, origin: number): number {
    const mask = table.length - 1;
    let place = (hashOf(time, origin) >>> 7) & mask;
    for (; ; place = (place + 1) & mask) {
      const index = (table[place] ?? 0) - 1;
      if (index < 0 || (times[index] === time && origins[index] === origin)) return place;
    }
  }

  function grow(): void {
    times = grown(times);
    places = grown(places);
    lengths = grown(lengths);
    origins = grown(origins);
    table = new Uint32Array(times.length * 2);
    for (let index = 0; index < count; index++)
      table[placeOf(times[index] ?? 0, origins[index] ?? 0)] = index + 1;
  }

  function copy(slot: Uint8Array): number {
    if (used + slot.length > blockBytes) {
      blocks.push(new Uint8Array(blockBytes));
      used = 0;
    }
    blocks.at(-1)?.set(slot, used);
    const place = (blocks.length - 1) * blockBytes + used;
    used += slot.length;
    return place;
  }

  return {
    get count() {
      return count;
    },
    get heldBytes() {
      return blocks.length * blockBytes + times.length * indexBytes;
    },
    add(slot) {
      const view = new DataView(slot.buffer, slot.byteOffset, slot.byteLength);
      const ktimeNs = view.getBigUint64(headOffset.ktime_ns, true);
      if (count === 0) baseNs = ktimeNs;
      if (count === times.length) grow();
      const time = Number(ktimeNs - baseNs);
      const origin = originOf(view);
      const place = placeOf(time, origin);
      if (table[place] !== 0) return false;
      times[count] = time;
      origins[count] = origin;
      lengths[count] = slot.length;
      places[count] = copy(slot);
      count += 1;
      table[place] = count;
      return true;
    },
    at(index) {
      const place = places[index] ?? 0;
      const start = place % blockBytes;
      return (blocks[Math.floor(place / blockBytes)] ?? new Uint8Array(0)).subarray(
        start,
        start + (lengths[index] ?? 0),
      );
    },
    ktimeNs: (index) => baseNs + BigInt(times[index] ?? 0),
    byTime: () =>
      Uint32Array.from({ length: count }, (_, index) => index).sort(
        (a, b) => (times[a] ?? 0) - (times[b] ?? 0),
      ),
  };
}

/** The time is that of one run of one program on one CPU: no two packets share all three. */
function originOf(view: DataView): number {
  const cpu = view.getUint16(headOffset.cpu, true) & 0x7fff;
  return cpu * 2 + (view.getUint8(headOffset.direction) & 1);
}

function grown<T extends Float64Array | Uint32Array>(array: T): T {
  const larger = new (array.constructor as new (length: number) => T)(array.length * 2);
  larger.set(array);
  return larger;
}
