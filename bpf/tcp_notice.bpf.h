/* SPDX-License-Identifier: GPL-2.0-only */
/* Tells user space at once of a socket in trouble, within limits. */
#ifndef SACCADE_TCP_NOTICE_BPF_H
#define SACCADE_TCP_NOTICE_BPF_H

#include "tcp_state.bpf.h"

/* Per CPU, so that a flood of keys in trouble cannot busy the agent. Two racing readers may both pass: harmless. */
static __always_inline bool within_budget(__u32 of, __u64 limit, __u64 now_ns)
{
	struct window_budget *budget = bpf_map_lookup_elem(&budgets, &of);

	if (!budget)
		return false;
	if (now_ns - budget->window_start_ns >= sc_event_window_ns) {
		budget->window_start_ns = now_ns;
		budget->spent = 0;
	}
	return budget->spent++ < limit;
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
	if (!within_budget(BUDGET_EVENTS, sc_events_per_window, now_ns)) {
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

#endif
