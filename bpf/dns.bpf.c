// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the DNS clients of this machine ask and are told: heads of their queries and of the responses, errors that
 * their sockets report, and sockets closed while an answer was awaited. User space matches and judges them.
 *
 * Only the client's side of an exchange is told: queries where they leave their socket, responses where they reach
 * it. A resolver that runs here is a client too, where it asks another one.
 *
 * Packets that are not DNS, nearly all, cost one load: the port that a socket is connected to. The programs return 1
 * whatever happens: they never decide about traffic.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "dns.h"
#include "netns_cookie.bpf.h"
#include "percpu_health.h"
#include "socket_identity.h"

#define DNS_PORT 53
#define MDNS_PORT 5353
#define DNS_HEADER_BYTES 12
#define NS_PER_S 1000000000ull
#define DNS_FLAGS_RESPONSE 0x8000
/* Clients with an answer outstanding. */
#define ASKERS_MAX 16384

/*
 * Queries a second and CPU that are told. Responses have twice that: one that is not told would make its query look
 * unanswered, while a query that is not told is just not counted.
 */
const volatile __u32 dns_queries_per_second = 5000;
/* User space is woken at most this often by a CPU; it looks again by itself for what comes in between. */
const volatile __u64 dns_wake_gap_ns = 10 * 1000 * 1000;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 * 1024 * 1024);
} events SEC(".maps");

DEFINE_HEALTH(struct dns_health);
#define count(field) COUNT(struct dns_health, field)

struct budget {
	__u64 started_ns;
	__u64 woken_ns;
	__u32 queries;
	__u32 others;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct budget);
} budgets SEC(".maps");

/* By socket cookie: queries less responses. What user space cannot know is when a client stops waiting. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, ASKERS_MAX);
	__type(key, __u64);
	__type(value, __s32);
} askers SEC(".maps");

/* Keep the layouts of events in the object's BTF. */
struct dns_short *btf_dns_short __attribute__((unused));
struct dns_long *btf_dns_long __attribute__((unused));

/* RFC 1035 section 4.1.1. */
struct dns_header {
	__be16 id;
	__be16 flags;
	__be16 questions;
	__be16 answers;
	__be16 authorities;
	__be16 additional;
};

/* A message in a packet, before it is copied. */
struct sighting {
	__u32 offset; /* of the message, or of the TCP payload */
	__u32 payload;
	__u32 tcp_seq;
	__be16 remote_port;
	__be16 local_port;
	bool v4;
};

static __always_inline struct budget *spend(__u8 kind)
{
	__u32 zero = 0;
	struct budget *budget = bpf_map_lookup_elem(&budgets, &zero);
	if (!budget)
		return NULL;
	__u64 now_ns = bpf_ktime_get_ns();
	if (now_ns - budget->started_ns >= NS_PER_S) {
		budget->started_ns = now_ns;
		budget->queries = 0;
		budget->others = 0;
	}
	if (kind == DNS_KIND_QUERY ? budget->queries++ < dns_queries_per_second :
				     budget->others++ < 2 * dns_queries_per_second)
		return budget;
	count(over_limit);
	return NULL;
}

static __always_inline __u64 wake_flags(struct budget *budget)
{
	__u64 now_ns = bpf_ktime_get_ns();
	if (now_ns - budget->woken_ns < dns_wake_gap_ns)
		return BPF_RB_NO_WAKEUP;
	budget->woken_ns = now_ns;
	return BPF_RB_FORCE_WAKEUP;
}

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

static __always_inline void expect_answer(__u64 cookie)
{
	__s32 *outstanding = bpf_map_lookup_elem(&askers, &cookie);
	__s32 one = 1;
	if (outstanding)
		__sync_fetch_and_add(outstanding, 1);
	else
		bpf_map_update_elem(&askers, &cookie, &one, BPF_ANY);
}

static __always_inline void answered(__u64 cookie)
{
	__s32 *outstanding = bpf_map_lookup_elem(&askers, &cookie);
	if (outstanding && *outstanding > 0)
		__sync_fetch_and_add(outstanding, -1);
}

static __always_inline void see_query(struct __sk_buff *ctx, struct bpf_sock *sk, const struct sighting *s)
{
	expect_answer(bpf_get_socket_cookie(ctx));
	struct budget *budget = spend(DNS_KIND_QUERY);
	if (!budget)
		return;
	if (sk->protocol == IPPROTO_TCP)
		tell_long(ctx, sk, s, DNS_KIND_QUERY, budget);
	else
		tell_short(ctx, sk, s, DNS_KIND_QUERY, budget);
	count(queries);
}

