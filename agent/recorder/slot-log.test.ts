import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodedPacketBytes } from './pcapng.ts';
import { checkRecorderLayout, decodeSlot, headBytes, headOffset } from './slot.ts';
import { createSlotLog } from './slot-log.ts';
import { packetSlot, recordedPacket } from './testing/tcp-packet.ts';

const one = encodedPacketBytes(40);
const timesOf = (log: ReturnType<typeof createSlotLog>) =>
  [...log.packets()].map(({ ktimeNs }) => Number(ktimeNs) / 1e6);
const filled = (...times: number[]) => {
  const log = createSlotLog();
  for (const atMs of times) log.append(packetSlot({ atMs, direction: 'out' }));
  return log;
};

describe('createSlotLog', () => {
  it('keeps a packet once, and gives them in the order of time', () => {
    const log = filled(3, 1, 2, 3);
    expect(log.append(packetSlot({ atMs: 3, direction: 'in' }))).toBe(true);
    expect(log.append(packetSlot({ atMs: 3, direction: 'out', cpu: 1 }))).toBe(true);
    expect(timesOf(log)).toEqual([1, 2, 3, 3, 3]);
    expect(log.fileBytes).toBe(5 * one);
  });

  it('drops the oldest to fit, and does not take them back', () => {
    const log = filled(5, 1, 4, 2, 3);
    expect(log.keepNewest(3 * one + 1)).toBe(true);
    expect(timesOf(log)).toEqual([3, 4, 5]);
    expect(log.append(packetSlot({ atMs: 2, direction: 'out' }))).toBe(false);
    expect(log.append(packetSlot({ atMs: 3, direction: 'out' }))).toBe(false);
    expect(log.keepNewest(3 * one)).toBe(false);
    log.dropBefore(5_000_000n);
    expect([timesOf(log), log.fileBytes, log.floorKtimeNs]).toEqual([[5], one, 5_000_000n]);
  });
});

describe('what a log holds', () => {
  it('is at most three times what the file takes, however many packets', () => {
    const log = createSlotLog();
    for (let n = 0; n < 50_000; n++) log.append(packetSlot({ atMs: n / 10, direction: 'out', cpu: n % 2 }));
    expect(log.count).toBe(50_000);
    expect(log.heldBytes).toBeLessThan(3 * log.fileBytes);
    log.keepNewest(100 * one);
    expect([log.count, log.heldBytes < 512 * 1024]).toEqual([100, true]);
    log.dropBefore(2n ** 62n);
    expect([log.count, log.fileBytes]).toEqual([0, 0]);
    expect(log.append(packetSlot({ atMs: 1, direction: 'out' }))).toBe(false);
  });
});

describe('slots', () => {
  it('are decoded as the programs write them', () => {
    const plan = {
      atMs: 12.5,
      direction: 'in',
      netnsCookie: 2n ** 40n,
      payloadBytes: 900,
      resent: true,
      cpu: 3,
    } as const;
    expect(decodeSlot(packetSlot(plan))).toEqual(recordedPacket(plan));
  });

  it('survive any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const packet = decodeSlot(bytes);
        expect(packet === undefined).toBe(bytes.length < headBytes);
        expect(packet?.bytes.length ?? 0).toBeLessThanOrEqual(Math.max(0, bytes.length - headBytes));
      }),
    );
  });

  it('are refused when the object was built from another layout', () => {
    const sizes: Record<string, number> = {
      packet_head: 56,
      packet_slot: 176,
      story_slot: 384,
      ring_head: 64,
      follow_filter: 32,
      follow_terms: 16,
    };
    const members = new Map<string, number>(Object.entries(headOffset));
    const structLayout = (name: string) => ({ size: sizes[name] ?? 0, members });
    expect(() => checkRecorderLayout({ structLayout })).not.toThrow();
    members.set('cpu', 53);
    expect(() => checkRecorderLayout({ structLayout })).toThrow(
      'packet_head.cpu: the object has offset 53, expected 52',
    );
    sizes.packet_slot = 168;
    expect(() => checkRecorderLayout({ structLayout })).toThrow(
      'struct packet_slot: the object has 168 bytes, expected 176',
    );
  });
});
