import type { Buffer } from 'node:buffer';
import * as dnsPacket from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDnsMessage } from './dns-message.ts';

const unicast = { multicast: false };

function response(name: string, answers: dnsPacket.Answer[], flags = 0): Buffer {
  return dnsPacket.encode({
    type: 'response',
    id: 7,
    flags,
    questions: [{ type: 'A', name }],
    answers,
  });
}

describe('parseDnsMessage', () => {
  it('gives the addresses of the name asked for', () => {
    const message = response('API.Example.com', [
      { type: 'A', name: 'api.example.com', ttl: 60, data: '192.0.2.1' },
      { type: 'AAAA', name: 'api.example.com', ttl: 30, data: '2001:db8::1' },
    ]);
    expect(parseDnsMessage(message, unicast)).toEqual({
      kind: 'answers',
      answers: [
        {
          name: 'api.example.com',
          addresses: [
            { ip: '192.0.2.1', ttlMs: 60_000 },
            { ip: '2001:db8::1', ttlMs: 30_000 },
          ],
        },
      ],
    });
  });

  it('follows aliases in any order back to the name asked for', () => {
    const message = response('www.example.com', [
      { type: 'A', name: 'edge7.cdn.example.net', ttl: 5, data: '192.0.2.7' },
      { type: 'CNAME', name: 'cdn.example.net', ttl: 300, data: 'edge7.cdn.example.net' },
      { type: 'CNAME', name: 'www.example.com', ttl: 300, data: 'cdn.example.net' },
    ]);
    expect(parseDnsMessage(message, unicast)).toMatchObject({
      answers: [{ name: 'www.example.com', addresses: [{ ip: '192.0.2.7', ttlMs: 5_000 }] }],
    });
  });

  it('ignores records that the name asked for does not lead to', () => {
    const message = response('www.example.com', [
      { type: 'A', name: 'bank.example.org', ttl: 5, data: '192.0.2.9' },
    ]);
    expect(parseDnsMessage(message, unicast)).toEqual({ kind: 'nothing' });
  });

  it('ends on a loop of aliases', () => {
    const message = response('a.example', [
      { type: 'CNAME', name: 'a.example', ttl: 1, data: 'b.example' },
      { type: 'CNAME', name: 'b.example', ttl: 1, data: 'a.example' },
    ]);
    expect(parseDnsMessage(message, unicast)).toEqual({ kind: 'nothing' });
  });

  it('keeps the answers before the cut of a long response', () => {
    const many = Array.from({ length: 40 }, (_, index) => ({
      type: 'A' as const,
      name: 'many.example',
      ttl: 60,
      data: `192.0.2.${index + 1}`,
    }));
    const parsed = parseDnsMessage(response('many.example', many).subarray(0, 512), unicast);
    expect(parsed.kind === 'answers' && parsed.answers[0]?.addresses.length).toBeGreaterThan(15);
  });

  it.each([
    ['NXDOMAIN', response('gone.example', [], 3)],
    ['no data', response('v4only.example', [])],
    ['query', dnsPacket.encode({ type: 'query', questions: [{ type: 'A', name: 'a.example' }] })],
    ['loopback', response('ads.example', [{ type: 'A', name: 'ads.example', ttl: 1, data: '127.0.0.1' }])],
  ])('finds nothing in: %s', (_what, message) => {
    expect(parseDnsMessage(message, unicast)).toEqual({ kind: 'nothing' });
  });

  it('reads mDNS responses, which have no question', () => {
    const message = dnsPacket.encode({
      type: 'response',
      answers: [{ type: 'A', name: 'printer.local', ttl: 120, data: '192.0.2.3' }],
    });
    expect(parseDnsMessage(message, { multicast: true })).toMatchObject({
      answers: [{ name: 'printer.local' }],
    });
    expect(parseDnsMessage(message, unicast)).toEqual({ kind: 'nothing' });
  });

  it('refuses names that would be markup in a message to a person', () => {
    const name = '<!channel>.example';
    const message = response(name, [{ type: 'A', name, ttl: 1, data: '192.0.2.1' }]);
    expect(parseDnsMessage(message, unicast)).toEqual({
      kind: 'malformed',
      reason: 'name with unprintable characters',
    });
  });

  it('takes a TTL with the highest bit set as zero', () => {
    const message = response('a.example', [
      { type: 'A', name: 'a.example', ttl: 0x80000001, data: '192.0.2.1' },
    ]);
    expect(parseDnsMessage(message, unicast)).toMatchObject({ answers: [{ addresses: [{ ttlMs: 0 }] }] });
  });

  it('never throws on hostile bytes, and never lets a name through that is not printable', () => {
    const header = fc.constantFrom(
      [0, 7, 0x80, 0, 0, 1, 0, 3, 0, 0, 0, 0],
      [0, 7, 0x84, 0, 0, 0, 0, 9, 0, 0, 0, 0],
      [0, 7, 0x80, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0],
    );
    const hostile = fc
      .tuple(header, fc.uint8Array({ maxLength: 500 }))
      .map(([head, tail]) => Uint8Array.from([...head, ...tail]));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 512 }), hostile), fc.boolean(), (bytes, multicast) => {
        expectPrintable(bytes, multicast);
      }),
      { numRuns: 2_000 },
    );
  });

  it('never throws on a real response with bytes changed or cut off', () => {
    const real = response('www.example.com', [
      { type: 'CNAME', name: 'www.example.com', ttl: 300, data: 'cdn.example.net' },
      { type: 'A', name: 'cdn.example.net', ttl: 5, data: '192.0.2.7' },
      { type: 'TXT', name: 'cdn.example.net', ttl: 5, data: 'text' },
    ]);
    const change = fc.tuple(fc.nat(real.length - 1), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), fc.nat(real.length), (changes, length) => {
        const bytes = Uint8Array.from(real);
        for (const [offset, value] of changes) bytes[offset] = value;
        expectPrintable(bytes.subarray(0, length), true);
      }),
      { numRuns: 2_000 },
    );
  });
});

function expectPrintable(bytes: Uint8Array, multicast: boolean): void {
  const message = parseDnsMessage(bytes, { multicast });
  if (message.kind !== 'answers') return;
  for (const answer of message.answers) expect(answer.name).toMatch(/^[a-z0-9_.-]{1,253}$/);
}
