/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bare loops that falcotune-load is judged against: the same operations without pacing,
 * counting or timing, in a program with a single thread.
 *
 *     bench-load-bare OPERATION SECONDS HELPER
 *
 * prints operations a second, and operations, as falcotune-load does. The clock is read once in a
 * while only.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* As deep as the load's own file. */
static char dir[] = "/tmp/falcotune-load-bare.XXXXXX", path[64];
static int pipe_fd[2], listener;
static struct sockaddr_in addr;
static posix_spawnattr_t attr;
static char *helper;

static void do_open(void)
{
	syscall(SYS_close, syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC));
}

static void do_stat(void)
{
	struct stat st;

	syscall(SYS_newfstatat, AT_FDCWD, path, &st, 0);
}

static void do_readwrite(void)
{
	char byte = 0;

	syscall(SYS_write, pipe_fd[1], &byte, 1UL);
	syscall(SYS_read, pipe_fd[0], &byte, 1UL);
}

static void do_connect(void)
{
	long fd = syscall(SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	syscall(SYS_connect, fd, &addr, sizeof(addr));
	syscall(SYS_close, fd);
	syscall(SYS_close, syscall(SYS_accept4, listener, NULL, NULL, SOCK_CLOEXEC));
}

static void do_accept(void)
{
	long fd = syscall(SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	syscall(SYS_connect, fd, &addr, sizeof(addr));
	syscall(SYS_close, syscall(SYS_accept4, listener, NULL, NULL, SOCK_CLOEXEC));
	syscall(SYS_close, fd);
}

static void do_spawn(void)
{
	static char *const env[] = {NULL};
	char *argv[] = {helper, NULL};
	pid_t pid;
	int status;

	if (!posix_spawn(&pid, helper, NULL, &attr, argv, env))
		waitpid(pid, &status, 0);
}

static const struct {
	const char *name;
	void (*run)(void);
	unsigned block;
} loops[] = {
	{"spawn", do_spawn, 16},	   {"open", do_open, 256},
	{"accept", do_accept, 64},	   {"connect", do_connect, 64},
	{"readwrite", do_readwrite, 1024}, {"stat", do_stat, 512},
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void prepare(void)
{
	struct linger reset = {.l_onoff = 1, .l_linger = 0};
	socklen_t len = sizeof(addr);
	sigset_t all, none;

	sigfillset(&all);
	sigemptyset(&none);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	if (!mkdtemp(dir))
		exit(3);
	snprintf(path, sizeof(path), "%s/open-0-0", dir);
	close(open(path, O_WRONLY | O_CREAT | O_EXCL, 0600));
	if (pipe2(pipe_fd, O_CLOEXEC | O_NONBLOCK))
		exit(1);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	addr.sin_family = AF_INET;
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(listener, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	if (bind(listener, (struct sockaddr *)&addr, sizeof(addr)) || listen(listener, 16) ||
	    getsockname(listener, (struct sockaddr *)&addr, &len))
		exit(3);
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	helper = argv[3];
	for (size_t i = 0; i < sizeof(loops) / sizeof(loops[0]); i++) {
		double start, end, limit = atof(argv[2]);
		unsigned long n = 0;

		if (strcmp(loops[i].name, argv[1]) != 0)
			continue;
		prepare();
		start = now();
		do {
			for (unsigned j = 0; j < loops[i].block; j++)
				loops[i].run();
			n += loops[i].block;
			end = now();
		} while (end - start < limit);
		unlink(path);
		rmdir(dir);
		printf("{\"achieved_per_s\":%.1f,\"ops\":%lu}\n", (double)n / (end - start), n);
		return 0;
	}
	return 2;
}
