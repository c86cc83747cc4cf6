/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/process.h"

#include "base/fs.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

int64_t clock_mono(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

int64_t clock_real(void)
{
	return clock_ns(CLOCK_REALTIME);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Descriptors of a child to be, parent's and child's ends. */
struct ends {
	int gate[2], exec[2], in[2], out[2];
	int out_file, err_file;
};

#define ENDS_INIT                                                                                  \
	{                                                                                          \
		.gate = {-1, -1}, .exec = {-1, -1}, .in = {-1, -1}, .out = {-1, -1},               \
		.out_file = -1, .err_file = -1                                                     \
	}

static void ends_close(struct ends *e)
{
	int *all[] = {&e->gate[0], &e->gate[1], &e->exec[0], &e->exec[1],  &e->in[0],
		      &e->in[1],   &e->out[0],	&e->out[1],  &e->out_file, &e->err_file};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		close_fd(all[i]);
}

static int open_sink(const char *path)
{
	return open(path ? path : "/dev/null", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_APPEND,
		    0644);
}

static int ends_open(struct ends *e, const struct process_spec *spec, struct error *err)
{
	if (pipe2(e->gate, O_CLOEXEC) || pipe2(e->exec, O_CLOEXEC) ||
	    (spec->pipe_in && pipe2(e->in, O_CLOEXEC)) ||
	    (spec->pipe_out && pipe2(e->out, O_CLOEXEC)))
		return error_sys(err, ERROR_ENV, errno, "no pipe for a child process");
	if (!spec->pipe_out) {
		e->out_file = open_sink(spec->out_path);
		if (e->out_file < 0)
			return error_sys(err, ERROR_ENV, errno, "%s: cannot be written",
					 spec->out_path ? spec->out_path : "/dev/null");
	}
	if (!spec->pipe_out && spec->err_path && spec->out_path &&
	    !strcmp(spec->err_path, spec->out_path))
		e->err_file = fcntl(e->out_file, F_DUPFD_CLOEXEC, 3);
	else
		e->err_file = open_sink(spec->err_path);
	if (e->err_file < 0)
		return error_sys(err, ERROR_ENV, errno, "%s: cannot be written",
				 spec->err_path ? spec->err_path : "/dev/null");
	return 0;
}

static void default_signals(void)
{
	static const int sigs[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM, SIGCHLD, SIGUSR1};
	sigset_t none;

	for (size_t i = 0; i < ARRAY_SIZE(sigs); i++)
		signal(sigs[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* An engine whose rules match everything must not fill the disk with alerts and log lines. */
static void limit_files(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_FSIZE, &lim) || lim.rlim_cur <= PROCESS_FILE_MAX)
		return;
	lim.rlim_cur = PROCESS_FILE_MAX;
	setrlimit(RLIMIT_FSIZE, &lim);
}

/* In the child; never returns. Async-signal-safe calls only. */
static void child_main(const struct ends *e, const char *path, char **argv, const char *cwd,
		       pid_t parent)
{
	int in = e->in[0], out = e->out[1] >= 0 ? e->out[1] : e->out_file, code;
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127); /* it died before the line above */
	setpgid(0, 0);
	close(e->gate[1]);
	if (in < 0)
		in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	while ((code = (int)read(e->gate[0], &byte, 1)) < 0 && errno == EINTR)
		;
	if (code != 1)
		_exit(127); /* falcotune died, or thought better of it */
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(e->err_file, 2) < 0)
		_exit(127);
	default_signals();
	if (e->out_file >= 0)
		limit_files();
	if (!cwd || !chdir(cwd))
		execv(path, argv); /* not execvp(), which hands what is no program to a shell */
	code = errno;
	if (write(e->exec[1], &code, sizeof(code)) < 0)
		_exit(126);
	_exit(127);
}

int process_spawn(struct process *p, const struct process_spec *spec, struct error *err)
{
	struct ends e = ENDS_INIT;
	char **argv cleanup_free = strvec_argv(spec->argv);
	char *path cleanup_free = fs_which(argv[0]);
	pid_t parent = getpid();

	*p = (struct process)PROCESS_INIT;
	if (ends_open(&e, spec, err)) {
		ends_close(&e);
		return -1;
	}
	p->pid = fork();
	if (p->pid == 0)
		child_main(&e, path ? path : argv[0], argv, spec->cwd, parent);
	if (p->pid < 0) {
		p->pid = 0;
		ends_close(&e);
		return error_sys(err, ERROR_ENV, errno, "no process for %s", argv[0]);
	}
	setpgid(p->pid, p->pid); /* in both, so that neither has to wait for the other */
	p->start = process_start_time(p->pid);
	p->pidfd = (int)syscall(SYS_pidfd_open, p->pid, 0);
	p->go_fd = e.gate[1];
	p->exec_fd = e.exec[0];
	p->in_fd = e.in[1];
	p->out_fd = e.out[0];
	e.gate[1] = e.exec[0] = e.in[1] = e.out[0] = -1;
	ends_close(&e);
	return 0;
}

int process_go(struct process *p, struct error *err)
{
	int code = 0;
	ssize_t n;

	n = write(p->go_fd, "g", 1);
	close_fd(&p->go_fd);
	if (n != 1) {
		process_stop(p, SIGKILL, 0);
		return error_sys(err, ERROR_ENV, errno, "a child process ended before its start");
	}
	/* Closed without a word by a successful exec. */
	while ((n = read(p->exec_fd, &code, sizeof(code))) < 0 && errno == EINTR)
		;
	close_fd(&p->exec_fd);
	if (n != (ssize_t)sizeof(code))
		return 0;
	process_wait(p, clock_mono() + NS_PER_S, -1);
	return error_sys(err, ERROR_ENV, code, "cannot be executed");
}

static int64_t ns_of(const struct timeval *t)
{
	return t->tv_sec * NS_PER_S + t->tv_usec * 1000;
}

bool process_poll(struct process *p)
{
	siginfo_t info = {0};
	int r;

	if (p->ended || p->pid <= 0)
		return true;
	do
		r = waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG | WNOWAIT);
	while (r < 0 && errno == EINTR);
	if (r == 0 && info.si_pid == 0)
		return false;
	/* It takes along what it started itself. Before it is reaped, its pid, and so the group's
	 * number, cannot be anyone else's. */
	if (r == 0) {
		struct rusage used = {0};
		pid_t reaped;

		kill(-p->pid, SIGKILL);
		while ((reaped = wait4(p->pid, &p->status, 0, &used)) < 0 && errno == EINTR)
			;
		if (reaped == p->pid)
			p->cpu_ns = ns_of(&used.ru_utime) + ns_of(&used.ru_stime);
	}
	p->ended = true;
	return true;
}

