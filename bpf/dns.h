/* SPDX-License-Identifier: GPL-2.0-only */
/* Layouts that dns.bpf.c shares with agent/names (compared with the object's BTF at start). */
#ifndef SACCADE_DNS_H
#define SACCADE_DNS_H

/* A DNS message without EDNS ends here (RFC 1035); of longer ones the first answers suffice for a name. */
#define DNS_HEAD_MAX 512

enum dns_counter {
	DNS_COUNT_RESPONSES,
	DNS_COUNT_OVER_LIMIT,
	DNS_COUNT_LOST,
	DNS_COUNT_UNREADABLE,
	DNS_COUNT_MAX,
};

/* A response that a client received. Numbers in host byte order. */
struct dns_response {
	__u64 netns_cookie; /* of the client; 0: unknown */
	__u16 server_port;
	__u16 length; /* of the DNS message */
	__u16 captured; /* of it, in `data` */
	__u16 reserved;
	__u8 data[DNS_HEAD_MAX];
};

#endif
