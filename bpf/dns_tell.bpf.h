/* SPDX-License-Identifier: GPL-2.0-only */
/* Tells user space of a message, or of what happened on a client's socket. */
#ifndef SACCADE_DNS_TELL_BPF_H
#define SACCADE_DNS_TELL_BPF_H

#include "dns_sighting.bpf.h"
#include "dns_state.bpf.h"

static __always_inline void copy_words(__u8 to[16], const __u32 words[4])
{
	((__u32 *)to)[0] = words[0];
	((__u32 *)to)[1] = words[1];
	((__u32 *)to)[2] = words[2];
	((__u32 *)to)[3] = words[3];
}

/* v4-mapped becomes IPv4. Returns the IP version. */
static __always_inline __u8 copy_ipv6(__u8 to[16], __u32 words[4])
{
	if (words[0] == 0 && words[1] == 0 && words[2] == bpf_htonl(0xffff)) {
		words[0] = words[3];
		words[1] = words[2] = words[3] = 0;
		copy_words(to, words);
		return 4;
	}
	copy_words(to, words);
	return 6;
}

/* The resolver as the client means it: with NAT, the packet that leaves shows another one (an endpoint of a Service). */
static __always_inline void fill_connected(struct dns_event *event, struct bpf_sock *sk)
{
	__u32 words[4] = {};
	event->server_port = bpf_ntohs(sk->dst_port);
	if (sk->family == AF_INET) {
		words[0] = sk->dst_ip4;
		copy_words(event->server, words);
		event->ip_version = 4;
		return;
	}
	words[0] = sk->dst_ip6[0];
	words[1] = sk->dst_ip6[1];
	words[2] = sk->dst_ip6[2];
	words[3] = sk->dst_ip6[3];
	event->ip_version = copy_ipv6(event->server, words);
}

static __always_inline void fill_from_packet(struct dns_event *event, struct __sk_buff *ctx,
					     const struct sighting *s, bool out)
{
	__u32 words[4] = {};
	event->server_port = bpf_ntohs(s->remote_port);
	if (s->v4) {
		__u32 at = out ? offsetof(struct iphdr, daddr) : offsetof(struct iphdr, saddr);
		bpf_skb_load_bytes(ctx, at, words, 4);
		copy_words(event->server, words);
		event->ip_version = 4;
		return;
	}
	__u32 at = out ? offsetof(struct ipv6hdr, daddr) : offsetof(struct ipv6hdr, saddr);
	bpf_skb_load_bytes(ctx, at, words, 16);
	copy_words(event->server, words);
	event->ip_version = 6;
}

static __always_inline void fill(struct dns_event *event, struct __sk_buff *ctx, struct bpf_sock *sk,
				 const struct sighting *s, __u8 kind, __u16 captured)
{
	struct net *net = sock_net_of(sk);
	__builtin_memset(event, 0, sizeof(*event));
	event->ktime_ns = bpf_ktime_get_ns();
	event->socket_cookie = bpf_get_socket_cookie(ctx);
	event->netns_cookie = BPF_CORE_READ(net, net_cookie);
	event->netns_inode = BPF_CORE_READ(net, ns.inum);
	event->cgroup_id = bpf_skb_cgroup_id(ctx);
	event->tcp_seq = s->tcp_seq;
	event->payload = s->payload;
	event->captured = captured;
	event->local_port = bpf_ntohs(s->local_port);
	event->kind = kind;
	event->protocol = sk->protocol;
	if (sk->dst_port)
		fill_connected(event, sk);
	else
		fill_from_packet(event, ctx, s, kind == DNS_KIND_QUERY);
}

/* A body for each size: a reservation's size is a constant. */
#define DEFINE_TELL(size, max)                                                                                 \
	static __always_inline void tell_##size(struct __sk_buff *ctx, struct bpf_sock *sk,                   \
						const struct sighting *s, __u8 kind, struct budget *budget)    \
	{                                                                                                      \
		__u32 captured = s->payload > max ? max : s->payload;                                          \
		struct dns_##size *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);                    \
		if (!event) {                                                                                  \
			count(lost);                                                                           \
			return;                                                                                \
		}                                                                                              \
		if (!captured || bpf_skb_load_bytes(ctx, s->offset, event->data, captured)) {                  \
			bpf_ringbuf_discard(event, BPF_RB_NO_WAKEUP);                                          \
			count(unreadable);                                                                     \
			return;                                                                                \
		}                                                                                              \
		fill(&event->head, ctx, sk, s, kind, captured);                                                \
		bpf_ringbuf_submit(event, wake_flags(budget));                                                 \
	}

DEFINE_TELL(short, DNS_SHORT_MAX)
DEFINE_TELL(long, DNS_LONG_MAX)

static __always_inline struct dns_event *reserve_bare(__u64 cookie, __u8 kind, __u8 protocol)
{
	struct dns_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		count(lost);
		return NULL;
	}
	__builtin_memset(event, 0, sizeof(*event));
	event->ktime_ns = bpf_ktime_get_ns();
	event->socket_cookie = cookie;
	event->kind = kind;
	event->protocol = protocol;
	return event;
}

#endif
