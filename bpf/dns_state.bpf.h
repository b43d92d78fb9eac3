/* SPDX-License-Identifier: GPL-2.0-only */
/* What the DNS family remembers: knobs, maps, budgets. */
#ifndef SACCADE_DNS_STATE_BPF_H
#define SACCADE_DNS_STATE_BPF_H

#define NS_PER_S 1000000000ull
/* Clients with an answer outstanding. */
#define ASKERS_MAX 16384

/*
 * Queries a second and CPU that are told. Responses have twice that: one that is not told would make its query look
 * unanswered, while a query that is not told is just not counted.
 */
const volatile __u32 dns_queries_per_second = 5000;
/* User space is woken at most this often by a CPU; it looks again by itself for what comes in between. */
const volatile __u64 dns_wake_gap_ns = 10 * 1000 * 1000;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 * 1024 * 1024);
} events SEC(".maps");

DEFINE_HEALTH(struct dns_health);
#define count(field) COUNT(struct dns_health, field)

struct budget {
	__u64 started_ns;
	__u64 woken_ns;
	__u32 queries;
	__u32 others;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct budget);
} budgets SEC(".maps");

/* By socket cookie: queries less responses. What user space cannot know is when a client stops waiting. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, ASKERS_MAX);
	__type(key, __u64);
	__type(value, __s32);
} askers SEC(".maps");

/* Keep the layouts of events in the object's BTF. */
struct dns_short *btf_dns_short __attribute__((unused));
struct dns_long *btf_dns_long __attribute__((unused));

static __always_inline struct budget *spend(__u8 kind)
{
	__u32 zero = 0;
	struct budget *budget = bpf_map_lookup_elem(&budgets, &zero);
	if (!budget)
		return NULL;
	__u64 now_ns = bpf_ktime_get_ns();
	if (now_ns - budget->started_ns >= NS_PER_S) {
		budget->started_ns = now_ns;
		budget->queries = 0;
		budget->others = 0;
	}
	if (kind == DNS_KIND_QUERY ? budget->queries++ < dns_queries_per_second :
				     budget->others++ < 2 * dns_queries_per_second)
		return budget;
	count(over_limit);
	return NULL;
}

static __always_inline __u64 wake_flags(struct budget *budget)
{
	__u64 now_ns = bpf_ktime_get_ns();
	if (now_ns - budget->woken_ns < dns_wake_gap_ns)
		return BPF_RB_NO_WAKEUP;
	budget->woken_ns = now_ns;
	return BPF_RB_FORCE_WAKEUP;
}

#endif
