import { describe, expect, it } from 'vitest';
import { tcpFlag } from './packet.ts';
import { summarizePackets } from './summary.ts';
import { be32, recordedPacket, type TcpPacketPlan } from './testing/tcp-packet.ts';

const { ack, fin, rst, syn } = tcpFlag;
const mss = 1448;

const summarize = (plans: readonly TcpPacketPlan[], role: 'client' | 'server' = 'client') =>
  summarizePackets(plans.map(recordedPacket), role);

/** Client's view of a handshake from 0 ms on; data begins at seq 101 (out) and 501 (in). */
const handshake: readonly TcpPacketPlan[] = [
  { atMs: 0, direction: 'out', flags: syn, seq: 100 },
  { atMs: 1, direction: 'in', flags: syn | ack, seq: 500, ack: 101 },
  { atMs: 2, direction: 'out', flags: ack, seq: 101, ack: 501 },
];
const data = (
  atMs: number,
  seq: number,
  payloadBytes = mss,
  more: Partial<TcpPacketPlan> = {},
): TcpPacketPlan => ({
  atMs,
  direction: 'out',
  seq,
  ack: 501,
  payloadBytes,
  ...more,
});
const answer = (atMs: number, ackTo: number, more: Partial<TcpPacketPlan> = {}): TcpPacketPlan => ({
  atMs,
  direction: 'in',
  seq: 501,
  ack: ackTo,
  ...more,
});
/** Option bytes: two NOPs and SACK blocks. */
const sack = (...blocks: readonly (readonly [number, number])[]) => [
  1,
  1,
  5,
  2 + 8 * blocks.length,
  ...blocks.flatMap(([left, right]) => [...be32(left), ...be32(right)]),
];

describe('summarizePackets', () => {
  it('counts a clean connection', () => {
    const summary = summarize([
      ...handshake,
      data(3, 101, 200),
      answer(4, 301, { payloadBytes: 50 }),
      { atMs: 5, direction: 'out', flags: fin | ack, seq: 301, ack: 551 },
      { atMs: 6, direction: 'in', flags: fin | ack, seq: 551, ack: 302 },
    ]);
    expect(summary).toMatchObject({
      packets: 7,
      data_segments: 2,
      retransmissions: 0,
      duplicate_acks: 0,
      resets: 0,
      syns: 1,
      syn_retransmissions: 0,
      handshakes_completed: 1,
      zero_windows: 0,
      fins: 2,
      flows: 1,
    });
    expect(summary.likely_cause).toMatch(/^unknown: 1 connection with 2 data segments, 0 sent again/);
  });

  it('counts the segments of super-packets, and those of a resend that covers parts of them', () => {
    const summary = summarize([
      ...handshake,
      data(3, 101, 10 * mss, { gsoSize: mss }),
      answer(4, 101 + 2 * mss, { options: sack([101 + 4 * mss, 101 + 10 * mss]) }),
      data(5, 101 + 2 * mss, 2 * mss, { gsoSize: mss, resent: true }),
      answer(6, 101 + 10 * mss),
    ]);
    expect(summary).toMatchObject({ data_segments: 12, retransmissions_out: 2, retransmissions_in: 0 });
  });

  it('believes the kernel about data that was sent before the recording begins', () => {
    expect(summarize([data(0, 9_000, mss, { resent: true })])).toMatchObject({ retransmissions_out: 1 });
  });

  it('follows sequence numbers over their wrap', () => {
    const start = 2 ** 32 - 1000;
    const summary = summarize([
      data(0, start),
      data(1, (start + mss) % 2 ** 32),
      data(2, (start + mss) % 2 ** 32),
    ]);
    expect(summary).toMatchObject({ data_segments: 3, retransmissions_out: 1 });
  });

  it('tells incoming data that was overtaken from data that was sent again', () => {
    const incoming = (atMs: number, seq: number): TcpPacketPlan => ({
      atMs,
      direction: 'in',
      seq,
      payloadBytes: 100,
    });
    const overtaken = summarize([incoming(0, 100), incoming(1, 300), incoming(1.2, 200)]);
    expect(overtaken).toMatchObject({ retransmissions_in: 0 });
    const sentAgain = summarize([incoming(0, 100), incoming(1, 300), incoming(40, 200)]);
    expect(sentAgain).toMatchObject({ retransmissions_in: 1 });
  });

  it('sees one connection in both directions when DNAT shows two addresses of the server', () => {
    const summary = summarize([
      { atMs: 0, direction: 'out', remote: '198.51.100.9', remotePort: 9090, flags: syn, seq: 100 },
      { atMs: 1, direction: 'in', remote: '203.0.113.1', flags: syn | ack, seq: 500, ack: 101 },
      { atMs: 2, direction: 'out', remote: '198.51.100.9', remotePort: 9090, seq: 101, ack: 501 },
    ]);
    expect(summary).toMatchObject({ flows: 1, handshakes_completed: 1 });
  });

  it('takes a new connection on the same ports for a new one', () => {
    const again = handshake.map((plan) => ({
      ...plan,
      atMs: plan.atMs + 100,
      seq: (plan.seq ?? 0) + 5_000,
      ack: (plan.ack ?? 0) + 5_000,
    }));
    expect(summarize([...handshake, ...again])).toMatchObject({
      flows: 2,
      syns: 2,
      syn_retransmissions: 0,
      handshakes_completed: 2,
      retransmissions: 0,
    });
  });
});

