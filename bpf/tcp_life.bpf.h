/* SPDX-License-Identifier: GPL-2.0-only */
/* How connections begin, how they end, and how attempts at one fail. */
#ifndef SACCADE_TCP_LIFE_BPF_H
#define SACCADE_TCP_LIFE_BPF_H

#include "tcp_account.bpf.h"

/* include/uapi/asm-generic/errno.h; the same on x86 and arm64. */
#define EPIPE 32
#define ENONET 64
#define ENETUNREACH 101
#define ECONNRESET 104
#define ETIMEDOUT 110
#define ECONNREFUSED 111
#define EHOSTDOWN 112
#define EHOSTUNREACH 113

/* A socket may try several times. */
static __always_inline void begin_connect(struct socket_state *state)
{
	state->connect_ns = bpf_ktime_get_ns();
	state->open_incarnation = 0;
	state->rtt_samples = state->min_rtt_us = 0;
}

static __always_inline void open_socket(struct socket_state *state, struct tcp_peer_counters *counters)
{
	state->open_incarnation = counters->incarnation;
	__sync_fetch_and_add(&counters->sockets_opened, 1);
}

static __always_inline void account_established(struct tcp_sock *tp, struct socket_state *state)
{
	struct tcp_peer_counters *counters = counters_of(&state->key, netns_inode_of(sock_of(tp)));
	__u64 now_ns = bpf_ktime_get_ns();
	/* The first sample of a server's socket is that of its SYN-ACK, and is kept times eight. */
	__u64 handshake_us = tp->srtt_us >> 3;

	if (!counters)
		return;
	if (state->key.role == TCP_ROLE_SERVER)
		sample_rtt(state, handshake_us);
	else
		handshake_us = state->connect_ns ? (now_ns - state->connect_ns) / 1000 : 0;
	__sync_fetch_and_add(&counters->established, 1);
	if (handshake_us) {
		__sync_fetch_and_add(&counters->handshakes_timed, 1);
		__sync_fetch_and_add(&counters->handshake_us, handshake_us);
	}
	open_socket(state, counters);
	fold_rtt(state, counters, (now_ns + sc_wall_offset_ns) / WINDOW_NS);
}

/* Closed by its own program before any answer and without delay (happy eyeballs): no failure, 0. */
static __always_inline __u8 cause_of_failure(int error, bool resent)
{
	switch (error) {
	case ECONNREFUSED:
		return TCP_CAUSE_REFUSED;
	case ETIMEDOUT:
		return TCP_CAUSE_UNANSWERED;
	case ENONET:
	case ENETUNREACH:
	case EHOSTDOWN:
	case EHOSTUNREACH:
		return TCP_CAUSE_UNREACHABLE;
	default:
		return resent ? TCP_CAUSE_GIVEN_UP : 0;
	}
}

/* Of a key that nobody has heard of, only so many a second: the others are added up without their port. */
static __always_inline struct tcp_peer_counters *counters_of_failure(struct socket_state *state, struct sock *sk,
								     __u64 now_ns)
{
	struct tcp_peer_counters *counters = bpf_map_lookup_elem(&peers, &state->key);

	if (counters)
		return counters;
	if (!within_budget(BUDGET_FAILED_KEYS, sc_failed_keys_per_window, now_ns)) {
		count(failures_without_port);
		state->key.service_port = 0;
	}
	return counters_of(&state->key, netns_inode_of(sk));
}

/* A single failure where nothing ever succeeded is no news. */
static __always_inline bool is_worth_notice(struct tcp_peer_counters *counters)
{
	return counters->established ||
	       counters->refused + counters->unanswered + counters->unreachable + counters->given_up > 1;
}

