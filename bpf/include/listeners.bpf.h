/* SPDX-License-Identifier: GPL-2.0-only */
/* Ports listened on when the agent started: they tell the role of sockets that are older. */
#ifndef SACCADE_LISTENERS_BPF_H
#define SACCADE_LISTENERS_BPF_H

struct listener_key {
	__u64 netns_cookie;
	__u64 port;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct listener_key);
	__type(value, __u8);
} listeners SEC(".maps");

static __always_inline struct listener_key listener_of(const struct sock_common *skc)
{
	struct listener_key key = { .netns_cookie = skc->skc_net.net->net_cookie, .port = skc->skc_num };

	return key;
}

static __always_inline void remember_listener(const struct sock_common *skc)
{
	struct listener_key key = listener_of(skc);
	__u8 present = 1;

	bpf_map_update_elem(&listeners, &key, &present, BPF_ANY);
}

static __always_inline bool has_listener(const struct sock_common *skc)
{
	struct listener_key key = listener_of(skc);

	return bpf_map_lookup_elem(&listeners, &key) != NULL;
}

#endif
