/**
 * Writes pcapng (https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html): one section, one interface of link
 * type RAW (packets begin at the IP header), nanoseconds, direction and comments by packet.
 */

/** https://www.tcpdump.org/linktypes.html */
export const linkTypeRaw = 101;

export const blockType = { section: 0x0a0d0d0a, interface: 1, enhancedPacket: 6 } as const;
export const byteOrderMagic = 0x1a2b3c4d;
export const optionCode = {
  end: 0,
  comment: 1,
  name: 2,
  userApplication: 4,
  timeResolution: 9,
  packetFlags: 2,
} as const;

/** Options hold at most 65,535 bytes; comments are cut well below. */
const maxCommentBytes = 4096;
const encoder = new TextEncoder();

export interface CaptureHeader {
  readonly application: string;
  readonly interfaceName: string;
  /** Longest packet kept, 0: no limit. */
  readonly snaplen: number;
  readonly comments: readonly string[];
}

export interface CapturedPacket {
  /** Since the epoch. */
  readonly wallNs: bigint;
  readonly direction: 'in' | 'out';
  readonly bytes: Uint8Array;
  /** Before it was cut. */
  readonly originalBytes: number;
  readonly comment?: string;
}

interface Option {
  readonly code: number;
  readonly value: Uint8Array;
}

/** Section and interface: what a file begins with. */
export function encodeHeader(header: CaptureHeader): Uint8Array {
  const section = new Uint8Array(16);
  const sectionView = new DataView(section.buffer);
  sectionView.setUint32(0, byteOrderMagic, true);
  sectionView.setUint16(4, 1, true);
  sectionView.setBigInt64(8, -1n, true);
  const device = new Uint8Array(8);
  const deviceView = new DataView(device.buffer);
  deviceView.setUint16(0, linkTypeRaw, true);
  deviceView.setUint32(4, header.snaplen, true);
  return Buffer.concat([
    encodeBlock(blockType.section, section, [
      ...header.comments.map(commentOption),
      textOption(optionCode.userApplication, header.application),
    ]),
    encodeBlock(blockType.interface, device, [
      textOption(optionCode.name, header.interfaceName),
      { code: optionCode.timeResolution, value: Uint8Array.of(9) },
    ]),
  ]);
}

/** One enhanced packet block. */
export function encodePacket(packet: CapturedPacket): Uint8Array {
  const body = new Uint8Array(20 + padded(packet.bytes.length));
  const view = new DataView(body.buffer);
  view.setUint32(4, Number(packet.wallNs >> 32n), true);
  view.setUint32(8, Number(packet.wallNs & 0xffffffffn), true);
  view.setUint32(12, packet.bytes.length, true);
  view.setUint32(16, packet.originalBytes, true);
  body.set(packet.bytes, 20);
  const flags = new Uint8Array(4);
  new DataView(flags.buffer).setUint32(0, packet.direction === 'in' ? 1 : 2, true);
  const options: Option[] = [{ code: optionCode.packetFlags, value: flags }];
  if (packet.comment !== undefined) options.unshift(commentOption(packet.comment));
  return encodeBlock(blockType.enhancedPacket, body, options);
}

/** The same without a comment, into `target` at `offset`, which must have the room. Returns the bytes written. */
export function writePacket(target: Uint8Array, offset: number, packet: CapturedPacket): number {
  const total = encodedPacketBytes(packet.bytes.length);
  const view = new DataView(target.buffer, target.byteOffset + offset, total);
  view.setUint32(0, blockType.enhancedPacket, true);
  view.setUint32(4, total, true);
  view.setUint32(8, 0, true);
  view.setUint32(12, Number(packet.wallNs >> 32n), true);
  view.setUint32(16, Number(packet.wallNs & 0xffffffffn), true);
  view.setUint32(20, packet.bytes.length, true);
  view.setUint32(24, packet.originalBytes, true);
  target.set(packet.bytes, offset + 28);
  target.fill(0, offset + 28 + packet.bytes.length, offset + total - 16);
  view.setUint16(total - 16, optionCode.packetFlags, true);
  view.setUint16(total - 14, 4, true);
  view.setUint32(total - 12, packet.direction === 'in' ? 1 : 2, true);
  view.setUint32(total - 8, 0, true);
  view.setUint32(total - 4, total, true);
  return total;
}

/** Bytes that `encodePacket` will make of it, without a comment. */
export function encodedPacketBytes(capturedBytes: number): number {
  return 12 + 20 + padded(capturedBytes) + 8 + 4;
}

function commentOption(text: string): Option {
  return textOption(optionCode.comment, text);
}

/** NUL would end the text early in readers written in C. */
function textOption(code: number, text: string): Option {
  const value = encoder.encode(text.replaceAll('\0', ' '));
  return { code, value: value.length > maxCommentBytes ? cutUtf8(value) : value };
}

/** Cuts without leaving half a character behind. */
function cutUtf8(value: Uint8Array): Uint8Array {
  let end = maxCommentBytes;
  while (end > 0 && ((value[end] ?? 0) & 0xc0) === 0x80) end--;
  return value.subarray(0, end);
}

function encodeBlock(type: number, body: Uint8Array, options: readonly Option[]): Uint8Array {
  const optionBytes = options.reduce((sum, { value }) => sum + 4 + padded(value.length), 4);
  const total = 12 + body.length + optionBytes;
  const block = new Uint8Array(total);
  const view = new DataView(block.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, total, true);
  block.set(body, 8);
  let offset = 8 + body.length;
  for (const { code, value } of options) {
    view.setUint16(offset, code, true);
    view.setUint16(offset + 2, value.length, true);
    block.set(value, offset + 4);
    offset += 4 + padded(value.length);
  }
  view.setUint32(total - 4, total, true);
  return block;
}

function padded(bytes: number): number {
  return (bytes + 3) & ~3;
}
