/* SPDX-License-Identifier: GPL-2.0-only */
/* Adds up what a socket did, why it sent again, and whether its peer answers. */
#ifndef SACCADE_TCP_ACCOUNT_BPF_H
#define SACCADE_TCP_ACCOUNT_BPF_H

#include "tcp_notice.bpf.h"

static __always_inline void sample_rtt(struct socket_state *state, __u32 rtt_us)
{
	if (!rtt_us)
		return;
	state->rtt_samples++;
	if (!state->min_rtt_us || rtt_us < state->min_rtt_us)
		state->min_rtt_us = rtt_us;
}

/* The smallest of a window. Two CPUs may race: a sample that loses twice is left out, it would have been one of many. */
static __always_inline void lower_min_rtt(struct tcp_peer_counters *counters, __u64 window, __u32 rtt_us)
{
	__u64 *slot = window & 1 ? &counters->min_rtt_odd : &counters->min_rtt_even;
	__u64 mine = window << 32 | rtt_us;

	for (int attempt = 0; attempt < 2; attempt++) {
		__u64 told = *slot;

		if (told >> 32 == (mine >> 32) && told <= mine)
			return;
		if (__sync_val_compare_and_swap(slot, told, mine) == told)
			return;
	}
}

static __always_inline void fold_rtt(struct socket_state *state, struct tcp_peer_counters *counters, __u64 window)
{
	if (!state->rtt_samples)
		return;
	__sync_fetch_and_add(&counters->rtt_samples, state->rtt_samples);
	lower_min_rtt(counters, window, state->min_rtt_us);
	state->rtt_samples = state->min_rtt_us = 0;
}

static __always_inline void fold_bytes(struct tcp_sock *tp, struct socket_state *state,
				       struct tcp_peer_counters *counters)
{
	__u64 sent = bytes_sent_by(tp) - state->bytes_sent;
	__u64 received = tp->bytes_received - state->bytes_received;

	if (sent) {
		state->bytes_sent += sent;
		__sync_fetch_and_add(&counters->bytes_sent, sent);
	}
	if (received) {
		state->bytes_received += received;
		__sync_fetch_and_add(&counters->bytes_received, received);
	}
}

/* Adds what this socket did since it was told last; returns the segments sent again. */
static __always_inline __u32 fold(struct tcp_sock *tp, struct socket_state *state, struct tcp_peer_counters *counters,
				  __u64 now_ns)
{
	__u32 data_segments = tp->data_segs_out - state->data_segments;
	__u32 retransmits = tp->total_retrans - state->retransmits;
	__u32 duplicates = tp->dsack_dups - state->duplicates;
	__u64 window = (now_ns + sc_wall_offset_ns) / WINDOW_NS;

	state->data_segments = tp->data_segs_out;
	state->retransmits = tp->total_retrans;
	state->duplicates = tp->dsack_dups;
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
	if (duplicates)
		__sync_fetch_and_add(&counters->spurious_retransmits, duplicates);
	fold_bytes(tp, state, counters);
	fold_rtt(state, counters, window);
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

/* Once its program has closed it, nobody waits for the peer any more: the kernel alone tries on, for minutes. */
static __always_inline bool is_stalled(struct tcp_sock *tp)
{
	return sock_of(tp)->__sk_common.skc_state != TCP_SYN_SENT && sock_of(tp)->sk_shutdown != SHUTDOWN_MASK &&
	       connection_of(tp)->icsk_retransmits >= STALL_TIMEOUTS;
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
	if (is_stalled(tp))
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

/* Something waits to be sent, and the peer takes nothing. */
static __always_inline bool is_shut_out(struct tcp_sock *tp)
{
	__u8 socket_state = sock_of(tp)->__sk_common.skc_state;

	return (socket_state == TCP_ESTABLISHED || socket_state == TCP_CLOSE_WAIT) && !tp->snd_wnd &&
	       tp->write_seq != tp->snd_una;
}

static __always_inline void begin_zero_window(struct tcp_sock *tp, struct socket_state *state, __u64 now_ns)
{
	struct tcp_peer_counters *counters = counters_of(&state->key, netns_inode_of(sock_of(tp)));

	/* As with a stall: the entry that knew of it may have been evicted. */
	if (!counters || state->zero_window_incarnation == counters->incarnation)
		return;
	state->zero_window_incarnation = counters->incarnation;
	__sync_fetch_and_add(&counters->zero_windows_begun, 1);
	notice(tp, state, counters, TCP_CAUSE_ZERO_WINDOW, now_ns);
}

static __always_inline void end_zero_window(struct tcp_sock *tp, struct socket_state *state)
{
	struct tcp_peer_counters *counters = counters_of(&state->key, netns_inode_of(sock_of(tp)));

	if (counters && state->zero_window_incarnation == counters->incarnation)
		__sync_fetch_and_add(&counters->zero_windows_ended, 1);
	state->zero_window_incarnation = 0;
}

/*
 * No callback tells that a window is closed and stays so: a probe and its answer are none. So this is asked now and
 * then. A slow reader takes something in between.
 */
static __always_inline void track_window(struct tcp_sock *tp, struct socket_state *state)
{
	bool shut_out = is_shut_out(tp);
	__u64 now_ns = bpf_ktime_get_ns();

	if (shut_out && state->zero_window_ns && tp->bytes_acked == state->zero_window_acked) {
		if (now_ns - state->zero_window_ns >= sc_zero_window_ns)
			begin_zero_window(tp, state, now_ns);
		return;
	}
	state->zero_window_ns = shut_out ? now_ns : 0;
	state->zero_window_acked = tp->bytes_acked;
	if (state->zero_window_incarnation)
		end_zero_window(tp, state);
}

/*
 * The acknowledgement that closes the window is the last one that a callback tells of. From here on it counts as closed,
 * and user space knows that there is something to ask for.
 */
static __always_inline void note_closed_window(struct tcp_sock *tp, struct socket_state *state, __u64 now_ns)
{
	if (tp->snd_wnd) {
		if (state->zero_window_ns)
			state->zero_window_ns = 0;
		return;
	}
	if (state->zero_window_ns)
		return;
	count(windows_closed);
	state->zero_window_ns = now_ns;
	state->zero_window_acked = tp->bytes_acked;
}

/* Once a round trip: most calls end at the gap. */
static __always_inline void account_progress(struct tcp_sock *tp, struct socket_state *state)
{
	__u64 now_ns = bpf_ktime_get_ns();
	struct tcp_peer_counters *counters;

	/* A duplicate is told at once: somebody may be about to take its retransmit for a loss. */
	bool due = now_ns - state->folded_ns >= sc_fold_gap_ns || tp->dsack_dups != state->duplicates;

	if (state->zero_window_incarnation)
		track_window(tp, state);
	else
		note_closed_window(tp, state, now_ns);
	if (!state->in_episode && !state->stall_incarnation && !due)
		return;
	counters = counters_of(&state->key, netns_inode_of(sock_of(tp)));
	if (!counters)
		return;
	if (due)
		fold(tp, state, counters, now_ns);
	track(tp, state, counters);
}

#endif
