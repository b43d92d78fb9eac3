// SPDX-License-Identifier: GPL-2.0-only
/*
 * The flight recorder: the headers of the last packets of every socket on this machine, in two kinds of rings that
 * user space maps. The large ones take every packet; the small ones take only what tells the story of a connection
 * (SYN, FIN, RST, what was sent again, DNS), so that a flood of data does not wash it away.
 *
 * A slot is written between `seq = 0` and `seq = position + 1`; a reader copies it and accepts the copy only if `seq`
 * was position + 1 before and after. A ring may be shared by several CPUs, and on one CPU softirq interrupts a sender,
 * hence the atomic head.
 *
 * Every program returns 1: a recorder never decides about traffic.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "recorder.h"
#include "recorder_follow.bpf.h"

#define LOOPBACK_IFINDEX 1

static __always_inline int handle(struct __sk_buff *ctx, __u8 direction)
{
	struct sighting s = { .head.direction = direction };
	if (!recorder_loopback && ctx->ifindex == LOOPBACK_IFINDEX)
		return 1;
	if (!ctx->sk) {
		count(RECORDER_COUNT_NO_SOCKET);
		return 1;
	}
	if (see(ctx, &s)) {
		count(RECORDER_COUNT_UNREADABLE);
		return 1;
	}
	record(ctx, &s);
	follow_packet(ctx, &s);
	return 1;
}

SEC("cgroup_skb/ingress")
int record_ingress(struct __sk_buff *ctx)
{
	return handle(ctx, RECORDER_IN);
}

SEC("cgroup_skb/egress")
int record_egress(struct __sk_buff *ctx)
{
	return handle(ctx, RECORDER_OUT);
}

char LICENSE[] SEC("license") = "GPL";
