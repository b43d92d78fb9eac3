/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who sends TCP segments again, to whom, and why.
 *
 * One sockops program on the cgroup2 root sees every socket of every network namespace. Each socket carries the
 * values of its tcp_sock that were told last; the differences are added to cumulative counters by peer. So a count
 * equals the kernel's own (TcpRetransSegs), whatever number of segments one event stands for.
 *
 * Every program returns 1 (go on) and never writes a reply: other programs of the cgroup may have an opinion.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_tracing.h>
#include "tcp.h"
#include "percpu_health.h"
#include "socket_identity.h"

char LICENSE[] SEC("license") = "GPL";

/* A socket without retransmits adds up at most this often. */
const volatile __u64 sc_fold_gap_ns = 100 * 1000 * 1000;
/* Events of one key come at most this often; user space looks again by itself afterwards. */
const volatile __u64 sc_event_gap_ns = 20 * 1000 * 1000;
/* Events that one CPU may send within sc_event_window_ns. */
const volatile __u64 sc_events_per_window = 500;
const volatile __u64 sc_event_window_ns = 100 * 1000 * 1000;
/* Wall time minus CLOCK_MONOTONIC, so that "active in this window" means the agent's windows. */
const volatile __u64 sc_wall_offset_ns = 0;
/* 1: as if the kernel could not switch callbacks on for sockets older than the agent (before about 6.12). */
const volatile __u8 sc_leave_older_off = 0;

#define WINDOW_NS 1000000000ULL
#define SOL_TCP 6
#define CALLBACKS (BPF_SOCK_OPS_RETRANS_CB_FLAG | BPF_SOCK_OPS_STATE_CB_FLAG | BPF_SOCK_OPS_RTT_CB_FLAG)
/* include/net/inet_connection_sock.h */
#define ICSK_TIME_LOSS_PROBE 5
/* Unanswered time-outs in a row that make a socket a stalled one. */
#define STALL_TIMEOUTS 2

/* What was told last of one socket. */
struct socket_state {
	struct tcp_peer_key key;
	__u64 folded_ns;
	__u64 window;
	__u64 stall_incarnation; /* of the counters that know of this stall; 0: not stalled */
	__u32 data_segments;
	__u32 retransmits;
	__u8 in_episode; /* Recovery or Loss */
	__u8 timed_out; /* this Loss state began with a time-out */
	__u8 unwatched; /* older than the agent, and without callbacks */
};

struct listener_key {
	__u64 netns_cookie;
	__u64 port;
};

struct event_budget {
	__u64 window_start_ns;
	__u64 sent;
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

/* Ports listened on when the agent started: they tell the role of older sockets. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct listener_key);
	__type(value, __u8);
} listeners SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} events SEC(".maps");

/* Never used: a struct that no map names would be missing from the BTF that the agent compares with. */
const struct tcp_event *layout_of_tcp_event;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct event_budget);
} event_budgets SEC(".maps");

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

/* Per CPU, so that a flood of keys in trouble cannot busy the agent. Two racing readers may both pass: harmless. */
static __always_inline bool within_event_budget(__u64 now_ns)
{
	__u32 zero = 0;
	struct event_budget *budget = bpf_map_lookup_elem(&event_budgets, &zero);

	if (!budget)
		return false;
	if (now_ns - budget->window_start_ns >= sc_event_window_ns) {
		budget->window_start_ns = now_ns;
		budget->sent = 0;
	}
	return budget->sent++ < sc_events_per_window;
}

/* Reserves an event if this key has not spoken just now; the caller fills and submits it. */
static __always_inline struct tcp_event *reserve_event(struct tcp_peer_counters *counters, __u64 now_ns)
{
	__u64 last_ns = counters->noticed_ns;
	struct tcp_event *event;

	if (now_ns - last_ns < sc_event_gap_ns)
		return NULL;
	if (__sync_val_compare_and_swap(&counters->noticed_ns, last_ns, now_ns) != last_ns)
		return NULL;
	if (!within_event_budget(now_ns)) {
		count(events_limited);
		return NULL;
	}
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		count(events_lost);
		return NULL;
	}
	count(events_sent);
	event->ktime_ns = now_ns;
	return event;
}

static __always_inline void fill_addresses(struct tcp_event *event, const struct tcp_peer_key *key,
					   const struct sock *sk, const struct sock_common *skc)
{
	event->key = *key;
	copy_address(event->local, skc->skc_family, skc->skc_rcv_saddr, &skc->skc_v6_rcv_saddr);
	event->local_port = skc->skc_num;
	event->remote_port = bpf_ntohs(skc->skc_dport);
	event->netns_inode = netns_inode_of(sk);
	event->uid = sk->sk_uid.val;
	event->reserved = 0;
}

