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

#define PROBE_SYSCALLS 512  /* entries of the interest map; native x86_64 numbers are below 500 */
#define PROBE_PATH_MAX 1024 /* bytes of one path with its NUL (longer ones are cut) */
#define PROBE_EXE_MAX  512  /* bytes of exepath and of the file name given to execve */
#define PROBE_ARGS_MAX 4096 /* bytes of the command line (arguments, NUL between) */
#define PROBE_COMM_LEN 16

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
	__u16 pad;
};

enum probe_sock_proto { PROBE_PROTO_OTHER, PROBE_PROTO_TCP, PROBE_PROTO_UDP };

/* Both ends of a socket as the kernel knows them after the call; where it knows no peer (a failed
 * or pending connect) the address that the caller gave. Sent cut to the size of its family. */
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
		char path[108]; /* AF_UNIX; an abstract name begins with '@' */
	};
};

#define PROBE_SOCK_IN4_SIZE 16 /* bytes sent of a struct probe_sock of AF_INET */
#define PROBE_SOCK_IN6_SIZE 40 /* of AF_INET6 */

struct probe_task {
	__u32 ppid;  /* process id of the parent of this task's process */
	__u32 uid;   /* effective user id, as user.uid in Falco */
	__u64 flags; /* CLONE_* that the call was made with (0 for fork, as vfork's own) */
	char comm[PROBE_COMM_LEN];
};

/* Followed by exepath, the file name as given, and args, each with its length below (NULs
 * included; 0 means absent). args is the kernel's argument area: strings with NUL between. */
struct probe_exec {
	struct probe_task task;
	__u16 exepath_len, filename_len, args_len, pad;
};

struct probe_exit {
	__s32 status; /* as wait(2) gives it */
	__u32 pad;
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