describe('likely cause', () => {
  const causeOf = (plans: readonly TcpPacketPlan[], role: 'client' | 'server' = 'client') =>
    summarize(plans, role).likely_cause;

  it('loss on the way to the peer', () => {
    const gap = sack([101 + mss, 101 + 4 * mss]);
    expect(
      causeOf([
        ...handshake,
        ...[0, 1, 2, 3].map((n) => data(3 + n, 101 + n * mss)),
        ...[8, 9, 10].map((atMs) => answer(atMs, 101, { options: gap })),
        data(11, 101, mss, { resent: true }),
        answer(12, 101 + 4 * mss),
      ]),
    ).toBe(
      'loss on the way to the peer: 1 segment sent again to the peer (0 times it had the data already, 2 duplicate ACKs from it), 0 sent again by it (0 missing here)',
    );
  });

  it('loss on the way back: the peer had the data, what got lost was its acknowledgement', () => {
    expect(
      causeOf([
        ...handshake,
        data(3, 101),
        data(250, 101, mss, { resent: true }),
        answer(251, 101 + mss, { options: sack([101, 101 + mss]) }),
      ]),
    ).toMatch(/^loss on the way back from the peer: 1 segment .*\(1 time it had the data already/);
  });

  it('loss on the way back: its data is missing here', () => {
    expect(
      causeOf([
        ...handshake,
        answer(3, 101, { seq: 501, payloadBytes: 100 }),
        answer(4, 101, { seq: 701, payloadBytes: 100 }),
        answer(250, 101, { seq: 601, payloadBytes: 100 }),
      ]),
    ).toMatch(/^loss on the way back.* 1 sent again by it \(1 missing here\)$/);
  });

  it('peer silent', () => {
    const resends = [200, 400, 800, 1600].map((atMs) => data(atMs, 101, 100, { resent: true }));
    expect(causeOf([...handshake, data(3, 101, 100), ...resends])).toBe(
      'peer silent: 4 segments of 1 connection sent again over 1.6 s, and not one packet came back',
    );
  });

  it('port closed', () => {
    const attempt = (n: number): TcpPacketPlan[] => [
      { atMs: n, direction: 'out', flags: syn, seq: 100 + n, localPort: 40_000 + n },
      { atMs: n + 0.1, direction: 'in', flags: rst | ack, ack: 101 + n, localPort: 40_000 + n },
    ];
    expect(causeOf([...attempt(1), ...attempt(2)])).toBe(
      'port closed: the peer answered 2 connection attempts with a reset, 0 handshakes completed',
    );
  });

  it('no answer to connection attempts', () => {
    const attempts = [0, 1000, 3000].map((atMs): TcpPacketPlan => ({
      atMs,
      direction: 'out',
      flags: syn,
      seq: 100,
    }));
    expect(causeOf(attempts)).toBe(
      'no answer to connection attempts: 3 SYNs sent, 2 of them again, and not one SYN-ACK came back',
    );
  });

  it('handshakes that do not complete, seen from the server', () => {
    expect(
      causeOf(
        [
          { atMs: 0, direction: 'in', flags: syn, seq: 100, localPort: 8080, remotePort: 40_000 },
          {
            atMs: 0,
            direction: 'out',
            flags: syn | ack,
            seq: 500,
            ack: 101,
            localPort: 8080,
            remotePort: 40_000,
          },
          {
            atMs: 1000,
            direction: 'out',
            flags: syn | ack,
            seq: 500,
            ack: 101,
            localPort: 8080,
            remotePort: 40_000,
          },
        ],
        'server',
      ),
    ).toMatch(/^handshakes do not complete: 1 SYN came, 2 SYN-ACKs sent/);
  });

  describe('MTU black hole', () => {
    /** Full-size segments arrive until 10 ms; then they do not, and their small tail does. */
    const before = [data(3, 101), answer(4, 101 + mss)];
    const due = 101 + mss;
    const tail = sack([due + mss, due + mss + 104]);
    const stuck = (answers: readonly TcpPacketPlan[], size = mss) => [
      ...handshake,
      ...before,
      data(10, due, size),
      data(10.1, due + size, 104),
      ...answers,
      ...[200, 600, 1400].map((atMs) => data(atMs, due, size, { resent: true })),
    ];

    it('is full-size segments that are stuck while the small one behind them arrived', () => {
      expect(causeOf(stuck([answer(10.3, due, { options: tail })]))).toBe(
        'MTU black hole: on 1 connection the segment of about 1448 bytes that is due was sent again (3 times in all) and never acknowledged, while 1 answer showed that smaller ones arrive',
      );
    });

    it('is it too where only the handshake passed', () => {
      const resends = [200, 600, 1400].map((atMs) => data(atMs, 101, mss, { resent: true }));
      expect(causeOf([...handshake, data(3, 101), ...resends])).toMatch(/^MTU black hole/);
    });

    it('is none where nothing arrives, where small ones are stuck, nor where the segment arrives at last', () => {
      expect(causeOf(stuck([]))).toMatch(/^peer silent/);
      expect(causeOf(stuck([answer(10.3, due, { options: tail })], 700))).not.toMatch(/MTU/);
      const late = answer(1500, due + mss + 104);
      expect(causeOf([...stuck([answer(10.3, due, { options: tail })]), late])).toMatch(
        /^loss on the way to/,
      );
    });
  });

  describe('the way that is cut', () => {
    const wayOf = (plans: readonly TcpPacketPlan[], role: 'client' | 'server' = 'client') =>
      summarize(plans, role).lost_way;
    const resends = [203, 403, 803].map((atMs) => data(atMs, 301, 200, { resent: true }));
    const exchange = [
      ...handshake,
      data(3, 101, 200),
      answer(4, 301, { payloadBytes: 50 }),
      data(5, 301, 200, { ack: 551 }),
    ];
    const repeats = [204, 404].map((atMs) => answer(atMs, 301, { payloadBytes: 50, resent: true }));
    const inOrder = (plans: readonly TcpPacketPlan[]) => plans.toSorted((a, b) => a.atMs - b.atMs);

    it('is not known to an end that hears nothing', () => {
      expect(wayOf([...exchange, ...resends])).toBe('silent');
      // What is heard once it is over does not tell what became of the resends.
      expect(wayOf([...exchange, ...resends, answer(1500, 501)])).toBe('silent');
    });

    it('is the one to the peer where the peer is heard to repeat itself', () => {
      const plans = inOrder([...exchange, ...resends, ...repeats]);
      expect(wayOf(plans)).toBe('to_peer');
      expect(causeOf(plans)).toMatch(/^loss on the way to the peer: 3 segments .* 2 sent again by it/);
    });

    it('is told where some get through, and not where nothing was lost', () => {
      const healed = [data(203, 301, 200, { resent: true }), answer(204, 501)];
      expect(wayOf([...exchange, ...healed])).toBe('to_peer');
      expect(wayOf([...exchange, answer(6, 501)])).toBeUndefined();
    });
  });

  it('receive window closed', () => {
    const shut = [4, 204, 604].map((atMs) => answer(atMs, 201, { window: 0 }));
    expect(summarize([...handshake, data(3, 101, 100), ...shut]).peer_shut).toBe(true);
    expect(summarize([...handshake, data(3, 101, 100), answer(4, 201)]).peer_shut).toBeUndefined();
    expect(causeOf([...handshake, data(3, 101, 100), ...shut])).toMatch(
      /^receive window closed: the peer announced a zero window 3 times and 1 connection waited for it to the end/,
    );
    const lossBefore = [data(1, 101, 50), data(200, 101, 50, { resent: true }), answer(201, 151)];
    expect(causeOf([...handshake, ...lossBefore, answer(300, 151, { window: 0 })])).toMatch(
      /^receive window closed/,
    );
  });

  it('reset', () => {
    expect(causeOf([...handshake, data(3, 101, 100), answer(4, 201, { flags: rst })])).toMatch(
      /^connections were reset: 1 by the peer, 0 by this side/,
    );
  });
});
