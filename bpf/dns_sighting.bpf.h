/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a message stands in a packet. */
#ifndef SACCADE_DNS_SIGHTING_BPF_H
#define SACCADE_DNS_SIGHTING_BPF_H

/* A message in a packet, before it is copied. */
struct sighting {
	__u32 offset; /* of the message, or of the TCP payload */
	__u32 payload;
	__u32 tcp_seq;
	__be16 remote_port;
	__be16 local_port;
	bool v4;
};

/* Where the head ends and the message begins; false: not UDP or TCP, or IPv6 extension headers, which no resolver sends. */
static __always_inline bool see(struct __sk_buff *ctx, __u8 protocol, bool out, struct sighting *s)
{
	__u8 first = 0, found = 0;
	if (bpf_skb_load_bytes(ctx, 0, &first, 1))
		return false;
	s->v4 = first >> 4 == 4;
	__u32 protocol_at = s->v4 ? offsetof(struct iphdr, protocol) : offsetof(struct ipv6hdr, nexthdr);
	if (bpf_skb_load_bytes(ctx, protocol_at, &found, 1) || found != protocol)
		return false;
	__u32 transport = s->v4 ? (first & 0xf) * 4 : sizeof(struct ipv6hdr);
	__be16 ports[2];
	if (bpf_skb_load_bytes(ctx, transport, ports, sizeof(ports)))
		return false;
	s->local_port = ports[out ? 0 : 1];
	s->remote_port = ports[out ? 1 : 0];
	s->offset = transport + sizeof(struct udphdr);
	if (protocol == IPPROTO_TCP) {
		__be32 seq = 0;
		__u8 words = 0;
		if (bpf_skb_load_bytes(ctx, transport + offsetof(struct tcphdr, seq), &seq, sizeof(seq)) ||
		    bpf_skb_load_bytes(ctx, transport + 12, &words, 1))
			return false;
		s->tcp_seq = bpf_ntohl(seq);
		s->offset = transport + (words >> 4) * 4;
	}
	s->payload = ctx->len > s->offset ? ctx->len - s->offset : 0;
	return true;
}

#endif
