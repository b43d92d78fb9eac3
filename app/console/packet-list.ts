import { buffer } from 'node:stream/consumers';
import {
  addressText,
  type DecodedPacket,
  decodePacket,
  tcpFlag,
  type TcpHeader,
  type UdpHeader,
} from '../../agent/recorder/packet.ts';
import type { CapturedPacket } from '../../agent/recorder/pcapng.ts';
import { readCapture } from '../../agent/recorder/read-capture.ts';
import { createSequenceSpace, type SequenceSpace } from '../../agent/recorder/sequence-space.ts';
import { type CaptureFiles, CaptureGoneError } from '../../capture-store/capture-files.ts';
import type { StoredObject } from '../../capture-store/s3-store.ts';
import { ConsoleError } from '../../console/console-error.ts';
import type { PacketReader, PacketView } from '../../console/ports.ts';
import { describeDns } from './describe-dns.ts';
import { createDnsStreams, type DnsSegment, type DnsStreams } from './dns-streams.ts';

/** Reads captures for the console's packet list and its download. */
export function createPacketReader(files: CaptureFiles): PacketReader {
  const open = async (file: string): Promise<StoredObject> => {
    try {
      return await files.open(file);
    } catch (error) {
      if (!(error instanceof CaptureGoneError)) throw error;
      throw new ConsoleError(410, error.message, { cause: error });
    }
  };
  return { open, read: async (file, limit) => viewPackets(await buffer((await open(file)).stream), limit) };
}

function viewPackets(bytes: Uint8Array, limit: number): Awaited<ReturnType<PacketReader['read']>> {
  const { packets } = readCapture(bytes);
  const firstNs = packets[0]?.wallNs ?? 0n;
  const flows: Flows = { seen: createSeenData(), dns: createDnsStreams() };
  return {
    packets: packets.slice(0, limit).map((packet) => viewPacket(packet, firstNs, flows)),
    total: packets.length,
  };
}

/** What packets before this one say of it. */
interface Flows {
  readonly seen: SeenData;
  readonly dns: DnsStreams;
}

function viewPacket(packet: CapturedPacket, firstNs: bigint, flows: Flows): PacketView {
  const base = {
    at_ms: Number(packet.wallNs / 1_000_000n),
    offset_us: Number((packet.wallNs - firstNs) / 1000n),
    direction: packet.direction,
    bytes: packet.originalBytes,
    mark: null,
  };
  const decoded = decodePacket(packet.bytes);
  if (decoded === undefined)
    return { ...base, source: '?', destination: '?', protocol: '?', info: 'not readable' };
  const { transport, protocol } = decoded;
  const [from, to] = [addressText(decoded.source), addressText(decoded.destination)];
  const note = packet.comment === undefined ? '' : ` · ${packet.comment}`;
  switch (transport.kind) {
    case 'tcp': {
      const ends = endsOf(from, to, transport);
      const data = dataOf(packet, decoded, transport);
      const direction = `${ends.source} ${ends.destination}`;
      const again = flows.seen(direction, transport.seq, data.payloadBytes);
      const dns = flows.dns({ direction, tcp: transport, ...data, again });
      const what =
        dns === undefined
          ? { protocol: 'TCP', info: describeTcp(transport, data.payloadBytes) }
          : { protocol: 'DNS', info: dns };
      const mark = again ? 'resent' : markOf(transport);
      return { ...base, ...ends, ...what, info: `${what.info}${note}`, mark };
    }
    case 'udp': {
      const { kept, payloadBytes } = dataOf(packet, decoded, transport);
      const dns = describeDns(kept, [transport.sourcePort, transport.destinationPort]);
      const what =
        dns === undefined ? { protocol: 'UDP', info: `len ${payloadBytes}` } : { protocol: 'DNS', info: dns };
      return { ...base, ...endsOf(from, to, transport), ...what, info: `${what.info}${note}` };
    }
    default:
      return { ...base, source: from, destination: to, protocol: `IP ${protocol}`, info: transport.kind };
  }
}

/** What follows the headers: as long as it was, and what was kept of it. */
function dataOf(
  { bytes, originalBytes }: CapturedPacket,
  { networkBytes }: DecodedPacket,
  { headerBytes }: TcpHeader | UdpHeader,
): Pick<DnsSegment, 'payloadBytes' | 'kept'> {
  const before = networkBytes + headerBytes;
  return { kept: bytes.subarray(before), payloadBytes: Math.max(0, originalBytes - before) };
}

function endsOf(
  from: string,
  to: string,
  { sourcePort, destinationPort }: Pick<TcpHeader, 'sourcePort' | 'destinationPort'>,
): Pick<PacketView, 'source' | 'destination'> {
  return { source: endpoint(from, sourcePort), destination: endpoint(to, destinationPort) };
}

function endpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

const flagNames = [
  ['SYN', tcpFlag.syn],
  ['FIN', tcpFlag.fin],
  ['RST', tcpFlag.rst],
  ['PSH', tcpFlag.psh],
  ['ACK', tcpFlag.ack],
] as const;

function describeTcp({ flags, seq, ack, window }: TcpHeader, payloadBytes: number): string {
  const names = flagNames.filter(([, bit]) => (flags & bit) !== 0).map(([name]) => name);
  const acknowledged = (flags & tcpFlag.ack) === 0 ? '' : ` ack ${ack}`;
  return `${names.join(' ')} seq ${seq}${acknowledged} win ${window} len ${payloadBytes}`;
}

function markOf({ flags }: TcpHeader): PacketView['mark'] {
  if ((flags & tcpFlag.rst) !== 0) return 'reset';
  if ((flags & tcpFlag.syn) !== 0) return 'syn';
  return (flags & tcpFlag.fin) === 0 ? null : 'fin';
}

/** true: this direction of the flow has shown that data before, or comes back to what it had skipped. */
type SeenData = (direction: string, seq: number, payloadBytes: number) => boolean;

function createSeenData(): SeenData {
  const spaces = new Map<string, SequenceSpace>();
  return (direction, seq, payloadBytes) => {
    if (payloadBytes <= 0) return false;
    const space = spaces.get(direction) ?? createSequenceSpace();
    spaces.set(direction, space);
    const { againBytes, filledBytes } = space.observe(seq, payloadBytes, 0n);
    return againBytes + filledBytes > 0;
  };
}
