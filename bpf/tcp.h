/* SPDX-License-Identifier: GPL-2.0-only */
/* Layouts that tcp.bpf.c shares with agent/probes (compared with the object's BTF at start). */
#ifndef SACCADE_TCP_H
#define SACCADE_TCP_H

enum tcp_role { TCP_ROLE_CLIENT = 0, TCP_ROLE_SERVER = 1 };

/* Why a segment was sent again. */
enum tcp_cause {
	TCP_CAUSE_OTHER = 0, /* path MTU discovery and what else is not loss */
	TCP_CAUSE_TIMEOUT = 1,
	TCP_CAUSE_FAST = 2,
	TCP_CAUSE_TAIL_LOSS_PROBE = 3,
	TCP_CAUSE_SYN = 4,
	TCP_CAUSE_SYNACK = 5,
	/* Why an attempt to connect failed. */
	TCP_CAUSE_REFUSED = 6,
	TCP_CAUSE_UNANSWERED = 7, /* given up by the kernel */
	TCP_CAUSE_UNREACHABLE = 8,
	TCP_CAUSE_GIVEN_UP = 9, /* by the program, after a SYN sent again */
	/* A reset of the peer ended a connection in the middle of an exchange. */
	TCP_CAUSE_RESET = 10,
	/* The peer's program does not read: its window stays closed. */
	TCP_CAUSE_ZERO_WINDOW = 11,
};

/* Whose traffic with whom: 40 bytes, no padding. Numbers in host byte order. */
struct tcp_peer_key {
	__u64 netns_cookie;
	__u64 cgroup_id; /* 0: unknown */
	__u8 peer[16]; /* IPv4, also v4-mapped: the first four bytes, then zeros */
	__u16 service_port; /* the server's */
	__u8 ip_version; /* 4 or 6 */
	__u8 role;
	__u32 reserved;
};

/*
 * Cumulative since `incarnation`, which names this life of the entry: after an eviction the same key counts
 * from zero under another one. Never reset: to read and clear would lose what other CPUs add meanwhile.
 */
struct tcp_peer_counters {
	__u64 incarnation;
	__u64 data_segments;
	__u64 retransmits;
	__u64 rto;
	__u64 fast;
	__u64 tail_loss_probes;
	__u64 spurious_retransmits; /* the peer said that it had them: DSACK */
	__u64 syn_retransmits;
	__u64 synack_retransmits;
	__u64 loss_episodes;
	__u64 stalls_begun;
	__u64 stalls_ended;
	__u64 zero_windows_begun;
	__u64 zero_windows_ended;
	__u64 active_sockets; /* (socket, window) pairs in which data was sent */
	__u64 bytes_sent; /* without what was sent again */
	__u64 bytes_received;
	__u64 rtt_samples;
	/* By parity of the window: its number in the upper half, its smallest sample in µs in the lower. */
	__u64 min_rtt_even;
	__u64 min_rtt_odd;
	__u64 established;
	__u64 handshakes_timed;
	__u64 handshake_us;
	__u64 sockets_opened; /* of those, and of older ones, that this entry knows of */
	__u64 sockets_closed;
	__u64 closed;
	__u64 timed_out;
	__u64 refused;
	__u64 unanswered;
	__u64 unreachable;
	__u64 given_up;
	__u64 resets_received;
	__u64 resets_mid_exchange;
	__u64 aborted_unread;
	__u64 aborted;
	__u64 noticed_ns; /* last event into the ring */
	__u32 netns_inode;
	__u32 reserved;
};

/* One socket in trouble, at this moment. */
struct tcp_event {
	__u64 ktime_ns;
	__u64 socket_cookie; /* 0: none yet */
	struct tcp_peer_key key;
	__u8 local[16];
	__u16 local_port;
	__u16 remote_port;
	__u32 netns_inode;
	__u32 cwnd;
	__u32 srtt_us;
	__u32 min_rtt_us;
	__u32 retransmits; /* of this socket, ever */
	__u32 uid;
	__u8 state; /* TCP_ESTABLISHED = 1 … */
	__u8 cause;
	__u8 timeouts; /* unanswered in a row */
	__u8 reserved;
};

/* What was lost, refused or could not be done; per CPU. */
struct tcp_health {
	__u64 events_sent;
	__u64 events_lost; /* ring full */
	__u64 events_limited; /* over the limit of events a second and CPU */
	__u64 keys_created;
	__u64 keys_refused;
	__u64 sockets_created;
	__u64 sockets_refused; /* no memory for a socket's storage */
	__u64 flags_refused; /* callbacks could not be switched on for a new socket */
	__u64 older_switched_on;
	__u64 failures_without_port; /* too many ports failed at once: told under port 0 */
	__u64 windows_closed; /* acknowledgements after which a socket's peer took nothing more */
	__u64 older_refused; /* counted from the tracepoint and by iteration instead */
};

#endif
