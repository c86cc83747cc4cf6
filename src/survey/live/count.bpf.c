/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Counts the exits of system calls where they happen; nothing is sent anywhere.
 *
 * What is counted is what the embedded engine (src/probe/probe.bpf.c) and Falco's modern_ebpf
 * driver would make events of: every exit of a native call, both sides of a fork or clone (the
 * child leaves it with 0), a successful execve or execveat at sched_process_exec and a failed one
 * at its exit, and the end of every thread. A connect counts once here.
 */
#include "kernel.bpf.h"
/* clang-format off */
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
/* clang-format on */
#include "compat.bpf.h"
#include "count.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* linux/bpf.h: numbers that never change. */
#define MAP_HASH	1
#define MAP_PERCPU_HASH 5
#define MAP_NOEXIST	1

#define PF_KTHREAD  0x00200000
#define NR_OPEN	    2
#define NR_EXECVE   59
#define NR_CREAT    85
#define NR_OPENAT   257
#define NR_EXECVEAT 322
#define NR_OPENAT2  437

/* Set before loading; what is off is taken out by the verifier and costs nothing. */
const volatile __u32 by_process, by_path;
const volatile __u32 by_cgroup;	   /* enum count_cgroup */
const volatile __u32 cgroup_index; /* of the v1 controller, as this kernel numbers them */

/* COUNT_SLOTS for each possible CPU; max_entries is set by user space. One look-up that the
 * verifier turns into an addition, and user space reads it through its mapping without a system
 * call. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct count_pair);
} counts SEC(".maps");

#define TABLE(name, map_type, key_type, value_type)                                                \
	struct {                                                                                   \
		__uint(type, map_type);                                                            \
		__uint(max_entries, 1);                                                            \
		__type(key, key_type);                                                             \
		__type(value, value_type);                                                         \
	} name SEC(".maps")

/* In the order of enum count_table; emptied by user space every second. */
TABLE(processes, MAP_PERCPU_HASH, struct count_key, struct count_pair);
TABLE(cgroups, MAP_PERCPU_HASH, struct count_key, struct count_pair);
TABLE(paths, MAP_PERCPU_HASH, struct count_name, struct count_pair);
TABLE(process_names, MAP_HASH, __u64, struct count_name);
TABLE(cgroup_names, MAP_HASH, __u64, struct count_name);

static __always_inline struct count_pair *slot_of(__u32 slot)
{
	__u32 key = bpf_get_smp_processor_id() * COUNT_SLOTS + slot;

	return bpf_map_lookup_elem(&counts, &key);
}

static __always_inline void count(__u32 slot, int failed)
{
	struct count_pair *c = slot_of(slot);

	if (!c)
		return;
	c->n++;
	c->failed += failed;
}

/* The group's own counter. Returns 1 when it is new, -1 when there was no room for it. */
static __always_inline int table_add(void *table, const void *key, int failed)
{
	struct count_pair *c = bpf_map_lookup_elem(table, key), first = {1, failed};

	if (!c) {
		if (bpf_map_update_elem(table, key, &first, MAP_NOEXIST) == 0)
			return 1;
		c = bpf_map_lookup_elem(table, key); /* another CPU was faster */
		if (!c)
			return -1;
	}
	c->n++;
	c->failed += failed;
	return 0;
}

static __noinline int add_process(__u32 slot, int failed)
{
	struct count_key key = {.id = bpf_get_current_pid_tgid() >> 32, .slot = slot};
	int is_new = table_add(&processes, &key, failed);
	struct count_name name = {};

	if (is_new < 0)
		count(COUNT_OTHER_PROCESS, failed);
	if (is_new <= 0 && slot != COUNT_EXEC)
		return 0;
	bpf_get_current_comm(name.name, 16);
	bpf_map_update_elem(&process_names, &key.id, &name, 0);
	return 0;
}

static __always_inline struct kernfs_node *cgroup_node(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct cgroup_subsys_state *css = 0;

	if (by_cgroup == COUNT_CGROUP_V2)
		return BPF_CORE_READ(set, dfl_cgrp, kn);
	bpf_probe_read_kernel(&css, sizeof(css),
			      (void *)set + bpf_core_field_offset(set->subsys) +
				      cgroup_index * sizeof(void *));
	return BPF_CORE_READ(css, cgroup, kn);
}

static __noinline int add_cgroup(__u32 slot, int failed)
{
	struct kernfs_node *node = cgroup_node();
	struct count_key key = {.id = BPF_CORE_READ(node, id), .slot = slot};
	int is_new = table_add(&cgroups, &key, failed);
	struct count_name name = {};

	if (is_new < 0)
		count(COUNT_OTHER_CGROUP, failed);
	if (is_new <= 0)
		return 0;
	bpf_probe_read_kernel_str(name.name, sizeof(name.name), BPF_CORE_READ(node, name));
	bpf_map_update_elem(&cgroup_names, &key.id, &name, 0);
	return 0;
}

/* The first two parts of the path. */
static __noinline int add_path(const void *from, int failed)
{
	struct count_name key = {};
	int slashes = 0;

	if (bpf_probe_read_user_str(key.name, sizeof(key.name), from) <= 0) {
		count(COUNT_UNREADABLE, failed);
		return 0;
	}
	for (int i = 0; i < COUNT_NAME; i++) {
		if (slashes < 3 && key.name[i] == '/')
			slashes++;
		if (slashes == 3 || (i == 0 && slashes == 0))
			key.name[i] = 0; /* a relative path is the empty name */
		if (i == 0 && slashes == 0)
			slashes = 3;
	}
	if (table_add(&paths, &key, failed) < 0)
		count(COUNT_OTHER_PATH, failed);
	return 0;
}

/* Only with any of the tables. */
static __always_inline void group(__u32 slot, int failed)
{
	if (by_process)
		add_process(slot, failed);
	if (by_cgroup)
		add_cgroup(slot, failed);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(count_exit, struct pt_regs *regs, long ret)
{
	__u32 nr = regs->orig_ax;
	int failed = ret < 0;

	if (in_compat_call()) {
		count(COUNT_COMPAT, failed);
		return 0;
	}
	if ((nr == NR_EXECVE || nr == NR_EXECVEAT) && !ret)
		return 0; /* count_exec has it */
	if (nr >= COUNT_NR)
		nr = COUNT_ABOVE;
	count(nr, failed);
	group(nr, failed);
	if (by_path) {
		if (nr == NR_OPENAT || nr == NR_OPENAT2)
			add_path((const void *)regs->si, failed);
		else if (nr == NR_OPEN || nr == NR_CREAT)
			add_path((const void *)regs->di, failed);
	}
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(count_exec, struct task_struct *p, int old_pid, struct linux_binprm *bprm)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();

	if (BPF_CORE_READ(task, flags) & PF_KTHREAD)
		return 0;
	count(COUNT_EXEC, 0);
	group(COUNT_EXEC, 0);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(count_procexit, struct task_struct *task)
{
	count(COUNT_PROCEXIT, 0);
	group(COUNT_PROCEXIT, 0);
	return 0;
}

/* What any program at this place costs, to compare with. */
SEC("tp_btf/sys_exit")
int BPF_PROG(empty, struct pt_regs *regs, long ret)
{
	return 0;
}
