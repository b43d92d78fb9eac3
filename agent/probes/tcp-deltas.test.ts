import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rowsAfterZeroWindow, TcpDeltas } from './tcp-deltas.ts';
import { zeroCounters as zero } from './testing/zero-counters.ts';

describe('deltas of cumulative counters', () => {
  it('are undefined while nothing moves', () => {
    const deltas = new TcpDeltas();
    expect(deltas.peek(zero)).toBeUndefined();
    deltas.commit({ ...zero, data_segments: 5 });
    expect(deltas.peek({ ...zero, data_segments: 5 })).toBeUndefined();
  });

  it('tell what a candidate told no second time', () => {
    const deltas = new TcpDeltas();
    deltas.endWindow({ ...zero, data_segments: 100 });
    const atCandidate = { ...zero, data_segments: 140, retransmits: 4, fast: 4 };
    expect(deltas.hasTrouble(atCandidate)).toBe(true);
    expect(deltas.peek(atCandidate)).toMatchObject({ data_segments: 40, retransmits: 4, fast: 4 });
    deltas.commit(atCandidate);
    expect(deltas.hasTrouble(atCandidate)).toBe(false);
    expect(deltas.peek({ ...atCandidate, data_segments: 150 })).toMatchObject({
      data_segments: 10,
      retransmits: 0,
    });
  });

  it('count stalled and active sockets as levels', () => {
    const deltas = new TcpDeltas();
    const stalled = { ...zero, data_segments: 1, stalls_begun: 3, stalls_ended: 1, active_sockets: 3 };
    expect(deltas.peek(stalled)).toMatchObject({ stalled_sockets: 2, sockets: 3 });
    deltas.commit(stalled);
    expect(deltas.peek(stalled)).toMatchObject({ data_segments: 0, stalled_sockets: 2, sockets: 3 });
    deltas.endWindow(stalled);
    expect(deltas.peek(stalled)).toMatchObject({ stalled_sockets: 2, sockets: 0 });
    const recovered = { ...stalled, stalls_ended: 3 };
    expect(deltas.hasTrouble(recovered)).toBe(true);
    expect(deltas.peek(recovered)).toMatchObject({ stalled_sockets: 0 });
    deltas.commit(recovered);
    expect(deltas.peek(recovered)).toBeUndefined();
  });

  it('do not count stalled sockets while the others of the key move, until one times out again', () => {
    const deltas = new TcpDeltas();
    let now = { ...zero, data_segments: 10, rto: 6, stalls_begun: 3, rtt_samples: 5 };
    const stalledAfter = (change: Partial<typeof now>) => {
      now = { ...now, ...change };
      deltas.endWindow(now);
      return deltas.peek({ ...now, data_segments: now.data_segments + 1 })?.stalled_sockets;
    };
    expect(stalledAfter({})).toBe(3);
    // Silence is no progress.
    for (let n = 0; n < 10; n++) expect(stalledAfter({})).toBe(3);
    const moving = () => stalledAfter({ rtt_samples: now.rtt_samples + 9 });
    expect([moving(), moving(), moving(), moving(), moving()]).toEqual([3, 3, 3, 3, 0]);
    // One is answered at last.
    expect(stalledAfter({ rto: 7, stalls_ended: 1, rtt_samples: 100 })).toBe(0);
    expect(stalledAfter({ rto: 8, rtt_samples: 110 })).toBe(2);
  });

  it('begin anew after an eviction', () => {
    const deltas = new TcpDeltas();
    deltas.endWindow({ ...zero, data_segments: 1_000, retransmits: 10, active_sockets: 50 });
    const reborn = { ...zero, incarnation: 2n, data_segments: 7, retransmits: 1, active_sockets: 1 };
    expect(deltas.peek(reborn)).toMatchObject({ data_segments: 7, retransmits: 1, sockets: 1 });
  });

  it('add up to the counters, wherever candidates and windows cut', () => {
    const steps = fc.array(
      fc.record({
        segments: fc.nat(1_000),
        resent: fc.nat(20),
        cut: fc.constantFrom('none', 'candidate', 'window'),
        evicted: fc.boolean(),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(steps, (course) => {
        const deltas = new TcpDeltas();
        const told = { data_segments: 0, retransmits: 0 };
        const happened = { data_segments: 0, retransmits: 0 };
        let now = zero;
        for (const { segments, resent, cut, evicted } of [
          ...course,
          { segments: 0, resent: 0, cut: 'window', evicted: false },
        ]) {
          // What an evicted entry had not told is lost; the property is about the rest.
          if (evicted && deltas.peek(now) === undefined) now = { ...zero, incarnation: now.incarnation + 1n };
          now = {
            ...now,
            data_segments: now.data_segments + segments,
            retransmits: now.retransmits + resent,
          };
          happened.data_segments += segments;
          happened.retransmits += resent;
          if (cut === 'none') continue;
          const fields = deltas.peek(now);
          told.data_segments += fields?.data_segments ?? 0;
          told.retransmits += fields?.retransmits ?? 0;
          if (cut === 'candidate') deltas.commit(now);
          else deltas.endWindow(now);
        }
        expect(told).toEqual(happened);
      }),
      { seed: 11 },
    );
  });

  it('goes on telling a key for a while after its last closed window, though nothing is sent', () => {
    const deltas = new TcpDeltas();
    const closed = { ...zero, zero_windows_begun: 2, zero_windows_ended: 1 };
    const open = { ...closed, zero_windows_ended: 2 };
    expect(deltas.peek(closed)).toMatchObject({ zero_window_sockets: 1 });
    deltas.endWindow(closed);
    const told = Array.from({ length: 40 }, () => {
      const row = deltas.peek(open);
      deltas.endWindow(open);
      return row?.zero_window_sockets;
    });
    expect(told.slice(0, rowsAfterZeroWindow)).toEqual(Array(rowsAfterZeroWindow).fill(0));
    expect(told.slice(rowsAfterZeroWindow)).toEqual(Array(40 - rowsAfterZeroWindow).fill(undefined));
  });
});
