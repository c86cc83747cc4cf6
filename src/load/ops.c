/* SPDX-License-Identifier: Apache-2.0 */
#include "load/ops.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int64_t load_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* ---- open, stat: on a file of the thread's own ---- */

static int make_file(struct load_op_ctx *c, const char *what, struct error *err)
{
	int fd;

	c->path = xasprintf("%s/%s-%u-%u", c->dir, what, c->worker, c->index);
	fd = open(c->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_sys(err, ERROR_ENV, errno, "%s: cannot be made", c->path);
	close(fd);
	return 0;
}

static int open_setup(struct load_op_ctx *c, struct error *err)
{
	return make_file(c, "open", err);
}

enum { OPEN_OPENAT, OPEN_CLOSE };

static unsigned open_run(struct load_op_ctx *c, unsigned n)
{
	unsigned ok = 0;

	for (unsigned i = 0; i < n; i++) {
		long fd = syscall(SYS_openat, AT_FDCWD, c->path, O_RDONLY | O_CLOEXEC);

		if (fd < 0) {
			c->extra[OPEN_OPENAT]++;
			continue;
		}
		syscall(SYS_close, fd);
		ok++;
	}
	return ok;
}

static int stat_setup(struct load_op_ctx *c, struct error *err)
{
	return make_file(c, "stat", err);
}

static unsigned stat_run(struct load_op_ctx *c, unsigned n)
{
	unsigned ok = 0;

	for (unsigned i = 0; i < n; i++) {
		struct stat st;

		ok += !syscall(SYS_newfstatat, AT_FDCWD, c->path, &st, 0);
	}
	c->extra[0] += n - ok;
	return ok;
}

/* ---- readwrite: one byte into a pipe and out of it again ---- */

static int readwrite_setup(struct load_op_ctx *c, struct error *err)
{
	/* Non-blocking: after a failed write there is nothing to wait for. */
	if (pipe2(c->fd, O_CLOEXEC | O_NONBLOCK))
		return error_sys(err, ERROR_ENV, errno, "no pipe");
	return 0;
}

enum { READWRITE_READ, READWRITE_WRITE };

static unsigned readwrite_run(struct load_op_ctx *c, unsigned n)
{
	unsigned ok = 0;
	char byte = 0;

	for (unsigned i = 0; i < n; i++) {
		long put = syscall(SYS_write, c->fd[1], &byte, 1UL);
		long got = syscall(SYS_read, c->fd[0], &byte, 1UL);

		if (got == 1 && put == 1) {
			ok++;
			continue;
		}
		c->extra[READWRITE_READ]++;
		c->extra[READWRITE_WRITE]++;
	}
	return ok;
}

/* ---- accept, connect: loopback pairs, both ends in one thread ---- */

/*
 * Both ends live in one thread: the kernel finishes a loopback handshake inside connect(), so that
 * no second thread has to be scheduled for each operation, the counts of both ends are exact at any
 * moment, and no queue of half-served connections can build up.
 *
 * The listener has SO_LINGER 0, which accepted sockets inherit: the server's close sends RST, so
 * that no port is left in TIME_WAIT at any rate, without a call of its own for each connection.
 */
static int pair_setup(struct load_op_ctx *c, struct error *err)
{
	struct linger reset = {.l_onoff = 1, .l_linger = 0};
	struct timeval limit = {.tv_sec = 2}; /* accept4 never waits longer */
	socklen_t len = sizeof(c->addr);
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	c->fd[0] = s;
	c->addr = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	if (s < 0 || setsockopt(s, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) ||
	    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) ||
	    bind(s, (struct sockaddr *)&c->addr, sizeof(c->addr)) || listen(s, 16) ||
	    getsockname(s, (struct sockaddr *)&c->addr, &len))
		return error_sys(err, ERROR_ENV, errno, "cannot listen on 127.0.0.1");
	return 0;
}

enum { PAIR_SOCKET, PAIR_CONNECT, PAIR_ACCEPT4, PAIR_CLOSE };

/* A connected client, or -1 with its calls counted as extra. */
static long pair_connect(struct load_op_ctx *c)
{
	long fd = syscall(SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && !syscall(SYS_connect, fd, &c->addr, sizeof(c->addr)))
		return fd;
	c->extra[PAIR_SOCKET]++;
	if (fd >= 0) {
		c->extra[PAIR_CONNECT]++;
		c->extra[PAIR_CLOSE]++;
		syscall(SYS_close, fd);
	}
	return -1;
}

static bool pair_serve(struct load_op_ctx *c)
{
	long fd = syscall(SYS_accept4, c->fd[0], NULL, NULL, SOCK_CLOEXEC);

	if (fd >= 0) {
		syscall(SYS_close, fd);
		return true;
	}
	c->extra[PAIR_SOCKET]++;
	c->extra[PAIR_CONNECT]++;
	c->extra[PAIR_ACCEPT4]++;
	c->extra[PAIR_CLOSE]++; /* the client's */
	return false;
}

