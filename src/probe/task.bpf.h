/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the kernel knows about a task and the file that it executes. To be included after libbpf's
 * headers.
 */
#ifndef FT_PROBE_TASK_BPF_H
#define FT_PROBE_TASK_BPF_H

#include "kernel.bpf.h"
#include "shared.bpf.h"

#define SB_RDONLY	 1
#define S_IMMUTABLE	 (1 << 3) /* include/linux/fs.h */
#define OVERLAYFS_MAGIC	 0x794c7630
#define FMODE_CREATED	 0x100000
#define CTIME_NSEC_MASK	 0x7fffffff /* bit 31 is I_CTIME_QUERIED since 6.13 */
#define MAY_WRITE	 2
#define CAP_DAC_OVERRIDE 1
#define CAP_FOWNER	 3
#define NO_ID		 0xffffffffU
#define GROUPS_SEARCHED	 32 /* supplementary groups that are looked through */
#define CGROUP_DEPTH	 16 /* components of a control group's path */
#define PIDTYPE_PGID	 2  /* include/linux/pid_types.h */
#define PIDTYPE_SID	 3
#define RLIMIT_NOFILE	 7
#define PAGE_TO_KB	 2 /* the shift from pages of 4096 bytes */

/* The number of a pid at a level of process id namespaces; 0 where it has none. */
static __always_inline __u32 pid_nr(struct pid *pid, __u32 level)
{
	__u32 nr = 0;

	if (!pid || level > BPF_CORE_READ(pid, level))
		return 0;
	bpf_probe_read_kernel(&nr, sizeof(nr),
			      (void *)pid + bpf_core_field_offset(pid->numbers) +
				      level * bpf_core_type_size(struct upid) +
				      bpf_core_field_offset(((struct upid *)0)->nr));
	return nr;
}

static __always_inline struct pid *pid_of(struct task_struct *task, __u32 type)
{
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	struct pid *pid = 0;

	bpf_probe_read_kernel(&pid, sizeof(pid),
			      (void *)signal + bpf_core_field_offset(signal->pids) +
				      type * sizeof(pid));
	return pid;
}

/* As /proc/PID/stat has it. */
static __always_inline __u32 tty_of(struct task_struct *task)
{
	struct tty_struct *tty = BPF_CORE_READ(task, signal, tty);
	struct tty_driver *driver = tty ? BPF_CORE_READ(tty, driver) : 0;
	__u32 major, minor;

	if (!driver)
		return 0;
	major = BPF_CORE_READ(driver, major);
	minor = BPF_CORE_READ(driver, minor_start) + BPF_CORE_READ(tty, index);
	return (minor & 0xff) | major << 8 | (minor & ~0xffU) << 12;
}

/* Capabilities are 64 bits under changing member names. */
#define CAPS_OF(cred, set)                                                                         \
	({                                                                                         \
		__u64 caps_ = 0;                                                                   \
		bpf_probe_read_kernel(&caps_, sizeof(caps_),                                       \
				      (const void *)(cred) + bpf_core_field_offset((cred)->set));  \
		caps_;                                                                             \
	})

static __always_inline __u64 start_of(struct task_struct *task)
{
	if (bpf_core_field_exists(task->start_boottime))
		return BPF_CORE_READ(task, start_boottime);
	return BPF_CORE_READ((struct task_struct___old *)task, real_start_time);
}

