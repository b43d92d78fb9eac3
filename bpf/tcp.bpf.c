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
#include "tcp_life.bpf.h"

char LICENSE[] SEC("license") = "GPL";

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
	state->duplicates = tp->dsack_dups;
	state->bytes_sent = bytes_sent_by(tp);
	state->bytes_received = tp->bytes_received;
	return state;
}

static __always_inline struct socket_state *watch(struct bpf_sock_ops *skops, struct tcp_sock *tp, __u8 role)
{
	struct socket_state *state = adopt(tp, role);

	if (!state)
		return NULL;
	/* The kernel makes the cookie when somebody asks; events read it later. */
	bpf_get_socket_cookie(skops);
	if (bpf_sock_ops_cb_flags_set(skops, skops->bpf_sock_ops_cb_flags | CALLBACKS))
		count(flags_refused);
	return state;
}

/* The round trip that the kernel has just measured: an argument since Linux 6.10, before that in its loss detection. */
static __always_inline __u32 measured_rtt_us(struct bpf_sock_ops *skops, struct tcp_sock *tp)
{
	__u32 measured_us = skops->args[0];

	/* Else the compiler makes a pointer into the context, which the verifier refuses. */
	barrier_var(measured_us);
	return measured_us ? measured_us : tp->rack.rtt_us;
}

static __always_inline void account_rtt(struct bpf_sock_ops *skops, struct tcp_sock *tp, struct socket_state *state)
{
	bool connecting = sock_of(tp)->__sk_common.skc_state == TCP_SYN_SENT;

	/* The answer to a SYN that was sent again may be the answer to the first. */
	if (!connecting || !tp->total_retrans)
		sample_rtt(state, measured_rtt_us(skops, tp));
	if (!connecting)
		account_progress(tp, state);
}

static __always_inline void account(struct bpf_sock_ops *skops, struct tcp_sock *tp, struct socket_state *state)
{
	switch (skops->op) {
	case BPF_SOCK_OPS_RTT_CB:
		return account_rtt(skops, tp, state);
	case BPF_SOCK_OPS_RETRANS_CB:
		return account_retransmit(tp, state);
	case BPF_SOCK_OPS_STATE_CB:
		if (skops->args[1] != BPF_TCP_CLOSE)
			return account_shutdown(tp, state);
		return account_close(tp, state, skops->args[0]);
	default:
		return account_established(tp, state);
	}
}

static __always_inline void handle(struct bpf_sock_ops *skops, struct tcp_sock *tp)
{
	struct socket_state *state;

	if (skops->op == BPF_SOCK_OPS_TCP_CONNECT_CB) {
		state = watch(skops, tp, TCP_ROLE_CLIENT);
		if (state)
			begin_connect(state);
		return;
	}
	if (skops->op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB)
		state = watch(skops, tp, TCP_ROLE_SERVER);
	else
		state = bpf_sk_storage_get(&sockets, tp, NULL, 0);
	/* It began to connect before the agent was there. */
	if (!state && skops->op == BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB)
		state = watch(skops, tp, TCP_ROLE_CLIENT);
	if (state)
		account(skops, tp, state);
}

/* Before anything that costs: most calls of a short connection are changes of state on its way to the last one. */
static __always_inline bool is_ours(struct bpf_sock_ops *skops)
{
	__u32 op = skops->op;

	if (op == BPF_SOCK_OPS_STATE_CB)
		return skops->args[1] == BPF_TCP_CLOSE || skops->args[1] == BPF_TCP_FIN_WAIT1 ||
		       skops->args[1] == BPF_TCP_LAST_ACK;
	return op == BPF_SOCK_OPS_RTT_CB || op == BPF_SOCK_OPS_RETRANS_CB || op == BPF_SOCK_OPS_TCP_CONNECT_CB ||
	       op == BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB || op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB;
}

SEC("sockops")
int tcp_sockets(struct bpf_sock_ops *skops)
{
	struct bpf_sock *sk = is_ours(skops) ? skops->sk : NULL;
	struct tcp_sock *tp = sk ? bpf_skc_to_tcp_sock(sk) : NULL;

	if (tp)
		handle(skops, tp);
	return 1;
}

static __always_inline __u8 guess_role(const struct sock_common *skc)
{
	return has_listener(skc) ? TCP_ROLE_SERVER : TCP_ROLE_CLIENT;
}

static __always_inline bool switch_on(struct tcp_sock *tp)
{
	int flags = tp->bpf_sock_ops_cb_flags | CALLBACKS;

	if (sc_leave_older_off)
		return false;
	return bpf_setsockopt(tp, SOL_TCP, TCP_BPF_SOCK_OPS_CB_FLAGS, &flags, sizeof(flags)) == 0;
}

/* Closed ones wait for their program, those in SYN_SENT for their peer. */
static __always_inline bool is_connected(const struct sock_common *skc)
{
	return skc->skc_state != TCP_SYN_SENT && skc->skc_state != TCP_CLOSE;
}

static __always_inline struct socket_state *adopt_older(struct tcp_sock *tp, const struct sock_common *skc)
{
	struct socket_state *state = adopt(tp, guess_role(skc));
	struct tcp_peer_counters *counters;

	if (!state)
		return NULL;
	bpf_get_socket_cookie(tp);
	counters = is_connected(skc) ? counters_of(&state->key, netns_inode_of(sock_of(tp))) : NULL;
	if (counters) {
		open_socket(state, counters);
		/* Its next retransmit may be minutes away, and its peer is silent now. */
		if (is_stalled(tp))
			begin_stall(state, counters);
	}
	if (switch_on(tp)) {
		count(older_switched_on);
	} else {
		count(older_refused);
		state->unwatched = 1;
	}
	return state;
}

/*
 * Run at the start in each network namespace: adopts the sockets that are older than the agent. The kernel walks
 * listeners first. Run again now and then, for sockets that only receive and for windows that stay closed (no callback
 * tells of either), and every second
 * where callbacks could not be switched on: adds up in their stead.
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
	else if (state->unwatched || tp->bytes_received != state->bytes_received)
		account_progress(tp, state);
	if (state)
		track_window(tp, state);
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
