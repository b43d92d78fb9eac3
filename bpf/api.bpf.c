// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long external peers take to answer the clients on this machine: TCP handshake, ClientHello to ServerHello, end of
 * a request to begin of its answer. It reads who speaks when, never what is said, so it works on encrypted connections.
 *
 * A connection is followed from its SYN, if its peer is external; all other packets cost a look that finds nothing.
 * What does not take turns (HTTP/2, WebSocket, streams) or waits on purpose (long polls) is recognised, counted and
 * left out.
 *
 * Every program returns 1 whatever happens: it never decides about traffic.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "api.h"
#include "percpu_health.h"
#include "socket_identity.h"
#include "api_exchange.bpf.h"

#define ETH_P_IP 0x0800
#define TCP_FLAG_FIN 0x01
#define TCP_FLAG_SYN 0x02
#define TCP_FLAG_RST 0x04
#define TCP_FLAGS_AT 13

char LICENSE[] SEC("license") = "GPL";

/* IPv6 extension headers before TCP do not happen on connections of clients: such a packet is counted and ignored. */
static __always_inline bool read_segment(struct __sk_buff *ctx, struct segment *segment)
{
	__u32 at = sizeof(struct ipv6hdr);
	struct tcphdr tcp;
	__u8 flags;

	if (ctx->protocol == bpf_htons(ETH_P_IP)) {
		__u8 first;

		if (bpf_skb_load_bytes(ctx, 0, &first, sizeof(first)))
			return false;
		at = (first & 0xf) * 4;
	}
	if (bpf_skb_load_bytes(ctx, at, &tcp, sizeof(tcp)))
		return false;
	flags = ((__u8 *)&tcp)[TCP_FLAGS_AT];
	segment->seq = bpf_ntohl(tcp.seq);
	segment->ack = bpf_ntohl(tcp.ack_seq);
	segment->syn = flags & TCP_FLAG_SYN;
	segment->ends = flags & (TCP_FLAG_FIN | TCP_FLAG_RST);
	segment->payload_at = at + tcp.doff * 4;
	if (segment->payload_at > ctx->len)
		return false;
	segment->length = ctx->len - segment->payload_at;
	return true;
}

/* A client's first SYN; one that is sent again finds its socket adopted. */
static __always_inline void connect(struct bpf_sock *sk)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct api_socket *state = tp ? adopt(tp) : NULL;

	if (!state)
		return;
	state->stage = API_CONNECTING;
	state->sent_ns = bpf_ktime_get_ns();
}

static __always_inline void establish(struct api_socket *state, const struct segment *segment)
{
	struct api_counters *counters = counters_of(state);

	state->stage = API_OPENED;
	state->sent_end = segment->ack;
	state->received_end = segment->seq + 1;
	if (!counters)
		return;
	__sync_fetch_and_add(&counters->connections, 1);
	ADD_TIME(counters, handshake_us, bpf_ktime_get_ns() - state->sent_ns);
}

static __always_inline void handle_sent(struct __sk_buff *ctx, struct api_socket *state)
{
	struct segment segment = {};
	__u32 end;

	/* The SYN once more. */
	if (state->stage == API_CONNECTING)
		return;
	if (!read_segment(ctx, &segment)) {
		count(unreadable);
		return;
	}
	end = segment.seq + segment.length;
	/* Not what is sent again, nor a probe: the request was said before. */
	if (segment.length && is_behind(end, state->sent_end)) {
		state->sent_end = end;
		account_sent(ctx, state, &segment, bpf_ktime_get_ns());
	}
	if (segment.ends)
		account_end(state, bpf_ktime_get_ns());
}

static __always_inline void handle_received(struct __sk_buff *ctx, struct api_socket *state)
{
	struct segment segment = {};
	__u32 end;

	if (!read_segment(ctx, &segment)) {
		count(unreadable);
		return;
	}
	if (state->stage == API_CONNECTING) {
		if (segment.syn && !segment.ends)
			establish(state, &segment);
		return;
	}
	end = segment.seq + segment.length;
	if (segment.length && is_behind(end, state->received_end)) {
		state->received_end = end;
		account_received(ctx, state, &segment, bpf_ktime_get_ns());
	}
	if (segment.ends)
		account_end(state, bpf_ktime_get_ns());
}

/* NULL: another protocol, or the socket of a handshake or of a connection that has ended. */
static __always_inline struct bpf_sock *tcp_socket_of(struct __sk_buff *ctx)
{
	struct bpf_sock *sk = ctx->sk;

	if (!sk)
		return NULL;
	sk = bpf_sk_fullsock(sk);
	return sk && sk->protocol == IPPROTO_TCP ? sk : NULL;
}

static __always_inline void handle(struct __sk_buff *ctx, bool out)
{
	struct bpf_sock *sk = tcp_socket_of(ctx);
	struct api_socket *state = sk ? bpf_sk_storage_get(&sockets, sk, NULL, 0) : NULL;

	if (!sk || (state && state->stage == API_EXCLUDED))
		return;
	if (state && out)
		handle_sent(ctx, state);
	else if (state)
		handle_received(ctx, state);
	else if (out && sk->state == BPF_TCP_SYN_SENT)
		connect(sk);
}

SEC("cgroup_skb/egress")
int api_egress(struct __sk_buff *ctx)
{
	handle(ctx, true);
	return 1;
}

SEC("cgroup_skb/ingress")
int api_ingress(struct __sk_buff *ctx)
{
	handle(ctx, false);
	return 1;
}

static __always_inline void adopt_older(struct sock_common *skc)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(skc);
	struct api_socket *state;

	if (!tp || has_listener(skc) || bpf_sk_storage_get(&sockets, tp, NULL, 0))
		return;
	state = adopt(tp);
	if (!state)
		return;
	count(older_adopted);
	state->stage = API_UNKNOWN;
	state->partial = 1;
	state->sent_end = tp->snd_nxt;
	state->received_end = tp->rcv_nxt;
}

/* Run once at the start in each network namespace. The kernel walks listeners first, so they tell who is a client. */
SEC("iter/tcp")
int api_older_sockets(struct bpf_iter__tcp *ctx)
{
	struct sock_common *skc = ctx->sk_common;

	if (!skc)
		return 0;
	if (skc->skc_state == TCP_LISTEN)
		remember_listener(skc);
	else if (skc->skc_state == TCP_ESTABLISHED)
		adopt_older(skc);
	return 0;
}
