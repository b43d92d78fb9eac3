import type { StructLayout } from '../bpf/btf.ts';
import { createStructDecoders, type DecodedStruct } from '../bpf/struct-decoder.ts';
import { maxSketchBucket } from '../../signals/sketch.ts';

/** Of each sketch, in the kernel as here. */
export const sketchBuckets = maxSketchBucket + 1;
const sketchBytes = 4 * sketchBuckets;

/** Members of bpf/api.h that the agent reads. */
const keyFields = {
  netns_cookie: 'id64',
  cgroup_id: 'id64',
  peer: 16,
  service_port: 'u16',
  ip_version: 'u8',
} as const;

const counterFields = {
  incarnation: 'id64',
  connections: 'u64',
  hellos: 'u64',
  requests: 'u64',
  unanswered: 'u64',
  excluded_http2: 'u64',
  excluded_duplex: 'u64',
  excluded_streams: 'u64',
  excluded_long_waits: 'u64',
  excluded_paused: 'u64',
  excluded_unclear: 'u64',
  netns_inode: 'u32',
  handshake_us: sketchBytes,
  server_hello_us: sketchBytes,
  response_us: sketchBytes,
} as const;

const healthFields = {
  keys_created: 'u64',
  keys_refused: 'u64',
  sockets_created: 'u64',
  sockets_refused: 'u64',
  older_adopted: 'u64',
  unreadable: 'u64',
} as const;

export type ApiKey = DecodedStruct<typeof keyFields>;
export type ApiCounters = DecodedStruct<typeof counterFields>;
export type ApiHealth = DecodedStruct<typeof healthFields>;

export type ApiDecoders = ReturnType<typeof createApiDecoders>;

/** Offsets come from the object's BTF (`structLayout`); throws a `BpfError` where the two disagree. */
export function createApiDecoders(structLayout: (name: string) => StructLayout) {
  return createStructDecoders(structLayout, {
    key: ['api_key', keyFields],
    counters: ['api_counters', counterFields],
    health: ['api_health', healthFields],
  });
}
