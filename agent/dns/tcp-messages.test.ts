import { encode, streamEncode } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DnsEvent } from './dns-event.ts';
import { TcpMessages } from './tcp-messages.ts';
import { sampleEvent } from './testing/sample-event.ts';

const keptBytes = 512;

const message = (id: number, name = 'a.example'): Buffer =>
  Buffer.from(streamEncode({ type: 'query', id, questions: [{ type: 'A', name }] }));

/** A segment of which the kernel copied at most 512 bytes. */
function segment(tcpSeq: number, bytes: Uint8Array, kind: 'query' | 'response' = 'response'): DnsEvent {
  return sampleEvent({
    kind,
    tcp: true,
    tcpSeq: tcpSeq >>> 0,
    payload: bytes.length,
    head: Buffer.from(bytes.subarray(0, keptBytes)),
  });
}

function read(segments: readonly DnsEvent[], messages = new TcpMessages()): readonly string[] {
  const found: string[] = [];
  for (const event of segments)
    messages.take(event, ({ head, payload, kind }) =>
      found.push(`${kind} ${head.toString('hex')} of ${payload}`),
    );
  return found;
}

const whole = (bytes: Buffer): string =>
  `response ${bytes.subarray(2).toString('hex')} of ${bytes.length - 2}`;

describe('TcpMessages', () => {
  it('finds messages however they are cut into segments', () => {
    const messages = [message(1), message(2, 'a-longer-name.example.com'), message(3)];
    const stream = Buffer.concat(messages);
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 12 }), fc.nat(0xffffffff), (cuts, seq) => {
        const ends = [...new Set([0, ...cuts, stream.length])].sort((a, b) => a - b);
        const segments = ends
          .slice(1)
          .map((end, index) => segment(seq + (ends[index] ?? 0), stream.subarray(ends[index], end)));
        expect(read(segments)).toEqual(messages.map(whole));
      }),
    );
  });

  it('ignores what is sent again, also in part', () => {
    const stream = Buffer.concat([message(1), message(2)]);
    const segments = [
      segment(100, stream.subarray(0, 20)),
      segment(100, stream.subarray(0, 20)),
      segment(110, stream.subarray(10)),
    ];
    expect(read(segments)).toEqual([message(1), message(2)].map(whole));
  });

  it('keeps the head of a long answer and finds the next behind it', () => {
    const long = Buffer.alloc(2 + 3_000, 7);
    long.writeUInt16BE(3_000);
    const found = read([
      segment(0, long.subarray(0, 1_400)),
      segment(1_400, long.subarray(1_400)),
      segment(long.length, message(2)),
    ]);
    expect(found).toEqual([
      `response ${long.subarray(2, keptBytes).toString('hex')} of 3000`,
      whole(message(2)),
    ]);
  });

  it('tells of a long answer what came of it, also where the next begins in what did not come', () => {
    const long = Buffer.alloc(2 + 700, 7);
    long.writeUInt16BE(700);
    const messages = new TcpMessages();
    const found = read([segment(0, Buffer.concat([long, message(2)]))], messages);
    expect(found).toEqual([`response ${long.subarray(2, keptBytes).toString('hex')} of 700`]);
    expect(messages.counters()).toMatchObject({ tcp_gaps: 1 });
  });

  it('gives a direction up when it cannot know where a message begins, and the other goes on', () => {
    const messages = new TcpMessages();
    const first = message(1);
    expect(
      read([segment(0, first), segment(5_000, message(2)), segment(9_000, message(3))], messages),
    ).toEqual([whole(first)]);
    expect(messages.counters()).toEqual({ tcp_gaps: 1, tcp_streams_evicted: 0 });
    expect(read([segment(0, first, 'query')], messages)).toHaveLength(1);
  });

  it('forgets a connection that is closed', () => {
    const messages = new TcpMessages();
    const closed: DnsEvent = { ...segment(0, Buffer.alloc(0)), kind: 'closed' };
    expect(read([segment(0, message(1).subarray(0, 9)), closed, segment(0, message(2))], messages)).toEqual([
      'closed  of 0',
      whole(message(2)),
    ]);
  });

  it('takes any bytes with any sequence numbers, within its limits', () => {
    const hostile = fc.record({
      seq: fc.oneof(fc.nat(2_000), fc.nat(0xffffffff)),
      bytes: fc.uint8Array({ maxLength: 900 }),
      cookie: fc.nat(20),
    });
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 60 }), (segments) => {
        const messages = new TcpMessages({ maxStreams: 8 });
        for (const { seq, bytes, cookie } of segments)
          messages.take({ ...segment(seq, bytes), socketCookie: BigInt(cookie) }, ({ head }) => {
            expect(head.length).toBeLessThanOrEqual(keptBytes);
          });
      }),
      { numRuns: 500 },
    );
  });

  it('agrees with the encoding of the library', () => {
    const packet = { type: 'query', id: 1, questions: [{ type: 'A', name: 'a.example' }] } as const;
    expect(message(1).subarray(2)).toEqual(
      Buffer.from(encode({ ...packet, questions: [...packet.questions] })),
    );
  });
});
