// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whom the UDP clients of this machine send to: counters by owner, peer and the peer's port. User space reads them each
 * second; no packet costs an event.
 *
 * UDP has no handshake that says who is the client. Whoever sends first is, with what ports tell of traffic whose
 * beginning was not seen: a socket on a port below those that the kernel gives to clients, which talks to a higher one,
 * answers. What servers do is not counted, and a client port of a stranger never gets an entry.
 *
 * Packets that are not UDP, nearly all, cost the look at one byte. The programs return 1 whatever happens: they never
 * decide about traffic.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "udp.h"
#include "netns_cookie.bpf.h"
#include "percpu_health.h"
#include "socket_identity.h"
#include "udp_sighting.bpf.h"

#define SOCK_DGRAM 2
#define WELL_KNOWN_PORTS 1024

static __always_inline struct udp_socket *socket_of(struct __sk_buff *ctx, struct bpf_sock *sk)
{
	struct udp_socket *socket = bpf_sk_storage_get(&sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!socket) {
		count(sockets_refused);
		return NULL;
	}
	if (socket->netns_cookie)
		return socket;
	struct net *net = sock_net_of(sk);
	socket->cgroup_id = bpf_skb_cgroup_id(ctx);
	socket->netns_inode = BPF_CORE_READ(net, ns.inum);
	socket->netns_cookie = BPF_CORE_READ(net, net_cookie);
	return socket;
}

/* Of thousands of clients, none is looked up. */
static __always_inline bool answers_by_ports(const struct datagram *d)
{
	return d->local_port < udp_ephemeral_from && d->remote_port > d->local_port &&
	       d->remote_port >= WELL_KNOWN_PORTS;
}

/* What comes in to a client's port from a service's: an answer, to a question from before these programs ran. */
static __always_inline bool is_late_answer(const struct bpf_sock *sk, const struct datagram *d)
{
	__u16 services_until = sk->dst_port ? udp_ephemeral_from : WELL_KNOWN_PORTS;
	return d->local_port >= udp_ephemeral_from && d->remote_port < services_until;
}

static __always_inline void note_stranger(const struct udp_peer_key *key)
{
	__u64 now_ns = bpf_ktime_get_ns();
	__u64 *last_ns = bpf_map_lookup_elem(&strangers, key);
	if (last_ns)
		*last_ns = now_ns;
	else if (bpf_map_update_elem(&strangers, key, &now_ns, BPF_ANY))
		count(strangers_refused);
	else
		count(strangers);
}

static __always_inline bool is_stranger(const struct udp_peer_key *key)
{
	__u64 *last_ns = bpf_map_lookup_elem(&strangers, key);
	return last_ns && bpf_ktime_get_ns() - *last_ns < udp_stranger_ns;
}

static __always_inline struct udp_peer_counters *create_counters(const struct udp_peer_key *key,
								 const struct udp_socket *socket)
{
	struct udp_peer_counters fresh = { .incarnation = bpf_ktime_get_ns(), .netns_inode = socket->netns_inode };
	/* Where another CPU was faster, its entry is found. */
	if (!bpf_map_update_elem(&peers, key, &fresh, BPF_NOEXIST))
		count(keys_created);
	struct udp_peer_counters *counters = bpf_map_lookup_elem(&peers, key);
	if (!counters)
		count(keys_refused);
	return counters;
}

static __always_inline __u32 digest_of(const struct datagram *d)
{
	__u32 digest = d->remote_port;
#pragma unroll
	for (int i = 0; i < 4; i++)
		digest = (digest ^ d->remote[i]) * 0x9e3779b1; /* 2^32 / golden ratio */
	return digest ? digest : 1;
}

/* True once for each peer of a socket, and again after PEERS_MET others. */
static __always_inline bool meets(struct udp_socket *socket, __u32 digest)
{
#pragma unroll
	for (int i = 0; i < PEERS_MET; i++)
		if (socket->met[i] == digest)
			return false;
	__u32 place = socket->met_next++ & (PEERS_MET - 1);
	socket->met[place] = digest;
	return true;
}

static __always_inline void sent(struct udp_peer_counters *counters, struct udp_socket *socket,
				 const struct datagram *d)
{
	if (meets(socket, digest_of(d)))
		__sync_fetch_and_add(&counters->contacts, 1);
	__sync_fetch_and_add(&counters->packets_sent, d->packets);
	__sync_fetch_and_add(&counters->bytes_sent, d->payload);
}

static __always_inline void received(struct udp_peer_counters *counters, const struct datagram *d)
{
	__sync_fetch_and_add(&counters->packets_received, d->packets);
	__sync_fetch_and_add(&counters->bytes_received, d->payload);
}

static __always_inline void account(struct __sk_buff *ctx, struct bpf_sock *sk, const struct datagram *d, bool out)
{
	struct udp_socket *socket = socket_of(ctx, sk);
	if (!socket)
		return;
	struct udp_peer_key key = {
		.netns_cookie = socket->netns_cookie,
		.cgroup_id = socket->cgroup_id,
		.service_port = d->remote_port,
		.ip_version = d->ip_version,
	};
	__builtin_memcpy(key.peer, d->remote, sizeof(key.peer));
	struct udp_peer_counters *counters = bpf_map_lookup_elem(&peers, &key);
	if (!out) {
		if (counters)
			received(counters, d);
		else if (!is_late_answer(sk, d))
			note_stranger(&key);
		return;
	}
	if (!counters && !is_stranger(&key))
		counters = create_counters(&key, socket);
	if (counters)
		sent(counters, socket, d);
}

static __always_inline int handle(struct __sk_buff *ctx, bool out)
{
	struct datagram d = {};
	if (!see(ctx, out, &d))
		return 1;
	struct bpf_sock *sk = ctx->sk;
	if (sk)
		sk = bpf_sk_fullsock(sk);
	/* A raw socket gets copies of what others receive. */
	if (!sk || sk->protocol != IPPROTO_UDP || sk->type != SOCK_DGRAM)
		return 1;
	see_connected(sk, &d);
	if (is_unicast(&d) && !is_dhcp(&d) && !answers_by_ports(&d))
		account(ctx, sk, &d, out);
	return 1;
}

SEC("cgroup_skb/egress")
int udp_egress(struct __sk_buff *ctx)
{
	return handle(ctx, true);
}

SEC("cgroup_skb/ingress")
int udp_ingress(struct __sk_buff *ctx)
{
	return handle(ctx, false);
}

char LICENSE[] SEC("license") = "GPL";