static __always_inline void notice(struct tcp_sock *tp, struct socket_state *state, struct tcp_peer_counters *counters,
				   __u8 cause, __u64 now_ns)
{
	struct sock *sk = sock_of(tp);
	struct tcp_event *event = reserve_event(counters, now_ns);

	if (!event)
		return;
	fill_addresses(event, &state->key, sk, &sk->__sk_common);
	event->socket_cookie = sk->__sk_common.skc_cookie.counter;
	event->cwnd = tp->snd_cwnd;
	event->srtt_us = tp->srtt_us >> 3; /* kept times eight */
	event->min_rtt_us = tp->rtt_min.s[0].v;
	event->retransmits = tp->total_retrans;
	event->state = sk->__sk_common.skc_state;
	event->cause = cause;
	event->timeouts = connection_of(tp)->icsk_retransmits;
	bpf_ringbuf_submit(event, 0);
}

/* Adds what this socket did since it was told last; returns the segments sent again. */
static __always_inline __u32 fold(struct tcp_sock *tp, struct socket_state *state, struct tcp_peer_counters *counters,
				  __u64 now_ns)
{
	__u32 data_segments = tp->data_segs_out - state->data_segments;
	__u32 retransmits = tp->total_retrans - state->retransmits;
	__u64 window = (now_ns + sc_wall_offset_ns) / WINDOW_NS;

	state->data_segments = tp->data_segs_out;
	state->retransmits = tp->total_retrans;
	state->folded_ns = now_ns;
	if (data_segments) {
		__sync_fetch_and_add(&counters->data_segments, data_segments);
		if (state->window != window) {
			state->window = window;
			__sync_fetch_and_add(&counters->active_sockets, 1);
		}
	}
	if (retransmits)
		__sync_fetch_and_add(&counters->retransmits, retransmits);
	return retransmits;
}

static __always_inline void begin_stall(struct socket_state *state, struct tcp_peer_counters *counters)
{
	/* The entry that knew of this stall may have been evicted: tell the new one. */
	if (state->stall_incarnation == counters->incarnation)
		return;
	state->stall_incarnation = counters->incarnation;
	__sync_fetch_and_add(&counters->stalls_begun, 1);
}

static __always_inline void end_stall(struct socket_state *state, struct tcp_peer_counters *counters)
{
	if (state->stall_incarnation == counters->incarnation)
		__sync_fetch_and_add(&counters->stalls_ended, 1);
	state->stall_incarnation = 0;
}

/* The kernel's congestion state and timer at this retransmit tell why it happens. */
static __always_inline __u8 cause_of(struct inet_connection_sock *icsk, struct socket_state *state)
{
	__u8 ca_state = BPF_CORE_READ_BITFIELD(icsk, icsk_ca_state);

	if (ca_state == TCP_CA_Recovery)
		return TCP_CAUSE_FAST;
	if (ca_state == TCP_CA_Loss) {
		/* Path MTU discovery enters Loss, too, but without a time-out. */
		if (icsk->icsk_retransmits)
			state->timed_out = 1;
		return state->timed_out ? TCP_CAUSE_TIMEOUT : TCP_CAUSE_OTHER;
	}
	return icsk->icsk_pending == ICSK_TIME_LOSS_PROBE ? TCP_CAUSE_TAIL_LOSS_PROBE : TCP_CAUSE_OTHER;
}

static __always_inline void add_by_cause(struct tcp_peer_counters *counters, __u8 cause, __u32 segments)
{
	if (cause == TCP_CAUSE_TIMEOUT)
		__sync_fetch_and_add(&counters->rto, segments);
	else if (cause == TCP_CAUSE_FAST)
		__sync_fetch_and_add(&counters->fast, segments);
	else if (cause == TCP_CAUSE_TAIL_LOSS_PROBE)
		__sync_fetch_and_add(&counters->tail_loss_probes, segments);
}

/* Takes note of where the socket is in its loss episode and whether its peer answers. */
static __always_inline void track(struct tcp_sock *tp, struct socket_state *state, struct tcp_peer_counters *counters)
{
	struct inet_connection_sock *icsk = connection_of(tp);
	__u8 ca_state = BPF_CORE_READ_BITFIELD(icsk, icsk_ca_state);
	bool in_episode = ca_state == TCP_CA_Recovery || (ca_state == TCP_CA_Loss && state->timed_out);

	if (in_episode && !state->in_episode)
		__sync_fetch_and_add(&counters->loss_episodes, 1);
	state->in_episode = in_episode;
	if (ca_state != TCP_CA_Loss)
		state->timed_out = 0;
	if (icsk->icsk_retransmits >= STALL_TIMEOUTS)
		begin_stall(state, counters);
	else if (state->stall_incarnation)
		end_stall(state, counters);
}

