/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench-survey ROUNDS TRUE [process|cgroup|path]: the throughput of the mixed load's operations
 * with the survey's programs attached, against without, in slices of some milliseconds that take
 * turns (without, with, with, without), so that what else the host does falls on both. Prints a
 * ratio a round: CPU time of the slices without over that of those with. TRUE: a program that only
 * exits.
 */
#include "survey/live/counter.h"

#include "empty.skel.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* 1/25 of a second of testcases/load/mixed.yaml. */
#define SPAWNS	 40
#define OPENS	 2000
#define CONNECTS 80
#define READS	 4000

static void die(const char *what)
{
	perror(what);
	exit(3);
}

struct bench {
	char *program;
	int listener, pipe[2];
	struct sockaddr_in addr;
};

static void set_up(struct bench *b, char *program)
{
	socklen_t len = sizeof(b->addr);

	b->program = program;
	b->addr = (struct sockaddr_in){.sin_family = AF_INET};
	b->addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	b->listener = socket(AF_INET, SOCK_STREAM, 0);
	if (b->listener < 0 || bind(b->listener, (struct sockaddr *)&b->addr, len) ||
	    listen(b->listener, 8) || getsockname(b->listener, (struct sockaddr *)&b->addr, &len) ||
	    pipe(b->pipe))
		die("setting up");
}

/* As falcotune-load's spawn does it. */
static void spawn_one(const struct bench *b)
{
	char *argv[] = {b->program, NULL};
	posix_spawnattr_t attr;
	sigset_t all;
	pid_t pid;

	sigfillset(&all);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
	if (posix_spawn(&pid, b->program, NULL, &attr, argv, environ) ||
	    waitpid(pid, NULL, 0) != pid)
		die(b->program);
	posix_spawnattr_destroy(&attr);
}

static void connect_one(const struct bench *b)
{
	struct linger at_once = {.l_onoff = 1};
	int fd = socket(AF_INET, SOCK_STREAM, 0), got;

	if (fd < 0 || connect(fd, (const struct sockaddr *)&b->addr, sizeof(b->addr)))
		die("connect");
	got = accept4(b->listener, NULL, NULL, 0);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
	close(got);
}

static double cpu_ns(void)
{
	static const int whose[] = {RUSAGE_SELF, RUSAGE_CHILDREN};
	double sum = 0;

	for (size_t i = 0; i < 2; i++) {
		struct rusage u;

		getrusage(whose[i], &u);
		sum += (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e9 +
		       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e3;
	}
	return sum;
}

/* CPU ns of one slice. */
static double slice(const struct bench *b)
{
	double from = cpu_ns();
	char byte = 0;

	for (int i = 0; i < SPAWNS; i++)
		spawn_one(b);
	for (int i = 0; i < OPENS; i++)
		close(open("/dev/null", O_RDONLY | O_CLOEXEC));
	for (int i = 0; i < CONNECTS; i++)
		connect_one(b);
	for (int i = 0; i < READS; i++)
		if (write(b->pipe[1], &byte, 1) != 1 || read(b->pipe[0], &byte, 1) != 1)
			die("pipe");
	return cpu_ns() - from;
}

int main(int argc, char **argv)
{
	const char *by = argc > 3 ? argv[3] : "";
	struct counter_opts opts = {.by_process = !strcmp(by, "process"),
				    .by_path = !strcmp(by, "path")};
	struct error err = ERROR_INIT;
	struct empty_bpf *empty;
	struct counter *c;
	struct bench b;

	if (argc < 3) {
		fprintf(stderr, "usage: bench-survey ROUNDS TRUE [process|cgroup|path]\n");
		return 2;
	}
	if (!strcmp(by, "cgroup"))
		opts.controller = "memory";
	if (counter_open(&c, &opts, &err)) {
		fprintf(stderr, "bench-survey: %s\n", err.msg);
		return error_exit_code(&err);
	}
	set_up(&b, argv[2]);
	slice(&b);
	empty = empty_bpf__open_and_load();
	if (!empty)
		die("the empty program");
	for (int i = atoi(argv[1]); i > 0; i--) {
		double none = slice(&b), nothing, with;

		if (counter_start(c, &err))
			break;
		with = slice(&b);
		counter_stop(c);
		if (empty_bpf__attach(empty))
			die("the empty program");
		nothing = 2 * slice(&b);
		empty_bpf__detach(empty);
		if (counter_start(c, &err))
			break;
		with += slice(&b);
		counter_stop(c);
		none += slice(&b);
		printf("%.5f %.5f\n", none / with, nothing / with);
	}
	empty_bpf__destroy(empty);
	counter_close(c);
	if (!err.kind)
		return 0;
	fprintf(stderr, "bench-survey: %s\n", err.msg);
	return error_exit_code(&err);
}
