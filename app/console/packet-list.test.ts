import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

  it('says why there is no file any more', async () => {
    await expect(packetReader.read(join(folder, 'gone.pcapng'), 10)).rejects.toMatchObject({
      status: 410,
      message: expect.stringContaining('captures.max_total_bytes') as string,
    });
  });
});
