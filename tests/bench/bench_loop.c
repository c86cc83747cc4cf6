/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Issues a known number of calls as fast as it can: bench-loop OPERATION COUNT [THREADS].
 * Prints the nanoseconds of wall time an operation took (of one thread). COUNT is for each thread.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static char *self;

static void die(const char *what)
{
	fprintf(stderr, "bench-loop: %s: %s\n", what, strerror(errno));
	_exit(1);
}

static void op_open(long n)
{
	while (n--) {
		int fd = open("/dev/null", O_RDONLY);

		if (fd < 0)
			die("open");
		close(fd);
	}
}

static void op_getppid(long n)
{
	while (n--)
		syscall(SYS_getppid);
}

static void op_failed_exec(long n)
{
	char *const argv[] = {"/nonexistent/program", NULL};

	while (n--)
		execve(argv[0], argv, environ);
}

/* fork, exec, exit: the child is this very program told to do nothing. */
static void op_spawn(long n)
{
	char *const argv[] = {self, "nothing", NULL};

	while (n--) {
		pid_t pid = fork();

		if (pid == 0) {
			execve(self, argv, environ);
			_exit(1);
		}
		if (pid < 0 || waitpid(pid, NULL, 0) != pid)
			die("fork");
	}
}

static void *empty_thread(void *arg)
{
	return arg;
}

static void op_thread(long n)
{
	while (n--) {
		pthread_t t;

		if (pthread_create(&t, NULL, empty_thread, NULL) != 0)
			die("pthread_create");
		pthread_join(t, NULL);
	}
}

/* socket, connect, accept and three closes over the loopback. */
static void op_connect(long n)
{
	struct sockaddr_in addr = {.sin_family = AF_INET};
	socklen_t len = sizeof(addr);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (listener < 0 || bind(listener, (struct sockaddr *)&addr, len) != 0 ||
	    listen(listener, 8) != 0 || getsockname(listener, (struct sockaddr *)&addr, &len) != 0)
		die("listen");
	while (n--) {
		int fd = socket(AF_INET, SOCK_STREAM, 0), got;

		if (fd < 0 || connect(fd, (struct sockaddr *)&addr, len) != 0)
			die("connect");
		got = accept(listener, NULL, NULL);
		close(got);
		close(fd);
	}
	close(listener);
}

static const struct {
	const char *name;
	void (*run)(long n);
} operations[] = {
	{"open", op_open},   {"getppid", op_getppid}, {"failed-exec", op_failed_exec},
	{"spawn", op_spawn}, {"thread", op_thread},   {"connect", op_connect},
};

struct work {
	void (*run)(long n);
	long n;
};

static void *work(void *arg)
{
	struct work *w = arg;

	w->run(w->n);
	return NULL;
}

static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

int main(int argc, char **argv)
{
	struct work w = {0};
	pthread_t threads[64];
	long n_threads;
	double from;

	if (argc == 2 && strcmp(argv[1], "nothing") == 0)
		_exit(0);
	self = realpath("/proc/self/exe", NULL);
	for (size_t i = 0; argc >= 3 && i < sizeof(operations) / sizeof(operations[0]); i++)
		if (strcmp(argv[1], operations[i].name) == 0)
			w.run = operations[i].run;
	if (!w.run) {
		fprintf(stderr, "usage: bench-loop OPERATION COUNT [THREADS]\n");
		return 2;
	}
	w.n = atol(argv[2]);
	n_threads = argc > 3 ? atol(argv[3]) : 1;
	from = now_ns();
	if (n_threads == 1)
		w.run(w.n);
	for (long i = 0; n_threads > 1 && i < n_threads && i < 64; i++)
		if (pthread_create(&threads[i], NULL, work, &w) != 0)
			die("pthread_create");
	for (long i = 0; n_threads > 1 && i < n_threads && i < 64; i++)
		pthread_join(threads[i], NULL);
	printf("%.1f\n", (now_ns() - from) / (double)w.n);
	return 0;
}
