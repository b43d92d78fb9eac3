/* SPDX-License-Identifier: GPL-2.0-only */
/* What the flight recorder remembers: knobs, maps, counters. */
#ifndef SACCADE_RECORDER_STATE_BPF_H
#define SACCADE_RECORDER_STATE_BPF_H

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

static __always_inline void count(__u32 counter)
{
	__u64 *n = bpf_map_lookup_elem(&counters, &counter);
	if (n)
		__sync_fetch_and_add(n, 1);
}

#endif
