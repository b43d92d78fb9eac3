import * as dnsPacket from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dnsTypeName, parseDnsQuestion, printableDnsName } from './dns-question.ts';

const query = (name: string, type: dnsPacket.RecordType = 'A'): Buffer =>
  dnsPacket.encode({ type: 'query', id: 7, questions: [{ type, name }] });

/** A header with one question, then anything. */
const headed = fc
  .tuple(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ maxLength: 400 }))
  .map(([head, tail]) => Buffer.from([...head, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, ...tail]));

describe('parseDnsQuestion', () => {
  it('reads what another implementation writes', () => {
    const label = fc.stringMatching(/^[a-z0-9_-]{1,20}$/);
    fc.assert(
      fc.property(
        fc.array(label, { minLength: 1, maxLength: 8 }),
        fc.constantFrom('A', 'AAAA', 'SRV', 'PTR', 'TXT'),
        (labels, type) => {
          const name = labels.join('.');
          const parsed = parseDnsQuestion(query(name.toUpperCase(), type));
          expect(parsed).toMatchObject({ id: 7, isResponse: false, name });
          expect(dnsTypeName(parsed?.type ?? 0)).toBe(type);
        },
      ),
    );
  });

  it('reads an answer', () => {
    const answers = [{ type: 'A' as const, name: 'a.example', ttl: 1, data: '192.0.2.1' }];
    const message = dnsPacket.encode({
      type: 'response',
      id: 9,
      flags: dnsPacket.TRUNCATED_RESPONSE | 3,
      questions: [{ type: 'A', name: 'a.example' }],
      answers,
    });
    expect(parseDnsQuestion(message)).toEqual({
      id: 9,
      isResponse: true,
      isTruncated: true,
      rcode: 3,
      answers: 1,
      name: 'a.example',
      type: 1,
    });
  });

  it('takes a response without its question, but no such query', () => {
    expect(parseDnsQuestion(dnsPacket.encode({ type: 'response', id: 1, flags: 1 }))).toMatchObject({
      rcode: 1,
    });
    expect(parseDnsQuestion(dnsPacket.encode({ type: 'query', id: 1 }))).toBeUndefined();
  });

  it('asks for the root by no label', () => {
    expect(parseDnsQuestion(query('.', 'NS'))).toMatchObject({ name: '' });
    expect(printableDnsName('')).toBe('.');
  });

  it.each([
    ['a loop', [0xc0, 12]],
    ['a pointer into the header', [0xc0, 0]],
    ['a label of reserved kind', [0x80, 1, 2, 3]],
    ['labels longer than a name', Array.from({ length: 400 }, (_, at) => (at % 64 === 0 ? 63 : 97))],
    ['a label beyond the end', [63, 97, 97]],
  ])('refuses %s', (_what, name) => {
    expect(parseDnsQuestion(Buffer.from([0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...name]))).toBeUndefined();
  });

  it('takes any bytes: it neither throws nor makes more of a name than there is', () => {
    const real = query('www.example.com');
    const mutated = fc
      .array(fc.tuple(fc.nat(real.length - 1), fc.nat(255)), { maxLength: 8 })
      .map((changes) => {
        const bytes = Buffer.from(real);
        for (const [at, value] of changes) bytes[at] = value;
        return bytes;
      });
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes)),
      headed,
      mutated,
    );
    fc.assert(
      fc.property(anything, fc.nat(600), (bytes, length) => {
        const parsed = parseDnsQuestion(bytes.subarray(0, length));
        expect((parsed?.name ?? '').length).toBeLessThanOrEqual(255);
        expect(printableDnsName(parsed?.name ?? '')).toMatch(/^[a-z0-9_.-]{1,253}$|^\(unprintable name\)$/);
      }),
      { numRuns: 3_000 },
    );
  });
});
