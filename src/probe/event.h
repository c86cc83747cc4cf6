/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Wire format of one captured event, shared by the BPF program and the user side. No includes: the
 * BPF side has its own fixed-width types, the user side includes <stdint.h> through
 * <linux/types.h>.
 *
 * A record is: struct probe_event | nargs * u64 raw syscall arguments | payload, ev->len bytes in
 * all. The payload's form depends on ev->kind. Strings are NUL-terminated and bounded; a cut string
 * is still terminated. All integers are in host byte order, but ports and addresses of sockets,
 * which are in network byte order.
 */
#ifndef FT_PROBE_EVENT_H
#define FT_PROBE_EVENT_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#define PROBE_SYSCALLS	 512  /* entries of the interest map; native x86_64 numbers are below 500 */
#define PROBE_PATH_MAX	 1024 /* bytes of one path with its NUL (longer ones are cut) */
#define PROBE_EXE_MAX	 512  /* bytes of exepath and of the file name given to execve */
#define PROBE_ARGS_MAX	 4096 /* bytes of the command line (arguments, NUL between) */
#define PROBE_ENV_MAX	 4096 /* bytes of the environment (entries, NUL between) */
#define PROBE_CGROUP_MAX 512  /* bytes of a control group's path with its NUL */
#define PROBE_DATA_MAX                                                                             \
	80 /* bytes of what was read or written; Falco's default of falco_libs.snaplen */
#define PROBE_COMM_LEN 16
#define PROBE_UNIX_MAX 108 /* bytes of an AF_UNIX path with its NUL */

/* Number of the process exit event in ev->nr: no syscall has it. */
#define PROBE_NR_PROCEXIT 511

/* What follows the arguments. */
enum probe_kind {
	PROBE_KIND_NONE = 0, /* in the interest map: not collected */
	PROBE_KIND_ARGS,     /* nothing */
	PROBE_KIND_PATH,     /* one string; for openat2 args[2], [3] are how.flags, how.mode */
	PROBE_KIND_PATH2,    /* two strings, one after the other */
	PROBE_KIND_SOCK,     /* struct probe_sock, when the socket could be read (see its family) */
	PROBE_KIND_FDPAIR,   /* two s32: the descriptors that pipe or socketpair returned */
	PROBE_KIND_CLONE,    /* struct probe_task; res 0 in the child, else in the parent */
	PROBE_KIND_EXEC,     /* struct probe_exec and its strings; res < 0 for a failed one */
	PROBE_KIND_EXIT,     /* struct probe_exit */
	PROBE_KIND_OPEN,     /* struct probe_file, then as PROBE_KIND_PATH */
	PROBE_KIND_MSG,	     /* as PROBE_KIND_SOCK, the address being that of a struct msghdr */
	PROBE_KIND_DATA,     /* struct probe_data; after it as PROBE_KIND_SOCK where an address was
				given */
	PROBE_KIND_TASK,     /* struct probe_task: what the call changed of its caller */
	PROBE_KIND_USAGE,    /* struct probe_usage, of the caller after the call */
	PROBE_KIND_MAX,
};

/* Falco's drop categories (driver/modern_bpf/helpers/base/stats.h in falcosecurity/libs). */
enum probe_category {
	PROBE_CAT_NONE = 0, /* only in the total */
	PROBE_CAT_CLONE_FORK,
	PROBE_CAT_EXECVE,
	PROBE_CAT_CONNECT,
	PROBE_CAT_OPEN,
	PROBE_CAT_DIR_FILE,
	PROBE_CAT_OTHER_INTEREST,
	PROBE_CAT_CLOSE,
	PROBE_CAT_PROC_EXIT,
	PROBE_CAT_MAX,
};

/* 32 bytes; records in a ring buffer are 8-byte aligned. */
struct probe_event {
	__u64 ts; /* ns since boot, suspend included (CLOCK_BOOTTIME) */
	__u32 tid;
	__u32 pid; /* of the process, that is the thread group */
	__s64 res; /* result of the call: >= 0 or -errno; the exit status for procexit */
	__u16 nr;  /* native x86_64 syscall number, or PROBE_NR_PROCEXIT */
	__u16 len; /* bytes of the record, this header included */
	__u8 kind; /* enum probe_kind */
	__u8 nargs;
	__u16 buffer; /* it came through */
};

enum probe_sock_proto {
	PROBE_PROTO_OTHER,
	PROBE_PROTO_TCP,
	PROBE_PROTO_UDP,
	PROBE_PROTO_ICMP,
	PROBE_PROTO_RAW,
};

/* Both ends of a socket as the kernel knows them after the call; where it knows no peer (a failed
 * or pending connect) the address that the caller gave. Sent cut to the size of its family.
 *
 * Ends of AF_UNIX are the sockets' places in the kernel, 0 where there is none (both after a bind).
 * As in Falco the server's end comes first after connect and accept, the receiver's for data. The
 * path is that of the first end, without the NUL in front of an abstract name; connect has the path
 * as the caller gave it behind it. */
