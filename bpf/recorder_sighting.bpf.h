/* SPDX-License-Identifier: GPL-2.0-only */
/* What a packet is, as far as its headers tell. */
#ifndef SACCADE_RECORDER_SIGHTING_BPF_H
#define SACCADE_RECORDER_SIGHTING_BPF_H

#include "recorder_state.bpf.h"
#include "netns_cookie.bpf.h"
#include "verified_once.h"

#define IP_OFFSET_MASK 0x1fff
#define DNS_PORT 53
#define MDNS_PORT 5353
#define EXTENSION_HEADERS_MAX 4
/* Extension headers that reach further are not looked through. */
#define HEADER_OFFSET_MAX 255
/* IPv6 extension headers, https://www.iana.org/assignments/protocol-numbers (macros in the kernel, not in its BTF). */
#define NEXTHDR_HOP_BY_HOP 0
#define NEXTHDR_ROUTING 43
#define NEXTHDR_FRAGMENT 44
#define NEXTHDR_AUTHENTICATION 51
#define NEXTHDR_DESTINATION 60

struct tcp_start {
	__be16 source;
	__be16 dest;
	__be32 seq;
	__be32 ack;
	__u8 offset;
	__u8 flags;
};

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04

static __always_inline __u64 netns_cookie_of(struct __sk_buff *ctx, struct bpf_sock *sk)
{
	return recorder_netns_helper ? bpf_get_netns_cookie(ctx) : sock_netns_cookie(sk);
}

/*
 * Headers lie in the packet's linear part: the stack has pulled them up before a socket's filter runs, and puts them
 * there when it sends. NULL otherwise.
 */
static __always_inline const void *header_at(struct __sk_buff *ctx, __u64 offset, __u32 bytes)
{
	const void *start = (const void *)(long)ctx->data;
	const void *end = (const void *)(long)ctx->data_end;
	if (offset > HEADER_OFFSET_MAX)
		return NULL;
	const void *header = start + offset;
	return header + bytes > end ? NULL : header;
}

static __always_inline void map_v4(__u8 *address, __be32 v4)
{
	__builtin_memset(address, 0, 10);
	address[10] = 0xff;
	address[11] = 0xff;
	__builtin_memcpy(address + 12, &v4, 4);
}

static __always_inline int see_ipv4(struct __sk_buff *ctx, struct sighting *s)
{
	const struct iphdr *ip = header_at(ctx, 0, sizeof(*ip));
	if (!ip)
		return -1;
	__u32 header_bytes = ip->ihl * 4;
	map_v4(s->remote, s->head.direction == RECORDER_OUT ? ip->daddr : ip->saddr);
	s->head.protocol = ip->protocol;
	s->headers_end = header_bytes;
	bool later_fragment = bpf_ntohs(ip->frag_off) & IP_OFFSET_MASK;
	s->head.transport_offset = later_fragment ? 0 : header_bytes;
	return 0;
}

static __always_inline bool is_extension(__u8 protocol)
{
	return protocol == NEXTHDR_HOP_BY_HOP || protocol == NEXTHDR_ROUTING || protocol == NEXTHDR_FRAGMENT ||
	       protocol == NEXTHDR_AUTHENTICATION || protocol == NEXTHDR_DESTINATION;
}

/* RFC 8200: length in units of 8 bytes beyond the first 8; a fragment header has none, AH counts in 4 (RFC 4302). */
static __always_inline __u32 extension_bytes(__u8 protocol, __u8 units)
{
	if (protocol == NEXTHDR_FRAGMENT)
		return 8;
	if (protocol == NEXTHDR_AUTHENTICATION)
		return (units + 2) * 4;
	return (units + 1) * 8;
}

static __always_inline int see_ipv6(struct __sk_buff *ctx, struct sighting *s)
{
	const struct ipv6hdr *ip = header_at(ctx, 0, sizeof(*ip));
	if (!ip)
		return -1;
	__builtin_memcpy(s->remote, s->head.direction == RECORDER_OUT ? &ip->daddr : &ip->saddr, 16);
	__u32 end = sizeof(*ip);
	__u8 protocol = ip->nexthdr;
#pragma unroll
	for (int i = 0; i < EXTENSION_HEADERS_MAX; i++) {
		__u8 extension[2];
		if (!is_extension(protocol) || end > 200)
			break;
		if (bpf_skb_load_bytes(ctx, end, extension, sizeof(extension)))
			break;
		end += extension_bytes(protocol, extension[1]);
		protocol = extension[0];
	}
	s->head.protocol = protocol;
	s->headers_end = end;
	s->head.transport_offset = end <= 255 ? end : 0;
	return 0;
}

