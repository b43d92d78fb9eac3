import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodedPacketBytes,
  encodeHeader,
  encodePacket,
  writePacket,
  type CapturedPacket,
} from './pcapng.ts';
import { readCapture } from './read-capture.ts';
import { recordedPacket } from './testing/tcp-packet.ts';

const header = { application: 'saccade', interfaceName: 'sockets of netns/a', snaplen: 0 };
const wallNs = 1_795_000_000_123_456_789n;

function capture(packets: readonly CapturedPacket[], comments: readonly string[] = []): Uint8Array {
  return Uint8Array.from(
    Buffer.concat([encodeHeader({ ...header, comments }), ...packets.map(encodePacket)]),
  );
}

const ipv4: CapturedPacket = {
  wallNs,
  direction: 'out',
  bytes: recordedPacket({ atMs: 0, direction: 'out', payloadBytes: 900, flags: 0x18 }).bytes,
  originalBytes: 940,
};
const ipv6: CapturedPacket = {
  wallNs: wallNs + 1n,
  direction: 'in',
  bytes: recordedPacket({ atMs: 0, direction: 'in', local: '2001:db8::1', remote: '2001:db8::2' }).bytes,
  originalBytes: 60,
  comment: 'the alert was here',
};

function withFile<T>(contents: Uint8Array, use: (file: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'pcapng-'));
  try {
    const file = join(folder, 'x.pcapng');
    writeFileSync(file, contents);
    return use(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('pcapng', () => {
  it('writes a packet in place as it encodes it', () => {
    const { comment: _comment, ...plain } = ipv6;
    for (const packet of [ipv4, plain, { ...ipv4, bytes: ipv4.bytes.subarray(0, 21) }]) {
      const target = new Uint8Array(1_000).fill(0xee);
      const length = writePacket(target, 7, packet);
      expect(target.slice(7, 7 + length)).toEqual(Uint8Array.from(encodePacket(packet)));
      expect([target[6], target[7 + length]]).toEqual([0xee, 0xee]);
    }
  });

  it('is read back as it was written', () => {
    const comments = ['alert: 5 % lost', 'peer: ü'];
    expect(readCapture(capture([ipv4, ipv6], comments))).toEqual({ comments, packets: [ipv4, ipv6] });
  });

  it('is read by tshark: times to the nanosecond, directions, lengths, comments', () => {
    const fields = [
      'frame.time_epoch',
      'frame.packet_flags_direction',
      'frame.len',
      'frame.cap_len',
      'frame.comment',
    ];
    const text = withFile(capture([ipv4, ipv6], ['alert: x']), (file) =>
      execFileSync('tshark', ['-r', file, '-T', 'fields', ...fields.flatMap((f) => ['-e', f])], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    );
    expect(
      text
        .trim()
        .split('\n')
        .map((line) => line.split('\t')),
    ).toEqual([
      ['1795000000.123456789', expect.stringMatching(/2$/) as string, '940', '40', ''],
      ['1795000000.123456790', expect.stringMatching(/1$/) as string, '60', '60', 'the alert was here'],
    ]);
  });

  it('is read by tcpdump and capinfos without a complaint', () => {
    withFile(capture([ipv4, ipv6], ['alert: x']), (file) => {
      const tcpdump = spawnSync('tcpdump', ['-n', '-r', file], { encoding: 'utf8' });
      expect(tcpdump.status).toBe(0);
      expect(tcpdump.stderr).toMatch(/^reading from file .*link-type RAW \(Raw IP\).*\n$/);
      expect(tcpdump.stdout).toMatch(
        /192\.0\.2\.1\.40000 > 192\.0\.2\.2\.8080.*\n.*2001:db8::2\.8080 > 2001:db8::1/,
      );
      expect(execFileSync('capinfos', [file], { encoding: 'utf8' })).toContain('alert: x');
    });
  });

  it('bounds comments and keeps them whole characters', () => {
    const [comment = ''] = readCapture(capture([], ['ü'.repeat(70_000)])).comments;
    expect(comment).toBe('ü'.repeat(2048));
    expect(readCapture(capture([], ['a\0b'])).comments).toEqual(['a b']);
  });

  it('knows the size of a packet beforehand', () => {
    for (const length of [1, 40, 41, 43, 120])
      expect(encodePacket({ ...ipv4, bytes: new Uint8Array(length) }).length).toBe(
        encodedPacketBytes(length),
      );
  });

  it('refuses to read what is cut, wherever it is cut, and any other bytes', () => {
    const whole = capture([ipv4, ipv6], ['x']);
    const boundaries = new Set([encodeHeader({ ...header, comments: ['x'] }).length, whole.length]);
    boundaries.add(whole.length - encodePacket(ipv6).length);
    for (let length = 0; length < whole.length; length++)
      if (!boundaries.has(length)) expect(() => readCapture(whole.subarray(0, length))).toThrow(/capture/);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(() => readCapture(bytes)).toThrow(/capture/);
      }),
    );
  });
});