static __always_inline void account_retransmit(struct tcp_sock *tp, struct socket_state *state)
{
	struct sock *sk = sock_of(tp);
	struct tcp_peer_counters *counters = counters_of(&state->key, netns_inode_of(sk));
	__u64 now_ns = bpf_ktime_get_ns();
	__u8 cause;

	if (!counters)
		return;
	if (sk->__sk_common.skc_state == TCP_SYN_SENT) {
		__sync_fetch_and_add(&counters->syn_retransmits, tp->total_retrans - state->retransmits);
		state->retransmits = tp->total_retrans;
		cause = TCP_CAUSE_SYN;
	} else {
		cause = cause_of(connection_of(tp), state);
		add_by_cause(counters, cause, fold(tp, state, counters, now_ns));
		track(tp, state, counters);
	}
	notice(tp, state, counters, cause, now_ns);
}

/* Once a round trip: most calls end at the gap. */
static __always_inline void account_progress(struct tcp_sock *tp, struct socket_state *state)
{
	__u64 now_ns = bpf_ktime_get_ns();
	struct tcp_peer_counters *counters;

	if (!state->in_episode && !state->stall_incarnation && now_ns - state->folded_ns < sc_fold_gap_ns)
		return;
	counters = counters_of(&state->key, netns_inode_of(sock_of(tp)));
	if (!counters)
		return;
	if (now_ns - state->folded_ns >= sc_fold_gap_ns)
		fold(tp, state, counters, now_ns);
	track(tp, state, counters);
}

static __always_inline void account_close(struct tcp_sock *tp, struct socket_state *state)
{
	bool silent = tp->data_segs_out == state->data_segments && tp->total_retrans == state->retransmits;
	struct tcp_peer_counters *counters;

	if (silent && !state->stall_incarnation)
		return;
	counters = counters_of(&state->key, netns_inode_of(sock_of(tp)));
	if (!counters)
		return;
	fold(tp, state, counters, bpf_ktime_get_ns());
	if (state->stall_incarnation)
		end_stall(state, counters);
}

