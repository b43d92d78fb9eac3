/* SPDX-License-Identifier: GPL-2.0-only */
/* Layouts that api.bpf.c shares with agent/api-latency (compared with the object's BTF at start). */
#ifndef SACCADE_API_H
#define SACCADE_API_H

/* Buckets of a sketch: see signals/sketch.ts, from where their bounds come. */
#define API_SKETCH_BUCKETS 198

/* Which client asks whom: 40 bytes, no padding. Numbers in host byte order. */
struct api_key {
	__u64 netns_cookie;
	__u64 cgroup_id; /* 0: unknown */
	__u8 peer[16]; /* IPv4, also v4-mapped: the first four bytes, then zeros */
	__u16 service_port;
	__u8 ip_version; /* 4 or 6 */
	__u8 reserved[5];
};

/* Cumulative since `incarnation` (0: being made), never reset: see tcp.h. */
struct api_counters {
	__u64 incarnation;
	__u64 connections; /* handshakes completed */
	__u64 hellos; /* TLS: ClientHello answered */
	__u64 requests; /* told in response_us */
	__u64 unanswered; /* of these, ended without an answer */
	__u64 excluded_http2; /* connections that speak HTTP/2 */
	__u64 excluded_duplex; /* connections whose two sides do not take turns */
	__u64 excluded_streams; /* connections on which the peer goes on by itself */
	__u64 excluded_long_waits; /* requests */
	__u64 excluded_paused; /* requests sent with a pause in their midst */
	__u64 excluded_unclear; /* requests of which it cannot be told where they begin or are answered */
	/* Not told to anybody: how long polls are known. */
	__u64 asked; /* requests begun */
	__u64 prompt; /* answers within the time from which on a wait may be a long poll */
	__u64 prompt_asked_ns; /* when the latest of those requests was sent */
	__u32 netns_inode;
	__u32 reserved;
	__u32 handshake_us[API_SKETCH_BUCKETS];
	__u32 server_hello_us[API_SKETCH_BUCKETS];
	__u32 response_us[API_SKETCH_BUCKETS];
};

/* Largest value of each bucket; written once by the agent. */
struct api_bounds {
	__u32 upper_us[API_SKETCH_BUCKETS];
};

/* A range of addresses that are not external: IPv4 as v4-mapped, 96 bits longer. */
struct api_range {
	__u32 prefix_bits;
	__u32 address[4]; /* network byte order */
};

/* What was lost, refused or could not be done; per CPU. */
struct api_health {
	__u64 keys_created;
	__u64 keys_refused;
	__u64 sockets_created;
	__u64 sockets_refused; /* no memory for a socket's storage */
	__u64 older_adopted;
	__u64 unreadable; /* packets without a readable TCP header */
};

#endif
