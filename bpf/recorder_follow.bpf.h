/* SPDX-License-Identifier: GPL-2.0-only */
/* Hands whole packets of what somebody captures to user space. */
#ifndef SACCADE_RECORDER_FOLLOW_BPF_H
#define SACCADE_RECORDER_FOLLOW_BPF_H

#include "recorder_rings.bpf.h"

/* Neither a listener nor the kernel's own sockets: those carry packets of many connections under one cookie. */
static __always_inline bool is_own_socket(const struct sighting *s)
{
	__u8 state = s->head.socket_state;
	return s->head.protocol == IPPROTO_TCP && state != BPF_TCP_LISTEN && state != BPF_TCP_CLOSE &&
	       state != BPF_TCP_NEW_SYN_RECV;
}

static __always_inline struct follow_terms *terms_by_address(const struct sighting *s, struct follow_filter *filter)
{
	filter->netns_cookie = s->head.netns_cookie;
	__builtin_memcpy(filter->peer, s->remote, 16);
	filter->service_port = s->head.remote_port;
	filter->role = RECORDER_ROLE_CLIENT;
	struct follow_terms *terms = bpf_map_lookup_elem(&follow, filter);
	if (terms)
		return terms;
	filter->service_port = s->head.local_port;
	filter->role = RECORDER_ROLE_SERVER;
	terms = bpf_map_lookup_elem(&follow, filter);
	if (terms)
		return terms;
	filter->service_port = 0;
	filter->role = RECORDER_ROLE_ANY;
	return bpf_map_lookup_elem(&follow, filter);
}

static __always_inline struct follow_terms *terms_of(const struct sighting *s)
{
	struct follow_filter filter = {};
	struct follow_terms *terms = terms_by_address(s, &filter);
	__u64 cookie = s->head.socket_cookie;
	if (terms) {
		if (is_own_socket(s) && !bpf_map_lookup_elem(&followed_sockets, &cookie))
			bpf_map_update_elem(&followed_sockets, &cookie, &filter, BPF_ANY);
		return terms;
	}
	struct follow_filter *learned = bpf_map_lookup_elem(&followed_sockets, &cookie);
	return learned ? bpf_map_lookup_elem(&follow, learned) : NULL;
}

#define SUBMIT_FOLLOWED(ctx, s, type, bytes)                                              \
	({                                                                                \
		struct type *event = bpf_ringbuf_reserve(&followed, sizeof(*event), 0);   \
		if (event) {                                                              \
			__u32 limited = bytes;                                            \
			if (limited > sizeof(event->data))                                \
				limited = sizeof(event->data);                            \
			event->head.seq = 0;                                              \
			fill_head(&event->head, &(s)->head, limited);                     \
			load(ctx, &event->head, event->data, limited);                    \
			bpf_ringbuf_submit(event, 0);                                     \
		}                                                                         \
		event != NULL;                                                            \
	})

VERIFIED_ONCE int follow_packet(struct __sk_buff *ctx, const struct sighting *s)
{
	__u32 zero = 0;
	__u32 *active = bpf_map_lookup_elem(&follow_count, &zero);
	if (!s || !active || !*active)
		return 0;
	struct follow_terms *terms = terms_of(s);
	if (!terms || terms->until_ktime_ns < s->head.ktime_ns)
		return 0;
	__u32 bytes = story_bytes(s);
	if (bytes < terms->snaplen)
		bytes = terms->snaplen;
	if (bytes > s->head.length)
		bytes = s->head.length;
	if (!bytes)
		return 0;
	bool sent = bytes <= RECORDER_FOLLOW_SHORT ? SUBMIT_FOLLOWED(ctx, s, followed_short, bytes)
						   : SUBMIT_FOLLOWED(ctx, s, followed_long, bytes);
	count(sent ? RECORDER_COUNT_FOLLOWED : RECORDER_COUNT_FOLLOW_LOST);
	return 0;
}

#endif
