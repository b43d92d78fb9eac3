/* SPDX-License-Identifier: GPL-2.0-only */
/* The network namespace of a socket, for programs that get it as `struct bpf_sock`. */
#ifndef SACCADE_NETNS_COOKIE_BPF_H
#define SACCADE_NETNS_COOKIE_BPF_H

/* skc_net lies within the first bytes of struct sock_common on every kernel so far; checked below. */
#define NETNS_COOKIE_SOCK_HEAD_BYTES 96

/*
 * bpf_get_netns_cookie exists for cgroup_skb only since Linux 6.15. A socket pointer must not be moved, but its first
 * bytes may be copied, and from there on the addresses are plain numbers. NULL: not found.
 */
static __always_inline struct net *sock_net_of(struct bpf_sock *sk)
{
	__u8 head[NETNS_COOKIE_SOCK_HEAD_BYTES];
	__u32 offset = bpf_core_field_offset(struct sock_common, skc_net);
	if (offset > sizeof(head) - sizeof(void *))
		return NULL;
	if (bpf_probe_read_kernel(head, sizeof(head), sk))
		return NULL;
	return *(struct net **)(head + offset);
}

/* 0: not found. */
static __always_inline __u64 sock_netns_cookie(struct bpf_sock *sk)
{
	struct net *net = sock_net_of(sk);
	return net ? BPF_CORE_READ(net, net_cookie) : 0;
}

#endif
