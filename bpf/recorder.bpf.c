// SPDX-License-Identifier: GPL-2.0-only
/*
 * The flight recorder: the headers of the last packets of every socket on this machine, in two kinds of rings that
 * user space maps. The large ones take every packet; the small ones take only what tells the story of a connection
 * (SYN, FIN, RST, what was sent again, DNS), so that a flood of data does not wash it away.
 *
 * A slot is written between `seq = 0` and `seq = position + 1`; a reader copies it and accepts the copy only if `seq`
 * was position + 1 before and after. A ring may be shared by several CPUs, and on one CPU softirq interrupts a sender,
 * hence the atomic head.
 *
 * Every program returns 1: a recorder never decides about traffic.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "recorder.h"
#include "netns_cookie.bpf.h"

#define LOOPBACK_IFINDEX 1
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
#define NS_PER_S 1000000000ull
/* IPv4 without options and TCP with timestamps: nearly every packet. */
#define COMMON_HEADERS 52
/* A power of two. */
#define RECORDER_QUOTAS 4096

/* Knobs, set before load. Slots a ring are powers of two: mask = slots - 1. */
const volatile __u32 recorder_rings = 1;
const volatile __u32 recorder_packet_mask = 255;
const volatile __u32 recorder_story_mask = 255;
const volatile __u32 recorder_loopback = 0;
/* 1 where bpf_get_netns_cookie exists for this program type (Linux 6.15): saves two probe reads a packet. */
const volatile __u32 recorder_netns_helper = 0;
/* Slots that one network namespace may take of one CPU's rings, by second; twice as many in a burst. */
const volatile __u32 recorder_packet_quota = 5000;
const volatile __u32 recorder_story_quota = 500;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, struct packet_slot);
} packets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, struct story_slot);
} stories SEC(".maps");

/* First the heads of the packet rings, then those of the story rings. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct ring_head);
} ring_heads SEC(".maps");

struct quota {
	__u64 refilled_ns;
	__u32 packet_tokens;
	__u32 story_tokens;
};

/*
 * Per CPU, because what it protects is this CPU's share of a ring; no contention either. By the last bits of the
 * namespace's cookie, which the kernel counts up: namespaces share a quota only where there are thousands of them,
 * and the look-up costs no hash.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, RECORDER_QUOTAS);
	__type(key, __u32);
	__type(value, struct quota);
} quotas SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, struct follow_filter);
	__type(value, struct follow_terms);
} follow SEC(".maps");

/*
 * Sockets of which a packet matched a filter. With DNAT, egress shows the endpoint and ingress the service address:
 * one direction matches the filter, the socket finds the other.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64); /* socket cookie */
	__type(value, struct follow_filter);
} followed_sockets SEC(".maps");

/* Number of entries in `follow`: nobody pays for look-ups while nothing is followed. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} follow_count SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 * 1024 * 1024);
} followed SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, RECORDER_COUNT_MAX);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

/* Keeps the layouts of ring buffer events in the object's BTF. */
struct followed_short *btf_followed_short __attribute__((unused));
struct followed_long *btf_followed_long __attribute__((unused));

/* What is known of a packet before a slot is taken for it. */
struct sighting {
	struct packet_head head;
	__u8 remote[16];
	__u32 headers_end;
	__u32 tcp_seq;
};

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

static __always_inline void count(__u32 counter)
{
	__u64 *n = bpf_map_lookup_elem(&counters, &counter);
	if (n)
		__sync_fetch_and_add(n, 1);
}

/*
 * Stores become visible in program order on x86; on arm64 the atomic exchange is a full barrier, which a plain store
 * is not.
 */
static __always_inline void mark(__u64 *seq, __u64 value)
{
#if defined(__TARGET_ARCH_x86)
	barrier();
	*(volatile __u64 *)seq = value;
	barrier();
#else
	__sync_lock_test_and_set(seq, value);
#endif
}

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
	__u32 next = s->head.direction == RECORDER_OUT ? tcp->snd_nxt : tcp->rcv_nxt;
	return (__s32)(s->tcp_seq - next) < 0;
}

