/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes packets into the rings, each namespace within its quota. */
#ifndef SACCADE_RECORDER_RINGS_BPF_H
#define SACCADE_RECORDER_RINGS_BPF_H

#include "recorder_sighting.bpf.h"

#define NS_PER_S 1000000000ull
/* IPv4 without options and TCP with timestamps: nearly every packet. */
#define COMMON_HEADERS 52

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

VERIFIED_ONCE int record(struct __sk_buff *ctx, const struct sighting *s)
{
	if (!s)
		return -1;
	struct quota *quota = quota_of(s->head.netns_cookie, s->head.ktime_ns);
	if (!quota)
		return -1;
	if (take(&quota->packet_tokens))
		write_packet(ctx, s);
	else
		count(RECORDER_COUNT_PACKETS_OVER_QUOTA);
	if (!s->head.story)
		return 0;
	if (take(&quota->story_tokens))
		write_story(ctx, s);
	else
		count(RECORDER_COUNT_STORY_OVER_QUOTA);
	return 0;
}

#endif
