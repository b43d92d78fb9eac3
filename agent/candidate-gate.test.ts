import { describe, expect, it } from 'vitest';
import { CandidateGate, defaultCandidateLimits } from './candidate-gate.ts';
import type { ProbeCandidate, ProbeRow } from './probe.ts';
import { ManualClock } from './testing/manual-clock.ts';

/** A key whose counter the test raises; `take` tells the difference, as probes do. */
function countedKey(key: string) {
  const state = { happened: 0, told: 0 };
  const candidate: ProbeCandidate = {
    key,
    take() {
      if (state.happened === state.told) return undefined;
      const retransmits = state.happened - state.told;
      state.told = state.happened;
      return rowOf(retransmits);
    },
  };
  return { candidate, add: (count: number) => void (state.happened += count) };
}

function rowOf(retransmits: number): ProbeRow {
  const owner = { netnsCookie: 1n, netnsInode: 1, cgroupId: 1n };
  return {
    signal: 'tcp.retransmits',
    owner,
    role: 'client',
    servicePort: 443,
    peerIp: '203.0.113.9',
    fields: { retransmits },
    sockets: [],
  };
}

function createGate(limits = defaultCandidateLimits) {
  const clock = new ManualClock();
  const flushed: { readonly atMs: number; readonly retransmits: number | undefined }[] = [];
  const startedMs = clock.nowMs();
  const gate = new CandidateGate(clock, limits, ({ fields }) =>
    flushed.push({ atMs: clock.nowMs() - startedMs, retransmits: fields['retransmits'] }),
  );
  return { clock, gate, flushed };
}

describe('the gate of candidates', () => {
  it('lets the first through at once, and tells the rest of a burst when its gap is over', () => {
    const { clock, gate, flushed } = createGate();
    const key = countedKey('a');
    key.add(1);
    gate.offer(key.candidate);
    for (let ms = 0; ms < 40; ms += 10) {
      key.add(2);
      gate.offer(key.candidate);
      clock.advance(10);
    }
    // The kernel is silent within its own gap: this one comes without an event.
    key.add(5);
    clock.advance(60);
    expect(flushed).toEqual([
      { atMs: 0, retransmits: 1 },
      { atMs: 50, retransmits: 13 },
    ]);
    clock.advance(1_000);
    expect(clock.pendingTimers).toBe(0);
  });

  it('flushes one key in trouble twenty times a second, no more', () => {
    const { clock, gate, flushed } = createGate();
    const key = countedKey('a');
    for (let ms = 0; ms < 1_000; ms += 5) {
      key.add(1);
      gate.offer(key.candidate);
      clock.advance(5);
    }
    expect(flushed.filter(({ atMs }) => atMs < 1_000)).toHaveLength(20);
  });

  it('refuses over the limit of all keys, counts it, and takes nothing from the refused', () => {
    const { gate, flushed } = createGate({ keyGapMs: 50, perSecond: 10 });
    const keys = Array.from({ length: 25 }, (_, index) => countedKey(String(index)));
    for (const key of keys) {
      key.add(3);
      gate.offer(key.candidate);
    }
    expect(flushed).toHaveLength(10);
    expect(gate.counts()).toEqual({ flushed: 10, refused: 15 });
    // What was refused is still there for the closing flush of the window.
    expect(keys.map(({ candidate }) => candidate.take()?.fields['retransmits'] ?? 0)).toEqual([
      ...Array<number>(10).fill(0),
      ...Array<number>(15).fill(3),
    ]);
  });

  it('gains its allowance back with time', () => {
    const { clock, gate, flushed } = createGate({ keyGapMs: 50, perSecond: 10 });
    for (let second = 0; second < 3; second++) {
      for (let index = 0; index < 20; index++) {
        const key = countedKey(`${second}/${index}`);
        key.add(1);
        gate.offer(key.candidate);
      }
      clock.advance(1_000);
    }
    expect(flushed).toHaveLength(30);
  });

  it('leaves no timer behind when stopped', () => {
    const { clock, gate } = createGate();
    const key = countedKey('a');
    key.add(1);
    gate.offer(key.candidate);
    gate.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it('takes nothing once it is stopped: the probe that still offers is about to close its maps', () => {
    const { clock, gate, flushed } = createGate();
    const key = countedKey('a');
    gate.stop();
    key.add(1);
    gate.offer(key.candidate);
    expect(clock.pendingTimers).toBe(0);
    expect(flushed).toEqual([]);
  });
});