static __always_inline int see(struct __sk_buff *ctx, struct bpf_sock *sk, struct sighting *s)
{
	const __u8 *first = header_at(ctx, 0, 1);
	if (!first)
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

static __always_inline __u32 refill(__u32 tokens, __u64 elapsed_ns, __u32 quota)
{
	__u64 full = 2ull * quota;
	__u64 refilled = tokens + elapsed_ns * quota / NS_PER_S;
	return refilled > full ? full : refilled;
}

static __always_inline struct quota *quota_of(__u64 netns_cookie, __u64 now_ns)
{
	__u32 index = netns_cookie & (RECORDER_QUOTAS - 1);
	struct quota *quota = bpf_map_lookup_elem(&quotas, &index);
	if (!quota)
		return NULL;
	/* The first time this is long ago, and it fills up. In steps of 10 ms: a token is worth many nanoseconds, and what a step rounds away would never come back. */
	__u64 elapsed_ns = now_ns - quota->refilled_ns;
	if ((__s64)elapsed_ns > 10000000) {
		if (elapsed_ns > 4 * NS_PER_S)
			elapsed_ns = 4 * NS_PER_S;
		quota->packet_tokens = refill(quota->packet_tokens, elapsed_ns, recorder_packet_quota);
		quota->story_tokens = refill(quota->story_tokens, elapsed_ns, recorder_story_quota);
		quota->refilled_ns = now_ns;
	}
	return quota;
}

/* Softirq may interrupt between test and subtraction: then one packet too many is let in, and the floor is kept. */
static __always_inline bool take(__u32 *tokens)
{
	__u32 left = *tokens;
	if (!left)
		return false;
	*tokens = left - 1;
	return true;
}

static __always_inline __u64 reserve(__u32 head_index)
{
	struct ring_head *head = bpf_map_lookup_elem(&ring_heads, &head_index);
	return head ? __sync_fetch_and_add(&head->next, 1) : 0;
}

/* Copies the head but for `seq`, which `mark` owns. */
static __always_inline void fill_head(struct packet_head *to, const struct packet_head *from, __u32 captured)
{
	__builtin_memcpy(&to->ktime_ns, &from->ktime_ns, sizeof(*to) - sizeof(to->seq));
	to->captured = captured;
}

static __always_inline void load(struct __sk_buff *ctx, struct packet_head *head, __u8 *data, __u32 bytes)
{
	if (bpf_skb_load_bytes(ctx, 0, data, bytes)) {
		head->captured = 0;
		count(RECORDER_COUNT_UNREADABLE);
	}
}

static __always_inline void write_packet(struct __sk_buff *ctx, const struct sighting *s)
{
	__u32 ring = s->head.cpu % recorder_rings;
	__u64 position = reserve(ring);
	__u32 index = ring * (recorder_packet_mask + 1) + ((__u32)position & recorder_packet_mask);
	struct packet_slot *slot = bpf_map_lookup_elem(&packets, &index);
	__u32 bytes = s->headers_end;
	if (!slot || !bytes)
		return;
	if (bytes > RECORDER_HEADERS_MAX)
		bytes = RECORDER_HEADERS_MAX;
	mark(&slot->head.seq, 0);
	fill_head(&slot->head, &s->head, bytes);
	/* In place, without a helper and a copy of variable length. */
	const __u32 *common = bytes == COMMON_HEADERS ? header_at(ctx, 0, COMMON_HEADERS) : NULL;
	if (common) {
#pragma unroll
		for (int i = 0; i < COMMON_HEADERS / 4; i++)
			((__u32 *)slot->data)[i] = common[i];
	} else {
		load(ctx, &slot->head, slot->data, bytes);
	}
	/* The head of the ring counts it: an atomic addition here would wait for these stores. */
	mark(&slot->head.seq, position + 1);
}

/* Only DNS is copied beyond its headers. */
static __always_inline __u32 story_bytes(const struct sighting *s)
{
	__u32 bytes = s->head.story & RECORDER_STORY_DNS ? s->head.length : s->headers_end;
	return bytes > RECORDER_STORY_MAX ? RECORDER_STORY_MAX : bytes;
}

static __always_inline void write_story(struct __sk_buff *ctx, const struct sighting *s)
{
	__u32 ring = s->head.cpu % recorder_rings;
	__u64 position = reserve(recorder_rings + ring);
	__u32 index = ring * (recorder_story_mask + 1) + ((__u32)position & recorder_story_mask);
	struct story_slot *slot = bpf_map_lookup_elem(&stories, &index);
	__u32 bytes = story_bytes(s);
	if (!slot || !bytes)
		return;
	mark(&slot->head.seq, 0);
	fill_head(&slot->head, &s->head, bytes);
	load(ctx, &slot->head, slot->data, bytes);
	mark(&slot->head.seq, position + 1);
}

static __always_inline void record(struct __sk_buff *ctx, const struct sighting *s)
{
	struct quota *quota = quota_of(s->head.netns_cookie, s->head.ktime_ns);
	if (!quota)
		return;
	if (take(&quota->packet_tokens))
		write_packet(ctx, s);
	else
		count(RECORDER_COUNT_PACKETS_OVER_QUOTA);
	if (!s->head.story)
		return;
	if (take(&quota->story_tokens))
		write_story(ctx, s);
	else
		count(RECORDER_COUNT_STORY_OVER_QUOTA);
}

/* Neither a listener nor the kernel's own sockets: those carry packets of many connections under one cookie. */
static __always_inline bool is_own_socket(const struct sighting *s)
{
	__u8 state = s->head.socket_state;
	return s->head.protocol == IPPROTO_TCP && state != BPF_TCP_LISTEN && state != BPF_TCP_CLOSE &&
	       state != BPF_TCP_NEW_SYN_RECV;
}

static __always_inline struct follow_terms *terms_by_address(const struct sighting *s, struct follow_filter *filter)
{
	filter->netns_cookie = s->head.netns_cookie;
	__builtin_memcpy(filter->peer, s->remote, 16);
	filter->service_port = s->head.remote_port;
	filter->role = RECORDER_ROLE_CLIENT;
	struct follow_terms *terms = bpf_map_lookup_elem(&follow, filter);
	if (terms)
		return terms;
	filter->service_port = s->head.local_port;
	filter->role = RECORDER_ROLE_SERVER;
	terms = bpf_map_lookup_elem(&follow, filter);
	if (terms)
		return terms;
	filter->service_port = 0;
	filter->role = RECORDER_ROLE_ANY;
	return bpf_map_lookup_elem(&follow, filter);
}

static __always_inline struct follow_terms *terms_of(const struct sighting *s)
{
	struct follow_filter filter = {};
	struct follow_terms *terms = terms_by_address(s, &filter);
	__u64 cookie = s->head.socket_cookie;
	if (terms) {
		if (is_own_socket(s) && !bpf_map_lookup_elem(&followed_sockets, &cookie))
			bpf_map_update_elem(&followed_sockets, &cookie, &filter, BPF_ANY);
		return terms;
	}
	struct follow_filter *learned = bpf_map_lookup_elem(&followed_sockets, &cookie);
	return learned ? bpf_map_lookup_elem(&follow, learned) : NULL;
}

#define SUBMIT_FOLLOWED(ctx, s, type, bytes)                                              \
	({                                                                                \
		struct type *event = bpf_ringbuf_reserve(&followed, sizeof(*event), 0);   \
		if (event) {                                                              \
			__u32 limited = bytes;                                            \
			if (limited > sizeof(event->data))                                \
				limited = sizeof(event->data);                            \
			event->head.seq = 0;                                              \
			fill_head(&event->head, &(s)->head, limited);                     \
			load(ctx, &event->head, event->data, limited);                    \
			bpf_ringbuf_submit(event, 0);                                     \
		}                                                                         \
		event != NULL;                                                            \
	})

static __always_inline void follow_packet(struct __sk_buff *ctx, const struct sighting *s)
{
	__u32 zero = 0;
	__u32 *active = bpf_map_lookup_elem(&follow_count, &zero);
	if (!active || !*active)
		return;
	struct follow_terms *terms = terms_of(s);
	if (!terms || terms->until_ktime_ns < s->head.ktime_ns)
		return;
	__u32 bytes = story_bytes(s);
	if (bytes < terms->snaplen)
		bytes = terms->snaplen;
	if (bytes > s->head.length)
		bytes = s->head.length;
	if (!bytes)
		return;
	bool sent = bytes <= RECORDER_FOLLOW_SHORT ? SUBMIT_FOLLOWED(ctx, s, followed_short, bytes)
						   : SUBMIT_FOLLOWED(ctx, s, followed_long, bytes);
	count(sent ? RECORDER_COUNT_FOLLOWED : RECORDER_COUNT_FOLLOW_LOST);
}

static __always_inline int handle(struct __sk_buff *ctx, __u8 direction)
{
	struct bpf_sock *sk = ctx->sk;
	struct sighting s = { .head.direction = direction };
	if (!recorder_loopback && ctx->ifindex == LOOPBACK_IFINDEX)
		return 1;
	if (!sk) {
		count(RECORDER_COUNT_NO_SOCKET);
		return 1;
	}
	if (see(ctx, sk, &s)) {
		count(RECORDER_COUNT_UNREADABLE);
		return 1;
	}
	record(ctx, &s);
	follow_packet(ctx, &s);
	return 1;
}

SEC("cgroup_skb/ingress")
int record_ingress(struct __sk_buff *ctx)
{
	return handle(ctx, RECORDER_IN);
}

SEC("cgroup_skb/egress")
int record_egress(struct __sk_buff *ctx)
{
	return handle(ctx, RECORDER_OUT);
}

char LICENSE[] SEC("license") = "GPL";
