import { createPackedSlots } from './packed-slots.ts';
import { encodedPacketBytes } from './pcapng.ts';
import type { RecordedPacket } from './recorded-packet.ts';
import { decodeSlot, headBytes, headOffset } from './slot.ts';

/**
 * Packets copied out of the rings, packed. One packet may come three times (large ring, small ring, live follow): the
 * first wins, so the source that holds more of a packet is read first.
 */
export interface SlotLog {
  /** Copies the slot; false when it was there already or lies before what was cut off. */
  append(slot: Uint8Array): boolean;
  /** What a pcapng of the packets takes. */
  readonly fileBytes: number;
  /** Memory that they take here. */
  readonly heldBytes: number;
  readonly count: number;
  /** What lies before it was cut off; 0: nothing. */
  readonly floorKtimeNs: bigint;
  dropBefore(ktimeNs: bigint): void;
  /** Drops the oldest until at most `fileBytes` remain; false: nothing to drop. */
  keepNewest(fileBytes: number): boolean;
  /** In the order of time, decoded as they are asked for; for one reading at a time, without appending meanwhile. */
  packets(): Iterable<RecordedPacket>;
}

export function createSlotLog(): SlotLog {
  let slots = createPackedSlots();
  let fileBytes = 0;
  let floorKtimeNs = 0n;

  /** Copies what stays, which releases the rest. */
  function keep(indexes: Iterable<number>): void {
    const before = slots;
    slots = createPackedSlots();
    fileBytes = 0;
    for (const index of indexes) add(before.at(index));
  }

  function add(slot: Uint8Array): boolean {
    if (!slots.add(slot)) return false;
    fileBytes += encodedPacketBytes(slot.length - headBytes);
    return true;
  }

  /** Places in `order` from which on everything fits. */
  function firstFitting(order: Uint32Array, limitBytes: number): number {
    let sum = 0;
    for (let place = order.length - 1; place >= 0; place--) {
      sum += encodedPacketBytes(slots.at(order[place] ?? 0).length - headBytes);
      if (sum > limitBytes) return place + 1;
    }
    return 0;
  }

  return {
    get fileBytes() {
      return fileBytes;
    },
    get heldBytes() {
      return slots.heldBytes;
    },
    get count() {
      return slots.count;
    },
    get floorKtimeNs() {
      return floorKtimeNs;
    },
    append(slot) {
      const view = new DataView(slot.buffer, slot.byteOffset, slot.byteLength);
      if (view.getBigUint64(headOffset.ktime_ns, true) < floorKtimeNs) return false;
      const captured = Math.min(view.getUint16(headOffset.captured, true), slot.length - headBytes);
      return add(slot.subarray(0, headBytes + captured));
    },
    dropBefore(ktimeNs) {
      if (ktimeNs <= floorKtimeNs) return;
      floorKtimeNs = ktimeNs;
      const kept = slots.byTime().filter((index) => slots.ktimeNs(index) >= ktimeNs);
      if (kept.length < slots.count) keep(kept);
    },
    keepNewest(limitBytes) {
      if (fileBytes <= limitBytes) return false;
      const order = slots.byTime();
      const first = firstFitting(order, limitBytes);
      floorKtimeNs = slots.ktimeNs(order[first - 1] ?? 0) + 1n;
      keep(order.subarray(first));
      return true;
    },
    packets: () => ({ [Symbol.iterator]: () => decodeAll() }),
  };

  function* decodeAll(): Generator<RecordedPacket> {
    for (const index of slots.byTime()) {
      const packet = decodeSlot(slots.at(index));
      if (packet !== undefined) yield packet;
    }
  }
}
