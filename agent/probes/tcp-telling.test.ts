import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CounterDeltas } from './counter-deltas.ts';
import { RttDeltas } from './rtt-deltas.ts';
import { tcpConnectFailuresSignal, tcpConnectionsSignal, tcpTrafficSignal } from './tcp-signals.ts';
import { TcpTelling } from './tcp-telling.ts';
import { zeroCounters } from './testing/zero-counters.ts';

const gapMs = 10_000;
const startMs = 1_000_000;

function sampleIn(windowNumber: number, us: number): bigint {
  return (BigInt(windowNumber) << 32n) | BigInt(us);
}

describe('what can wait', () => {
  it('is told at first, then gathered, with the time that it covers', () => {
    const telling = new TcpTelling(new CounterDeltas(tcpTrafficSignal), gapMs);
    const told = Array.from({ length: 21 }, (_, second) =>
      telling.endWindow({ ...zeroCounters, bytes_sent: 100 * (second + 1) }, startMs + second * 1_000),
    );
    expect(told.map((one) => (one === 'later' ? one : one?.fields['bytes_sent']))).toEqual([
      100,
      ...Array<string>(9).fill('later'),
      1_000,
      ...Array<string>(9).fill('later'),
      1_000,
    ]);
    expect(told[0]).not.toHaveProperty('sinceMs');
    expect(told[10]).toMatchObject({ sinceMs: startMs });
    expect(told[20]).toMatchObject({ sinceMs: startMs + 10_000 });
  });

  it('is told at once after a silence, and nothing while nothing happens', () => {
    const telling = new TcpTelling(new CounterDeltas(tcpTrafficSignal), gapMs);
    const counters = { ...zeroCounters, bytes_sent: 100 };
    telling.endWindow(counters, startMs);
    expect(telling.endWindow(counters, startMs + 5_000)).toBeUndefined();
    const told = telling.endWindow({ ...counters, bytes_sent: 150 }, startMs + 60_000);
    expect(told).toMatchObject({ fields: { bytes_sent: 50 } });
    expect(told).not.toHaveProperty('sinceMs');
  });

  it('waits no longer once something fails', () => {
    const telling = new TcpTelling(new CounterDeltas(tcpConnectFailuresSignal), gapMs);
    telling.endWindow({ ...zeroCounters, established: 1 }, startMs);
    expect(telling.endWindow({ ...zeroCounters, established: 5 }, startMs + 1_000)).toBe('later');
    const failed = { ...zeroCounters, established: 5, refused: 1 };
    telling.addEvidence(1n, { local: '192.0.2.1:1', remote: '192.0.2.2:80', state: 'SYN_SENT' });
    expect(telling.takeNow(failed)).toMatchObject({ fields: { attempts: 5, failures: 1, refused: 1 } });
    expect(telling.takeNow(failed)).toBeUndefined();
    expect(telling.endWindow(failed, startMs + 2_000)).toBeUndefined();
    expect(telling.endWindow({ ...failed, given_up: 2 }, startMs + 3_000)).toMatchObject({
      fields: { attempts: 2, failures: 2, given_up: 2 },
    });
  });

  it('adds up to the counters, whenever it is told', () => {
    const course = fc.array(
      fc.record({
        opened: fc.nat(3),
        closed: fc.nat(3),
        failed: fc.nat(1),
        afterMs: fc.integer({ min: 900, max: 7_000 }),
        now: fc.boolean(),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(course, (steps) => {
        const telling = new TcpTelling(new CounterDeltas(tcpConnectFailuresSignal), gapMs);
        let [counters, nowMs, told] = [zeroCounters, startMs, 0];
        for (const { opened, failed, afterMs, now } of steps) {
          nowMs += afterMs;
          counters = {
            ...counters,
            established: counters.established + opened,
            refused: counters.refused + failed,
          };
          const one = now ? telling.takeNow(counters) : telling.endWindow(counters, nowMs);
          if (one !== undefined && one !== 'later') told += one.fields['attempts'] ?? 0;
        }
        const last = telling.endWindow(counters, nowMs + gapMs);
        if (last !== undefined && last !== 'later') told += last.fields['attempts'] ?? 0;
        expect(told).toBe(counters.established + counters.refused);
      }),
      { seed: 3 },
    );
  });
});

describe('connections that are open', () => {
  it('are those that the entry has seen begin and not end', () => {
    const deltas = new CounterDeltas(tcpConnectionsSignal);
    const some = { ...zeroCounters, established: 5, sockets_opened: 6, sockets_closed: 2, closed: 2 };
    expect(deltas.peek(some)).toMatchObject({ established: 5, closed: 2, open_sockets: 4 });
    deltas.commit(some);
    expect(deltas.peek(some)).toBeUndefined();
    // After an eviction: sockets that it does not know of end.
    expect(deltas.peek({ ...zeroCounters, incarnation: 2n, closed: 3 })).toMatchObject({
      closed: 3,
      open_sockets: 0,
    });
  });
});

describe('the smallest round trip', () => {
  it('is that of all windows since it was told, though only two are kept', () => {
    const deltas = new RttDeltas();
    const readings = [
      { min_rtt_even: sampleIn(10, 900), min_rtt_odd: 0n },
      { min_rtt_even: sampleIn(10, 900), min_rtt_odd: sampleIn(11, 300) },
      { min_rtt_even: sampleIn(12, 800), min_rtt_odd: sampleIn(11, 300) },
      { min_rtt_even: sampleIn(12, 800), min_rtt_odd: sampleIn(13, 700) },
      { min_rtt_even: sampleIn(14, 650), min_rtt_odd: sampleIn(13, 700) },
    ].map((slots, index) => ({ ...zeroCounters, ...slots, rtt_samples: 10 * (index + 1) }));
    const told = readings.map((reading) => deltas.peek(reading));
    expect(told.at(-1)).toEqual({ min_rtt_us: 300, rtt_samples: 50 });
    const [last] = readings.slice(-1);
    if (last === undefined) return;
    deltas.endWindow(last);
    expect(deltas.peek(last)).toBeUndefined();
    expect(deltas.peek({ ...last, min_rtt_odd: sampleIn(15, 1_000), rtt_samples: 51 })).toEqual({
      min_rtt_us: 1_000,
      rtt_samples: 1,
    });
  });

  it('waits for its slot when the sum was read before it', () => {
    const deltas = new RttDeltas();
    const early = { ...zeroCounters, rtt_samples: 1 };
    expect(deltas.peek(early)).toBeUndefined();
    deltas.endWindow(early);
    expect(deltas.peek({ ...early, min_rtt_even: sampleIn(10, 500) })).toEqual({
      min_rtt_us: 500,
      rtt_samples: 1,
    });
  });
});
