import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode, type Packet, streamEncode } from 'dns-packet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeHeader, encodePacket, type CapturedPacket } from '../../agent/recorder/pcapng.ts';
import { recordedPacket, type TcpPacketPlan } from '../../agent/recorder/testing/tcp-packet.ts';
import { createCaptureFiles } from '../../capture-store/capture-files.ts';
import { createPacketReader } from './packet-list.ts';

const folder = mkdtempSync(join(tmpdir(), 'saccade-packets-'));
const file = join(folder, 'one.pcapng');
const wallNs = 1_795_000_000_000_000_000n;
let microseconds = 0n;

function packet(plan: Partial<TcpPacketPlan>, comment?: string): CapturedPacket {
  const direction = plan.direction ?? 'out';
  microseconds += 250n;
  const { bytes, length: originalBytes } = recordedPacket({ atMs: 0, direction, ...plan });
  return {
    wallNs: wallNs + microseconds * 1000n,
    direction,
    bytes,
    originalBytes,
    ...(comment !== undefined && { comment }),
  };
}

/** UDP over IPv4 in the shape of the recorder: from the IP header on, cut where `kept` says. */
function udpPacket(payload: Uint8Array, toResolver: boolean, kept = Infinity): CapturedPacket {
  const bytes = Buffer.alloc(28 + payload.length);
  bytes.writeUInt8(0x45, 0);
  bytes.writeUInt16BE(bytes.length, 2);
  bytes.writeUInt8(17, 9);
  bytes.set([192, 0, 2, toResolver ? 1 : 53], 12);
  bytes.set([192, 0, 2, toResolver ? 53 : 1], 16);
  bytes.writeUInt16BE(toResolver ? 40_001 : 53, 20);
  bytes.writeUInt16BE(toResolver ? 53 : 40_001, 22);
  bytes.writeUInt16BE(8 + payload.length, 24);
  bytes.set(payload, 28);
  const direction = toResolver ? 'out' : 'in';
  return { wallNs, direction, bytes: bytes.subarray(0, 28 + kept), originalBytes: bytes.length };
}

const questions: Packet['questions'] = [{ type: 'A', name: 'api.payments.example' }];
const answers: Packet['answers'] = [
  { type: 'A', name: 'api.payments.example', ttl: 60, data: '203.0.113.7' },
];
const query = encode({ type: 'query', id: 0x1f2e, questions });
const lookups = [
  udpPacket(query, true),
  udpPacket(encode({ type: 'response', id: 0x1f2e, questions, answers }), false),
  udpPacket(encode({ type: 'response', id: 0x1f2e, flags: 3, questions }), false),
  udpPacket(encode({ type: 'response', id: 0x1f2e, questions }), false),
  udpPacket(query, true, 14),
];

const packetReader = createPacketReader(createCaptureFiles({ directory: folder, objects: undefined }));
const packets = [
  packet({ flags: 0x02, seq: 99 }),
  packet({ flags: 0x18, seq: 100, payloadBytes: 500 }),
  packet({ flags: 0x18, seq: 600, payloadBytes: 500 }),
  packet({ flags: 0x18, seq: 100, payloadBytes: 500 }, 'the alert was here'),
  packet({ flags: 0x10, direction: 'in' }),
  packet({ flags: 0x14, direction: 'in' }),
  packet({ flags: 0x11, local: '2001:db8::1', remote: '2001:db8::2' }),
  { wallNs, direction: 'out', bytes: new Uint8Array([0x45, 0]), originalBytes: 40 } as const,
];

