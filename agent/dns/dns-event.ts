import type { StructLayout } from '../bpf/btf.ts';
import { BpfError } from '../bpf/errors.ts';
import { createStructDecoder, type StructDecoder } from '../bpf/struct-decoder.ts';

/** Members of `struct dns_event` in bpf/dns.h that the agent reads, with their places. */
export const dnsEventLayout = {
  size: 80,
  members: {
    ktime_ns: 0,
    socket_cookie: 8,
    netns_cookie: 16,
    cgroup_id: 24,
    netns_inode: 32,
    tcp_seq: 36,
    payload: 40,
    captured: 44,
    server_port: 46,
    local_port: 48,
    kind: 50,
    protocol: 51,
    ip_version: 52,
    error: 53,
    reserved: 54,
    server: 64,
  },
} as const;

/** `enum dns_kind`. */
const kinds = ['query', 'response', 'error', 'closed'] as const;
export type DnsEventKind = (typeof kinds)[number];

const ipprotoTcp = 6;

/** What happened on a client's socket. */
export interface DnsEvent {
  readonly kind: DnsEventKind;
  /** CLOCK_MONOTONIC, µs: a double holds a century of them. */
  readonly atUs: number;
  readonly socketCookie: bigint;
  /** Zeros for `closed`, of which only the socket is known, as for `server`. */
  readonly owner: { readonly netnsCookie: bigint; readonly netnsInode: number; readonly cgroupId: bigint };
  readonly tcp: boolean;
  readonly tcpSeq: number;
  /** Bytes of the message, or of the TCP segment, of which `head` may hold less. */
  readonly payload: number;
  readonly serverPort: number;
  readonly localPort: number;
  readonly ipVersion: number;
  /** The first four bytes of `server` as a number: of IPv4, all. */
  readonly serverHead: number;
  /** 16 bytes: IPv4 in the first four. A view: valid as long as the event is. */
  readonly server: Uint8Array;
  /** errno of `error`. */
  readonly error: number;
  /** A view: valid as long as the event is. */
  readonly head: Buffer;
}

/** undefined: not an event of this layout. Offsets are constants, because thousands a second are read. */
export function decodeDnsEvent(bytes: Uint8Array): DnsEvent | undefined {
  const { size, members } = dnsEventLayout;
  if (bytes.byteLength < size) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const captured = view.getUint16(members.captured, true);
  const kind = kinds[view.getUint8(members.kind)];
  if (kind === undefined || captured > bytes.byteLength - size) return undefined;
  return {
    kind,
    atUs:
      (view.getUint32(members.ktime_ns + 4, true) * 2 ** 32 + view.getUint32(members.ktime_ns, true)) / 1_000,
    socketCookie: view.getBigUint64(members.socket_cookie, true),
    owner: {
      netnsCookie: view.getBigUint64(members.netns_cookie, true),
      netnsInode: view.getUint32(members.netns_inode, true),
      cgroupId: view.getBigUint64(members.cgroup_id, true),
    },
    tcp: view.getUint8(members.protocol) === ipprotoTcp,
    tcpSeq: view.getUint32(members.tcp_seq, true),
    payload: view.getUint32(members.payload, true),
    serverPort: view.getUint16(members.server_port, true),
    localPort: view.getUint16(members.local_port, true),
    ipVersion: view.getUint8(members.ip_version),
    serverHead: view.getUint32(members.server),
    // Made only for a resolver that is not known yet.
    get server() {
      return bytes.subarray(members.server, members.server + 16);
    },
    error: view.getUint8(members.error),
    head: Buffer.from(bytes.buffer, bytes.byteOffset + size, captured),
  };
}

/** Throws a `BpfError` where the object lays its events out in another way: it is of another version. */
export function requireDnsEventLayout(structLayout: (name: string) => StructLayout): void {
  const { size, members } = structLayout('dns_event');
  const expected = Object.entries(dnsEventLayout.members);
  const same = members.size === expected.length && expected.every(([name, at]) => members.get(name) === at);
  if (!same || size !== dnsEventLayout.size)
    throw new BpfError('btf', `dns_event is laid out as ${JSON.stringify([...members])}: another version`);
}

/** What is lost, refused or cannot be done in the kernel. */
const healthFields = {
  queries: 'u64',
  responses: 'u64',
  errors: 'u64',
  closes: 'u64',
  over_limit: 'u64',
  lost: 'u64',
  unreadable: 'u64',
} as const;

/** Throws a `BpfError` where the object counts otherwise. */
export function createDnsHealthDecoder(
  structLayout: (name: string) => StructLayout,
): StructDecoder<typeof healthFields> {
  return createStructDecoder('dns_health', structLayout('dns_health'), healthFields);
}
