/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/resolve.h"

#include "engine/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the child says; written and read whole, as a pipe does up to PIPE_BUF. */
struct answer {
	int rc;
	struct resolved found;
};
_Static_assert(sizeof(struct answer) <= PIPE_BUF, "the answer goes through a pipe at once");

static void look_up(const char *host, const char *port, int flags, struct answer *out)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags}, *list = NULL;

	memset(out, 0, sizeof(*out));
	out->rc = getaddrinfo(host, port, &hints, &list);
	if (out->rc)
		return;
	for (struct addrinfo *a = list; a && out->found.n < RESOLVE_MAX; a = a->ai_next) {
		memcpy(&out->found.v[out->found.n].addr, a->ai_addr, a->ai_addrlen);
		out->found.v[out->found.n++].len = a->ai_addrlen;
	}
	freeaddrinfo(list);
}

static _Noreturn void child(int fd, const char *host, const char *port)
{
	struct answer a;

	look_up(host, port, 0, &a);
	_exit(write(fd, &a, sizeof(a)) == (ssize_t)sizeof(a) ? 0 : 1);
}

static enum resolve_state wait_answer(int fd, int64_t deadline, int wake_fd, struct answer *out,
				      int *why)
{
	for (;;) {
		struct pollfd p[] = {{.fd = fd, .events = POLLIN},
				     {.fd = wake_fd, .events = POLLIN}};
		int64_t left = deadline - clock_mono();
		int n = left > 0 ? poll(p, 2, (int)(left / NS_PER_MS) + 1) : 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (!n)
			return RESOLVE_LATE;
		if (n > 0 && p[1].revents)
			return RESOLVE_WOKEN;
		if (n > 0 && read(fd, out, sizeof(*out)) == (ssize_t)sizeof(*out))
			return RESOLVE_OK;
		*why = n < 0 ? errno : ECHILD; /* the child ended without a word */
		return RESOLVE_FAILED;
	}
}

enum resolve_state resolve(const char *host, const char *port, int64_t deadline, int wake_fd,
			   struct resolved *out, int *why)
{
	enum resolve_state state;
	struct answer a;
	int fd[2];
	pid_t pid;

	look_up(host, port, AI_NUMERICHOST, &a);
	if (!a.rc) {
		*out = a.found;
		return RESOLVE_OK;
	}
	if (pipe2(fd, O_CLOEXEC)) {
		*why = errno;
		return RESOLVE_FAILED;
	}
	pid = fork();
	if (!pid)
		child(fd[1], host, port);
	*why = errno;
	close(fd[1]);
	state = pid < 0 ? RESOLVE_FAILED : wait_answer(fd[0], deadline, wake_fd, &a, why);
	close(fd[0]);
	if (pid > 0) {
		kill(pid, SIGKILL); /* not yet waited for: the number is its own */
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (state == RESOLVE_OK && a.rc) {
		*why = a.rc;
		return RESOLVE_UNKNOWN;
	}
	if (state == RESOLVE_OK)
		*out = a.found;
	return state;
}