static __noinline __u32 fill_task(struct probe_task *out, struct task_struct *task)
{
	const struct cred *cred = BPF_CORE_READ(task, cred);
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct pid *pid = BPF_CORE_READ(task, thread_pid), *group = pid_of(task, PIDTYPE_PGID);
	struct pid *leader_pid = BPF_CORE_READ(leader, thread_pid);
	__u32 level = BPF_CORE_READ(pid, level);
	struct pid_namespace *ns = 0;

	out->ppid = BPF_CORE_READ(task, real_parent, tgid);
	out->uid = BPF_CORE_READ(cred, euid.val);
	out->gid = BPF_CORE_READ(cred, egid.val);
	out->loginuid =
		bpf_core_field_exists(task->loginuid) ? BPF_CORE_READ(task, loginuid.val) : NO_ID;
	out->vtid = pid_nr(pid, level);
	out->vpid = pid_nr(leader_pid, level);
	out->sid = pid_nr(pid_of(task, PIDTYPE_SID), level);
	out->vpgid = pid_nr(group, level);
	out->pgid = pid_nr(group, 0);
	out->tty = tty_of(task);
	out->caps[0] = CAPS_OF(cred, cap_inheritable);
	out->caps[1] = CAPS_OF(cred, cap_permitted);
	out->caps[2] = CAPS_OF(cred, cap_effective);
	out->start = start_of(leader);
	bpf_probe_read_kernel(&ns, sizeof(ns),
			      (void *)pid + bpf_core_field_offset(pid->numbers) +
				      level * bpf_core_type_size(struct upid) +
				      bpf_core_field_offset(((struct upid *)0)->ns));
	out->ns_start = start_of(BPF_CORE_READ(ns, child_reaper));
	bpf_get_current_comm(out->comm, sizeof(out->comm));
	return 0;
}

/* --- what it uses ----------------------------------------------------------------------------- */

enum rss_member { RSS_FILE, RSS_ANON, RSS_SWAP, RSS_SHMEM }; /* include/linux/mm_types_task.h */

/* Pages; what CPUs have not yet added to the sum is left out, as in Falco. */
static __always_inline __u64 rss_of(struct mm_struct *mm, enum rss_member which)
{
	__s64 pages = 0;

	/* Not by the type's existence: libbpf looks for one that is not there in the modules too,
	 * for which CAP_SYS_ADMIN is needed. */
	if (bpf_core_field_exists(((struct mm_struct___old *)0)->rss_stat.count))
		bpf_probe_read_kernel(
			&pages, sizeof(pages),
			(void *)mm +
				bpf_core_field_offset(
					((struct mm_struct___old *)0)->rss_stat.count) +
				which * sizeof(pages));
	else
		bpf_probe_read_kernel(
			&pages, sizeof(pages),
			(void *)mm + bpf_core_field_offset(mm->rss_stat) +
				which * bpf_core_type_size(struct percpu_counter) +
				bpf_core_field_offset(((struct percpu_counter *)0)->count));
	return pages;
}

static __noinline __u32 fill_usage(struct probe_usage *out, struct task_struct *task)
{
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	struct mm_struct *mm = BPF_CORE_READ(task, mm);

	out->major_faults = BPF_CORE_READ(task, maj_flt);
	out->minor_faults = BPF_CORE_READ(task, min_flt);
	out->fdlimit = BPF_CORE_READ(signal, rlim[RLIMIT_NOFILE].rlim_cur);
	out->vm_size = mm ? BPF_CORE_READ(mm, total_vm) << PAGE_TO_KB : 0;
	out->vm_rss = mm ? (rss_of(mm, RSS_FILE) + rss_of(mm, RSS_ANON) + rss_of(mm, RSS_SHMEM))
				      << PAGE_TO_KB
			 : 0;
	out->vm_swap = mm ? rss_of(mm, RSS_SWAP) << PAGE_TO_KB : 0;
	out->pad = 0;
	return sizeof(*out);
}

/* --- files ------------------------------------------------------------------------------------ */

static __always_inline __u32 layer_of(struct dentry *dentry)
{
	struct dentry *upper = 0;
	struct inode *inode;

	if (BPF_CORE_READ(dentry, d_sb, s_magic) != OVERLAYFS_MAGIC)
		return 0;
	/* struct ovl_inode has the upper dentry right after the inode (fs/overlayfs/ovl_entry.h).
	 */
	inode = BPF_CORE_READ(dentry, d_inode);
	bpf_probe_read_kernel(&upper, sizeof(upper),
			      (void *)inode + bpf_core_type_size(struct inode));
	return upper && BPF_CORE_READ(upper, d_inode, i_ino) ? PROBE_EXE_UPPER : PROBE_EXE_LOWER;
}

