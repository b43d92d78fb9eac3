/* SPDX-License-Identifier: GPL-2.0-only */
/* What the TCP family remembers: knobs, maps, keys. */
#ifndef SACCADE_TCP_STATE_BPF_H
#define SACCADE_TCP_STATE_BPF_H

#include "listeners.bpf.h"

/* A socket without retransmits adds up at most this often. */
const volatile __u64 sc_fold_gap_ns = 100 * 1000 * 1000;
/* Events of one key come at most this often; user space looks again by itself afterwards. */
const volatile __u64 sc_event_gap_ns = 20 * 1000 * 1000;
/* Events that one CPU may send within sc_event_window_ns. */
const volatile __u64 sc_events_per_window = 500;
const volatile __u64 sc_event_window_ns = 100 * 1000 * 1000;
/* Keys that failed attempts may make within that time and CPU: somebody scans ports, and each would be a key. */
const volatile __u64 sc_failed_keys_per_window = 5;
/* Wall time minus CLOCK_MONOTONIC, so that "active in this window" means the agent's windows. */
const volatile __u64 sc_wall_offset_ns = 0;
/* A window that stays closed for so long, with nothing taken, is one whose program does not read. */
const volatile __u64 sc_zero_window_ns = 5ull * 1000 * 1000 * 1000;
/* 1: as if the kernel could not switch callbacks on for sockets older than the agent (before about 6.12). */
const volatile __u8 sc_leave_older_off = 0;

#define WINDOW_NS 1000000000ULL
#define SOL_TCP 6
#define CALLBACKS (BPF_SOCK_OPS_RETRANS_CB_FLAG | BPF_SOCK_OPS_STATE_CB_FLAG | BPF_SOCK_OPS_RTT_CB_FLAG)
/* include/net/inet_connection_sock.h */
#define ICSK_TIME_LOSS_PROBE 5
/* include/net/sock.h: both directions, as close() leaves it. */
#define SHUTDOWN_MASK 3
/* Unanswered time-outs in a row that make a socket a stalled one. */
#define STALL_TIMEOUTS 2

/* What was told last of one socket. */
struct socket_state {
	struct tcp_peer_key key;
	__u64 folded_ns;
	__u64 window;
	__u64 stall_incarnation; /* of the counters that know of this stall; 0: not stalled */
	__u64 zero_window_incarnation; /* of the counters that know of this closed window; 0: it is open, or not for long */
	__u64 zero_window_ns; /* since when it was seen closed; 0: it was open */
	__u64 zero_window_acked; /* bytes that the peer had taken then */
	__u64 open_incarnation; /* of the counters that know of this connection; 0: not established */
	__u64 connect_ns; /* when its SYN was sent; 0: not known */
	__u64 bytes_sent;
	__u64 bytes_received;
	__u32 min_rtt_us; /* of the samples since it was told last; 0: none */
	__u32 rtt_samples;
	__u32 data_segments;
	__u32 retransmits;
	__u32 duplicates;
	__u8 in_episode; /* Recovery or Loss */
	__u8 timed_out; /* this Loss state began with a time-out */
	__u8 unwatched; /* older than the agent, and without callbacks */
};

enum tcp_budget { BUDGET_EVENTS, BUDGET_FAILED_KEYS, BUDGETS };

struct window_budget {
	__u64 window_start_ns;
	__u64 spent;
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct socket_state);
} sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct tcp_peer_key);
	__type(value, struct tcp_peer_counters);
} peers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} events SEC(".maps");

/* Never used: a struct that no map names would be missing from the BTF that the agent compares with. */
const struct tcp_event *layout_of_tcp_event;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BUDGETS);
	__type(key, __u32);
	__type(value, struct window_budget);
} budgets SEC(".maps");

DEFINE_HEALTH(struct tcp_health);
#define count(field) COUNT(struct tcp_health, field)

static __always_inline struct inet_connection_sock *connection_of(struct tcp_sock *tp)
{
	return &tp->inet_conn;
}

static __always_inline struct sock *sock_of(struct tcp_sock *tp)
{
	return &tp->inet_conn.icsk_inet.sk;
}

/* The owner by `sk` (a listener, for a handshake it answers), the peer by `skc`. */
static __always_inline void fill_key(struct tcp_peer_key *key, const struct sock *sk, const struct sock_common *skc,
				     __u8 role)
{
	key->netns_cookie = sk->__sk_common.skc_net.net->net_cookie;
	key->cgroup_id = cgroup_id_of(sk);
	key->ip_version = copy_address(key->peer, skc->skc_family, skc->skc_daddr, &skc->skc_v6_daddr);
	key->service_port = role == TCP_ROLE_SERVER ? skc->skc_num : bpf_ntohs(skc->skc_dport);
	key->role = role;
	key->reserved = 0;
}

/* Bytes of data sent for the first time. */
static __always_inline __u64 bytes_sent_by(struct tcp_sock *tp)
{
	return tp->bytes_sent - tp->bytes_retrans;
}

static __always_inline __u32 netns_inode_of(const struct sock *sk)
{
	return sk->__sk_common.skc_net.net->ns.inum;
}

static __always_inline struct tcp_peer_counters *counters_of(struct tcp_peer_key *key, __u32 netns_inode)
{
	struct tcp_peer_counters *counters = bpf_map_lookup_elem(&peers, key);

	if (counters)
		return counters;

	struct tcp_peer_counters fresh = { .incarnation = bpf_ktime_get_ns(), .netns_inode = netns_inode };

	if (bpf_map_update_elem(&peers, key, &fresh, BPF_NOEXIST) == 0)
		count(keys_created);
	counters = bpf_map_lookup_elem(&peers, key);
	if (!counters)
		count(keys_refused);
	return counters;
}

#endif
