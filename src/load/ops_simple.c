/* SPDX-License-Identifier: Apache-2.0 */
/* Operations of one or a few cheap system calls on files and sockets: with those of ops_self.c what
 * replays of a host's mix are made of. */
#include "load/ops_simple.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

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

/* An event counter that never has anything to read, and an epoll set that it is in. */
static int watched_setup(struct load_op_ctx *c, struct error *err)
{
	struct epoll_event e = {.events = EPOLLIN};

	if (epoll_setup(c, err))
		return -1;
	c->fd[1] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (c->fd[1] < 0 || epoll_ctl(c->fd[0], EPOLL_CTL_ADD, c->fd[1], &e))
		return error_sys(err, ERROR_ENV, errno, "no event counter in an epoll set");
	return 0;
}

static int timer_setup(struct load_op_ctx *c, struct error *err)
{
	c->fd[0] = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	return c->fd[0] < 0 ? error_sys(err, ERROR_ENV, errno, "timerfd_create") : 0;
}

/* A connected pair, in whose second end a byte waits that is only ever looked at. */
static int pair_setup(struct load_op_ctx *c, struct error *err)
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, c->fd) ||
	    write(c->fd[0], "x", 1) != 1)
		return error_sys(err, ERROR_ENV, errno, "no pair of sockets");
	return 0;
}

/* A listener on loopback that nobody connects to. */
static int listener_setup(struct load_op_ctx *c, struct error *err)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	c->fd[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd[0] < 0 || bind(c->fd[0], (struct sockaddr *)&a, sizeof(a)) || listen(c->fd[0], 1))
		return error_sys(err, ERROR_ENV, errno, "cannot listen on 127.0.0.1");
	return 0;
}

