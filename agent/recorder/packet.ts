import ipaddr from 'ipaddr.js';
import { decodeTcpOptions, type TcpOptions } from './tcp-options.ts';

export const tcpFlag = { fin: 0x01, syn: 0x02, rst: 0x04, psh: 0x08, ack: 0x10 } as const;
export const protocolNumber = { tcp: 6, udp: 17 } as const;

export interface TcpHeader {
  readonly kind: 'tcp';
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly seq: number;
  readonly ack: number;
  readonly flags: number;
  /** As on the wire, not scaled. */
  readonly window: number;
  readonly headerBytes: number;
  readonly options: TcpOptions;
}

export interface UdpHeader {
  readonly kind: 'udp';
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly headerBytes: number;
}

/** `other`: a protocol without ports, or a fragment behind the first; `truncated`: the bytes end within the header. */
export type TransportHeader = TcpHeader | UdpHeader | { readonly kind: 'other' | 'truncated' };

export interface DecodedPacket {
  readonly version: 4 | 6;
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly protocol: number;
  /** Bytes before the transport header: IP header with options or extension headers. */
  readonly networkBytes: number;
  readonly transport: TransportHeader;
}

interface NetworkHeader extends Omit<DecodedPacket, 'transport'> {
  readonly firstFragment: boolean;
}

/** Extension headers looked through: more are legal, and nobody sends them. */
const maxExtensionHeaders = 8;
const extension = { hopByHop: 0, routing: 43, fragment: 44, authentication: 51, destination: 60 } as const;

/** Decodes a packet that begins at its IP header and may be cut anywhere. undefined: not IP, or cut within the IP header. */
export function decodePacket(bytes: Uint8Array): DecodedPacket | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const network = decodeNetwork(bytes, view);
  if (network === undefined) return undefined;
  const { firstFragment, ...header } = network;
  const transport = firstFragment
    ? decodeTransport(view, network.protocol, network.networkBytes)
    : ({ kind: 'other' } as const);
  return { ...header, transport };
}

/** Canonical text of 4 or 16 address bytes; IPv4-mapped addresses as IPv4. */
export function addressText(bytes: Uint8Array): string {
  const address = ipaddr.fromByteArray([...bytes]);
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress())
    return address.toIPv4Address().toString();
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
}

function decodeNetwork(bytes: Uint8Array, view: DataView): NetworkHeader | undefined {
  const version = (bytes[0] ?? 0) >> 4;
  if (version === 4) return decodeIpv4(bytes, view);
  if (version === 6) return decodeIpv6(bytes, view);
  return undefined;
}

/** RFC 791. */
function decodeIpv4(bytes: Uint8Array, view: DataView): NetworkHeader | undefined {
  if (bytes.length < 20) return undefined;
  const networkBytes = (view.getUint8(0) & 0x0f) * 4;
  if (networkBytes < 20) return undefined;
  return {
    version: 4,
    source: bytes.subarray(12, 16),
    destination: bytes.subarray(16, 20),
    protocol: view.getUint8(9),
    networkBytes,
    firstFragment: (view.getUint16(6) & 0x1fff) === 0,
  };
}

/** RFC 8200. */
function decodeIpv6(bytes: Uint8Array, view: DataView): NetworkHeader | undefined {
  if (bytes.length < 40) return undefined;
  return {
    version: 6,
    source: bytes.subarray(8, 24),
    destination: bytes.subarray(24, 40),
    ...skipExtensionHeaders(view, view.getUint8(6)),
  };
}

function skipExtensionHeaders(
  view: DataView,
  first: number,
): Pick<NetworkHeader, 'protocol' | 'networkBytes' | 'firstFragment'> {
  let protocol = first;
  let offset = 40;
  let firstFragment = true;
  for (let n = 0; n < maxExtensionHeaders && isExtension(protocol); n++) {
    if (offset + 8 > view.byteLength) break;
    if (protocol === extension.fragment) firstFragment = (view.getUint16(offset + 2) & 0xfff8) === 0;
    const next = view.getUint8(offset);
    offset += extensionBytes(protocol, view.getUint8(offset + 1));
    protocol = next;
  }
  return { protocol, networkBytes: offset, firstFragment };
}

function isExtension(protocol: number): boolean {
  return (
    protocol === extension.hopByHop ||
    protocol === extension.routing ||
    protocol === extension.fragment ||
    protocol === extension.authentication ||
    protocol === extension.destination
  );
}

/** RFC 8200: in units of 8 bytes beyond the first 8; a fragment header has no length, AH counts in 4 (RFC 4302). */
function extensionBytes(protocol: number, units: number): number {
  if (protocol === extension.fragment) return 8;
  return protocol === extension.authentication ? (units + 2) * 4 : (units + 1) * 8;
}

function decodeTransport(view: DataView, protocol: number, offset: number): TransportHeader {
  if (protocol === protocolNumber.tcp) return decodeTcp(view, offset);
  if (protocol === protocolNumber.udp) return decodeUdp(view, offset);
  return { kind: 'other' };
}

/** RFC 9293. Options are read as far as the bytes go. */
function decodeTcp(view: DataView, offset: number): TransportHeader {
  if (offset + 20 > view.byteLength) return { kind: 'truncated' };
  const headerBytes = (view.getUint8(offset + 12) >> 4) * 4;
  if (headerBytes < 20) return { kind: 'truncated' };
  return {
    kind: 'tcp',
    sourcePort: view.getUint16(offset),
    destinationPort: view.getUint16(offset + 2),
    seq: view.getUint32(offset + 4),
    ack: view.getUint32(offset + 8),
    flags: view.getUint8(offset + 13),
    window: view.getUint16(offset + 14),
    headerBytes,
    options: decodeTcpOptions(view, offset + 20, Math.min(offset + headerBytes, view.byteLength)),
  };
}

function decodeUdp(view: DataView, offset: number): TransportHeader {
  if (offset + 8 > view.byteLength) return { kind: 'truncated' };
  return {
    kind: 'udp',
    sourcePort: view.getUint16(offset),
    destinationPort: view.getUint16(offset + 2),
    headerBytes: 8,
  };
}