static __always_inline __u32 is_memfd(struct dentry *dentry)
{
	static const char expected[] = "memfd:";
	char name[8] = "";

	if (BPF_CORE_READ(dentry, d_parent) != dentry)
		return 0;
	bpf_probe_read_kernel_str(name, sizeof(expected), BPF_CORE_READ(dentry, d_name.name));
	return name[0] == 'm' && name[1] == 'e' && name[2] == 'm' && name[3] == 'f' &&
	       name[4] == 'd' && name[5] == ':';
}

static __always_inline int in_group(const struct cred *cred, __u32 gid)
{
	struct group_info *groups = BPF_CORE_READ(cred, group_info);
	int n = BPF_CORE_READ(groups, ngroups);

	for (int i = 0; i < GROUPS_SEARCHED; i++) {
		__u32 one = NO_ID;

		if (i >= n)
			break;
		bpf_probe_read_kernel(&one, sizeof(one),
				      (void *)groups + bpf_core_field_offset(groups->gid) + i * 4);
		if (one == gid)
			return 1;
	}
	return 0;
}

/* May the task write the file? By owner, mode bits and capabilities; access lists are not asked. */
static __noinline __u32 exe_writable(struct task_struct *task, struct inode *inode)
{
	const struct cred *cred = BPF_CORE_READ(task, cred);
	__u32 mode = BPF_CORE_READ(inode, i_mode);
	__u32 uid = BPF_CORE_READ(inode, i_uid.val), gid = BPF_CORE_READ(inode, i_gid.val);
	__u32 fsuid = BPF_CORE_READ(cred, fsuid.val), fsgid = BPF_CORE_READ(cred, fsgid.val);

	if (BPF_CORE_READ(inode, i_sb, s_flags) & SB_RDONLY ||
	    BPF_CORE_READ(inode, i_flags) & S_IMMUTABLE || uid == NO_ID || gid == NO_ID)
		return 0;
	if (uid == fsuid)
		return PROBE_EXE_WRITABLE;
	if (gid == fsgid || in_group(cred, gid))
		mode >>= 3;
	if (mode & MAY_WRITE)
		return PROBE_EXE_WRITABLE;
	return CAPS_OF(cred, cap_effective) & (1ULL << CAP_DAC_OVERRIDE | 1ULL << CAP_FOWNER)
		       ? PROBE_EXE_WRITABLE
		       : 0;
}

static __always_inline void exe_times(struct probe_exec *out, struct inode *inode)
{
	struct inode___66 *i66 = (struct inode___66 *)inode;
	struct inode___old *old = (struct inode___old *)inode;

	if (bpf_core_field_exists(inode->i_ctime_sec)) {
		out->ctime = BPF_CORE_READ(inode, i_ctime_sec) * 1000000000ULL +
			     (BPF_CORE_READ(inode, i_ctime_nsec) & CTIME_NSEC_MASK);
		out->mtime = BPF_CORE_READ(inode, i_mtime_sec) * 1000000000ULL +
			     BPF_CORE_READ(inode, i_mtime_nsec);
		return;
	}
	if (bpf_core_field_exists(i66->__i_ctime))
		out->ctime = BPF_CORE_READ(i66, __i_ctime.tv_sec) * 1000000000ULL +
			     BPF_CORE_READ(i66, __i_ctime.tv_nsec);
	else
		out->ctime = BPF_CORE_READ(old, i_ctime.tv_sec) * 1000000000ULL +
			     BPF_CORE_READ(old, i_ctime.tv_nsec);
	if (bpf_core_field_exists(i66->__i_mtime))
		out->mtime = BPF_CORE_READ(i66, __i_mtime.tv_sec) * 1000000000ULL +
			     BPF_CORE_READ(i66, __i_mtime.tv_nsec);
	else
		out->mtime = BPF_CORE_READ(old, i_mtime.tv_sec) * 1000000000ULL +
			     BPF_CORE_READ(old, i_mtime.tv_nsec);
}

