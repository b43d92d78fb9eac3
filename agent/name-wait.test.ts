import { describe, expect, it } from 'vitest';
import { NameWait } from './name-wait.ts';
import type { ProbeRow } from './probe.ts';
import { ManualClock } from './testing/manual-clock.ts';

function rowOf(netnsInode: number, sinceMs?: number): ProbeRow {
  return {
    signal: 'tcp.traffic',
    owner: { netnsCookie: BigInt(netnsInode), netnsInode, cgroupId: 1n },
    role: 'client',
    servicePort: 443,
    peerIp: '203.0.113.9',
    fields: {},
    sockets: [],
    ...(sinceMs !== undefined && { sinceMs }),
  };
}

function setUp(maxRows = 10) {
  const clock = new ManualClock(10_000);
  const pending = new Set([1]);
  const wait = new NameWait({ clock, maxRows, isPending: ({ netnsInode }) => pending.has(netnsInode) });
  return { clock, pending, wait };
}

describe('NameWait', () => {
  it('holds rows back until their owner has its name; they say since when they count', () => {
    const { pending, wait } = setUp();
    expect(wait.pass([rowOf(1), rowOf(2)], 1_000)).toEqual([rowOf(2)]);
    expect(wait.pass([rowOf(1)], 2_000)).toEqual([]);
    pending.clear();
    expect(wait.pass([rowOf(1)], 3_000)).toEqual([rowOf(1, 1_000), rowOf(1, 2_000), rowOf(1)]);
    expect(wait.pass([], 4_000)).toEqual([]);
  });

  it('holds a candidate back for a tenth of a second', () => {
    const { clock, wait } = setUp();
    const flushed: number[] = [];
    wait.passCandidate(rowOf(2), () => flushed.push(2));
    wait.passCandidate(rowOf(1), () => flushed.push(1));
    clock.advance(99);
    expect(flushed).toEqual([2]);
    clock.advance(1);
    expect(flushed).toEqual([2, 1]);
    clock.advance(1_000);
    expect(flushed).toEqual([2, 1]);
  });

  it('lets through what is over its limit, and counts it', () => {
    const { wait } = setUp(2);
    const three = [rowOf(1), rowOf(1), rowOf(1)];
    expect(wait.pass(three, 1_000)).toHaveLength(1);
    expect(wait.counts()).toEqual({ waited: 2, overflowed: 1 });
  });

  it('lets everything go when it stops', () => {
    const { clock, wait } = setUp();
    const flushed: number[] = [];
    wait.pass([rowOf(1)], 1_000);
    wait.passCandidate(rowOf(1), () => flushed.push(1));
    wait.stop();
    expect(flushed).toEqual([1]);
    expect(wait.pass([rowOf(1)], 2_000)).toHaveLength(2);
    wait.passCandidate(rowOf(1), () => flushed.push(2));
    clock.advance(1_000);
    expect(flushed).toEqual([1, 2]);
  });
});
