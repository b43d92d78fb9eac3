import type { BpfObject } from '../bpf/port.ts';
import type { RecordedPacket } from './recorded-packet.ts';

/** `struct packet_head` of bpf/recorder.h; compared with the object's BTF at start. */
export const headOffset = {
  seq: 0,
  ktime_ns: 8,
  netns_cookie: 16,
  socket_cookie: 24,
  length: 32,
  captured: 36,
  gso_size: 38,
  gso_segs: 40,
  local_port: 42,
  remote_port: 44,
  direction: 46,
  protocol: 47,
  transport_offset: 48,
  socket_state: 49,
  story: 50,
  ip_version: 51,
  cpu: 52,
  reserved: 54,
} as const;
export const headBytes = 56;
export const packetSlotBytes = 176;
export const storySlotBytes = 384;
export const ringHeadBytes = 64;

const storyResent = 8;
const tcpState = { close: 7, listen: 10, newSynReceived: 12 } as const;
const tcpProtocol = 6;

/** Throws when the object was built from another recorder.h than this decoder. */
export function checkRecorderLayout(object: Pick<BpfObject, 'structLayout'>): void {
  const expectedBytes = {
    packet_head: headBytes,
    packet_slot: packetSlotBytes,
    story_slot: storySlotBytes,
    ring_head: ringHeadBytes,
    follow_filter: 32,
    follow_terms: 16,
  };
  for (const [name, bytes] of Object.entries(expectedBytes)) {
    const { size } = object.structLayout(name);
    if (size !== bytes)
      throw new Error(`layout of struct ${name}: the object has ${size} bytes, expected ${bytes}`);
  }
  const { members } = object.structLayout('packet_head');
  for (const [name, offset] of Object.entries(headOffset))
    if (members.get(name) !== offset)
      throw new Error(
        `layout of packet_head.${name}: the object has offset ${members.get(name)}, expected ${offset}`,
      );
}

/** Decodes a slot or a followed packet; undefined when it is too short to be one. Its bytes are a view of the slot. */
export function decodeSlot(slot: Uint8Array): RecordedPacket | undefined {
  if (slot.length < headBytes) return undefined;
  const view = new DataView(slot.buffer, slot.byteOffset, slot.byteLength);
  const captured = Math.min(view.getUint16(headOffset.captured, true), slot.length - headBytes);
  return {
    ktimeNs: view.getBigUint64(headOffset.ktime_ns, true),
    netnsCookie: view.getBigUint64(headOffset.netns_cookie, true),
    socketCookie: view.getBigUint64(headOffset.socket_cookie, true),
    cpu: view.getUint16(headOffset.cpu, true),
    direction: view.getUint8(headOffset.direction) === 1 ? 'out' : 'in',
    length: view.getUint32(headOffset.length, true),
    gsoSize: view.getUint16(headOffset.gso_size, true),
    protocol: view.getUint8(headOffset.protocol),
    localPort: view.getUint16(headOffset.local_port, true),
    remotePort: view.getUint16(headOffset.remote_port, true),
    resent: (view.getUint8(headOffset.story) & storyResent) !== 0,
    bytes: slot.subarray(headBytes, headBytes + captured),
  };
}

/**
 * Whether the packet's socket carries one connection. Listeners and the kernel's own sockets (which send resets and
 * TIME_WAIT answers) carry packets of many under one cookie.
 */
export function hasOwnSocket(slot: Uint8Array): boolean {
  const state = slot[headOffset.socket_state] ?? 0;
  return (
    slot[headOffset.protocol] === tcpProtocol &&
    state !== tcpState.listen &&
    state !== tcpState.close &&
    state !== tcpState.newSynReceived
  );
}
