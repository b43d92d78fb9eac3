/* SPDX-License-Identifier: GPL-2.0-only */
/* Layouts that recorder.bpf.c shares with agent/recorder (compared with the object's BTF at start). */
#ifndef SACCADE_RECORDER_H
#define SACCADE_RECORDER_H

/* IPv4 and TCP headers with all their options; IPv6 with 20 bytes of extension headers and TCP with all options. */
#define RECORDER_HEADERS_MAX 120
/* Headers and the head of a DNS message: question and first answers. */
#define RECORDER_STORY_MAX 328
/* The two sizes in which a followed packet is reserved (a reservation's size must be a constant). */
#define RECORDER_FOLLOW_SHORT 256
#define RECORDER_FOLLOW_LONG 1536

enum recorder_direction { RECORDER_IN = 0, RECORDER_OUT = 1 };

/* Why a packet belongs to the story of its connection; bits. */
enum recorder_story {
	RECORDER_STORY_SYN = 1,
	RECORDER_STORY_FIN = 2,
	RECORDER_STORY_RST = 4,
	RECORDER_STORY_RESENT = 8,
	RECORDER_STORY_DNS = 16,
};

enum recorder_role { RECORDER_ROLE_ANY = 0, RECORDER_ROLE_CLIENT = 1, RECORDER_ROLE_SERVER = 2 };

/* What is written into rings is counted by their heads. */
enum recorder_counter {
	RECORDER_COUNT_PACKETS_OVER_QUOTA,
	RECORDER_COUNT_STORY_OVER_QUOTA,
	RECORDER_COUNT_FOLLOWED,
	RECORDER_COUNT_FOLLOW_LOST,
	RECORDER_COUNT_UNREADABLE,
	RECORDER_COUNT_NO_SOCKET,
	RECORDER_COUNT_MAX,
};

/* 56 bytes, no padding. Numbers in host byte order. */
struct packet_head {
	__u64 seq; /* position in its ring + 1 once the rest is written; 0 while it is */
	__u64 ktime_ns; /* CLOCK_MONOTONIC */
	__u64 netns_cookie;
	__u64 socket_cookie; /* of the listener for packets of a handshake that it answers */
	__u32 length; /* from the IP header on; of the whole super-packet with GSO */
	__u16 captured;
	__u16 gso_size; /* 0: not a super-packet */
	__u16 gso_segs;
	__u16 local_port;
	__u16 remote_port;
	__u8 direction;
	__u8 protocol;
	__u8 transport_offset; /* 0: none found */
	__u8 socket_state; /* TCP_ESTABLISHED = 1 … */
	__u8 story;
	__u8 ip_version;
	__u16 cpu;
	__u16 reserved;
};

struct packet_slot {
	struct packet_head head;
	__u8 data[RECORDER_HEADERS_MAX];
};

struct story_slot {
	struct packet_head head;
	__u8 data[RECORDER_STORY_MAX];
};

struct followed_short {
	struct packet_head head;
	__u8 data[RECORDER_FOLLOW_SHORT];
};

struct followed_long {
	struct packet_head head;
	__u8 data[RECORDER_FOLLOW_LONG];
};

/* One cache line a ring: heads of two CPUs never share one. */
struct ring_head {
	__u64 next;
	__u64 reserved[7];
};

/* What to follow. `peer` is the remote address, IPv4 as ::ffff:a.b.c.d. Port 0 with role 0: every port. */
struct follow_filter {
	__u64 netns_cookie;
	__u8 peer[16];
	__u16 service_port;
	__u8 role;
	__u8 reserved[5];
};

struct follow_terms {
	__u64 until_ktime_ns; /* ends by itself even when the agent hangs */
	__u32 snaplen;
	__u32 reserved;
};

#endif
