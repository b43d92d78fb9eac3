import type { StructLayout } from '../bpf/btf.ts';
import { createStructDecoders, type DecodedStruct } from '../bpf/struct-decoder.ts';

/** Members of bpf/udp.h that the agent reads. */
const keyFields = {
  netns_cookie: 'id64',
  cgroup_id: 'id64',
  peer: 16,
  service_port: 'u16',
  ip_version: 'u8',
} as const;

const counterFields = {
  incarnation: 'id64',
  contacts: 'u64',
  packets_sent: 'u64',
  packets_received: 'u64',
  bytes_sent: 'u64',
  bytes_received: 'u64',
  netns_inode: 'u32',
} as const;

const healthFields = {
  keys_created: 'u64',
  keys_refused: 'u64',
  sockets_refused: 'u64',
  strangers: 'u64',
  strangers_refused: 'u64',
} as const;

export type UdpPeerKey = DecodedStruct<typeof keyFields>;
export type UdpCounters = DecodedStruct<typeof counterFields>;
export type UdpHealth = DecodedStruct<typeof healthFields>;

export type UdpDecoders = ReturnType<typeof createUdpDecoders>;

/** Offsets come from the object's BTF (`structLayout`); throws a `BpfError` where the two disagree. */
export function createUdpDecoders(structLayout: (name: string) => StructLayout) {
  return createStructDecoders(structLayout, {
    key: ['udp_peer_key', keyFields],
    counters: ['udp_peer_counters', counterFields],
    health: ['udp_health', healthFields],
  });
}
