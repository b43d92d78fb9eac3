import { type Packet, streamEncode } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tcpFlag } from '../../agent/recorder/packet.ts';
import { createDnsStreams, type DnsStreams } from './dns-streams.ts';

const clientPort = 40_001;

const asked = (name: string, id = 1): Uint8Array =>
  streamEncode({ type: 'query', id, questions: [{ type: 'A', name }] } satisfies Packet);
const question = (name: string, id = 1): string => `query 0x${id.toString(16).padStart(4, '0')} A ${name}`;

interface SegmentPlan {
  readonly flags?: number;
  /** Bytes of it that the recorder kept. */
  readonly kept?: number;
  readonly again?: boolean;
  readonly direction?: string;
  readonly port?: number;
}

function show(
  streams: DnsStreams,
  seq: number,
  payload: Uint8Array,
  { flags = tcpFlag.ack, kept = 300, again = false, direction = 'a b', port = 53 }: SegmentPlan = {},
): string | undefined {
  const tcp = {
    kind: 'tcp',
    sourcePort: clientPort,
    destinationPort: port,
    seq: seq >>> 0,
    ack: 0,
    flags,
    window: 500,
    headerBytes: 20,
    options: { sackBlocks: [] },
  } as const;
  return streams({ direction, tcp, payloadBytes: payload.length, kept: payload.subarray(0, kept), again });
}

/** Its SYN was captured; data begins at 1. */
function begun(plan: SegmentPlan = {}): DnsStreams {
  const streams = createDnsStreams();
  show(streams, 0, new Uint8Array(), { ...plan, flags: tcpFlag.syn });
  return streams;
}

describe('DNS over TCP in the packet list', () => {
  it('shows every message of a segment, and how many more than fit', () => {
    const two = Buffer.concat([asked('a.example'), asked('b.example', 2)]);
    expect(show(begun(), 1, two)).toBe(`${question('a.example')}; ${question('b.example', 2)}`);
    const five = Buffer.concat(['a', 'b', 'c', 'd', 'e'].map((name) => asked(name)));
    expect(show(begun(), 1, five)).toBe(
      `${['a', 'b', 'c'].map((name) => question(name)).join('; ')}; and 2 more`,
    );
  });

  it('says of parts that they are, and shows the message where it ends', () => {
    const message = asked('api.example.com');
    const streams = begun();
    // Many a client writes the length by itself.
    expect(show(streams, 1, message.subarray(0, 2))).toBe('part of a message, len 2');
    expect(show(streams, 3, message.subarray(2, 10))).toBe('part of a message, len 8');
    expect(show(streams, 11, message.subarray(10))).toBe(question('api.example.com'));
  });

  it('shows what was kept of a long answer, and what follows it', () => {
    const name = 'many.example.com';
    const answers = Array.from(
      { length: 60 },
      (_, n) => ({ type: 'A', name, ttl: 60, data: `192.0.2.${n}` }) as const,
    );
    const answer = streamEncode({ type: 'response', id: 7, questions: [{ type: 'A', name }], answers });
    const streams = begun();
    expect(show(streams, 1, answer)).toMatch(/^answer 0x0007 A many\.example\.com: 192\.0\.2\.0 .* more$/);
    expect(show(streams, 1 + answer.length, asked('next.example'))).toBe(question('next.example'));
    const both = Buffer.concat([answer, asked('hidden.example')]);
    expect(show(streams, 1 + answer.length + asked('next.example').length, both)).toMatch(/^answer 0x0007/);
  });

  it('takes up a connection that was there before, where a message begins', () => {
    const streams = createDnsStreams();
    const message = asked('a.example');
    expect(show(streams, 500, message.subarray(9))).toBeUndefined();
    expect(show(streams, 900, message)).toBe(question('a.example'));
  });

  it('goes on after a gap at the next message that can be read', () => {
    const streams = begun();
    show(streams, 1, asked('a.example'));
    expect(show(streams, 9_000, Buffer.from('the midst of something'))).toBeUndefined();
    expect(show(streams, 10_000, asked('b.example'))).toBe(question('b.example'));
  });

  it('leaves what was sent again, and what is no DNS, to TCP', () => {
    const streams = begun();
    const message = asked('a.example');
    show(streams, 1, message);
    expect(show(streams, 1, message, { again: true })).toBeUndefined();
    expect(show(begun({ port: 443 }), 1, message, { port: 443 })).toBeUndefined();
    expect(show(streams, 1 + message.length, new Uint8Array())).toBeUndefined();
  });

  it('takes any bytes, however many connections', () => {
    const hostile = fc.record({
      seq: fc.oneof(fc.nat(2_000), fc.nat(0xffffffff)),
      bytes: fc.uint8Array({ maxLength: 400 }),
      flags: fc.nat(63),
      direction: fc.constantFrom('a', 'b', 'c'),
      kept: fc.nat(400),
    });
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 40 }), (segments) => {
        const streams = createDnsStreams();
        for (const { seq, bytes, ...plan } of segments)
          expect(show(streams, seq, bytes, plan)?.length ?? 0).toBeLessThan(4_000);
      }),
    );
  });
});
