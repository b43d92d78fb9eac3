import ipaddr from 'ipaddr.js';
import type { CaptureSelector } from '../../stream/events/capture.ts';
import { hasOwnSocket, headBytes, headOffset } from './slot.ts';

/**
 * Finds the packets of one selector in slots. With DNAT, egress shows the endpoint and ingress the service address, so
 * only one direction matches by address: the socket of a packet that matched is learned and finds the other.
 */
export interface FlowMatcher {
  /** undefined: any network namespace (the caller did not know it). */
  readonly netnsCookie: bigint | undefined;
  /** Whether a slot belongs to the selector; learns its socket. Another pod's way to the same peer does not. */
  matches(slot: Uint8Array): boolean;
  /** Sockets learned so far of which one direction alone matched by address: earlier slots may hold the other. */
  oneSidedSockets(): number;
}

/** Sockets remembered by selector; beyond, translated packets of further ones are missed. */
const maxSockets = 4096;
const direction = { in: 1, out: 2 } as const;

export function createFlowMatcher(selector: CaptureSelector): FlowMatcher {
  const peers = new Set(peerAddresses(selector).map(addressKey));
  const sidesBySocket = new Map<bigint, number>();
  const matchesPort = portMatcher(selector);
  const netnsCookie = netnsCookieOf(selector);

  function learn(cookie: bigint, side: number): void {
    const known = sidesBySocket.get(cookie);
    if (known === undefined && sidesBySocket.size >= maxSockets) return;
    if (known !== undefined && (known & side) !== 0) return;
    sidesBySocket.set(cookie, (known ?? 0) | side);
  }

  return {
    netnsCookie,
    matches(slot) {
      const view = new DataView(slot.buffer, slot.byteOffset, slot.byteLength);
      // Rings are searched by it, but what is followed live is handed to every capture.
      if (netnsCookie !== undefined && view.getBigUint64(headOffset.netns_cookie, true) !== netnsCookie)
        return false;
      const out = slot[headOffset.direction] === 1;
      const own = hasOwnSocket(slot);
      const cookie = view.getBigUint64(headOffset.socket_cookie, true);
      if (matchesPort(view) && peers.has(remoteKey(slot, out))) {
        if (own) learn(cookie, out ? direction.out : direction.in);
        return true;
      }
      return own && sidesBySocket.has(cookie);
    },
    oneSidedSockets: () =>
      sidesBySocket
        .values()
        .filter((sides) => sides !== (direction.in | direction.out))
        .reduce((n) => n + 1, 0),
  };
}

export function netnsCookieOf(selector: CaptureSelector): bigint | undefined {
  const cookie = selector.subject.netns_cookie;
  return cookie !== undefined && /^\d{1,20}$/.test(cookie) ? BigInt(cookie) : undefined;
}

/** 16 bytes, IPv4 as ::ffff:a.b.c.d. Addresses that do not parse are left out. */
export function peerAddresses(selector: CaptureSelector): Uint8Array[] {
  const texts = selector.peer_ips.length > 0 ? selector.peer_ips : [selector.peer.ip];
  return texts.filter((text) => ipaddr.isValid(text)).map(mappedBytes);
}

function mappedBytes(text: string): Uint8Array {
  const address = ipaddr.parse(text);
  const wide = address instanceof ipaddr.IPv4 ? address.toIPv4MappedAddress() : address;
  return Uint8Array.from(wide.toByteArray());
}

function addressKey(mapped: Uint8Array): string {
  return Buffer.from(mapped.buffer, mapped.byteOffset, mapped.byteLength).toString('latin1');
}

const mappedPrefix = addressKey(Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]));

/** The remote address of the packet in the slot, in the form of `addressKey`. */
function remoteKey(slot: Uint8Array, out: boolean): string {
  const isV4 = slot[headOffset.ip_version] === 4;
  const bytes = isV4 ? 4 : 16;
  const start = headBytes + (isV4 ? 12 : 8) + (out ? bytes : 0);
  const text = Buffer.from(slot.buffer, slot.byteOffset + start, bytes).toString('latin1');
  return isV4 ? mappedPrefix + text : text;
}

/** Service port 0: every port. */
function portMatcher({ role, service_port: port }: CaptureSelector): (slot: DataView) => boolean {
  if (port === 0) return () => true;
  const offset = role === 'client' ? headOffset.remote_port : headOffset.local_port;
  return (slot) => slot.getUint16(offset, true) === port;
}
