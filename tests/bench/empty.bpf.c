/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The cheapest program on sys_exit: what every engine pays before it does anything. */
#include "kernel.bpf.h"
/* clang-format off */
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
/* clang-format on */

char LICENSE[] SEC("license") = "Dual MIT/GPL";

SEC("tp_btf/sys_exit")
int BPF_PROG(empty, struct pt_regs *regs, long ret)
{
	return 0;
}
