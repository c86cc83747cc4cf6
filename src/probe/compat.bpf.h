/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Calls through the 32-bit entry (ia32), whose numbers mean something else. To be included after
 * libbpf's headers.
 */
#ifndef FT_PROBE_COMPAT_BPF_H
#define FT_PROBE_COMPAT_BPF_H

#include "kernel.bpf.h"

#define TS_COMPAT 0x0002 /* arch/x86/include/asm/thread_info.h: in a 32-bit call */

static __always_inline int in_compat_call(void)
{
	struct task_struct *task;

	/* Reading through a typed pointer needs no helper call; kernels before 5.11 lack it. */
	if (bpf_core_enum_value_exists(enum bpf_func_id___ft, BPF_FUNC_get_current_task_btf___ft))
		return ((struct task_struct *)bpf_get_current_task_btf())->thread_info.status &
		       TS_COMPAT;
	task = (struct task_struct *)bpf_get_current_task();
	return BPF_CORE_READ(task, thread_info.status) & TS_COMPAT;
}

#endif
