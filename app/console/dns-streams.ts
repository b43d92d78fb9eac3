import { LRUCache } from 'lru-cache';
import { TcpMessages } from '../../agent/dns/tcp-messages.ts';
import { tcpFlag, type TcpHeader } from '../../agent/recorder/packet.ts';
import { describeDns } from './describe-dns.ts';

/** Directions of connections that are followed at once. */
const maxDirections = 1_024;
/** Messages of one segment that are shown. */
const maxShown = 3;
const dnsPort = 53;
const prefixBytes = 2;
const dnsHeaderBytes = 12;

export interface DnsSegment {
  /** Both ends, the sender first. */
  readonly direction: string;
  readonly tcp: TcpHeader;
  /** Bytes on the wire, of which `kept` may hold less. */
  readonly payloadBytes: number;
  readonly kept: Uint8Array;
  /** Some of it was there before. */
  readonly again: boolean;
}

/** What a segment brings of DNS; undefined: it cannot be told, and the segment is shown as any other. */
export type DnsStreams = (segment: DnsSegment) => string | undefined;

/**
 * DNS over TCP for the packet list: two bytes of length before each message (RFC 1035 section 4.2.2), which may share
 * segments or be spread over them. Shown where the last byte that was kept of a message is. A direction is followed
 * from its SYN, or from a segment that begins with a readable message; after a gap that hides a length, likewise.
 */
export function createDnsStreams(): DnsStreams {
  const messages = new TcpMessages({ maxStreams: maxDirections });
  /** What `messages` knows each direction by. */
  const followed = new LRUCache<string, bigint>({ max: maxDirections });
  let directions = 0n;
  const follow = (direction: string): bigint => {
    const cookie = directions++;
    followed.set(direction, cookie);
    return cookie;
  };
  return (segment) => {
    const { direction, tcp, payloadBytes } = segment;
    const ports = [tcp.sourcePort, tcp.destinationPort];
    if (!ports.includes(dnsPort)) return undefined;
    if ((tcp.flags & tcpFlag.syn) !== 0) follow(direction);
    if (payloadBytes <= 0 || (tcp.flags & tcpFlag.syn) !== 0) return undefined;
    const socketCookie =
      followed.get(direction) ?? (beginsWithMessage(segment, ports) ? follow(direction) : undefined);
    if (socketCookie === undefined) return undefined;
    const told: string[] = [];
    const gaps = gapsOf(messages);
    const head = Buffer.from(segment.kept).subarray(0, payloadBytes);
    messages.take({ kind: 'query', socketCookie, tcpSeq: tcp.seq, payload: payloadBytes, head }, (message) =>
      told.push(describeDns(message.head, ports) ?? `message of ${message.payload} bytes`),
    );
    const isLost = gapsOf(messages) > gaps;
    if (isLost) followed.delete(direction);
    if (told.length > 0) return listed(told);
    return isLost || segment.again ? undefined : `part of a message, len ${payloadBytes}`;
  };
}

function listed(told: readonly string[]): string {
  const more = told.length > maxShown ? [`and ${told.length - maxShown} more`] : [];
  return [...told.slice(0, maxShown), ...more].join('; ');
}

function gapsOf(messages: TcpMessages): number {
  return messages.counters()['tcp_gaps'] ?? 0;
}

/** A capture may begin in the midst of a connection, and of a message. */
function beginsWithMessage({ kept }: DnsSegment, ports: readonly number[]): boolean {
  if (kept.length < prefixBytes + dnsHeaderBytes) return false;
  const length = Buffer.from(kept).readUInt16BE(0);
  const message = kept.subarray(prefixBytes, prefixBytes + length);
  return message.length >= dnsHeaderBytes && describeDns(message, ports) !== undefined;
}
