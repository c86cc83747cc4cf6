/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/capture_calls.h"

#include "probe/event.h"
#include "probe/params.h"
#include "probe/shared.bpf.h"

#include <stddef.h>

/* Native x86_64 numbers (arch/x86/entry/syscalls/syscall_64.tbl), written out because the build
 * machine's headers may be older than the kernel that the engine runs on. Categories: Falco's
 * compute_event_types_stats(), see shared reference in event.h. */
struct call {
	uint16_t nr;
	uint8_t kind, nargs, p1, p2, cat;
};

#define ARGS(nr, nargs, cat)                                                                       \
	{                                                                                          \
		nr, PROBE_KIND_ARGS, nargs, 0, 0, PROBE_CAT_##cat                                  \
	}
#define PATH(nr, nargs, p, cat)                                                                    \
	{                                                                                          \
		nr, PROBE_KIND_PATH, nargs, p, 0, PROBE_CAT_##cat                                  \
	}
#define PATH2(nr, nargs, p1, p2, cat)                                                              \
	{                                                                                          \
		nr, PROBE_KIND_PATH2, nargs, p1, p2, PROBE_CAT_##cat                               \
	}
#define SOCK(nr, nargs, p, cat)                                                                    \
	{                                                                                          \
		nr, PROBE_KIND_SOCK, nargs, p, (p) + 1, PROBE_CAT_##cat                            \
	}
#define MSG(nr, nargs, p)                                                                          \
	{                                                                                          \
		nr, PROBE_KIND_MSG, nargs, p, 0, PROBE_CAT_NONE                                    \
	}
#define FDPAIR(nr, nargs, p)                                                                       \
	{                                                                                          \
		nr, PROBE_KIND_FDPAIR, nargs, p, 0, PROBE_CAT_NONE                                 \
	}
#define TASK(nr, nargs, cat)                                                                       \
	{                                                                                          \
		nr, PROBE_KIND_TASK, nargs, 0, 0, PROBE_CAT_##cat                                  \
	}
#define CLONE(nr)                                                                                  \
	{                                                                                          \
		nr, PROBE_KIND_CLONE, 0, 0, 0, PROBE_CAT_CLONE_FORK                                \
	}
#define EXEC(nr, p)                                                                                \
	{                                                                                          \
		nr, PROBE_KIND_EXEC, 0, p, 0, PROBE_CAT_EXECVE                                     \
	}

