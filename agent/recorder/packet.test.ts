import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressText, decodePacket, tcpFlag } from './packet.ts';
import { be32, recordedPacket } from './testing/tcp-packet.ts';

const plan = { atMs: 0, direction: 'out', seq: 4_000_000_000, ack: 7, flags: 0x12, window: 1234 } as const;
const ipv6Start = (nextHeader: number) => [
  0x60,
  0,
  0,
  0,
  0,
  100,
  nextHeader,
  64,
  ...new Array<number>(16).fill(1),
  ...new Array<number>(16).fill(2),
];
const tcpBytes = recordedPacket(plan).bytes.subarray(20);

describe('decodePacket', () => {
  it('reads IPv4 and TCP', () => {
    const decoded = decodePacket(recordedPacket(plan).bytes);
    expect(decoded).toMatchObject({ version: 4, protocol: 6, networkBytes: 20 });
    expect(decoded?.transport).toMatchObject({
      kind: 'tcp',
      sourcePort: 40_000,
      destinationPort: 8080,
      seq: 4_000_000_000,
      ack: 7,
      window: 1234,
      headerBytes: 20,
      flags: tcpFlag.syn | tcpFlag.ack,
    });
    expect(addressText(decoded?.source ?? new Uint8Array(4))).toBe('192.0.2.1');
  });

  it('reads IPv6 behind hop-by-hop, destination, fragment and authentication headers', () => {
    const extensions = [
      [60, 1, ...new Array<number>(14).fill(0)],
      [44, 0, ...new Array<number>(6).fill(0)],
      [51, 99, 0, 0, 0, 0, 0, 0],
      [6, 4, ...new Array<number>(22).fill(0)],
    ].flat();
    const decoded = decodePacket(Uint8Array.from([...ipv6Start(0), ...extensions, ...tcpBytes]));
    expect(decoded).toMatchObject({ version: 6, protocol: 6, networkBytes: 40 + 16 + 8 + 8 + 24 });
    expect(decoded?.transport).toMatchObject({ kind: 'tcp', destinationPort: 8080 });
  });

  it('does not take the middle of a fragmented packet for a header', () => {
    const bytes = recordedPacket(plan).bytes.slice();
    bytes[7] = 100;
    expect(decodePacket(bytes)?.transport).toEqual({ kind: 'other' });
    const later = Uint8Array.from([...ipv6Start(44), 6, 0, 0x10, 0, 0, 0, 0, 1, ...tcpBytes]);
    expect(decodePacket(later)?.transport).toEqual({ kind: 'other' });
  });

  it('reads MSS, window scale and SACK blocks, and stops at malformed options', () => {
    const options = [2, 4, 5, 180, 3, 3, 7, 1, 5, 10, ...be32(100), ...be32(200), 1, 1];
    const [padded] = [[...options, ...new Array<number>((4 - (options.length % 4)) % 4).fill(0)]];
    expect(decodePacket(recordedPacket({ ...plan, options: padded }).bytes)?.transport).toMatchObject({
      options: { mss: 1460, windowScale: 7, sackBlocks: [[100, 200]] },
    });
    const endless = recordedPacket({ ...plan, options: [2, 0, 0, 0] }).bytes;
    expect(decodePacket(endless)?.transport).toMatchObject({ options: { sackBlocks: [] } });
  });

  it('says where bytes end within a header', () => {
    const { bytes } = recordedPacket(plan);
    expect(decodePacket(bytes.subarray(0, 19))).toBeUndefined();
    expect(decodePacket(bytes.subarray(0, 39))?.transport).toEqual({ kind: 'truncated' });
  });

  it('survives any bytes', () => {
    const start = fc.constantFrom(0x45, 0x4f, 0x40, 0x60, 0x00);
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 200 }), fc.boolean(), (first, rest, tcp) => {
        const bytes = Uint8Array.from([first, ...rest]);
        if (tcp && bytes.length > 9) bytes[first === 0x60 ? 6 : 9] = 6;
        const decoded = decodePacket(bytes);
        if (decoded?.transport.kind === 'tcp')
          expect(decoded.networkBytes + 20).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 5_000 },
    );
  });
});
