import type { ProbeRow } from '../probe.ts';
import { ipText } from './ip-text.ts';

/** What keys of the kernel's maps have in common. */
export interface SocketKey {
  readonly netns_cookie: bigint;
  readonly cgroup_id: bigint;
  /** IPv4 in the first four bytes. */
  readonly peer: Uint8Array;
  readonly service_port: number;
  readonly ip_version: number;
}

/** Of a row: whose sockets, and with whom. */
export function rowPlace(
  key: SocketKey,
  netnsInode: number,
): Pick<ProbeRow, 'owner' | 'servicePort' | 'peerIp'> {
  return {
    owner: { netnsCookie: key.netns_cookie, netnsInode, cgroupId: key.cgroup_id },
    servicePort: key.service_port,
    peerIp: ipText(key.peer, key.ip_version),
  };
}