static const struct call calls[] = {
	/* descriptors from paths */
	PATH(2, 3, 0, OPEN),   /* open */
	PATH(85, 2, 0, OPEN),  /* creat */
	PATH(257, 4, 1, OPEN), /* openat */
	PATH(437, 4, 1, OPEN), /* openat2 */
	ARGS(304, 3, OPEN),    /* open_by_handle_at */
	ARGS(3, 1, CLOSE),     /* close */
	/* processes */
	CLONE(56),    /* clone */
	CLONE(57),    /* fork */
	CLONE(58),    /* vfork */
	CLONE(435),   /* clone3 */
	EXEC(59, 0),  /* execve */
	EXEC(322, 1), /* execveat */
	/* sockets; the address and its length are the arguments p and p + 1 */
	SOCK(42, 1, 1, CONNECT), /* connect */
	SOCK(49, 1, 1, NONE),	 /* bind */
	SOCK(43, 1, 1, NONE),	 /* accept */
	SOCK(288, 4, 1, NONE),	 /* accept4 */
	ARGS(41, 3, NONE),	 /* socket */
	ARGS(50, 2, NONE),	 /* listen */
	SOCK(44, 4, 4, NONE),	 /* sendto */
	SOCK(45, 4, 4, NONE),	 /* recvfrom */
	MSG(46, 3, 1),		 /* sendmsg */
	MSG(47, 3, 1),		 /* recvmsg */
	FDPAIR(53, 3, 3),	 /* socketpair */
	FDPAIR(22, 0, 0),	 /* pipe */
	FDPAIR(293, 2, 0),	 /* pipe2 */
	/* other descriptors */
	ARGS(32, 1, DIR_FILE), /* dup */
	ARGS(33, 2, NONE),     /* dup2 */
	ARGS(292, 3, NONE),    /* dup3 */
	ARGS(72, 3, NONE),     /* fcntl */
	PATH(319, 2, 0, NONE), /* memfd_create */
	/* folders, links, owners */
	PATH(80, 1, 0, NONE),	       /* chdir */
	ARGS(81, 1, NONE),	       /* fchdir */
	PATH(161, 1, 0, NONE),	       /* chroot */
	PATH(90, 2, 0, DIR_FILE),      /* chmod */
	ARGS(91, 2, DIR_FILE),	       /* fchmod */
	PATH(268, 3, 1, DIR_FILE),     /* fchmodat */
	PATH(92, 3, 0, DIR_FILE),      /* chown */
	ARGS(93, 3, DIR_FILE),	       /* fchown */
	PATH(94, 3, 0, DIR_FILE),      /* lchown */
	PATH(260, 5, 1, DIR_FILE),     /* fchownat */
	PATH(83, 2, 0, DIR_FILE),      /* mkdir */
	PATH(258, 3, 1, DIR_FILE),     /* mkdirat */
	PATH(84, 1, 0, DIR_FILE),      /* rmdir */
	PATH(87, 1, 0, DIR_FILE),      /* unlink */
	PATH(263, 3, 1, DIR_FILE),     /* unlinkat */
	PATH2(82, 0, 0, 1, DIR_FILE),  /* rename */
	PATH2(264, 4, 1, 3, DIR_FILE), /* renameat */
	PATH2(316, 5, 1, 3, DIR_FILE), /* renameat2 */
	PATH2(86, 0, 0, 1, DIR_FILE),  /* link */
	PATH2(265, 5, 1, 3, DIR_FILE), /* linkat */
	PATH2(88, 0, 0, 1, DIR_FILE),  /* symlink */
	PATH2(266, 3, 0, 2, DIR_FILE), /* symlinkat */
	PATH2(165, 4, 0, 1, DIR_FILE), /* mount */
	PATH(166, 2, 0, DIR_FILE),     /* umount2 */
	PATH(133, 3, 0, NONE),	       /* mknod */
	PATH(259, 4, 1, NONE),	       /* mknodat */
	PATH(21, 2, 0, NONE),	       /* access */
	PATH(4, 1, 0, NONE),	       /* stat */
	PATH(6, 1, 0, NONE),	       /* lstat */
	PATH(262, 4, 1, NONE),	       /* newfstatat */
	/* modules */
	PATH(175, 2, 2, NONE), /* init_module: its arguments */
	PATH(313, 3, 1, NONE), /* finit_module */
	PATH(176, 2, 0, NONE), /* delete_module */
	/* security */
	ARGS(321, 3, OTHER_INTEREST), /* bpf */
	TASK(109, 2, OTHER_INTEREST), /* setpgid */
	ARGS(101, 4, OTHER_INTEREST), /* ptrace */
	ARGS(317, 2, OTHER_INTEREST), /* seccomp */
	TASK(308, 2, OTHER_INTEREST), /* setns */
	TASK(119, 3, OTHER_INTEREST), /* setresgid */
	TASK(117, 3, OTHER_INTEREST), /* setresuid */
	TASK(112, 0, OTHER_INTEREST), /* setsid */
	TASK(272, 1, OTHER_INTEREST), /* unshare */
	TASK(126, 2, OTHER_INTEREST), /* capset */
	ARGS(250, 5, OTHER_INTEREST), /* keyctl */
	TASK(105, 1, NONE),	      /* setuid */
	TASK(106, 1, NONE),	      /* setgid */
	TASK(113, 2, NONE),	      /* setreuid */
	TASK(114, 2, NONE),	      /* setregid */
	PATH(157, 2, 1, NONE),	      /* prctl: the second argument of PR_SET_NAME */
	/* with more arguments than most */
	ARGS(0, 3, NONE),  /* read */
	ARGS(1, 3, NONE),  /* write */
	ARGS(9, 6, NONE),  /* mmap */
	ARGS(17, 4, NONE), /* pread64 */
	ARGS(18, 4, NONE), /* pwrite64 */
};

/* Calls whose data may be wanted: the buffer is argument 1. Of sendto and recvfrom five arguments
 * are sent, because the fifth is an address. */
static const struct {
	uint16_t nr;
	uint8_t nargs;
} with_data[] = {{0, 3}, {1, 3}, {17, 4}, {18, 4}, {44, 5}, {45, 5}};

static uint32_t data_how(const struct call *c)
{
	for (size_t i = 0; i < sizeof(with_data) / sizeof(with_data[0]); i++)
		if (with_data[i].nr == c->nr)
			return PROBE_HOW(PROBE_KIND_DATA, with_data[i].nargs, 1, 5, c->cat);
	return 0;
}

/* Calls that change what struct probe_usage says. */
static bool has_usage(unsigned nr)
{
	static const uint16_t nrs[] = {9,   11, 12, 97,
				       160, 302}; /* mmap, munmap, brk, getrlimit,
						   * setrlimit, prlimit64 */

	for (size_t i = 0; i < sizeof(nrs) / sizeof(nrs[0]); i++)
		if (nrs[i] == nr)
			return true;
	return false;
}

uint32_t capture_how(unsigned nr, unsigned wants)
{
	bool usage = wants & PROBE_WANT_USAGE && has_usage(nr);

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		const struct call *c = &calls[i];
		uint32_t data;

		if (c->nr != nr)
			continue;
		data = wants & PROBE_WANT_DATA ? data_how(c) : 0;
		if (data)
			return data;
		if (wants & PROBE_WANT_FILE && c->kind == PROBE_KIND_PATH &&
		    c->cat == PROBE_CAT_OPEN)
			return PROBE_HOW(PROBE_KIND_OPEN, c->nargs, c->p1, 0, c->cat);
		return PROBE_HOW(usage ? PROBE_KIND_USAGE : c->kind, c->nargs, c->p1, c->p2,
				 c->cat);
	}
	/* As many arguments as its parameters need. */
	return PROBE_HOW(usage ? PROBE_KIND_USAGE : PROBE_KIND_ARGS, param_nargs(nr), 0, 0,
			 PROBE_CAT_NONE);
}
