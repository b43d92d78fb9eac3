import { encode, type Packet } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { summarizePackets } from './summary.ts';
import type { RecordedPacket } from './recorded-packet.ts';

const dnsPort = 53;

/** IPv4 and UDP around a message, as the recorder keeps it. */
function udpPacket(direction: 'in' | 'out', localPort: number, message: Uint8Array): RecordedPacket {
  const [source, destination] = direction === 'out' ? [localPort, dnsPort] : [dnsPort, localPort];
  const length = 28 + message.length;
  const bytes = Uint8Array.from([
    ...[0x45, 0, length >> 8, length & 0xff, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2],
    ...[source >> 8, source & 0xff, destination >> 8, destination & 0xff, 0, 0, 0, 0],
    ...message,
  ]);
  return {
    ktimeNs: 0n,
    netnsCookie: 1n,
    socketCookie: 1n,
    cpu: 0,
    direction,
    length,
    gsoSize: 0,
    protocol: 17,
    localPort,
    remotePort: dnsPort,
    resent: false,
    bytes,
  };
}

const question = { type: 'A', name: 'api.example.com' } as const;
const message = (packet: Packet): Uint8Array => encode({ questions: [question], ...packet });
const query = (port: number, id: number) => udpPacket('out', port, message({ type: 'query', id }));
const answer = (port: number, id: number, rcode: number) =>
  udpPacket('in', port, message({ type: 'response', id, flags: rcode }));

describe('the summary of captured DNS', () => {
  it('counts queries, answers by code, and what stayed without', () => {
    const packets = [
      query(40_000, 1),
      answer(40_000, 1, 0),
      query(40_001, 2),
      query(40_001, 2),
      query(40_002, 3),
    ];
    const { dns, likely_cause } = summarizePackets(packets, 'client');
    expect(dns).toMatchObject({ queries: 4, repeated: 1, answers: 1, noerror: 1, unanswered: 2 });
    expect(likely_cause).toBe('queries or answers get lost: 2 questions without an answer beside 1 answers');
  });

  it.each([
    ['resolver silent: 2 queries', [query(1, 1), query(2, 2)]],
    [
      'the resolver fell silent: the last 4 queries got no answer, after 2 answers',
      [query(1, 1), answer(1, 1, 0), query(2, 2), answer(2, 2, 0), ...[3, 4, 5, 6].map((n) => query(n, n))],
    ],
    [
      'queries or answers get lost: 4 questions without an answer beside 2 answers',
      [query(1, 1), answer(1, 1, 0), ...[3, 4, 5, 6].map((n) => query(n, n)), query(2, 2), answer(2, 2, 0)],
    ],
    [
      'the resolver answers with errors: of 2 answers 1 SERVFAIL, 1 REFUSED',
      [query(1, 1), answer(1, 1, 2), query(2, 2), answer(2, 2, 5)],
    ],
    ['unknown: 1 queries, 1 answers', [query(1, 1), answer(1, 1, 3)]],
  ])('says: %s', (sentence, packets) => {
    expect(summarizePackets(packets, 'client').likely_cause).toContain(sentence);
  });

  it('takes any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(summarizePackets([udpPacket('in', 1, bytes)], 'client').packets).toBe(1);
      }),
    );
  });
});