static __always_inline bool is_dns_port(__u16 port)
{
	return port == DNS_PORT || port == MDNS_PORT;
}

static __always_inline void see_ports(struct sighting *s, __be16 source, __be16 dest)
{
	bool out = s->head.direction == RECORDER_OUT;
	s->head.local_port = bpf_ntohs(out ? source : dest);
	s->head.remote_port = bpf_ntohs(out ? dest : source);
	if (is_dns_port(s->head.local_port) || is_dns_port(s->head.remote_port))
		s->head.story |= RECORDER_STORY_DNS;
}

static __always_inline void see_tcp(struct __sk_buff *ctx, struct sighting *s)
{
	const struct tcp_start *tcp = header_at(ctx, s->headers_end, sizeof(*tcp));
	if (!tcp) {
		s->head.transport_offset = 0;
		return;
	}
	see_ports(s, tcp->source, tcp->dest);
	s->tcp_seq = bpf_ntohl(tcp->seq);
	s->headers_end += (tcp->offset >> 4) * 4;
	if (tcp->flags & TCP_SYN)
		s->head.story |= RECORDER_STORY_SYN;
	if (tcp->flags & TCP_FIN)
		s->head.story |= RECORDER_STORY_FIN;
	if (tcp->flags & TCP_RST)
		s->head.story |= RECORDER_STORY_RST;
}

static __always_inline void see_udp(struct __sk_buff *ctx, struct sighting *s)
{
	const __be16 *ports = header_at(ctx, s->headers_end, 2 * sizeof(*ports));
	if (!ports) {
		s->head.transport_offset = 0;
		return;
	}
	see_ports(s, ports[0], ports[1]);
	s->headers_end += sizeof(struct udphdr);
}

static __always_inline void see_transport(struct __sk_buff *ctx, struct sighting *s)
{
	if (!s->head.transport_offset)
		return;
	if (s->head.protocol == IPPROTO_TCP)
		see_tcp(ctx, s);
	else if (s->head.protocol == IPPROTO_UDP)
		see_udp(ctx, s);
	else
		s->headers_end += 8; /* ICMP's header; of others the first words */
}

/*
 * New data leaves with seq == snd_nxt, which moves only afterwards; what lies before it has left already. Likewise
 * what arrives before rcv_nxt has arrived already (a resend that fills a hole is indistinguishable from late data).
 */
static __always_inline bool is_resent(struct bpf_sock *sk, const struct sighting *s)
{
	if (s->head.protocol != IPPROTO_TCP || s->head.length <= s->headers_end)
		return false;
	struct bpf_sock *full = bpf_sk_fullsock(sk);
	if (!full)
		return false;
	struct bpf_tcp_sock *tcp = bpf_tcp_sock(full);
	if (!tcp)
		return false;
	__u32 to_send = tcp->snd_nxt, to_receive = tcp->rcv_nxt;
	/* Else the compiler chooses between two addresses, and the verifier refuses to add to this pointer. */
	barrier_var(to_send);
	__u32 next = s->head.direction == RECORDER_OUT ? to_send : to_receive;
	return (__s32)(s->tcp_seq - next) < 0;
}

/* 0: `s`, of which the caller gives the direction, is filled. */
VERIFIED_ONCE int see(struct __sk_buff *ctx, struct sighting *s)
{
	struct bpf_sock *sk = ctx->sk;
	const __u8 *first = header_at(ctx, 0, 1);
	if (!s || !sk || !first)
		return -1;
	s->head.ip_version = *first >> 4;
	s->head.ktime_ns = bpf_ktime_get_ns();
	s->head.length = ctx->len;
	s->head.gso_size = ctx->gso_size;
	s->head.gso_segs = ctx->gso_segs;
	s->head.cpu = bpf_get_smp_processor_id();
	s->head.socket_state = sk->state;
	int failed = s->head.ip_version == 4 ? see_ipv4(ctx, s) : see_ipv6(ctx, s);
	if (failed)
		return failed;
	see_transport(ctx, s);
	if (s->headers_end > s->head.length)
		s->headers_end = s->head.length;
	s->head.netns_cookie = netns_cookie_of(ctx, sk);
	s->head.socket_cookie = bpf_get_socket_cookie(ctx);
	if (sk->state != BPF_TCP_LISTEN && is_resent(sk, s))
		s->head.story |= RECORDER_STORY_RESENT;
	return 0;
}

#endif