static __noinline __u32 fill_exe(struct probe_exec *out, struct task_struct *task)
{
	struct file *file = BPF_CORE_READ(task, mm, exe_file);
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);
	struct inode *inode = BPF_CORE_READ(file, f_inode);

	out->ino = BPF_CORE_READ(inode, i_ino);
	exe_times(out, inode);
	out->exe_flags = exe_writable(task, inode) | layer_of(dentry);
	if (is_memfd(dentry))
		out->exe_flags |= PROBE_EXE_MEMFD;
	return 0;
}

static __noinline __u32 fill_file(struct probe_file *out, struct file *file)
{
	struct inode *inode;
	__u32 dev, layer;

	out->ino = 0;
	out->dev = 0;
	out->flags = 0;
	if (!file)
		return sizeof(*out);
	inode = BPF_CORE_READ(file, f_inode);
	out->ino = BPF_CORE_READ(inode, i_ino);
	/* The kernel's own form has 20 bits of minor. */
	dev = BPF_CORE_READ(inode, i_sb, s_dev);
	out->dev = (dev & 0xff) | (dev >> 20) << 8 | (dev & 0xfff00) << 12;
	layer = layer_of(BPF_CORE_READ(file, f_path.dentry));
	out->flags = (BPF_CORE_READ(file, f_mode) & FMODE_CREATED ? PROBE_FILE_CREATED : 0) |
		     (layer == PROBE_EXE_UPPER	 ? PROBE_FILE_UPPER
		      : layer == PROBE_EXE_LOWER ? PROBE_FILE_LOWER
						 : 0);
	return sizeof(*out);
}

/* --- paths ------------------------------------------------------------------------------------ */

#define EXE_COMPONENTS 32

/*
 * Room for the walk up a path. The state of the walk is kept here, not in registers, because the
 * verifier takes what it reads from a map as unknown: both ways through a step then end in the same
 * state for it, and the work of proving the loop stays linear.
 */
struct walk {
	struct dentry *dentry;
	struct mount *mnt;
	__u32 at;
	__u8 path[2 * PROBE_EXE_MAX]; /* the second half only gives the verifier room */
};

/* One step up: 0 at the root or when no room is left. */
static __always_inline int walk_step(volatile struct walk *w)
{
	struct dentry *dentry = w->dentry, *parent, *root;
	struct mount *mnt = w->mnt;
	__u32 n, at = w->at;

	parent = BPF_CORE_READ(dentry, d_parent);
	root = BPF_CORE_READ(mnt, mnt.mnt_root);
	if (dentry == root || dentry == parent) {
		struct mount *up = BPF_CORE_READ(mnt, mnt_parent);

		if (dentry != root || up == mnt)
			return 0;
		w->dentry = BPF_CORE_READ(mnt, mnt_mountpoint);
		w->mnt = up;
		return 1;
	}
	n = BPF_CORE_READ(dentry, d_name.len);
	if (n + 1 > at)
		return 0;
	at = (at - n) & (PROBE_EXE_MAX - 1);
	bpf_probe_read_kernel((void *)&w->path[at], n & (PROBE_EXE_MAX - 1),
			      BPF_CORE_READ(dentry, d_name.name));
	at = (at - 1) & (PROBE_EXE_MAX - 1);
	w->path[at] = '/';
	w->at = at;
	w->dentry = parent;
	return 1;
}

/* A file of no folder, which is what memfd_create makes: its name alone, as in Falco. */
static __always_inline void file_of_memory(struct walk *w, struct dentry *dentry)
{
	__u32 n = BPF_CORE_READ(dentry, d_name.len), at;

	if (n >= PROBE_EXE_MAX - 1 || !is_memfd(dentry))
		return;
	at = (PROBE_EXE_MAX - 1 - n) & (PROBE_EXE_MAX - 1);
	bpf_probe_read_kernel(&w->path[at], n & (PROBE_EXE_MAX - 1),
			      BPF_CORE_READ(dentry, d_name.name));
	w->at = at;
}

