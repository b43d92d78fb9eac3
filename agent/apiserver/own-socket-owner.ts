import { closeSync, statSync } from 'node:fs';
import { BpfError } from '../bpf/errors.ts';
import { libc } from '../bpf/native.ts';
import type { SocketOwner } from '../names/port.ts';

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOL_SOCKET = 1;
/** Linux 5.14; include/uapi/asm-generic/socket.h. */
const SO_NETNS_COOKIE = 71;

/** Who owns the sockets of this process: its network namespace, by which captures find its packets. */
export function ownSocketOwner(): SocketOwner {
  const netnsInode = statSync('/proc/self/ns/net', { throwIfNoEntry: false })?.ino ?? 0;
  return { netnsCookie: readNetnsCookie(), netnsInode, cgroupId: 0n };
}

/** 0: the kernel or the system cannot tell; then packets are found by address alone. */
function readNetnsCookie(): bigint {
  try {
    return netnsCookieOf(libc());
  } catch (error) {
    if (error instanceof BpfError) return 0n; // No libc of the kind that is known: not Linux, or musl.
    throw error;
  }
}

function netnsCookieOf({ socket, getsockopt }: ReturnType<typeof libc>): bigint {
  const fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0) return 0n;
  try {
    const cookie = new BigUint64Array(1);
    const length = new Uint32Array([cookie.byteLength]);
    const result = getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, bytesOf(cookie), bytesOf(length));
    return result === 0 ? (cookie[0] ?? 0n) : 0n;
  } finally {
    closeSync(fd);
  }
}

function bytesOf({ buffer }: BigUint64Array | Uint32Array): Uint8Array {
  return new Uint8Array(buffer);
}
