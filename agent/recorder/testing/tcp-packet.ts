import ipaddr from 'ipaddr.js';
import type { RecordedPacket } from '../recorded-packet.ts';
import { headBytes, headOffset, packetSlotBytes } from '../slot.ts';

/** What a test says of a packet; the rest is filled in. */
export interface TcpPacketPlan {
  readonly atMs: number;
  readonly direction: 'in' | 'out';
  /** Ours and the peer's, both of one family. */
  readonly local?: string;
  readonly remote?: string;
  readonly localPort?: number;
  readonly remotePort?: number;
  readonly seq?: number;
  readonly ack?: number;
  readonly flags?: number;
  readonly window?: number;
  readonly payloadBytes?: number;
  readonly gsoSize?: number;
  /** Raw TCP options, a multiple of 4 bytes. */
  readonly options?: readonly number[];
  readonly resent?: boolean;
  readonly netnsCookie?: bigint;
  readonly socketCookie?: bigint;
  readonly cpu?: number;
}

/** A packet as the programs would have recorded it: headers only. */
export function recordedPacket(plan: TcpPacketPlan): RecordedPacket {
  const bytes = headers(plan);
  return {
    ktimeNs: BigInt(Math.round(plan.atMs * 1e6)),
    netnsCookie: plan.netnsCookie ?? 7n,
    socketCookie: plan.socketCookie ?? 70n,
    cpu: plan.cpu ?? 0,
    direction: plan.direction,
    length: bytes.length + (plan.payloadBytes ?? 0),
    gsoSize: plan.gsoSize ?? 0,
    protocol: 6,
    localPort: plan.localPort ?? 40_000,
    remotePort: plan.remotePort ?? 8080,
    resent: plan.resent ?? false,
    bytes,
  };
}

/** The slot that the programs would have written; `seq` as for position 0. */
export function packetSlot(plan: TcpPacketPlan & { readonly socketState?: number }): Uint8Array {
  const packet = recordedPacket(plan);
  const slot = new Uint8Array(packetSlotBytes);
  const view = new DataView(slot.buffer);
  view.setBigUint64(headOffset.seq, 1n, true);
  view.setBigUint64(headOffset.ktime_ns, packet.ktimeNs, true);
  view.setBigUint64(headOffset.netns_cookie, packet.netnsCookie, true);
  view.setBigUint64(headOffset.socket_cookie, packet.socketCookie, true);
  view.setUint32(headOffset.length, packet.length, true);
  view.setUint16(headOffset.captured, packet.bytes.length, true);
  view.setUint16(headOffset.gso_size, packet.gsoSize, true);
  view.setUint16(headOffset.local_port, packet.localPort, true);
  view.setUint16(headOffset.remote_port, packet.remotePort, true);
  view.setUint8(headOffset.direction, packet.direction === 'out' ? 1 : 0);
  view.setUint8(headOffset.protocol, 6);
  view.setUint8(headOffset.socket_state, plan.socketState ?? 1);
  view.setUint8(headOffset.story, packet.resent ? 8 : 0);
  view.setUint8(headOffset.ip_version, (packet.bytes[0] ?? 0) >> 4);
  view.setUint16(headOffset.cpu, packet.cpu, true);
  slot.set(packet.bytes, headBytes);
  return slot;
}

function headers(plan: TcpPacketPlan): Uint8Array {
  const local = ipaddr.parse(plan.local ?? '192.0.2.1').toByteArray();
  const remote = ipaddr.parse(plan.remote ?? '192.0.2.2').toByteArray();
  const out = plan.direction === 'out';
  const addresses = out ? [...local, ...remote] : [...remote, ...local];
  const tcp = tcpHeader(plan, out);
  return Uint8Array.from([...ipHeader(addresses, tcp.length + (plan.payloadBytes ?? 0)), ...tcp]);
}

function ipHeader(addresses: readonly number[], payloadBytes: number): number[] {
  if (addresses.length === 32) return [0x60, 0, 0, 0, ...be16(payloadBytes), 6, 64, ...addresses];
  return [0x45, 0, ...be16(payloadBytes + 20), 0, 0, 0x40, 0, 64, 6, 0, 0, ...addresses];
}

function tcpHeader(plan: TcpPacketPlan, out: boolean): number[] {
  const localPort = be16(plan.localPort ?? 40_000);
  const remotePort = be16(plan.remotePort ?? 8080);
  const options = plan.options ?? [];
  return [
    ...(out ? [...localPort, ...remotePort] : [...remotePort, ...localPort]),
    ...be32(plan.seq ?? 0),
    ...be32(plan.ack ?? 0),
    (5 + options.length / 4) << 4,
    plan.flags ?? 0x10,
    ...be16(plan.window ?? 500),
    0,
    0,
    0,
    0,
    ...options,
  ];
}

function be16(value: number): number[] {
  return [(value >> 8) & 0xff, value & 0xff];
}

export function be32(value: number): number[] {
  return [...be16(value >>> 16), ...be16(value)];
}
