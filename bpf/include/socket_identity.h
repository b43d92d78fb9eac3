/* SPDX-License-Identifier: GPL-2.0-only */
/* Who owns a socket and whom it talks to, from the kernel's own structures. */
#ifndef SACCADE_SOCKET_IDENTITY_H
#define SACCADE_SOCKET_IDENTITY_H

#define AF_INET 2
#define AF_INET6 10

/*
 * Copies an address as the agent shows it: IPv4, also as ::ffff:a.b.c.d on a dual-stack socket, becomes four bytes
 * and zeros. Returns the IP version.
 */
static __always_inline __u8 copy_address(__u8 to[16], __u16 family, __be32 v4, const struct in6_addr *v6)
{
	__u32 words[4] = {};

	if (family == AF_INET) {
		words[0] = v4;
	} else {
		words[0] = v6->in6_u.u6_addr32[0];
		words[1] = v6->in6_u.u6_addr32[1];
		words[2] = v6->in6_u.u6_addr32[2];
		words[3] = v6->in6_u.u6_addr32[3];
		if (words[0] == 0 && words[1] == 0 && words[2] == bpf_htonl(0xffff)) {
			words[0] = words[3];
			words[1] = words[2] = words[3] = 0;
			family = AF_INET;
		}
	}
	/* Whole words: as bytes, the compiler would copy one by one. All our structs align addresses to four. */
	((__u32 *)to)[0] = words[0];
	((__u32 *)to)[1] = words[1];
	((__u32 *)to)[2] = words[2];
	((__u32 *)to)[3] = words[3];
	return family == AF_INET ? 4 : 6;
}

/* cgroup2 id of the socket; kernels before 5.15 keep it elsewhere: unknown. */
static __always_inline __u64 cgroup_id_of(const struct sock *sk)
{
	if (!bpf_core_field_exists(sk->sk_cgrp_data.cgroup) || !sk->sk_cgrp_data.cgroup)
		return 0;
	return sk->sk_cgrp_data.cgroup->kn->id;
}

#endif