/* Client side measured: socket, connect, close; the server's accept4 and close follow. */
static unsigned connect_run(struct load_op_ctx *c, unsigned n)
{
	unsigned ok = 0;

	for (unsigned i = 0; i < n; i++) {
		long fd = pair_connect(c);

		if (fd < 0)
			continue;
		syscall(SYS_close, fd);
		ok += pair_serve(c);
	}
	return ok;
}

static unsigned connect_timed(struct load_op_ctx *c)
{
	int64_t t = load_now();
	long fd = pair_connect(c);

	if (fd < 0)
		return 0;
	syscall(SYS_close, fd);
	c->side_ns = load_now() - t;
	return pair_serve(c);
}

/* Server side measured: accept4, close; the client's connect comes before, its close after. */
static unsigned accept_timed(struct load_op_ctx *c)
{
	long fd = pair_connect(c);
	int64_t t;
	bool ok;

	if (fd < 0)
		return 0;
	t = load_now();
	ok = pair_serve(c);
	c->side_ns = load_now() - t;
	syscall(SYS_close, fd);
	return ok;
}

static unsigned accept_run(struct load_op_ctx *c, unsigned n)
{
	unsigned ok = 0;

	for (unsigned i = 0; i < n; i++) {
		long fd = pair_connect(c);

		if (fd < 0)
			continue;
		ok += pair_serve(c);
		syscall(SYS_close, fd);
	}
	return ok;
}

/* ---- spawn: posix_spawn of falcotune-true, and waitpid ---- */

/*
 * Every signal is asked to be at its default in the child: without that the C library first asks
 * for each signal's disposition, which is slower and makes the number of calls depend on it.
 */
