import { createStructDecoders, type DecodedStruct } from '../bpf/struct-decoder.ts';
import type { StructLayout } from '../bpf/btf.ts';

/** Members of bpf/tcp.h that the agent reads. */
const keyFields = {
  netns_cookie: 'id64',
  cgroup_id: 'id64',
  peer: 16,
  service_port: 'u16',
  ip_version: 'u8',
  role: 'u8',
} as const;

const counterFields = {
  incarnation: 'id64',
  data_segments: 'u64',
  retransmits: 'u64',
  rto: 'u64',
  fast: 'u64',
  tail_loss_probes: 'u64',
  spurious_retransmits: 'u64',
  syn_retransmits: 'u64',
  synack_retransmits: 'u64',
  loss_episodes: 'u64',
  stalls_begun: 'u64',
  stalls_ended: 'u64',
  zero_windows_begun: 'u64',
  zero_windows_ended: 'u64',
  active_sockets: 'u64',
  bytes_sent: 'u64',
  bytes_received: 'u64',
  rtt_samples: 'u64',
  min_rtt_even: 'id64',
  min_rtt_odd: 'id64',
  established: 'u64',
  handshakes_timed: 'u64',
  handshake_us: 'u64',
  sockets_opened: 'u64',
  sockets_closed: 'u64',
  closed: 'u64',
  timed_out: 'u64',
  refused: 'u64',
  unanswered: 'u64',
  unreachable: 'u64',
  given_up: 'u64',
  resets_received: 'u64',
  resets_mid_exchange: 'u64',
  aborted_unread: 'u64',
  aborted: 'u64',
  netns_inode: 'u32',
} as const;

const eventFields = {
  ktime_ns: 'id64',
  socket_cookie: 'id64',
  key: 40,
  local: 16,
  local_port: 'u16',
  remote_port: 'u16',
  netns_inode: 'u32',
  cwnd: 'u32',
  srtt_us: 'u32',
  min_rtt_us: 'u32',
  retransmits: 'u32',
  uid: 'u32',
  state: 'u8',
  cause: 'u8',
  timeouts: 'u8',
} as const;

const healthFields = {
  events_sent: 'u64',
  events_lost: 'u64',
  events_limited: 'u64',
  keys_created: 'u64',
  keys_refused: 'u64',
  sockets_created: 'u64',
  sockets_refused: 'u64',
  flags_refused: 'u64',
  older_switched_on: 'u64',
  failures_without_port: 'u64',
  windows_closed: 'u64',
  older_refused: 'u64',
} as const;

export type TcpPeerKey = DecodedStruct<typeof keyFields>;
export type TcpCounters = DecodedStruct<typeof counterFields>;
export type TcpEvent = DecodedStruct<typeof eventFields>;
export type TcpHealth = DecodedStruct<typeof healthFields>;

export type TcpDecoders = ReturnType<typeof createTcpDecoders>;

/** Offsets come from the object's BTF (`structLayout`); throws a `BpfError` where the two disagree. */
export function createTcpDecoders(structLayout: (name: string) => StructLayout) {
  return createStructDecoders(structLayout, {
    key: ['tcp_peer_key', keyFields],
    counters: ['tcp_peer_counters', counterFields],
    event: ['tcp_event', eventFields],
    health: ['tcp_health', healthFields],
  });
}
