/* SPDX-License-Identifier: GPL-2.0-only */
/* Layouts that owners.bpf.c shares with agent/probes (compared with the object's BTF at start). */
#ifndef SACCADE_OWNERS_H
#define SACCADE_OWNERS_H

/* A process that holds a descriptor of a socket. */
struct socket_holder {
	__u64 socket_cookie;
	__u32 pid;
	__u32 reserved;
};

#endif