static int spawn_setup(struct load_op_ctx *c, struct error *err)
{
	sigset_t all, none;

	if (!c->helper)
		return error_env(err, "falcotune-true, the program that spawn runs, was not found "
				      "beside falcotune-load or in PATH");
	sigfillset(&all);
	sigemptyset(&none);
	if (posix_spawnattr_init(&c->attr))
		return error_nomem(err);
	c->has_attr = true;
	posix_spawnattr_setsigdefault(&c->attr, &all);
	posix_spawnattr_setsigmask(&c->attr, &none);
	posix_spawnattr_setflags(&c->attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	return 0;
}

enum {
	SPAWN_CLONE3,
	SPAWN_CLONE,
	SPAWN_EXECVE,
	SPAWN_PROCEXIT,
	SPAWN_WAIT4,
	SPAWN_MMAP,
	SPAWN_MUNMAP,
	SPAWN_RT_SIGPROCMASK,
	SPAWN_RT_SIGACTION
};

/* Where clone3 is missing (kernels before 5.3, seccomp filters of some containers) the C library
 * tries it each time, and then calls clone. */
static void spawn_adapt(struct load_truth *rows)
{
	if (syscall(SYS_clone3, NULL, 0UL) == -1 && errno == ENOSYS) {
		rows[SPAWN_CLONE3].per_op = 1;
		rows[SPAWN_CLONE].per_op = 2;
	}
}

/* The clone itself failed (too many processes, no memory): the parent's half of the calls. */
static void spawn_no_clone(struct load_op_ctx *c)
{
	c->extra[SPAWN_CLONE3]++;
	c->extra[SPAWN_MMAP]++;
	c->extra[SPAWN_MUNMAP]++;
	c->extra[SPAWN_RT_SIGPROCMASK] += 2;
}

/* The child ran, whether or not its execve succeeded: as in a good operation. */
static void spawn_whole(struct load_op_ctx *c)
{
	for (unsigned i = 0; c->truth[i].syscall; i++)
		c->extra[i] += c->truth[i].per_op;
}

static unsigned spawn_one(struct load_op_ctx *c, char *const *argv)
{
	static char *const env[] = {NULL};
	pid_t pid;
	int status = -1;
	int e = posix_spawn(&pid, c->helper, NULL, &c->attr, argv, env);

	if (e) {
		if (e == EAGAIN || e == ENOMEM)
			spawn_no_clone(c);
		else
			spawn_whole(c);
		return 0;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		c->extra[SPAWN_WAIT4]++;
	if (!status)
		return 1;
	spawn_whole(c);
	return 0;
}

static unsigned spawn_run(struct load_op_ctx *c, unsigned n)
{
	char *argv[] = {(char *)c->helper, NULL};
	unsigned ok = 0;

	for (unsigned i = 0; i < n; i++)
		ok += spawn_one(c, argv);
	return ok;
}

/* The marker, and a number that tells canaries from each other (of one thread of one worker). */
static unsigned canary_run(struct load_op_ctx *c, unsigned n)
{
	unsigned ok = 0;

	for (unsigned i = 0; i < n; i++) {
		char text[128], *argv[] = {(char *)c->helper, text, NULL};

		snprintf(text, sizeof(text), "%s-%llu", c->marker,
			 (unsigned long long)c->sequence++);
		ok += spawn_one(c, argv);
	}
	return ok;
}

/* ---- the table ---- */

/* As glibc 2.36 calls them in parent and child, by strace; of rt_sigaction one for each signal, two
 * of which (KILL, STOP) fail and are counted. */
#define SPAWN_TRUTH                                                                                \
	[SPAWN_CLONE3] = {"clone3", 2}, [SPAWN_CLONE] = {"clone", 0},                              \
	[SPAWN_EXECVE] = {"execve", 1}, [SPAWN_PROCEXIT] = {"procexit", 1},                        \
	[SPAWN_WAIT4] = {"wait4", 1}, [SPAWN_MMAP] = {"mmap", 1}, [SPAWN_MUNMAP] = {"munmap", 1},  \
	[SPAWN_RT_SIGPROCMASK] = {"rt_sigprocmask", 4},                                            \
	[SPAWN_RT_SIGACTION] = {"rt_sigaction", 64}

const struct load_op load_ops[] = {
	{
		.name = "spawn",
		.help = "start a tiny program and wait for its end",
		.needs_helper = true,
		.truth = {SPAWN_TRUTH},
		.failing = {{"rt_sigaction", 2}},
		.adapt = spawn_adapt,
		.setup = spawn_setup,
		.run = spawn_run,
	},
	{
		.name = "open",
		.help = "open and close a file",
		.truth = {[OPEN_OPENAT] = {"openat", 1}, [OPEN_CLOSE] = {"close", 1}},
		.setup = open_setup,
		.run = open_run,
	},
	{
		.name = "accept",
		.help = "accept and close a loopback connection (server side measured)",
		.truth = {[PAIR_SOCKET] = {"socket", 1},
			  [PAIR_CONNECT] = {"connect", 1},
			  [PAIR_ACCEPT4] = {"accept4", 1},
			  [PAIR_CLOSE] = {"close", 2}},
		.setup = pair_setup,
		.run = accept_run,
		.timed = accept_timed,
	},
	{
		.name = "connect",
		.help = "make and close a loopback connection (client side measured)",
		.truth = {[PAIR_SOCKET] = {"socket", 1},
			  [PAIR_CONNECT] = {"connect", 1},
			  [PAIR_ACCEPT4] = {"accept4", 1},
			  [PAIR_CLOSE] = {"close", 2}},
		.setup = pair_setup,
		.run = connect_run,
		.timed = connect_timed,
	},
	{
		.name = "readwrite",
		.help = "write one byte into a pipe and read it back",
		.truth = {[READWRITE_READ] = {"read", 1}, [READWRITE_WRITE] = {"write", 1}},
		.setup = readwrite_setup,
		.run = readwrite_run,
	},
	{
		.name = "stat",
		.help = "newfstatat of a file",
		.truth = {{"newfstatat", 1}},
		.setup = stat_setup,
		.run = stat_run,
	},
	{
		.name = "canary",
		.help = "the same with a marker among the arguments, for an alert",
		.needs_helper = true,
		.unfit = true,
		.truth = {SPAWN_TRUTH},
		.failing = {{"rt_sigaction", 2}},
		.adapt = spawn_adapt,
		.setup = spawn_setup,
		.run = canary_run,
	},
};
const size_t load_n_ops = ARRAY_SIZE(load_ops);

static const struct {
	const struct load_op *ops;
	const size_t *n;
} parts[] = {
	{load_ops, &load_n_ops},
	{load_process_ops, &load_n_process_ops},
	{load_simple_ops, &load_n_simple_ops},
	{load_self_ops, &load_n_self_ops},
};

const struct load_op *load_op_at(size_t i)
{
	for (size_t k = 0; k < ARRAY_SIZE(parts); i -= *parts[k++].n)
		if (i < *parts[k].n)
			return &parts[k].ops[i];
	return NULL;
}

const struct load_op *load_op_find(const char *name)
{
	const struct load_op *op;

	for (size_t i = 0; (op = load_op_at(i)); i++)
		if (!strcmp(op->name, name))
			return op;
	return NULL;
}

void load_op_truth(const struct load_op *op, struct load_truth *out)
{
	memcpy(out, op->truth, sizeof(op->truth));
	if (op->adapt)
		op->adapt(out);
}

void load_op_teardown(struct load_op_ctx *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(c->fd); i++) {
		if (c->fd[i] >= 0)
			close(c->fd[i]);
		c->fd[i] = -1;
	}
	if (c->path)
		unlink(c->path);
	if (c->path2)
		unlink(c->path2);
	free(c->path);
	free(c->path2);
	c->path = c->path2 = NULL;
	if (c->page)
		munmap(c->page, 4096);
	c->page = NULL;
	if (c->has_attr)
		posix_spawnattr_destroy(&c->attr);
	c->has_attr = false;
}
