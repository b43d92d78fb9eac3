/* SPDX-License-Identifier: GPL-2.0-only */
/* What a datagram is, as far as its headers tell. */
#ifndef SACCADE_UDP_SIGHTING_BPF_H
#define SACCADE_UDP_SIGHTING_BPF_H

#include "udp_state.bpf.h"

#define IP_OFFSET_MASK 0x1fff
#define DHCP_SERVER_PORT 67
#define DHCP_CLIENT_PORT 68
#define DHCP6_CLIENT_PORT 546
#define DHCP6_SERVER_PORT 547

struct datagram {
	__u32 remote[4]; /* network byte order; IPv4 in the first */
	__u32 payload;
	__u32 packets;
	__u16 local_port;
	__u16 remote_port;
	__u8 ip_version;
};

/*
 * Headers lie in the packet's linear part: the stack has pulled them up before a socket's filter runs, and puts them
 * there when it sends. NULL otherwise.
 */
static __always_inline const void *head_at(struct __sk_buff *ctx, __u32 offset, __u32 bytes)
{
	const void *head = (const void *)(long)ctx->data + offset;
	return head + bytes > (const void *)(long)ctx->data_end ? NULL : head;
}

/* Bytes of the IP header in front of UDP; 0: no UDP, or later fragments of it, or not readable. */
static __always_inline __u32 see_ip(struct __sk_buff *ctx, bool out, struct datagram *d)
{
	const struct iphdr *v4 = head_at(ctx, 0, sizeof(*v4));
	if (!v4)
		return 0;
	if (v4->version == 4) {
		if (v4->protocol != IPPROTO_UDP || (v4->frag_off & bpf_htons(IP_OFFSET_MASK)))
			return 0;
		d->ip_version = 4;
		d->remote[0] = out ? v4->daddr : v4->saddr;
		return v4->ihl * 4;
	}
	const struct ipv6hdr *v6 = head_at(ctx, 0, sizeof(*v6));
	if (!v6 || v6->nexthdr != IPPROTO_UDP)
		return 0;
	d->ip_version = 6;
	__builtin_memcpy(d->remote, out ? &v6->daddr : &v6->saddr, sizeof(d->remote));
	return sizeof(*v6);
}

/*
 * False: no UDP, which nearly all packets are that come here. Behind IPv6 extension headers nothing is looked for:
 * packets come here whole, and programs put no others than fragments' in front of UDP.
 */
static __always_inline bool see(struct __sk_buff *ctx, bool out, struct datagram *d)
{
	__u32 headers = see_ip(ctx, out, d);
	const struct udphdr *udp = headers ? head_at(ctx, headers, sizeof(*udp)) : NULL;
	if (!udp)
		return false;
	d->local_port = bpf_ntohs(out ? udp->source : udp->dest);
	d->remote_port = bpf_ntohs(out ? udp->dest : udp->source);
	headers += sizeof(*udp);
	/* Of a super-packet (UDP_SEGMENT) the headers stand once. */
	d->payload = ctx->len > headers ? ctx->len - headers : 0;
	d->packets = ctx->gso_segs ? ctx->gso_segs : 1;
	return true;
}

/* A connected socket's peer as its program means it: with NAT, the packet that leaves shows another one. */
static __always_inline void see_connected(struct bpf_sock *sk, struct datagram *d)
{
	if (!sk->dst_port)
		return;
	d->remote_port = bpf_ntohs(sk->dst_port);
	if (d->ip_version == 6) {
		d->remote[0] = sk->dst_ip6[0];
		d->remote[1] = sk->dst_ip6[1];
		d->remote[2] = sk->dst_ip6[2];
		d->remote[3] = sk->dst_ip6[3];
	} else {
		__u32 v4 = sk->dst_ip4, mapped = sk->dst_ip6[3];
		/* Else the compiler chooses between two addresses, and the verifier refuses to add to this pointer. */
		barrier_var(v4);
		d->remote[0] = sk->family == AF_INET ? v4 : mapped;
	}
}

/* Not loopback, link-local, multicast, broadcast or unspecified. Private ranges may be somebody's outside. */
static __always_inline bool is_unicast(const struct datagram *d)
{
	__u32 head = bpf_ntohl(d->remote[0]);
	if (d->ip_version == 4)
		return head >> 24 != 127 && head >> 24 != 0 && head < 0xe0000000 && head >> 16 != 0xa9fe;
	if (head >> 24 == 0xff || head >> 22 == 0xfe80 >> 6)
		return false;
	return head || d->remote[1] || d->remote[2] || bpf_ntohl(d->remote[3]) > 1;
}

/* A lease is renewed with a server that may stand outside: the machine's own housekeeping. */
static __always_inline bool is_dhcp(const struct datagram *d)
{
	return (d->local_port == DHCP_CLIENT_PORT && d->remote_port == DHCP_SERVER_PORT) ||
	       (d->local_port == DHCP6_CLIENT_PORT && d->remote_port == DHCP6_SERVER_PORT);
}

#endif
