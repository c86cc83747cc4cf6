/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/capture_calls.h"

#include "probe/event.h"
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
#define FDPAIR(nr, nargs, p)                                                                       \
	{                                                                                          \
		nr, PROBE_KIND_FDPAIR, nargs, p, 0, PROBE_CAT_NONE                                 \
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
	SOCK(288, 1, 1, NONE),	 /* accept4 */
	ARGS(41, 3, NONE),	 /* socket */
	ARGS(50, 2, NONE),	 /* listen */
	SOCK(44, 4, 4, NONE),	 /* sendto */
	ARGS(45, 4, NONE),	 /* recvfrom */
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
	/* security */
	ARGS(321, 3, OTHER_INTEREST), /* bpf */
	ARGS(109, 2, OTHER_INTEREST), /* setpgid */
	ARGS(101, 4, OTHER_INTEREST), /* ptrace */
	ARGS(317, 2, OTHER_INTEREST), /* seccomp */
	ARGS(308, 2, OTHER_INTEREST), /* setns */
	ARGS(119, 3, OTHER_INTEREST), /* setresgid */
	ARGS(117, 3, OTHER_INTEREST), /* setresuid */
	ARGS(112, 0, OTHER_INTEREST), /* setsid */
	ARGS(272, 1, OTHER_INTEREST), /* unshare */
	ARGS(126, 2, OTHER_INTEREST), /* capset */
	ARGS(250, 5, OTHER_INTEREST), /* keyctl */
	ARGS(105, 1, NONE),	      /* setuid */
	ARGS(106, 1, NONE),	      /* setgid */
	PATH(157, 2, 1, NONE),	      /* prctl: the second argument of PR_SET_NAME */
	/* with more arguments than most */
	ARGS(0, 3, NONE),  /* read */
	ARGS(1, 3, NONE),  /* write */
	ARGS(9, 6, NONE),  /* mmap */
	ARGS(17, 4, NONE), /* pread64 */
	ARGS(18, 4, NONE), /* pwrite64 */
};

uint32_t capture_how(unsigned nr)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		const struct call *c = &calls[i];

		if (c->nr == nr)
			return PROBE_HOW(c->kind, c->nargs, c->p1, c->p2, c->cat);
	}
	return PROBE_HOW(PROBE_KIND_ARGS, 2, 0, 0, PROBE_CAT_NONE);
}