static __always_inline void account_failure(struct tcp_sock *tp, struct socket_state *state)
{
	struct sock *sk = sock_of(tp);
	__u8 cause = cause_of_failure(sk->sk_err, tp->total_retrans > 0);
	__u64 now_ns = bpf_ktime_get_ns();
	struct tcp_peer_counters *counters = cause ? counters_of_failure(state, sk, now_ns) : NULL;

	if (!counters)
		return;
	if (cause == TCP_CAUSE_REFUSED)
		__sync_fetch_and_add(&counters->refused, 1);
	else if (cause == TCP_CAUSE_UNANSWERED)
		__sync_fetch_and_add(&counters->unanswered, 1);
	else if (cause == TCP_CAUSE_UNREACHABLE)
		__sync_fetch_and_add(&counters->unreachable, 1);
	else
		__sync_fetch_and_add(&counters->given_up, 1);
	if (is_worth_notice(counters))
		notice(tp, state, counters, cause, now_ns);
}

/*
 * Something was still to come: what was sent last is unacknowledged, or this client has not had the answer to it. A
 * server always has the last word, so its silence afterwards says nothing.
 */
static __always_inline bool is_mid_exchange(struct tcp_sock *tp, __u8 role)
{
	if (tp->write_seq != tp->snd_una)
		return true;
	if (role != TCP_ROLE_CLIENT || !tp->bytes_sent)
		return false;
	return !tp->bytes_received || (__s32)(tp->lsndtime - connection_of(tp)->icsk_ack.lrcvtime) > 0;
}

static __always_inline void account_reset(struct tcp_sock *tp, struct socket_state *state,
					  struct tcp_peer_counters *counters, int old_state)
{
	__sync_fetch_and_add(&counters->resets_received, 1);
	/* In CLOSE_WAIT the peer had said that it is done. */
	if (old_state != TCP_ESTABLISHED || !is_mid_exchange(tp, state->key.role))
		return;
	__sync_fetch_and_add(&counters->resets_mid_exchange, 1);
	notice(tp, state, counters, TCP_CAUSE_RESET, bpf_ktime_get_ns());
}

/* Only from these states is an end a sudden one: the kernel counts them in EstabResets. */
static __always_inline void account_sudden_end(struct tcp_sock *tp, struct socket_state *state,
					       struct tcp_peer_counters *counters, int old_state)
{
	int error = sock_of(tp)->sk_err;
	/* The FIN takes a number, too. */
	__u32 read_up_to = tp->copied_seq + (old_state == TCP_CLOSE_WAIT);

	if (error == ECONNRESET || error == EPIPE)
		account_reset(tp, state, counters, old_state);
	else if (error == ETIMEDOUT || error == EHOSTUNREACH || error == ENETUNREACH)
		__sync_fetch_and_add(&counters->timed_out, 1);
	else if ((__s32)(tp->rcv_nxt - read_up_to) > 0)
		__sync_fetch_and_add(&counters->aborted_unread, 1);
	else
		__sync_fetch_and_add(&counters->aborted, 1);
}

/* A program that gave up must not hold a stall until the kernel gives up, too. */
static __always_inline void account_shutdown(struct tcp_sock *tp, struct socket_state *state)
{
	struct tcp_peer_counters *counters;

	if (state->zero_window_incarnation)
		end_zero_window(tp, state);
	if (!state->stall_incarnation || is_stalled(tp))
		return;
	counters = counters_of(&state->key, netns_inode_of(sock_of(tp)));
	if (counters)
		end_stall(state, counters);
}

/* The socket still has its old state. */
static __always_inline void account_close(struct tcp_sock *tp, struct socket_state *state, int old_state)
{
	struct tcp_peer_counters *counters;

	if (old_state == TCP_SYN_SENT)
		return account_failure(tp, state);
	counters = counters_of(&state->key, netns_inode_of(sock_of(tp)));
	if (!counters)
		return;
	fold(tp, state, counters, bpf_ktime_get_ns());
	if (state->stall_incarnation)
		end_stall(state, counters);
	if (state->zero_window_incarnation)
		end_zero_window(tp, state);
	if (!state->open_incarnation)
		return;
	/* The entry that knew of it may have been evicted. */
	if (state->open_incarnation == counters->incarnation)
		__sync_fetch_and_add(&counters->sockets_closed, 1);
	state->open_incarnation = 0;
	__sync_fetch_and_add(&counters->closed, 1);
	if (old_state == TCP_ESTABLISHED || old_state == TCP_CLOSE_WAIT)
		account_sudden_end(tp, state, counters, old_state);
}

#endif
