// SPDX-License-Identifier: GPL-2.0-only
/*
 * Heads of the DNS responses that clients on this machine receive over UDP, for the names of their peers.
 *
 * Only ingress, where the socket is the client's: at egress the same response is seen once more when the server runs
 * here too, but there the socket is the server's, and what it tells others it has not looked up itself.
 *
 * The program returns 1 whatever happens: it never decides about traffic.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "dns.h"
#include "netns_cookie.bpf.h"

#define DNS_PORT 53
#define MDNS_PORT 5353
#define DNS_FLAGS_RESPONSE 0x8000
#define DNS_FLAGS_RCODE 0x000f
#define NS_PER_S 1000000000ull

/* Responses a second and CPU that are told; the rest is counted. */
const volatile __u32 dns_responses_per_second = 1000;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1024 * 1024);
} responses SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, DNS_COUNT_MAX);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

struct second {
	__u64 started_ns;
	__u32 told;
	__u32 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct second);
} seconds SEC(".maps");

/* Keeps the layout of the event in the object's BTF. */
struct dns_response *btf_dns_response __attribute__((unused));

/* RFC 1035 section 4.1.1. */
struct dns_header {
	__be16 id;
	__be16 flags;
	__be16 questions;
	__be16 answers;
	__be16 authorities;
	__be16 additional;
};

static __always_inline void count(__u32 counter)
{
	__u64 *value = bpf_map_lookup_elem(&counters, &counter);
	if (value)
		*value += 1;
}

static __always_inline bool under_limit(void)
{
	__u32 zero = 0;
	struct second *second = bpf_map_lookup_elem(&seconds, &zero);
	__u64 now_ns = bpf_ktime_get_ns();
	if (!second)
		return false;
	if (now_ns - second->started_ns >= NS_PER_S) {
		second->started_ns = now_ns;
		second->told = 0;
	}
	second->told++;
	return second->told <= dns_responses_per_second;
}

/* Offset of the UDP header; 0: none (an IPv6 extension header before it, which no resolver sends). */
static __always_inline __u32 udp_offset(struct __sk_buff *ctx)
{
	__u8 first = 0;
	__u8 protocol = 0;
	if (bpf_skb_load_bytes(ctx, 0, &first, 1))
		return 0;
	bool v4 = first >> 4 == 4;
	__u32 protocol_at = v4 ? offsetof(struct iphdr, protocol) : offsetof(struct ipv6hdr, nexthdr);
	if (bpf_skb_load_bytes(ctx, protocol_at, &protocol, 1) || protocol != IPPROTO_UDP)
		return 0;
	return v4 ? (first & 0xf) * 4 : sizeof(struct ipv6hdr);
}

/* Names come only from responses that succeeded and answer something. */
static __always_inline bool has_answers(struct __sk_buff *ctx, __u32 offset)
{
	struct dns_header header;
	if (bpf_skb_load_bytes(ctx, offset, &header, sizeof(header)))
		return false;
	__u16 flags = bpf_ntohs(header.flags);
	return (flags & DNS_FLAGS_RESPONSE) && !(flags & DNS_FLAGS_RCODE) && header.answers;
}

static __always_inline void tell(struct __sk_buff *ctx, struct bpf_sock *sk, __u32 offset, __u16 port)
{
	__u32 length = ctx->len - offset;
	__u32 captured = length;
	if (captured > DNS_HEAD_MAX)
		captured = DNS_HEAD_MAX;
	if (!under_limit()) {
		count(DNS_COUNT_OVER_LIMIT);
		return;
	}
	struct dns_response *event = bpf_ringbuf_reserve(&responses, sizeof(*event), 0);
	if (!event) {
		count(DNS_COUNT_LOST);
		return;
	}
	if (!captured || bpf_skb_load_bytes(ctx, offset, event->data, captured)) {
		bpf_ringbuf_discard(event, 0);
		count(DNS_COUNT_UNREADABLE);
		return;
	}
	event->netns_cookie = sock_netns_cookie(sk);
	event->server_port = port;
	event->length = length;
	event->captured = captured;
	event->reserved = 0;
	bpf_ringbuf_submit(event, 0);
	count(DNS_COUNT_RESPONSES);
}

static __always_inline void handle(struct __sk_buff *ctx)
{
	/* The socket's protocol first: TCP, nearly all packets, pays for nothing else. */
	struct bpf_sock *sk = ctx->sk;
	struct bpf_sock *full = sk ? bpf_sk_fullsock(sk) : NULL;
	if (!full || full->protocol != IPPROTO_UDP)
		return;
	__u32 offset = udp_offset(ctx);
	__be16 source = 0;
	if (!offset || bpf_skb_load_bytes(ctx, offset, &source, sizeof(source))) {
		count(DNS_COUNT_UNREADABLE);
		return;
	}
	__u16 port = bpf_ntohs(source);
	offset += sizeof(struct udphdr);
	if ((port == DNS_PORT || port == MDNS_PORT) && has_answers(ctx, offset))
		tell(ctx, full, offset, port);
}

SEC("cgroup_skb/ingress")
int dns_ingress(struct __sk_buff *ctx)
{
	handle(ctx);
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