/*
 * The absolute path of a file, as in its mount namespace, written backwards into w->path from
 * PROBE_EXE_MAX - 1 on, where its NUL is. Returns where it begins. A path that is too long or too
 * deep is cut at its front.
 */
static __always_inline __u32 file_path(struct walk *w, struct file *file)
{
	struct vfsmount *vfs = BPF_CORE_READ(file, f_path.mnt);

	w->dentry = BPF_CORE_READ(file, f_path.dentry);
	w->mnt = (void *)vfs - bpf_core_field_offset(((struct mount *)0)->mnt);
	w->at = PROBE_EXE_MAX - 1;
	w->path[PROBE_EXE_MAX - 1] = 0;
	for (int i = 0; i < EXE_COMPONENTS; i++)
		if (!walk_step(w))
			break;
	if (*(volatile __u32 *)&w->at == PROBE_EXE_MAX - 1)
		file_of_memory(w, BPF_CORE_READ(file, f_path.dentry));
	return *(volatile __u32 *)&w->at & (PROBE_EXE_MAX - 1);
}

/* --- control groups --------------------------------------------------------------------------- */

/* Its state is in memory for the reason given at struct walk. */
struct cgroup_walk {
	struct kernfs_node *node;
	__u32 at;
	__u8 path[2 * PROBE_CGROUP_MAX]; /* the second half only gives the verifier room */
};

static __always_inline struct kernfs_node *cgroup_node(struct task_struct *task)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct cgroup *group = BPF_CORE_READ(set, dfl_cgrp);
	struct cgroup_subsys_state *css = 0;

	if (BPF_CORE_READ(group, level) == 0 &&
	    bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id)) {
		bpf_probe_read_kernel(
			&css, sizeof(css),
			(void *)set + bpf_core_field_offset(set->subsys) +
				bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id) *
					sizeof(css));
		if (css)
			group = BPF_CORE_READ(css, cgroup);
	}
	return BPF_CORE_READ(group, kn);
}

static __always_inline struct kernfs_node *node_parent(struct kernfs_node *node)
{
	if (bpf_core_field_exists(node->__parent))
		return BPF_CORE_READ(node, __parent);
	return (void *)BPF_CORE_READ((struct kernfs_node___old *)node, parent);
}

/* One step up: 0 at the root or when no room is left. */
static __always_inline int cgroup_step(volatile struct cgroup_walk *w)
{
	struct kernfs_node *node = w->node, *parent = node_parent(node);
	__u32 at = w->at;
	__u8 *name = (__u8 *)&w->path[PROBE_CGROUP_MAX];
	long n;

	if (!parent)
		return 0;
	n = bpf_probe_read_kernel_str(name, PROBE_CGROUP_MAX / 2, BPF_CORE_READ(node, name));
	if (n <= 1 || n > at)
		return 0;
	n--; /* its NUL */
	at = (at - n) & (PROBE_CGROUP_MAX - 1);
	bpf_probe_read_kernel((void *)&w->path[at], n & (PROBE_CGROUP_MAX / 2 - 1), name);
	at = (at - 1) & (PROBE_CGROUP_MAX - 1);
	w->path[at] = '/';
	w->at = at;
	w->node = parent;
	return 1;
}

/* The path, written backwards; where it begins in w->path. "/" for a root. */
static __always_inline __u32 cgroup_path(struct cgroup_walk *w, struct task_struct *task)
{
	w->node = cgroup_node(task);
	w->at = PROBE_CGROUP_MAX - 1;
	w->path[PROBE_CGROUP_MAX - 1] = 0;
	for (int i = 0; i < CGROUP_DEPTH; i++)
		if (!cgroup_step(w))
			break;
	if (*(volatile __u32 *)&w->at == PROBE_CGROUP_MAX - 1) {
		w->at = PROBE_CGROUP_MAX - 2;
		w->path[PROBE_CGROUP_MAX - 2] = '/';
	}
	return *(volatile __u32 *)&w->at & (PROBE_CGROUP_MAX - 1);
}

#endif