static __always_inline void see_response(struct __sk_buff *ctx, struct bpf_sock *sk, const struct sighting *s)
{
	struct dns_header header = {};
	bool tcp = sk->protocol == IPPROTO_TCP;
	if (!tcp) {
		if (bpf_skb_load_bytes(ctx, s->offset, &header, sizeof(header)) ||
		    !(bpf_ntohs(header.flags) & DNS_FLAGS_RESPONSE))
			return;
		answered(bpf_get_socket_cookie(ctx));
	}
	struct budget *budget = spend(DNS_KIND_RESPONSE);
	if (!budget)
		return;
	/* Without answers, the question is all that is looked at. */
	if (tcp || header.answers)
		tell_long(ctx, sk, s, DNS_KIND_RESPONSE, budget);
	else
		tell_short(ctx, sk, s, DNS_KIND_RESPONSE, budget);
	count(responses);
}

static __always_inline void handle(struct __sk_buff *ctx, bool out)
{
	struct bpf_sock *sk = ctx->sk;
	/* Connected elsewhere: nearly all packets end here. */
	if (!sk || (sk->dst_port && sk->dst_port != bpf_htons(DNS_PORT)))
		return;
	sk = bpf_sk_fullsock(sk);
	if (!sk || (sk->protocol != IPPROTO_UDP && sk->protocol != IPPROTO_TCP))
		return;
	bool connected = sk->dst_port != 0;
	if (!connected && sk->protocol == IPPROTO_TCP)
		return;
	struct sighting s = {};
	if (!see(ctx, sk->protocol, out, &s)) {
		count(unreadable);
		return;
	}
	if (!connected && s.remote_port != bpf_htons(DNS_PORT) && (out || s.remote_port != bpf_htons(MDNS_PORT)))
		return;
	/* Acknowledgements, and what is no message. */
	if (sk->protocol == IPPROTO_TCP ? s.payload == 0 : s.payload < DNS_HEADER_BYTES)
		return;
	if (out)
		see_query(ctx, sk, &s);
	else
		see_response(ctx, sk, &s);
}

SEC("cgroup_skb/egress")
int dns_egress(struct __sk_buff *ctx)
{
	handle(ctx, true);
	return 1;
}

SEC("cgroup_skb/ingress")
int dns_ingress(struct __sk_buff *ctx)
{
	handle(ctx, false);
	return 1;
}

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

static __always_inline void tell_closed(__u64 cookie, __u8 protocol)
{
	struct budget *budget = spend(DNS_KIND_CLOSED);
	struct dns_event *event = budget ? reserve_bare(cookie, DNS_KIND_CLOSED, protocol) : NULL;
	if (!event)
		return;
	bpf_ringbuf_submit(event, wake_flags(budget));
	count(closes);
}

/* The client gives up, or never wanted to know the rest. */
SEC("cgroup/sock_release")
int dns_release(struct bpf_sock *ctx)
{
	/* Before the map is asked: a closing TCP connection to elsewhere. */
	if (ctx->protocol != IPPROTO_UDP && ctx->dst_port != bpf_htons(DNS_PORT))
		return 1;
	__u64 cookie = bpf_get_socket_cookie(ctx);
	__s32 *outstanding = bpf_map_lookup_elem(&askers, &cookie);
	if (!outstanding)
		return 1;
	if (*outstanding > 0)
		tell_closed(cookie, ctx->protocol);
	bpf_map_delete_elem(&askers, &cookie);
	return 1;
}

/*
 * ICMP errors and resets, which packet programs do not see (Linux 5.14). An unconnected socket is not told them,
 * and so neither is its client.
 */
SEC("tp_btf/inet_sk_error_report")
int BPF_PROG(dns_socket_error, const struct sock *sk)
{
	const struct sock_common *common = &sk->__sk_common;
	int error = sk->sk_err ? sk->sk_err : sk->sk_err_soft;
	if (common->skc_dport != bpf_htons(DNS_PORT) || !error)
		return 0;
	__u64 cookie = bpf_get_socket_cookie((void *)sk);
	struct budget *budget = spend(DNS_KIND_ERROR);
	struct dns_event *event = budget ? reserve_bare(cookie, DNS_KIND_ERROR, sk->sk_protocol) : NULL;
	if (!event)
		return 0;
	event->error = error;
	event->netns_cookie = common->skc_net.net->net_cookie;
	event->netns_inode = common->skc_net.net->ns.inum;
	event->cgroup_id = cgroup_id_of(sk);
	event->server_port = DNS_PORT;
	event->local_port = common->skc_num;
	event->ip_version = copy_address(event->server, common->skc_family, common->skc_daddr, &common->skc_v6_daddr);
	bpf_ringbuf_submit(event, wake_flags(budget));
	count(errors);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
