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
#include "dns_tell.bpf.h"

#define DNS_PORT 53
#define MDNS_PORT 5353
#define DNS_HEADER_BYTES 12
#define DNS_FLAGS_RESPONSE 0x8000

/* RFC 1035 section 4.1.1. */
struct dns_header {
	__be16 id;
	__be16 flags;
	__be16 questions;
	__be16 answers;
	__be16 authorities;
	__be16 additional;
};

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
