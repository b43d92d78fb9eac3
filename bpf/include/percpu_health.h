/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every helper failure and lost event of a family is counted in `struct X_health`, one a CPU, which the agent
 * exports. A struct and not an array by enum: its layout is in the BTF, so the agent's decoder can be checked.
 */
#ifndef SACCADE_PERCPU_HEALTH_H
#define SACCADE_PERCPU_HEALTH_H

#define DEFINE_HEALTH(health_type)                                                                             \
	struct {                                                                                               \
		__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);                                                       \
		__uint(max_entries, 1);                                                                        \
		__type(key, __u32);                                                                            \
		__type(value, health_type);                                                                    \
	} health SEC(".maps")

/* Atomic although per CPU: a program in process context may be interrupted by one in softirq. */
#define COUNT(health_type, field)                                                                              \
	({                                                                                                     \
		__u32 zero = 0;                                                                                \
		health_type *counts = bpf_map_lookup_elem(&health, &zero);                                     \
		if (counts)                                                                                    \
			__sync_fetch_and_add(&counts->field, 1);                                               \
	})

#endif
