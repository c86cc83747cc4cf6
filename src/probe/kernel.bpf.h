/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The few kernel types that the BPF programs read, with only the members they use. Offsets are
 * relocated at load time against the running kernel's BTF (CO-RE), so neither the build machine's
 * kernel headers nor its BTF matter.
 */
#ifndef FT_PROBE_KERNEL_BPF_H
#define FT_PROBE_KERNEL_BPF_H

typedef unsigned char __u8;
typedef signed char __s8;
typedef unsigned short __u16;
typedef short __s16;
typedef unsigned int __u32;
typedef int __s32;
typedef unsigned long long __u64;
typedef long long __s64;
/* For the prototypes in libbpf's bpf_helper_defs.h. */
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u64 __be64;
typedef __u32 __wsum;

/* From the kernel's UAPI (linux/bpf.h): numbers that never change. */
enum {
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
};
enum { BPF_F_MMAPABLE = 1 << 10 };
enum { BPF_RB_NO_WAKEUP = 1 };

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pt_regs {
	unsigned long r10, r9, r8, dx, si, di, orig_ax;
};

struct thread_info {
	__u32 status;
};

struct qstr {
	__u32 len;
	const unsigned char *name;
};

struct inode;

struct super_block {
	unsigned int s_dev;
	unsigned long s_flags, s_magic;
};

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	struct super_block *d_sb;
};

struct vfsmount {
	struct dentry *mnt_root;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

typedef struct {
	__u32 val;
} kuid_t;

typedef struct {
	__u32 val;
} kgid_t;

struct timespec64 {
	long long tv_sec;
	long tv_nsec;
};

struct inode {
	unsigned short i_mode;
	unsigned int i_flags;
	kuid_t i_uid;
	kgid_t i_gid;
	struct super_block *i_sb;
	unsigned long i_ino;
	long long i_ctime_sec, i_mtime_sec; /* since 6.11 */
	__u32 i_ctime_nsec, i_mtime_nsec;
};

struct inode___66 { /* 6.6 to 6.10 */
	struct timespec64 __i_ctime, __i_mtime, i_mtime;
};

struct inode___old {
	struct timespec64 i_ctime, i_mtime;
};

struct file {
	struct path f_path;
	struct inode *f_inode;
	void *private_data;
	unsigned int f_mode;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct percpu_counter {
	__s64 count;
};

struct mm_struct {
	struct file *exe_file;
	unsigned long arg_start, arg_end, env_start, env_end;
	unsigned long total_vm;
	struct percpu_counter rss_stat[4]; /* since 6.2 */
};

struct mm_rss_stat {
	long count[4];
};

struct mm_struct___old {
	struct mm_rss_stat rss_stat;
};

struct rlimit {
	unsigned long rlim_cur;
};

/* A kernel_cap_t is 64 bits whatever its members are called; they are read by offset. */
struct kernel_cap_struct {
};

struct group_info {
	int ngroups;
	kgid_t gid[];
};

struct cred {
	kuid_t euid, fsuid;
	kgid_t egid, fsgid;
	struct kernel_cap_struct cap_inheritable, cap_permitted, cap_effective;
	struct group_info *group_info;
};

struct pid_namespace;

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

struct tty_driver {
	int major, minor_start;
};

struct tty_struct {
	struct tty_driver *driver;
	int index;
};

struct signal_struct {
	struct pid *pids[4]; /* enum pid_type: task, process, process group, session */
	struct tty_struct *tty;
	struct rlimit rlim[16];
};

struct kernfs_node {
	struct kernfs_node *__parent; /* since 6.15 */
	const char *name;
	__u64 id;
};

struct kernfs_node___old {
	struct kernfs_node *parent;
};

struct cgroup {
	struct kernfs_node *kn;
	int level;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
};

struct css_set {
	struct cgroup_subsys_state *subsys[16]; /* index relocated: see memory_cgrp_id */
	struct cgroup *dfl_cgrp;
};

enum cgroup_subsys_id { memory_cgrp_id = 3 };

struct task_struct {
	struct thread_info thread_info;
	unsigned int flags;
	int exit_code;
	int pid, tgid;
	struct task_struct *real_parent, *group_leader;
	struct mm_struct *mm;
	const struct cred *cred;
	struct files_struct *files;
	struct signal_struct *signal;
	struct pid *thread_pid;
	struct css_set *cgroups;
	kuid_t loginuid;
	unsigned long long start_boottime;
	unsigned long maj_flt, min_flt;
	char comm[16];
};

struct task_struct___old { /* before 5.5 */
	unsigned long long real_start_time;
};

struct pid_namespace {
	struct task_struct *child_reaper;
};

struct linux_binprm {
	const char *filename;
};

struct in6_addr {
	union {
		__u8 u6_addr8[16];
	} in6_u;
};

struct sock_common {
	__be32 skc_daddr, skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
};

struct sock {
	struct sock_common __sk_common;
	__u16 sk_type;
};

struct socket {
	short type;
	struct sock *sk;
};

struct sockaddr_un {
	unsigned short sun_family;
	char sun_path[108];
};

struct unix_address {
	int len;
	struct sockaddr_un name[1];
};

struct unix_sock {
	struct unix_address *addr;
	struct sock *peer;
};

enum bpf_func_id___ft { BPF_FUNC_get_current_task_btf___ft = 158 };

#pragma clang attribute pop

#endif
