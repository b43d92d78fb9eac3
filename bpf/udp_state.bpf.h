/* SPDX-License-Identifier: GPL-2.0-only */
/* What the UDP family remembers: knobs, maps, counters. */
#ifndef SACCADE_UDP_STATE_BPF_H
#define SACCADE_UDP_STATE_BPF_H

/* Peers that a socket is known to have sent to. */
#define PEERS_MET 8

/* First of the ports that the kernel gives to clients (net.ipv4.ip_local_port_range). */
const volatile __u16 udp_ephemeral_from = 32768;
/* So long after its last packet, who wrote first counts as a stranger. */
const volatile __u64 udp_stranger_ns = 300ull * 1000 * 1000 * 1000;

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct udp_peer_key);
	__type(value, struct udp_peer_counters);
} peers SEC(".maps");

/* Peers that wrote to a socket which had not written to them, and when they last did: clients of a server. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct udp_peer_key);
	__type(value, __u64);
} strangers SEC(".maps");

/* Of a socket, found out once. */
struct udp_socket {
	__u64 netns_cookie; /* 0: not yet */
	__u64 cgroup_id;
	__u32 netns_inode;
	__u32 met_next;
	__u32 met[PEERS_MET]; /* digests of peers; 0: none */
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct udp_socket);
} sockets SEC(".maps");

DEFINE_HEALTH(struct udp_health);
#define count(field) COUNT(struct udp_health, field)

#endif