beforeAll(() => {
  const header = encodeHeader({ application: 'saccade', interfaceName: 'x', snaplen: 0, comments: [] });
  writeFileSync(file, Buffer.concat([header, ...packets.map(encodePacket)]));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the packet list', () => {
  it('shows flags, sizes and the time since the first', async () => {
    const { packets: shown, total } = await packetReader.read(file, 100);
    expect(total).toBe(packets.length);
    expect(shown[0]).toMatchObject({ offset_us: 0, direction: 'out', protocol: 'TCP', mark: 'syn' });
    expect(shown[1]).toMatchObject({ offset_us: 250, mark: null });
    expect(shown[1]?.info).toMatch(/^PSH ACK seq 100 ack \d+ win \d+ len 500$/);
    expect(shown[5]).toMatchObject({ direction: 'in', mark: 'reset' });
    expect(shown[6]).toMatchObject({ mark: 'fin' });
    expect(shown[6]?.source).toMatch(/^\[2001:db8::1\]:\d+$/);
  });

  it('marks what was sent again, and says what was noted', async () => {
    const { packets: shown } = await packetReader.read(file, 100);
    expect(shown.map(({ mark }) => mark === 'resent')).toEqual(packets.map((_, index) => index === 3));
    expect(shown[3]?.info).toMatch(/· the alert was here$/);
  });

  it('shows what cannot be read as such, and no more than was asked for', async () => {
    const all = await packetReader.read(file, 100);
    expect(all.packets.at(-1)).toMatchObject({ protocol: '?', info: 'not readable', bytes: 40 });
    const few = await packetReader.read(file, 2);
    expect([few.packets.length, few.total]).toEqual([2, packets.length]);
  });

  it('says of DNS who asked for what, and what came of it, as far as it was kept', async () => {
    const other = join(folder, 'dns.pcapng');
    const header = encodeHeader({ application: 'saccade', interfaceName: 'x', snaplen: 0, comments: [] });
    writeFileSync(other, Buffer.concat([header, ...lookups.map(encodePacket)]));
    const { packets: shown } = await packetReader.read(other, 10);
    expect(shown.map(({ protocol, info }) => `${protocol} ${info}`)).toEqual([
      'DNS query 0x1f2e A api.payments.example',
      'DNS answer 0x1f2e A api.payments.example: 203.0.113.7',
      'DNS answer 0x1f2e A api.payments.example: NXDOMAIN',
      'DNS answer 0x1f2e A api.payments.example: NOERROR, no address',
      'UDP len 38',
    ]);
    expect(shown[0]).toMatchObject({ source: '192.0.2.1:40001', destination: '192.0.2.53:53' });
  });

  it('says the same of DNS over TCP, and shows the connection around it', async () => {
    const other = join(folder, 'dns-tcp.pcapng');
    const header = encodeHeader({ application: 'saccade', interfaceName: 'x', snaplen: 0, comments: [] });
    const message = streamEncode({ type: 'query', id: 0x1f2e, questions });
    const segment = (seq: number, part: Uint8Array): CapturedPacket => {
      const { bytes, ...rest } = packet({ remotePort: 53, flags: 0x18, seq, payloadBytes: part.length });
      return { ...rest, bytes: Buffer.concat([bytes, part]) };
    };
    const shared = [
      packet({ remotePort: 53, flags: 0x02, seq: 99 }),
      segment(100, message.subarray(0, 2)),
      segment(102, message.subarray(2)),
      segment(100 + message.length, Buffer.concat([message, message])),
      segment(100 + message.length, Buffer.concat([message, message])),
    ];
    writeFileSync(other, Buffer.concat([header, ...shared.map(encodePacket)]));
    const { packets: shown } = await packetReader.read(other, 10);
    const text = 'query 0x1f2e A api.payments.example';
    expect(
      shown.map(({ protocol, info, mark }) => `${mark} ${protocol} ${info.replace(/ ack.*/, '')}`),
    ).toEqual([
      'syn TCP SYN seq 99 win 500 len 0',
      'null DNS part of a message, len 2',
      `null DNS ${text}`,
      `null DNS ${text}; ${text}`,
      `resent TCP PSH ACK seq ${100 + message.length}`,
    ]);
  });

  it('says why there is no file any more', async () => {
    await expect(packetReader.read(join(folder, 'gone.pcapng'), 10)).rejects.toMatchObject({
      status: 410,
      message: expect.stringContaining('captures.max_total_bytes') as string,
    });
  });
});
