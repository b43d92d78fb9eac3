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
  readonly count: number;
  /** What lies before it was cut off; 0: nothing. */
  readonly floorKtimeNs: bigint;
  dropBefore(ktimeNs: bigint): void;
  /** Drops the oldest until at most `fileBytes` remain; false: nothing to drop. */
  keepNewest(fileBytes: number): boolean;
  /** Decoded, in the order of time. */
  packets(): RecordedPacket[];
}

interface Entry {
  readonly ktimeNs: bigint;
  readonly slot: Uint8Array;
  readonly fileBytes: number;
}

/** Slots are cut out of blocks of this size, so that thousands of them are a few allocations. */
const blockBytes = 64 * 1024;

export function createSlotLog(): SlotLog {
  let entries: Entry[] = [];
  const seen = new Set<bigint>();
  let fileBytes = 0;
  let floorKtimeNs = 0n;
  let block = new Uint8Array(0);
  let used = 0;

  function copy(slot: Uint8Array): Uint8Array {
    if (used + slot.length > block.length) {
      block = new Uint8Array(Math.max(blockBytes, slot.length));
      used = 0;
    }
    const kept = block.subarray(used, used + slot.length);
    kept.set(slot);
    used += slot.length;
    return kept;
  }

  function keep(kept: Entry[]): void {
    entries = kept;
    seen.clear();
    for (const { slot } of kept) seen.add(identityOf(viewOf(slot)));
    fileBytes = kept.reduce((sum, entry) => sum + entry.fileBytes, 0);
    block = new Uint8Array(0);
    used = 0;
    // Blocks are shared by neighbours in time; copying again releases those that a few survivors would hold.
    entries = kept.map((entry) => ({ ...entry, slot: copy(entry.slot) }));
  }

  return {
    get fileBytes() {
      return fileBytes;
    },
    get count() {
      return entries.length;
    },
    get floorKtimeNs() {
      return floorKtimeNs;
    },
    append(slot) {
      const view = viewOf(slot);
      const ktimeNs = view.getBigUint64(headOffset.ktime_ns, true);
      const identity = identityOf(view);
      if (ktimeNs < floorKtimeNs || seen.has(identity)) return false;
      seen.add(identity);
      const captured = Math.min(view.getUint16(headOffset.captured, true), slot.length - headBytes);
      const entry = {
        ktimeNs,
        slot: copy(slot.subarray(0, headBytes + captured)),
        fileBytes: encodedPacketBytes(captured),
      };
      entries.push(entry);
      fileBytes += entry.fileBytes;
      return true;
    },
    dropBefore(ktimeNs) {
      if (ktimeNs <= floorKtimeNs) return;
      floorKtimeNs = ktimeNs;
      const kept = entries.filter((entry) => entry.ktimeNs >= ktimeNs);
      if (kept.length < entries.length) keep(kept);
    },
    keepNewest(limitBytes) {
      if (fileBytes <= limitBytes) return false;
      const newestFirst = entries.toSorted((a, b) => compare(b.ktimeNs, a.ktimeNs));
      let sum = 0;
      const cut = newestFirst.findIndex((entry) => (sum += entry.fileBytes) > limitBytes);
      const kept = newestFirst.slice(0, cut).reverse();
      floorKtimeNs = (newestFirst[cut]?.ktimeNs ?? floorKtimeNs) + 1n;
      keep(kept);
      return true;
    },
    packets: () =>
      entries
        .toSorted((a, b) => compare(a.ktimeNs, b.ktimeNs))
        .map(({ slot }) => decodeSlot(slot))
        .filter((packet) => packet !== undefined),
  };
}

/** The time is that of one run of one program on one CPU: no two packets share all three. */
function identityOf(view: DataView): bigint {
  const cpu = view.getUint16(headOffset.cpu, true) & 0x7fff;
  const out = view.getUint8(headOffset.direction) & 1;
  return (view.getBigUint64(headOffset.ktime_ns, true) << 16n) | BigInt(cpu * 2 + out);
}

function viewOf(slot: Uint8Array): DataView {
  return new DataView(slot.buffer, slot.byteOffset, slot.byteLength);
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