/* Two descriptors of the thread's own. */
static int two_setup(struct load_op_ctx *c, struct error *err)
{
	if (file_setup(c, err))
		return -1;
	c->fd[1] = open("/dev/null", O_RDWR | O_CLOEXEC);
	return c->fd[1] < 0 ? error_sys(err, ERROR_ENV, errno, "/dev/null") : 0;
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

/* ---- the calls ---- */

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
SIMPLE(unnamed, return CALL(unlink, c->path) < 0 && errno == ENOENT;)
SIMPLE(there, return CALL(mkdir, c->dir, 0700) < 0 && errno == EEXIST;)
SIMPLE(mkdir, long made = CALL(mkdir, c->path, 0700); return !CALL(rmdir, c->path) && !made;)
SIMPLE(mkdirat, long made = CALL(mkdirat, AT_FDCWD, c->path, 0700);
       return !CALL(unlinkat, AT_FDCWD, c->path, AT_REMOVEDIR) && !made;)
SIMPLE(chmod, return !CALL(chmod, c->path, 0600);)
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
SIMPLE(epoll_pwait, struct epoll_event e; return !CALL(epoll_pwait, c->fd[0], &e, 1, 0, NULL, 8UL);)
SIMPLE(epoll_ctl, struct epoll_event e = {.events = EPOLLIN};
       return !CALL(epoll_ctl, c->fd[0], EPOLL_CTL_MOD, c->fd[1], &e);)
SIMPLE(epoll_new, long fd = CALL(epoll_create1, EPOLL_CLOEXEC); return !CALL(close, fd) && fd >= 0;)
SIMPLE(eventfd, long fd = CALL(eventfd2, 0, EFD_CLOEXEC); return !CALL(close, fd) && fd >= 0;)
SIMPLE(timer_new, long fd = CALL(timerfd_create, CLOCK_MONOTONIC, TFD_CLOEXEC);
       return !CALL(close, fd) && fd >= 0;)
SIMPLE(empty, uint64_t n; return CALL(read, c->fd[1], &n, sizeof(n)) < 0 && errno == EAGAIN;)
/* Nothing is sent by sending no bytes, and what is only looked at stays. */
SIMPLE(send, return !CALL(sendto, c->fd[0], "", 0UL, 0, NULL, 0);)
SIMPLE(recv, char b; return CALL(recvfrom, c->fd[1], &b, 1UL, MSG_PEEK, NULL, NULL) == 1;)
SIMPLE(sendmsg, struct msghdr m = {0}; return !CALL(sendmsg, c->fd[0], &m, 0);)
SIMPLE(recvmsg, char b; struct iovec v = {&b, 1};
       struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
       return CALL(recvmsg, c->fd[1], &m, MSG_PEEK) == 1;)
SIMPLE(nobyte, char b; return CALL(recvfrom, c->fd[0], &b, 1UL, 0, NULL, NULL) < 0;)
SIMPLE(nomessage, char b; struct iovec v = {&b, 1};
       struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
       return CALL(recvmsg, c->fd[0], &m, 0) < 0 && errno == EAGAIN;)
SIMPLE(noclient, return CALL(accept4, c->fd[0], NULL, NULL, SOCK_CLOEXEC) < 0 && errno == EAGAIN;)
SIMPLE(getpeername, struct sockaddr_in a; socklen_t n = sizeof(a);
       return !CALL(getpeername, c->fd[0], &a, &n);)
SIMPLE(getsockopt, int v; socklen_t n = sizeof(v);
       return !CALL(getsockopt, c->fd[0], SOL_SOCKET, SO_ERROR, &v, &n);)
SIMPLE(setsockopt, int v = 1;
       return !CALL(setsockopt, c->fd[0], SOL_SOCKET, SO_REUSEADDR, &v, sizeof(v));)
SIMPLE(listen, return !CALL(listen, c->fd[0], 1);)
SIMPLE(bind,
       struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
       long s = CALL(socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
       long bound = CALL(bind, s, &a, sizeof(a)); return !CALL(close, s) && !bound && s >= 0;)
SIMPLE(socketpair, int fd[2] = {-1, -1};
       long made = CALL(socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd);
       long a = CALL(close, fd[0]); return !CALL(close, fd[1]) && !a && !made;)
SIMPLE(open_old, long fd = CALL(open, c->path, O_RDONLY | O_CLOEXEC);
       return !CALL(close, fd) && fd >= 0;)
SIMPLE(unstated, struct stat st;
       return CALL(newfstatat, AT_FDCWD, c->path, &st, 0) < 0 && errno == ENOENT;)
SIMPLE(unseen, return CALL(access, c->path, R_OK) < 0 && errno == ENOENT;)
SIMPLE(unlinked, char b[16]; return CALL(readlink, c->path, b, sizeof(b)) < 0 && errno == EINVAL;)
SIMPLE(notty, char b[64]; return CALL(ioctl, c->fd[0], TCGETS, b) < 0 && errno == ENOTTY;)
SIMPLE(faccessat, return !CALL(faccessat, AT_FDCWD, c->path, R_OK);)
SIMPLE(faccessat2, return !CALL(faccessat2, AT_FDCWD, c->path, R_OK, 0);)
SIMPLE(readlinkat, char b[16]; return CALL(readlinkat, AT_FDCWD, c->path, b, sizeof(b)) > 0;)
SIMPLE(statfs, struct statfs st; return !CALL(statfs, c->path, &st);)
SIMPLE(fstatfs, struct statfs st; return !CALL(fstatfs, c->fd[0], &st);)
SIMPLE(fchmod, return !CALL(fchmod, c->fd[0], 0600);)
SIMPLE(fchmodat, return !CALL(fchmodat, AT_FDCWD, c->path, 0600);)
SIMPLE(fadvise, return !CALL(fadvise64, c->fd[0], 0UL, 0UL, POSIX_FADV_NORMAL);)
SIMPLE(flock, return !CALL(flock, c->fd[0], LOCK_UN);)
SIMPLE(sendfile, off_t at = 0; return CALL(sendfile, c->fd[1], c->fd[0], &at, 1UL) == 1;)
SIMPLE(dup2, return CALL(dup2, c->fd[0], c->fd[1]) == c->fd[1];)
SIMPLE(dup3, return CALL(dup3, c->fd[0], c->fd[1], O_CLOEXEC) == c->fd[1];)
SIMPLE(pipe_old, int fd[2] = {-1, -1}; long made = CALL(pipe, fd); long a = CALL(close, fd[0]);
       return !CALL(close, fd[1]) && !a && !made;)

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
	FAILS("open-missing", "open a file that is not there, which fails", name_setup, missing,
	      N(openat)),
	FAILS("close-missing", "close what is not open, which fails", NULL, unclosed, N(close)),
	ROW("create", "make, close and remove a file", name_setup, create, N(openat), N(close),
	    N(unlink)),
	ROW("mkdir", "make and remove a folder", name_setup, mkdir, N(mkdir), N(rmdir)),
	FAILS("unlink-missing", "remove a file that is not there, which fails", name_setup, unnamed,
	      N(unlink)),
	FAILS("mkdir-there", "make a folder that is there already, which fails", NULL, there,
	      N(mkdir)),
	ROW("mkdirat", "make and remove a folder by the calls with a folder", name_setup, mkdirat,
	    N(mkdirat), N(unlinkat)),
	ROW("rename", "rename a file, and back the next time", rename_setup, rename, N(rename)),
	ROW("chmod", "set a file's mode to what it is", file_setup, chmod, N(chmod)),
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
	ROW("epoll-pwait", "ask an empty epoll set with a signal mask, without waiting",
	    epoll_setup, epoll_pwait, N(epoll_pwait)),
	ROW("epoll-change", "change an entry of an epoll set", watched_setup, epoll_ctl,
	    N(epoll_ctl)),
	ROW("epoll", "make an epoll set and close it", NULL, epoll_new, N(epoll_create1), N(close)),
	ROW("eventfd", "make an event counter and close it", NULL, eventfd, N(eventfd2), N(close)),
	ROW("timer-new", "make a timer and close it", NULL, timer_new, N(timerfd_create), N(close)),
	FAILS("read-empty", "read where there is nothing yet, which fails", watched_setup, empty,
	      N(read)),
	ROW("send", "send no bytes", pair_setup, send, N(sendto)),
	ROW("recv", "look at a byte that was sent", pair_setup, recv, N(recvfrom)),
	ROW("send-message", "send an empty message", pair_setup, sendmsg, N(sendmsg)),
	ROW("recv-message", "look at a message that was sent", pair_setup, recvmsg, N(recvmsg)),
	FAILS("recv-empty", "receive where there is nothing yet, which fails", pair_setup, nobyte,
	      N(recvfrom)),
	FAILS("recv-message-empty", "the same by messages", pair_setup, nomessage, N(recvmsg)),
	FAILS("accept-none", "accept where nobody connects, which fails", listener_setup, noclient,
	      N(accept4)),
	ROW("getpeername", "ask for the other end's address", udp_setup, getpeername,
	    N(getpeername)),
	ROW("getsockopt", "ask for a socket's error", udp_setup, getsockopt, N(getsockopt)),
	ROW("setsockopt", "set a socket's option", udp_setup, setsockopt, N(setsockopt)),
	ROW("listen", "listen where one listens already", listener_setup, listen, N(listen)),
	ROW("bind", "make a socket with a loopback address and close it", NULL, bind, N(socket),
	    N(bind), N(close)),
	ROW("socketpair", "make a pair of sockets and close both", NULL, socketpair, N(socketpair),
	    {"close", 2}),
	ROW("open-old", "open and close a file, as older programs do", file_setup, open_old,
	    N(open), N(close)),
	FAILS("stat-missing", "newfstatat of a file that is not there, which fails", name_setup,
	      unstated, N(newfstatat)),
	FAILS("access-missing", "ask whether a file can be read that is not there, which fails",
	      name_setup, unseen, N(access)),
	FAILS("readlink-file", "read a file as a symbolic link, which fails", file_setup, unlinked,
	      N(readlink)),
	FAILS("ioctl-file", "ask a file for its terminal's settings, which fails", file_setup,
	      notty, N(ioctl)),
	ROW("faccessat", "ask by a folder whether a file can be read", file_setup, faccessat,
	    N(faccessat)),
	ROW("faccessat2", "the same with flags", file_setup, faccessat2, N(faccessat2)),
	ROW("readlinkat", "read a symbolic link by a folder", link_setup, readlinkat,
	    N(readlinkat)),
	ROW("statfs", "ask for a file's file system", file_setup, statfs, N(statfs)),
	ROW("fstatfs", "the same of an open file", file_setup, fstatfs, N(fstatfs)),
	ROW("fchmod", "set an open file's mode to what it is", file_setup, fchmod, N(fchmod)),
	ROW("fchmodat", "the same by a folder", file_setup, fchmodat, N(fchmodat)),
	ROW("fadvise", "give the usual advice for a file", file_setup, fadvise, N(fadvise64)),
	ROW("flock", "release a lock that is not held", file_setup, flock, N(flock)),
	ROW("sendfile", "send a byte of a file to /dev/null", two_setup, sendfile, N(sendfile)),
	ROW("dup2", "double a descriptor over another", two_setup, dup2, N(dup2)),
	ROW("dup3", "the same with flags", two_setup, dup3, N(dup3)),
	ROW("pipe-old", "make a pipe as older programs do, and close both ends", NULL, pipe_old,
	    N(pipe), {"close", 2}),
};
const size_t load_n_simple_ops = ARRAY_SIZE(load_simple_ops);