/* Milliseconds to the deadline for poll(), rounded up, at most max. */
static int left_ms(int64_t deadline, int max)
{
	int64_t left = (deadline - clock_mono() + NS_PER_MS - 1) / NS_PER_MS;

	return left < 0 ? 0 : left > max ? max : (int)left;
}

bool process_wait(struct process *p, int64_t deadline, int wake_fd)
{
	while (!process_poll(p) && clock_mono() < deadline) {
		struct pollfd fds[2] = {{.fd = p->pidfd, .events = POLLIN},
					{.fd = wake_fd, .events = POLLIN}};

		/* Without a pidfd, look again every 5 ms. */
		if (poll(fds, 2, left_ms(deadline, p->pidfd < 0 ? 5 : 60000)) > 0 && fds[1].revents)
			return process_poll(p);
	}
	return process_poll(p);
}

bool process_stop(struct process *p, int sig, int64_t grace_ns)
{
	bool killed = false;

	if (p->pid <= 0)
		return false;
	if (!process_poll(p) && sig != SIGKILL) {
		kill(p->pid, sig);
		process_wait(p, clock_mono() + grace_ns, -1);
	}
	if (!process_poll(p)) {
		killed = true;
		kill(-p->pid, SIGKILL);
		kill(p->pid, SIGKILL);
		process_wait(p, clock_mono() + 10 * NS_PER_S, -1);
	}
	return killed;
}

void process_release(struct process *p)
{
	if (p->pid > 0 && !p->ended)
		process_stop(p, SIGKILL, 0);
	close_fd(&p->pidfd);
	close_fd(&p->go_fd);
	close_fd(&p->exec_fd);
	close_fd(&p->in_fd);
	close_fd(&p->out_fd);
	*p = (struct process)PROCESS_INIT;
}

void process_read(struct process *p, struct strbuf *out)
{
	char buf[4096];
	ssize_t n;

	fcntl(p->out_fd, F_SETFL, O_NONBLOCK); /* a stray heir must not make us wait */
	while ((n = read(p->out_fd, buf, sizeof(buf))) > 0)
		strbuf_add(out, buf, (size_t)n);
}

void process_describe_end(const struct process *p, struct strbuf *out)
{
	if (!p->ended)
		strbuf_addstr(out, "is still running");
	else if (WIFSIGNALED(p->status))
		strbuf_addf(out, "was killed by signal %d (%s)", WTERMSIG(p->status),
			    strsignal(WTERMSIG(p->status)));
	else
		strbuf_addf(out, "exited with code %d", WEXITSTATUS(p->status));
}

int process_run(struct process *p, const struct process_spec *spec, int64_t limit_ns, int wake_fd,
		struct error *err)
{
	int64_t deadline = clock_mono() + limit_ns;

	if (process_spawn(p, spec, err))
		return -1;
	if (process_go(p, err))
		return error_wrap(err, "%s", spec->argv->v[0]);
	if (process_wait(p, deadline, wake_fd))
		return 0;
	process_stop(p, SIGKILL, 0);
	if (clock_mono() < deadline)
		return error_env(err, "interrupted");
	return error_env(err, "did not end within %g s", (double)limit_ns / (double)NS_PER_S);
}
