/* SPDX-License-Identifier: GPL-2.0-only */
/* Layouts that dns.bpf.c shares with agent/dns (compared with the object's BTF at start). */
#ifndef SACCADE_DNS_H
#define SACCADE_DNS_H

/* A header and one question with the longest name (RFC 1035: 12 + 255 + 4). */
#define DNS_SHORT_MAX 272
/* A message without EDNS ends here (RFC 1035); of longer ones the first answers suffice for a name. */
#define DNS_LONG_MAX 512

enum dns_kind {
	DNS_KIND_QUERY = 0,
	DNS_KIND_RESPONSE = 1,
	DNS_KIND_ERROR = 2, /* the socket learned that its peer cannot be reached */
	DNS_KIND_CLOSED = 3, /* the client closed a socket on which it still waited */
};

/* What happened on a client's socket: 80 bytes, no padding. Numbers in host byte order. */
struct dns_event {
	__u64 ktime_ns; /* CLOCK_MONOTONIC */
	__u64 socket_cookie;
	__u64 netns_cookie; /* 0: unknown */
	__u64 cgroup_id; /* 0: unknown */
	__u32 netns_inode;
	__u32 tcp_seq; /* of the first byte of `payload` */
	__u32 payload; /* bytes of the message, or of the TCP segment */
	__u16 captured; /* of them, behind this head */
	__u16 server_port;
	__u16 local_port;
	__u8 kind;
	__u8 protocol; /* IPPROTO_UDP, IPPROTO_TCP */
	__u8 ip_version; /* of `server` */
	__u8 error; /* errno of DNS_KIND_ERROR */
	__u8 reserved[10];
	__u8 server[16]; /* IPv4, also v4-mapped: the first four bytes, then zeros */
};

/* The two sizes in which a message is told (a reservation's size must be a constant). */
struct dns_short {
	struct dns_event head;
	__u8 data[DNS_SHORT_MAX];
};

struct dns_long {
	struct dns_event head;
	__u8 data[DNS_LONG_MAX];
};

/* What was told, refused or could not be done; per CPU. */
struct dns_health {
	__u64 queries;
	__u64 responses;
	__u64 errors;
	__u64 closes;
	__u64 over_limit; /* over the limit of events a second and CPU */
	__u64 lost; /* ring full */
	__u64 unreadable;
};

#endif