struct probe_sock {
	__u16 family;	    /* AF_INET, AF_INET6, AF_UNIX; the payload is empty when not known */
	__u16 proto;	    /* enum probe_sock_proto */
	__u16 lport, rport; /* network byte order */
	union {
		struct {
			__u32 laddr, raddr; /* network byte order */
		} in4;
		struct {
			__u8 laddr[16], raddr[16];
		} in6;
		struct {
			__u64 source, dest;
			char path[PROBE_UNIX_MAX], given[PROBE_UNIX_MAX];
		} un;
	};
};

#define PROBE_SOCK_IN4_SIZE 16 /* bytes sent of a struct probe_sock of AF_INET */
#define PROBE_SOCK_IN6_SIZE 40 /* of AF_INET6 */

/* What a task uses; zeros where nobody wants it. */
struct probe_usage {
	__u64 major_faults, minor_faults; /* of the thread */
	__s64 fdlimit;			  /* RLIMIT_NOFILE, the soft one */
	__u32 vm_size, vm_rss, vm_swap;	  /* of the process, kB */
	__u32 pad;
};

/* "Virtual" numbers are those of the task's own process id namespace. */
struct probe_task {
	__u32 ppid;	  /* process id of the parent of this task's process */
	__u32 uid, gid;	  /* effective ones, as user.uid and group.gid in Falco */
	__u32 loginuid;	  /* of the audit subsystem; UINT32_MAX: not set */
	__u64 flags;	  /* CLONE_* that the call was made with (0 for fork, as vfork's own) */
	__u32 vpid, vtid; /* virtual */
	__u32 sid, vpgid; /* virtual session, virtual process group */
	__u32 pgid;	  /* process group */
	__u32 tty;	  /* controlling terminal as in /proc/PID/stat, 0: none */
	__u64 caps[3];	  /* inheritable, permitted, effective: bit CAP_* of linux/capability.h */
	__u64 start;	  /* of the process; ns since boot, suspend included */
	__u64 ns_start;	  /* of the first process of its process id namespace, likewise */
	char comm[PROBE_COMM_LEN];
	struct probe_usage usage; /* not with PROBE_KIND_TASK */
};

/* As PPM_EXE_* in Falco's event table. */
enum probe_exe_flag {
	PROBE_EXE_WRITABLE = 1 << 0, /* the caller may write the file it executes */
	PROBE_EXE_UPPER = 1 << 1,    /* in the upper layer of an overlay file system */
	PROBE_EXE_MEMFD = 1 << 2,
	PROBE_EXE_LOWER = 1 << 3,
};

/* Followed by exepath, the file name as given, args, the environment and the control group, each
 * with its length below (NULs included; 0 means absent). args and env are the kernel's areas:
 * strings with NUL between. The control group is that of the unified hierarchy, or of the memory
 * controller where the task is in the unified one's root. */
struct probe_exec {
	struct probe_task task;
	__u64 ino, ctime, mtime; /* of the executed file; times in ns since the epoch */
	__u32 exe_flags;	 /* enum probe_exe_flag */
	__u16 exepath_len, filename_len, args_len, env_len, cgroup_len, pad;
};

enum probe_file_flag {
	PROBE_FILE_CREATED = 1 << 0, /* by this very call */
	PROBE_FILE_UPPER = 1 << 1,
	PROBE_FILE_LOWER = 1 << 2,
};

/* The file that a call opened; zeros when it failed. */
struct probe_file {
	__u64 ino;
	__u32 dev;   /* minor's low byte, major << 8, minor's rest << 12, as in /proc */
	__u32 flags; /* enum probe_file_flag */
};

struct probe_data {
	__u32 len, pad;
	__u8 bytes[PROBE_DATA_MAX];
};

struct probe_exit {
	__s32 status; /* as wait(2) gives it */
	__u32 pad;
};

/* What is read only when somebody wants it: bits of a capture's wants. */
enum probe_want {
	PROBE_WANT_ENV = 1 << 0, /* the environment of an exec */
	PROBE_WANT_FILE =
		1 << 1, /* PROBE_KIND_OPEN instead of PROBE_KIND_PATH for calls that open */
	PROBE_WANT_DATA = 1 << 2,  /* PROBE_KIND_DATA for calls that read and write */
	PROBE_WANT_USAGE = 1 << 4, /* struct probe_usage, PROBE_KIND_USAGE */
	PROBE_WANT_ENDS = 1 << 3,  /* those of AF_UNIX for each message, not only with an address */
};

#ifndef __bpf__
static inline const __u64 *probe_event_args(const struct probe_event *ev)
{
	return (const __u64 *)(ev + 1);
}

static inline const void *probe_event_payload(const struct probe_event *ev)
{
	return probe_event_args(ev) + ev->nargs;
}

static inline unsigned probe_event_payload_len(const struct probe_event *ev)
{
	return ev->len - sizeof(*ev) - ev->nargs * 8u;
}
#endif

#endif
