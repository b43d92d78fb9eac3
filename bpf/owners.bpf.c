/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which process holds a socket, asked when there is trouble.
 *
 * The callbacks that notice trouble run in softirq, where "current" is whoever was interrupted, and the process that
 * connected may have handed the socket on. So the descriptors are walked instead: right for accepted, inherited and
 * older sockets alike, and no cost at all while nothing is wrong.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "owners.h"

char LICENSE[] SEC("license") = "GPL";

/* Cookies asked for; user space fills and empties it around a walk. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, __u64);
	__type(value, __u8);
} wanted SEC(".maps");

/* Never used: a struct that no map names would be missing from the BTF that the agent compares with. */
const struct socket_holder *layout_of_socket_holder;

SEC("iter/task_file")
int socket_holders(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct socket_holder holder = {};
	struct socket *socket;
	__u64 cookie;

	if (!task || !file)
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket || !socket->sk)
		return 0;
	cookie = socket->sk->__sk_common.skc_cookie.counter;
	if (!cookie || !bpf_map_lookup_elem(&wanted, &cookie))
		return 0;
	holder.socket_cookie = cookie;
	holder.pid = task->tgid;
	bpf_seq_write(ctx->meta->seq, &holder, sizeof(holder));
	return 0;
}
