/* SPDX-License-Identifier: GPL-2.0-only */
/* What the API family remembers: knobs, maps, keys. */
#ifndef SACCADE_API_STATE_BPF_H
#define SACCADE_API_STATE_BPF_H

#include "listeners.bpf.h"
#include "verified_once.h"

/* A wait longer than this may be a long poll: see is_long_poll. */
const volatile __u64 api_long_wait_ns = 10ull * 1000 * 1000 * 1000;
/* Silence in the midst of a request or of an answer that makes it doubtful where it begins and ends. */
const volatile __u64 api_pause_ns = 1000 * 1000 * 1000;

/* Answers after which a connection is known to ask and be answered in turns. */
#define API_TRUSTED_ANSWERS 2
/* A peer that has answered so many requests promptly is none that keeps all clients waiting on purpose. */
#define API_PROMPT_ANSWERS 20
/* A peer with so many long polls, and fewer than so many prompt answers to each, keeps clients waiting on purpose. */
#define API_LONG_POLLS 3
#define API_PROMPT_TO_A_POLL 10
/* Overlaps after which a connection is known not to take turns; one may be an early refusal of an upload. */
#define API_MAX_OVERLAPS 2

enum api_stage {
	API_CONNECTING, /* SYN sent */
	API_OPENED, /* nothing sent yet */
	API_HELLO_SENT, /* TLS: ClientHello */
	API_HANDSHAKING, /* TLS: answered; the client has not asked anything yet */
	API_UNKNOWN, /* older than the agent: a request may be under way */
	API_ASKING, /* the client sent last */
	API_ANSWERING, /* the peer sent last */
	API_EXCLUDED, /* left out for good */
};

/* One connection of a client. Written by both directions, which may run at the same time on two processors: what is
 * lost by that is one measurement, never a packet. */
struct api_socket {
	struct api_key key;
	__u64 sent_ns; /* SYN, ClientHello or last new data of the client */
	__u64 received_ns; /* last data of the peer */
	__u64 ticket_ns; /* data came that may be session tickets, not the answer; 0: none */
	__u64 held_ns; /* the answer came, but it may yet turn out to be HTTP/2; 0: no */
	__u64 asked_before; /* of the peer, when this request began */
	__u64 prompt_before;
	__u32 sent_end; /* sequence number behind what was sent */
	__u32 received_end;
	__u32 netns_inode;
	__u8 stage;
	__u8 overlaps;
	__u8 answers;
	__u8 paused; /* this request had a pause */
	__u8 partial; /* this request may have begun earlier */
	__u8 tickets_due; /* TLS 1.3: the first data of the peer may be session tickets */
	__u8 http2; /* offered in the ClientHello, and not known whether the peer took it */
	__u8 tls12; /* whose tickets are part of the handshake */
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct api_socket);
} sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 2048);
	__type(key, struct api_key);
	__type(value, struct api_counters);
} peers SEC(".maps");

/* All zeros: an entry of `peers` in the making, too large for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct api_counters);
} blank SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct api_bounds);
} bounds SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1024);
	__type(key, struct api_range);
	__type(value, __u8);
} internal_ranges SEC(".maps");

DEFINE_HEALTH(struct api_health);
#define count(field) COUNT(struct api_health, field)

static __always_inline bool is_external(const struct api_key *key)
{
	struct api_range range = { .prefix_bits = 128 };
	__u32 *to = range.address;
	const __u32 *from = (const __u32 *)key->peer;

	if (key->ip_version == 4) {
		to[2] = bpf_htonl(0xffff);
		to[3] = from[0];
	} else {
		to[0] = from[0];
		to[1] = from[1];
		to[2] = from[2];
		to[3] = from[3];
	}
	return !bpf_map_lookup_elem(&internal_ranges, &range);
}

static __always_inline void fill_key(struct api_key *key, const struct sock *sk)
{
	const struct sock_common *skc = &sk->__sk_common;

	key->netns_cookie = skc->skc_net.net->net_cookie;
	key->cgroup_id = cgroup_id_of(sk);
	key->ip_version = copy_address(key->peer, skc->skc_family, skc->skc_daddr, &skc->skc_v6_daddr);
	key->service_port = bpf_ntohs(skc->skc_dport);
}

/* The socket's storage, if its peer is external; NULL: it is not, or there is no memory. */
static __always_inline struct api_socket *adopt(struct tcp_sock *tp)
{
	const struct sock *sk = &tp->inet_conn.icsk_inet.sk;
	struct api_key key = {};
	struct api_socket *state;

	fill_key(&key, sk);
	if (!is_external(&key))
		return NULL;
	state = bpf_sk_storage_get(&sockets, tp, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!state) {
		count(sockets_refused);
		return NULL;
	}
	count(sockets_created);
	state->key = key;
	state->netns_inode = sk->__sk_common.skc_net.net->ns.inum;
	return state;
}

static __always_inline struct api_counters *counters_of(struct api_socket *state)
{
	struct api_counters *counters = bpf_map_lookup_elem(&peers, &state->key);
	__u32 zero = 0;

	if (counters)
		return counters;

	struct api_counters *fresh = bpf_map_lookup_elem(&blank, &zero);

	bool made = fresh && bpf_map_update_elem(&peers, &state->key, fresh, BPF_NOEXIST) == 0;

	counters = bpf_map_lookup_elem(&peers, &state->key);
	if (!counters) {
		count(keys_refused);
		return NULL;
	}
	/* Only one processor made it. Until it has named this life of the entry, nobody reads it. */
	if (made) {
		count(keys_created);
		counters->netns_inode = state->netns_inode;
		counters->incarnation = bpf_ktime_get_ns();
	}
	return counters;
}

/*
 * Bucket of a time: the first whose bound it does not exceed, by as many bounds as lie below it. Without branches
 * on what is compared: the verifier would walk each of 198 ways.
 */
VERIFIED_ONCE __u32 bucket_of(__u64 us)
{
	__u32 zero = 0, below = 0;
	struct api_bounds *known = bpf_map_lookup_elem(&bounds, &zero);

	if (!known)
		return 0;
	/* 2^8 > 198. */
	for (__u32 step = 128; step > 0; step /= 2) {
		__u32 bound = below + step - 1;

		/* Else the compiler reasons the check away in ways that the verifier cannot follow. */
		barrier_var(bound);
		/* The last bucket has no bound. */
		if (bound >= API_SKETCH_BUCKETS - 1)
			continue;
		/* The sign of a difference of two numbers below 2^63. */
		below += step * (__u32)((known->upper_us[bound] - us) >> 63);
	}
	return below;
}

/* Only this counts a number of a sketch, so a bucket is in bounds wherever it is. */
#define ADD_TIME(counters, sketch, ns)                                                                         \
	({                                                                                                     \
		__u32 bucket = bucket_of((ns) / 1000);                                                         \
		if (bucket < API_SKETCH_BUCKETS)                                                               \
			__sync_fetch_and_add(&(counters)->sketch[bucket], 1);                                  \
	})

#endif