/* From here on the socket is told: the values that it has now are its beginning. */
static __always_inline struct socket_state *adopt(struct tcp_sock *tp, __u8 role)
{
	struct socket_state *state = bpf_sk_storage_get(&sockets, tp, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	struct sock *sk = sock_of(tp);

	if (!state) {
		count(sockets_refused);
		return NULL;
	}
	count(sockets_created);
	fill_key(&state->key, sk, &sk->__sk_common, role);
	state->data_segments = tp->data_segs_out;
	state->retransmits = tp->total_retrans;
	return state;
}

static __always_inline void watch(struct bpf_sock_ops *skops, struct tcp_sock *tp, __u8 role)
{
	if (!adopt(tp, role))
		return;
	/* The kernel makes the cookie when somebody asks; events read it later. */
	bpf_get_socket_cookie(skops);
	if (bpf_sock_ops_cb_flags_set(skops, skops->bpf_sock_ops_cb_flags | CALLBACKS))
		count(flags_refused);
}

static __always_inline void handle(struct bpf_sock_ops *skops, struct tcp_sock *tp)
{
	struct socket_state *state;

	if (skops->op == BPF_SOCK_OPS_TCP_CONNECT_CB)
		return watch(skops, tp, TCP_ROLE_CLIENT);
	if (skops->op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB)
		return watch(skops, tp, TCP_ROLE_SERVER);
	state = bpf_sk_storage_get(&sockets, tp, NULL, 0);
	if (!state) {
		/* It began to connect before the agent was there. */
		if (skops->op == BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB)
			watch(skops, tp, TCP_ROLE_CLIENT);
		return;
	}
	if (skops->op == BPF_SOCK_OPS_RETRANS_CB)
		account_retransmit(tp, state);
	else if (skops->op == BPF_SOCK_OPS_RTT_CB)
		account_progress(tp, state);
	else if (skops->op == BPF_SOCK_OPS_STATE_CB && skops->args[1] == BPF_TCP_CLOSE)
		account_close(tp, state);
}

static __always_inline bool is_ours(__u32 op)
{
	return op == BPF_SOCK_OPS_RTT_CB || op == BPF_SOCK_OPS_RETRANS_CB || op == BPF_SOCK_OPS_STATE_CB ||
	       op == BPF_SOCK_OPS_TCP_CONNECT_CB || op == BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB ||
	       op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB;
}

SEC("sockops")
int tcp_sockets(struct bpf_sock_ops *skops)
{
	struct bpf_sock *sk = is_ours(skops->op) ? skops->sk : NULL;
	struct tcp_sock *tp = sk ? bpf_skc_to_tcp_sock(sk) : NULL;

	if (tp)
		handle(skops, tp);
	return 1;
}

static __always_inline __u8 guess_role(const struct sock_common *skc)
{
	struct listener_key key = { .netns_cookie = skc->skc_net.net->net_cookie, .port = skc->skc_num };

	return bpf_map_lookup_elem(&listeners, &key) ? TCP_ROLE_SERVER : TCP_ROLE_CLIENT;
}

static __always_inline void remember_listener(const struct sock_common *skc)
{
	struct listener_key key = { .netns_cookie = skc->skc_net.net->net_cookie, .port = skc->skc_num };
	__u8 present = 1;

	bpf_map_update_elem(&listeners, &key, &present, BPF_ANY);
}

static __always_inline bool switch_on(struct tcp_sock *tp)
{
	int flags = tp->bpf_sock_ops_cb_flags | CALLBACKS;

	if (sc_leave_older_off)
		return false;
	return bpf_setsockopt(tp, SOL_TCP, TCP_BPF_SOCK_OPS_CB_FLAGS, &flags, sizeof(flags)) == 0;
}

static __always_inline struct socket_state *adopt_older(struct tcp_sock *tp, const struct sock_common *skc)
{
	struct socket_state *state = adopt(tp, guess_role(skc));

	if (!state)
		return NULL;
	bpf_get_socket_cookie(tp);
	if (switch_on(tp)) {
		count(older_switched_on);
	} else {
		count(older_refused);
		state->unwatched = 1;
	}
	return state;
}

/*
 * Run once at the start in each network namespace: adopts the sockets that are older than the agent. The kernel
 * walks listeners first. Run again and again where callbacks could not be switched on: adds up in their stead.
 */
SEC("iter/tcp")
int tcp_older_sockets(struct bpf_iter__tcp *ctx)
{
	struct sock_common *skc = ctx->sk_common;
	struct socket_state *state;
	struct tcp_sock *tp;

	if (!skc)
		return 0;
	if (skc->skc_state == TCP_LISTEN) {
		remember_listener(skc);
		return 0;
	}
	/* NULL for handshakes and TIME_WAIT. */
	tp = bpf_skc_to_tcp_sock(skc);
	if (!tp)
		return 0;
	state = bpf_sk_storage_get(&sockets, tp, NULL, 0);
	if (!state)
		state = adopt_older(tp, skc);
	else if (state->unwatched)
		account_progress(tp, state);
	/* User space goes on iterating as long as somebody needs it. */
	if (state && state->unwatched)
		bpf_seq_write(ctx->meta->seq, &state->unwatched, sizeof(state->unwatched));
	return 0;
}

/* Sockets without callbacks, also those of namespaces that the agent may not enter; the others are told already. */
SEC("tp_btf/tcp_retransmit_skb")
int BPF_PROG(tcp_unwatched_retransmit, struct sock *sk)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct socket_state *state;

	if (!tp)
		return 0;
	state = bpf_sk_storage_get(&sockets, tp, NULL, 0);
	if (!state) {
		state = adopt(tp, guess_role(&sk->__sk_common));
		if (!state)
			return 0;
		count(older_refused);
		state->unwatched = 1;
		state->retransmits--;
	}
	if (state->unwatched)
		account_retransmit(tp, state);
	return 0;
}

/* The kernel resends SYN-ACKs from a request, which no sockops callback tells. */
SEC("tp_btf/tcp_retransmit_synack")
int BPF_PROG(tcp_synack_retransmit, struct sock *sk, struct request_sock *req)
{
	struct sock_common *skc = &req->__req_common;
	struct tcp_peer_key key;
	struct tcp_peer_counters *counters;
	struct tcp_event *event;

	fill_key(&key, sk, skc, TCP_ROLE_SERVER);
	counters = counters_of(&key, netns_inode_of(sk));
	if (!counters)
		return 0;
	__sync_fetch_and_add(&counters->synack_retransmits, 1);
	event = reserve_event(counters, bpf_ktime_get_ns());
	if (!event)
		return 0;
	fill_addresses(event, &key, sk, skc);
	event->socket_cookie = 0;
	event->cwnd = event->srtt_us = event->min_rtt_us = 0;
	event->retransmits = req->num_retrans + 1;
	event->state = TCP_SYN_RECV;
	event->cause = TCP_CAUSE_SYNACK;
	event->timeouts = req->num_timeout;
	bpf_ringbuf_submit(event, 0);
	return 0;
}
