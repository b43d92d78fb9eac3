import { describe, expect, it } from 'vitest';
import { createRingReader, type RingReader } from './rings.ts';
import { decodeSlot, headOffset, packetSlotBytes, ringHeadBytes } from './slot.ts';
import { packetSlot, type TcpPacketPlan } from './testing/tcp-packet.ts';

const slots = 256;

/** Writes as the programs do. */
class RingWriter {
  readonly data = new Uint8Array(2 * slots * packetSlotBytes);
  readonly heads = new Uint8Array(2 * ringHeadBytes);
  readonly #next = [0, 0];

  reader(): RingReader {
    const { data, heads } = this;
    return createRingReader({
      data,
      heads,
      firstHead: 0,
      rings: 2,
      slots,
      slotBytes: packetSlotBytes,
      headStride: ringHeadBytes,
    });
  }

  write(plan: Partial<TcpPacketPlan>, ring = 0): number {
    const position = this.take(ring);
    this.publish(position, plan, ring);
    return position;
  }

  take(ring = 0): number {
    const position = this.#next[ring] ?? 0;
    this.#next[ring] = position + 1;
    new DataView(this.heads.buffer).setBigUint64(ring * ringHeadBytes, BigInt(position + 1), true);
    this.mark(position, 0n, ring);
    return position;
  }

  publish(position: number, plan: Partial<TcpPacketPlan>, ring = 0): void {
    const slot = packetSlot({ atMs: position, direction: 'out', ...plan });
    this.data.set(slot.subarray(8), this.#offset(position, ring) + 8);
    this.mark(position, BigInt(position + 1), ring);
  }

  mark(position: number, seq: bigint, ring = 0): void {
    new DataView(this.data.buffer).setBigUint64(this.#offset(position, ring) + headOffset.seq, seq, true);
  }

  #offset(position: number, ring: number): number {
    return (ring * slots + (position % slots)) * packetSlotBytes;
  }
}

/** The times (in ms) of what a scan found. */
function scan(reader: RingReader, cursor: number[], netnsCookie?: bigint) {
  const times: number[] = [];
  const result = reader.scan(cursor, netnsCookie, (slot) =>
    times.push(Number(decodeSlot(slot)?.ktimeNs ?? 0n) / 1e6),
  );
  return { times, ...result };
}

describe('createRingReader', () => {
  it('reads each slot once, over all rings, of one namespace', () => {
    const ring = new RingWriter();
    const reader = ring.reader();
    const cursor = reader.startCursor();
    ring.write({ atMs: 1 });
    ring.write({ atMs: 2, netnsCookie: 8n });
    ring.write({ atMs: 3, netnsCookie: 2n ** 40n + 7n });
    ring.write({ atMs: 4 }, 1);
    expect(scan(reader, cursor, 7n)).toMatchObject({ times: [1, 4], visited: 4, lost: 0 });
    ring.write({ atMs: 5 });
    expect(scan(reader, cursor, 7n).times).toEqual([5]);
    expect(scan(reader, reader.startCursor()).times).toEqual([1, 2, 3, 5, 4]);
    expect(reader.written()).toBe(5);
  });

  it('counts what was overwritten between two scans, not what was before the first', () => {
    const ring = new RingWriter();
    const reader = ring.reader();
    for (let n = 0; n < 1000; n++) ring.write({});
    const cursor = reader.startCursor();
    expect(scan(reader, cursor)).toMatchObject({
      visited: 256,
      lost: 0,
      completeSinceKtimeNs: BigInt(1000 - 256) * 1_000_000n,
    });
    for (let n = 0; n < 300; n++) ring.write({});
    const next = scan(reader, cursor);
    expect(next).toMatchObject({ lost: 44, completeSinceKtimeNs: 1_044_000_000n });
    expect(reader.lost()).toBe(44);
    expect(next.times).toEqual(Array.from({ length: 256 }, (_, n) => 1044 + n));
  });

  it('waits for a writer that was interrupted, and gives it up when the ring has moved on', () => {
    const ring = new RingWriter();
    const reader = ring.reader();
    const cursor = reader.startCursor();
    ring.write({});
    const interrupted = ring.take();
    ring.write({});
    expect(scan(reader, cursor).times).toEqual([0]);
    ring.publish(interrupted, {});
    expect(scan(reader, cursor).times).toEqual([1, 2]);
    ring.take();
    for (let n = 0; n < 100; n++) ring.write({});
    expect(scan(reader, cursor)).toMatchObject({ visited: 101, lost: 1, completeSinceKtimeNs: undefined });
  });

  it('counts what a ring lost that was empty when it was first read', () => {
    const ring = new RingWriter();
    const reader = ring.reader();
    const cursor = reader.startCursor();
    expect(scan(reader, cursor)).toMatchObject({ visited: 0, lost: 0, completeSinceKtimeNs: undefined });
    for (let n = 0; n < 300; n++) ring.write({});
    expect(scan(reader, cursor)).toMatchObject({ visited: 256, lost: 44 });
  });

  it('is complete only behind what the writer took while the oldest slots were read', () => {
    const ring = new RingWriter();
    const reader = ring.reader();
    for (let n = 0; n < 400; n++) ring.write({});
    for (const position of [144, 145, 146]) ring.mark(position, BigInt(position + 257));
    expect(scan(reader, reader.startCursor())).toMatchObject({ lost: 3, completeSinceKtimeNs: 147_000_000n });
  });

  it('does not take a slot that is overwritten while it is copied', () => {
    const ring = new RingWriter();
    const reader = ring.reader();
    ring.write({});
    const honest = ring.data.subarray.bind(ring.data);
    ring.data.subarray = (...range) => {
      ring.mark(0, 257n);
      return honest(...range);
    };
    expect(scan(reader, reader.startCursor())).toMatchObject({ times: [], lost: 1 });
  });

  it('knows from when on it is complete: the youngest of the oldest slots of rings that wrapped', () => {
    const ring = new RingWriter();
    const reader = ring.reader();
    for (let n = 0; n < 200; n++) ring.write({});
    expect(reader.horizonKtimeNs()).toBeUndefined();
    for (let n = 0; n < 200; n++) ring.write({});
    // 64 slots ahead of the writer, which goes on meanwhile.
    expect(reader.horizonKtimeNs()).toBe(BigInt(400 - 256 + 64) * 1_000_000n);
    for (let n = 0; n < 300; n++) ring.write({ atMs: 10_000 + n }, 1);
    expect(reader.horizonKtimeNs()).toBe(BigInt(10_000 + 300 - 256 + 64) * 1_000_000n);
  });
});
