import { buffer } from 'node:stream/consumers';
import { addressText, decodePacket, tcpFlag, type TcpHeader } from '../../agent/recorder/packet.ts';
import type { CapturedPacket } from '../../agent/recorder/pcapng.ts';
import { readCapture } from '../../agent/recorder/read-capture.ts';
import { createSequenceSpace, type SequenceSpace } from '../../agent/recorder/sequence-space.ts';
import { type CaptureFiles, CaptureGoneError } from '../../capture-store/capture-files.ts';
import type { StoredObject } from '../../capture-store/s3-store.ts';
import { ConsoleError } from '../../console/console-error.ts';
import type { PacketReader, PacketView } from '../../console/ports.ts';
import { describeDns } from './describe-dns.ts';

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
  const seen = createSeenData();
  return {
    packets: packets.slice(0, limit).map((packet) => viewPacket(packet, firstNs, seen)),
    total: packets.length,
  };
}

function viewPacket(packet: CapturedPacket, firstNs: bigint, seen: SeenData): PacketView {
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
      const payload = packet.originalBytes - decoded.networkBytes - transport.headerBytes;
      const ends = endsOf(from, to, transport);
      const again = seen(`${ends.source} ${ends.destination}`, transport.seq, payload);
      const mark = again ? 'resent' : markOf(transport);
      return { ...base, ...ends, protocol: 'TCP', info: `${describeTcp(transport, payload)}${note}`, mark };
    }
    case 'udp': {
      const payload = packet.bytes.subarray(decoded.networkBytes + transport.headerBytes);
      const dns = describeDns(payload, [transport.sourcePort, transport.destinationPort]);
      const length = `len ${Math.max(0, packet.originalBytes - decoded.networkBytes - transport.headerBytes)}`;
      const what = dns === undefined ? { protocol: 'UDP', info: length } : { protocol: 'DNS', info: dns };
      return { ...base, ...endsOf(from, to, transport), ...what, info: `${what.info}${note}` };
    }
    default:
      return { ...base, source: from, destination: to, protocol: `IP ${protocol}`, info: transport.kind };
  }
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

function describeTcp({ flags, seq, ack, window }: TcpHeader, payload: number): string {
  const names = flagNames.filter(([, bit]) => (flags & bit) !== 0).map(([name]) => name);
  const acknowledged = (flags & tcpFlag.ack) === 0 ? '' : ` ack ${ack}`;
  return `${names.join(' ')} seq ${seq}${acknowledged} win ${window} len ${Math.max(0, payload)}`;
}

function markOf({ flags }: TcpHeader): PacketView['mark'] {
  if ((flags & tcpFlag.rst) !== 0) return 'reset';
  if ((flags & tcpFlag.syn) !== 0) return 'syn';
  return (flags & tcpFlag.fin) === 0 ? null : 'fin';
}

/** true: this direction of the flow has shown that data before, or comes back to what it had skipped. */
type SeenData = (direction: string, seq: number, payload: number) => boolean;

function createSeenData(): SeenData {
  const spaces = new Map<string, SequenceSpace>();
  return (direction, seq, payload) => {
    if (payload <= 0) return false;
    const space = spaces.get(direction) ?? createSequenceSpace();
    spaces.set(direction, space);
    const { againBytes, filledBytes } = space.observe(seq, payload, 0n);
    return againBytes + filledBytes > 0;
  };
}
