/* SPDX-License-Identifier: GPL-2.0-only */
/* Layouts that udp.bpf.c shares with agent/destinations (compared with the object's BTF at start). */
#ifndef SACCADE_UDP_H
#define SACCADE_UDP_H

/* Who sends to whom: 40 bytes, no padding. Numbers in host byte order. */
struct udp_peer_key {
	__u64 netns_cookie;
	__u64 cgroup_id; /* 0: unknown */
	__u8 peer[16]; /* IPv4, also v4-mapped: the first four bytes, then zeros */
	__u16 service_port; /* the peer's: whoever sends first is the client */
	__u8 ip_version; /* 4 or 6 */
	__u8 reserved[5];
};

/*
 * Cumulative since `incarnation`, which names this life of the entry: after an eviction the same key counts from zero
 * under another one. Never reset: to read and clear would lose what other CPUs add meanwhile.
 */
struct udp_peer_counters {
	__u64 incarnation;
	__u64 contacts; /* sockets that began to send there */
	__u64 packets_sent;
	__u64 packets_received;
	__u64 bytes_sent; /* payload of UDP */
	__u64 bytes_received;
	__u32 netns_inode;
	__u32 reserved;
};

/* What was made, and what could not be; per CPU. */
struct udp_health {
	__u64 keys_created;
	__u64 keys_refused;
	__u64 sockets_refused;
	__u64 strangers; /* peers that wrote first */
	__u64 strangers_refused;
};

#endif
