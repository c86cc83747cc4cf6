/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations of one or a few cheap system calls each: what replays of a host's mix are made of.
 *
 * All calls of such an operation are made whatever became of the one before, so that a failed
 * operation counts whole.
 */
#include "load/ops.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/stat.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE 4096

/* ---- set-up ---- */

static void own_path(struct load_op_ctx *c)
{
	c->path = xasprintf("%s/own-%u-%u", c->dir, c->worker, c->index);
}

static int file_setup(struct load_op_ctx *c, struct error *err)
{
	own_path(c);
	c->fd[0] = open(c->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (c->fd[0] < 0 || write(c->fd[0], "x", 1) != 1)
		return error_sys(err, ERROR_ENV, errno, "%s: cannot be made", c->path);
	return 0;
}

/* A path with nothing there, and another one. */
static int name_setup(struct load_op_ctx *c, struct error *err)
{
	(void)err;
	own_path(c);
	c->path2 = xasprintf("%s.b", c->path);
	return 0;
}

static int rename_setup(struct load_op_ctx *c, struct error *err)
{
	if (file_setup(c, err))
		return -1;
	c->path2 = xasprintf("%s.b", c->path);
	return 0;
}

static int link_setup(struct load_op_ctx *c, struct error *err)
{
	own_path(c);
	if (symlink("target", c->path))
		return error_sys(err, ERROR_ENV, errno, "%s: cannot be made", c->path);
	return 0;
}

static int dir_setup(struct load_op_ctx *c, struct error *err)
{
	c->fd[0] = open(c->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->fd[0] < 0)
		return error_sys(err, ERROR_ENV, errno, "%s: cannot be read", c->dir);
	return 0;
}

static int device(struct load_op_ctx *c, const char *name, struct error *err)
{
	c->fd[0] = open(name, O_RDWR | O_CLOEXEC);
	return c->fd[0] < 0 ? error_sys(err, ERROR_ENV, errno, "%s", name) : 0;
}

static int zero_setup(struct load_op_ctx *c, struct error *err)
{
	return device(c, "/dev/zero", err);
}

static int null_setup(struct load_op_ctx *c, struct error *err)
{
	return device(c, "/dev/null", err);
}

static int epoll_setup(struct load_op_ctx *c, struct error *err)
{
	c->fd[0] = epoll_create1(EPOLL_CLOEXEC);
	return c->fd[0] < 0 ? error_sys(err, ERROR_ENV, errno, "epoll_create1") : 0;
}

static int timer_setup(struct load_op_ctx *c, struct error *err)
{
	c->fd[0] = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	return c->fd[0] < 0 ? error_sys(err, ERROR_ENV, errno, "timerfd_create") : 0;
}

/* A datagram socket connected to itself. */
static int udp_setup(struct load_op_ctx *c, struct error *err)
{
	socklen_t len = sizeof(c->addr);
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	c->fd[0] = s;
	c->addr = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	if (s < 0 || bind(s, (struct sockaddr *)&c->addr, sizeof(c->addr)) ||
	    getsockname(s, (struct sockaddr *)&c->addr, &len) ||
	    connect(s, (struct sockaddr *)&c->addr, sizeof(c->addr)))
		return error_sys(err, ERROR_ENV, errno, "no datagram socket on 127.0.0.1");
	return 0;
}

static int page_setup(struct load_op_ctx *c, struct error *err)
{
	c->page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (c->page != MAP_FAILED)
		return 0;
	c->page = NULL;
	return error_nomem(err);
}

/* ---- the calls ---- */

/* NAME_run repeats one operation, whose body returns whether it succeeded; c is the context. */
#define SIMPLE(name, ...)                                                                          \
	static inline bool name##_one(struct load_op_ctx *c)                                       \
	{                                                                                          \
		(void)c;                                                                           \
		__VA_ARGS__                                                                        \
	}                                                                                          \
	static unsigned name##_run(struct load_op_ctx *c, unsigned n)                              \
	{                                                                                          \
		unsigned ok = 0;                                                                   \
                                                                                                   \
		for (unsigned i = 0; i < n; i++)                                                   \
			ok += name##_one(c);                                                       \
		for (unsigned i = 0; ok < n && c->truth[i].syscall; i++)                           \
			c->extra[i] += (uint64_t)c->truth[i].per_op * (n - ok);                    \
		return ok;                                                                         \
	}

/* System calls themselves: the C library must not stand in for one. */
#define CALL(nr, ...) syscall(SYS_##nr, ##__VA_ARGS__)

SIMPLE(read, char b; return CALL(read, c->fd[0], &b, 1UL) == 1;)
SIMPLE(write, return CALL(write, c->fd[0], "x", 1UL) == 1;)
SIMPLE(pread, char b; return CALL(pread64, c->fd[0], &b, 1UL, 0UL) == 1;)
SIMPLE(pwrite, return CALL(pwrite64, c->fd[0], "x", 1UL, 0UL) == 1;)
SIMPLE(readv, char b; struct iovec v = {&b, 1}; return CALL(readv, c->fd[0], &v, 1UL) == 1;)
SIMPLE(writev, char b = 0; struct iovec v = {&b, 1}; return CALL(writev, c->fd[0], &v, 1UL) == 1;)
SIMPLE(lseek, return !CALL(lseek, c->fd[0], 0UL, SEEK_SET);)
SIMPLE(fstat, struct stat st; return !CALL(fstat, c->fd[0], &st);)
SIMPLE(stat_old, struct stat st; return !CALL(stat, c->path, &st);)
SIMPLE(lstat, struct stat st; return !CALL(lstat, c->path, &st);)
SIMPLE(statx, struct statx st; return !CALL(statx, AT_FDCWD, c->path, 0, STATX_BASIC_STATS, &st);)
SIMPLE(access, return !CALL(access, c->path, R_OK);)
SIMPLE(readlink, char b[16]; return CALL(readlink, c->path, b, sizeof(b)) > 0;)
SIMPLE(getdents, char b[1024]; return CALL(getdents64, c->fd[0], b, sizeof(b)) >= 0;)
SIMPLE(fcntl, return CALL(fcntl, c->fd[0], F_GETFL, 0UL) >= 0;)
SIMPLE(ioctl, int n; return !CALL(ioctl, c->fd[0], FIONREAD, &n);)
SIMPLE(dup, long fd = CALL(dup, c->fd[0]); return !CALL(close, fd) && fd >= 0;)
SIMPLE(unclosed, return CALL(close, -1L) < 0 && errno == EBADF;)
SIMPLE(missing,
       return CALL(openat, AT_FDCWD, c->path, O_RDONLY | O_CLOEXEC) < 0 && errno == ENOENT;)
SIMPLE(create,
       long fd = CALL(openat, AT_FDCWD, c->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
       long closed = CALL(close, fd); return !CALL(unlink, c->path) && !closed && fd >= 0;)
SIMPLE(mkdir, long made = CALL(mkdir, c->path, 0700); return !CALL(rmdir, c->path) && !made;)
SIMPLE(mkdirat, long made = CALL(mkdirat, AT_FDCWD, c->path, 0700);
       return !CALL(unlinkat, AT_FDCWD, c->path, AT_REMOVEDIR) && !made;)
SIMPLE(chmod, return !CALL(chmod, c->path, 0600);)
SIMPLE(mmap, void *p = (void *)CALL(mmap, NULL, (size_t)PAGE, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1L, 0UL);
       return !CALL(munmap, p, (size_t)PAGE) && p != MAP_FAILED;)
SIMPLE(remap, return CALL(mmap, c->page, (size_t)PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1L, 0UL) == (long)c->page;)
SIMPLE(mprotect, return !CALL(mprotect, c->page, (size_t)PAGE, PROT_READ | PROT_WRITE);)
SIMPLE(madvise, return !CALL(madvise, c->page, (size_t)PAGE, MADV_NORMAL);)
SIMPLE(brk, return CALL(brk, 0UL) > 0;)
SIMPLE(futex, uint32_t word = 0; return !CALL(futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);)
SIMPLE(epoll_wait, struct epoll_event e; return !CALL(epoll_wait, c->fd[0], &e, 1, 0);)
SIMPLE(poll, struct pollfd p = {.fd = c->fd[0], .events = POLLIN};
       return CALL(poll, &p, 1UL, 0) == 1;)
SIMPLE(udp, char b; long put = CALL(sendto, c->fd[0], "x", 1UL, 0, NULL, 0);
       return CALL(recvfrom, c->fd[0], &b, 1UL, 0, NULL, NULL) == 1 && put == 1;)
SIMPLE(message, char b = 0; struct iovec v = {&b, 1};
       struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
       long put = CALL(sendmsg, c->fd[0], &m, 0);
       return CALL(recvmsg, c->fd[0], &m, 0) == 1 && put == 1;)
SIMPLE(socket, long s = CALL(socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
       return !CALL(close, s) && s >= 0;)
SIMPLE(rejoin, return !CALL(connect, c->fd[0], &c->addr, sizeof(c->addr));)
SIMPLE(timer, struct itimerspec t = {.it_value = {.tv_sec = 1000000}};
       return !CALL(timerfd_settime, c->fd[0], 0, &t, NULL);)
SIMPLE(getsockname, struct sockaddr_in a; socklen_t n = sizeof(a);
       return !CALL(getsockname, c->fd[0], &a, &n);)
SIMPLE(pipe, int fd[2] = {-1, -1}; long made = CALL(pipe2, fd, O_CLOEXEC);
       long a = CALL(close, fd[0]); return !CALL(close, fd[1]) && !a && !made;)
SIMPLE(getpid, return CALL(getpid) > 0;)
SIMPLE(gettid, return CALL(gettid) > 0;)
SIMPLE(getuid, return CALL(getuid) >= 0;)
SIMPLE(getrandom, char b; return CALL(getrandom, &b, 1UL, 0) == 1;)
SIMPLE(yield, return !CALL(sched_yield);)
/* The kernel's own signal set is 8 bytes; a NULL set only asks. */
SIMPLE(sigmask, return !CALL(rt_sigprocmask, SIG_BLOCK, NULL, NULL, 8UL);)
SIMPLE(sigaction, return !CALL(rt_sigaction, SIGUSR2, NULL, NULL, 8UL);)

static unsigned rename_run(struct load_op_ctx *c, unsigned n)
{
	unsigned ok = 0;

	for (unsigned i = 0; i < n; i++) {
		char *from = c->path;

		if (CALL(rename, from, c->path2)) {
			c->extra[0]++;
			continue;
		}
		c->path = c->path2;
		c->path2 = from;
		ok++;
	}
	return ok;
}

/* ---- the table ---- */

#define ROW(name_, help_, setup_, run_, ...)                                                       \
	{                                                                                          \
		.name = name_, .help = help_, .truth = {__VA_ARGS__}, .setup = setup_,             \
		.run = run_##_run                                                                  \
	}
#define N(call)                                                                                    \
	{                                                                                          \
#call, 1                                                                           \
	}

const struct load_op load_simple_ops[] = {
	ROW("read", "read a byte of /dev/zero", zero_setup, read, N(read)),
	ROW("write", "write a byte to /dev/null", null_setup, write, N(write)),
	ROW("pread", "read a byte of a file at its begin", file_setup, pread, N(pread64)),
	ROW("pwrite", "write a byte of a file at its begin", file_setup, pwrite, N(pwrite64)),
	ROW("readv", "read a byte of /dev/zero by a vector", zero_setup, readv, N(readv)),
	ROW("writev", "write a byte to /dev/null by a vector", null_setup, writev, N(writev)),
	ROW("lseek", "go to a file's begin", file_setup, lseek, N(lseek)),
	ROW("fstat", "fstat of an open file", file_setup, fstat, N(fstat)),
	ROW("stat-old", "stat of a file, as older programs ask", file_setup, stat_old, N(stat)),
	ROW("lstat", "lstat of a file", file_setup, lstat, N(lstat)),
	ROW("statx", "statx of a file", file_setup, statx, N(statx)),
	ROW("access", "ask whether a file can be read", file_setup, access, N(access)),
	ROW("readlink", "read a symbolic link", link_setup, readlink, N(readlink)),
	ROW("getdents", "list a folder", dir_setup, getdents, N(getdents64)),
	ROW("fcntl", "ask for a descriptor's flags", file_setup, fcntl, N(fcntl)),
	ROW("ioctl", "ask how much there is to read", file_setup, ioctl, N(ioctl)),
	ROW("dup", "double a descriptor and close the copy", file_setup, dup, N(dup), N(close)),
	{.name = "open-missing",
	 .help = "open a file that is not there, which fails",
	 .truth = {N(openat)},
	 .failing = {N(openat)},
	 .setup = name_setup,
	 .run = missing_run},
	{.name = "close-missing",
	 .help = "close what is not open, which fails",
	 .truth = {N(close)},
	 .failing = {N(close)},
	 .run = unclosed_run},
	ROW("create", "make, close and remove a file", name_setup, create, N(openat), N(close),
	    N(unlink)),
	ROW("mkdir", "make and remove a folder", name_setup, mkdir, N(mkdir), N(rmdir)),
	ROW("mkdirat", "make and remove a folder by the calls with a folder", name_setup, mkdirat,
	    N(mkdirat), N(unlinkat)),
	ROW("rename", "rename a file, and back the next time", rename_setup, rename, N(rename)),
	ROW("chmod", "set a file's mode to what it is", file_setup, chmod, N(chmod)),
	ROW("mmap", "map a page and unmap it", NULL, mmap, N(mmap), N(munmap)),
	ROW("mmap-fixed", "map a page in the place of one", page_setup, remap, N(mmap)),
	ROW("mprotect", "set a page's protection to what it is", page_setup, mprotect, N(mprotect)),
	ROW("madvise", "give the usual advice for a page", page_setup, madvise, N(madvise)),
	ROW("brk", "ask for the end of the heap", NULL, brk, N(brk)),
	ROW("futex", "wake nobody", NULL, futex, N(futex)),
	ROW("epoll-wait", "ask an empty epoll set, without waiting", epoll_setup, epoll_wait,
	    N(epoll_wait)),
	ROW("poll", "poll a file, without waiting", file_setup, poll, N(poll)),
	ROW("udp", "send a byte to oneself and receive it", udp_setup, udp, N(sendto), N(recvfrom)),
	ROW("message", "the same by messages", udp_setup, message, N(sendmsg), N(recvmsg)),
	ROW("socket", "make a socket and close it", NULL, socket, N(socket), N(close)),
	ROW("udp-connect", "connect a datagram socket again", udp_setup, rejoin, N(connect)),
	ROW("timer", "set a timer", timer_setup, timer, N(timerfd_settime)),
	ROW("getsockname", "ask for a socket's address", udp_setup, getsockname, N(getsockname)),
	ROW("pipe", "make a pipe and close both ends", NULL, pipe, N(pipe2), {"close", 2}),
	ROW("getpid", "ask for the process id", NULL, getpid, N(getpid)),
	ROW("gettid", "ask for the thread id", NULL, gettid, N(gettid)),
	ROW("getuid", "ask for the user id", NULL, getuid, N(getuid)),
	ROW("getrandom", "ask for a random byte", NULL, getrandom, N(getrandom)),
	ROW("yield", "give way to another thread", NULL, yield, N(sched_yield)),
	ROW("sigmask", "ask for the signal mask", NULL, sigmask, N(rt_sigprocmask)),
	ROW("sigaction", "ask for a signal's action", NULL, sigaction, N(rt_sigaction)),
};
const size_t load_n_simple_ops = ARRAY_SIZE(load_simple_ops);
