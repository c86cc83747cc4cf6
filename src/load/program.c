/* SPDX-License-Identifier: Apache-2.0 */
#include "load/program.h"

#include "base/fs.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int load_program_init(struct load_program *p, const struct load_worker *w, struct error *err)
{
	*p = (struct load_program){.worker = w, .path = fs_which(w->argv.v[0])};
	if (!p->path)
		return error_env(err, "worker %s: no program '%s' %s", w->name, w->argv.v[0],
				 "was found, expected one in PATH or a path with a slash");
	return 0;
}

void load_program_release(struct load_program *p)
{
	if (p->asked)
		said_reader_stop(&p->output);
	free(p->path);
	*p = (struct load_program){0};
}

/* In the child, after fork in a program with threads: async-signal-safe calls only. */
static void become(const char *path, char **argv, pid_t parent, int out) __attribute__((noreturn));
static void become(const char *path, char **argv, pid_t parent, int out)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		_exit(127);
	setpgid(0, 0);
	if (null >= 0)
		dup2(null, STDIN_FILENO);
	if (out >= 0)
		dup2(out, STDERR_FILENO);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execv(path, argv);
	_exit(127);
}

int load_program_start(struct load_program *p, struct error *err)
{
	char **argv cleanup_free = strvec_argv(&p->worker->argv);
	pid_t self = getpid();
	int out[2] = {-1, -1};

	/* After the threads of the workers have tables of their own: they must not keep it open. */
	if (p->worker->throughput) {
		if (pipe2(out, O_CLOEXEC))
			return error_sys(err, ERROR_ENV, errno, "worker %s: pipe", p->worker->name);
		p->asked = true;
		if (said_reader_start(&p->output, out[0], p->worker->throughput, err)) {
			close(out[1]);
			return -1;
		}
	}
	p->pid = fork();
	if (p->pid < 0)
		return error_sys(err, ERROR_ENV, errno, "worker %s: fork", p->worker->name);
	if (!p->pid)
		become(p->path, argv, self, out[1]);
	if (out[1] >= 0)
		close(out[1]);
	setpgid(p->pid, p->pid); /* here too, so that the group exists from now on */
	p->state = PROGRAM_RUNNING;
	return 0;
}

void load_program_poll(struct load_program *p)
{
	siginfo_t si = {0};

	if (p->state != PROGRAM_RUNNING ||
	    waitid(P_PID, (id_t)p->pid, &si, WEXITED | WNOHANG | WNOWAIT) || !si.si_pid)
		return;
	p->state = PROGRAM_ENDED;
	p->ended = true;
	p->status = si.si_code == CLD_EXITED ? si.si_status << 8 : si.si_status;
}

void load_program_ask(struct load_program *p)
{
	if (p->state == PROGRAM_RUNNING || p->state == PROGRAM_ENDED)
		kill(p->asked ? p->pid : -p->pid, SIGTERM);
}

/* A group of nothing but its unreaped leader still looks alive: reap that first. From then on the
 * id stays taken for as long as anyone is left in the group. */
void load_program_stop(struct load_program *p, int64_t deadline)
{
	const struct timespec step = {.tv_nsec = 5000000};
	bool reaped = false, killed = false, told = !p->asked;
	int64_t tell = load_now() + LEADER_NS;

	if (p->state == PROGRAM_WAITING)
		p->state = PROGRAM_STOPPED;
	if (p->state == PROGRAM_STOPPED)
		return;
	for (;;) {
		if (!reaped)
			reaped = waitpid(p->pid, NULL, WNOHANG) != 0;
		if (reaped && kill(-p->pid, 0) && errno == ESRCH)
			break;
		if (!told && (reaped || load_now() >= tell)) {
			kill(-p->pid, SIGTERM);
			told = true;
		}
		if (killed && load_now() >= deadline + PROGRAM_STOP_NS)
			break; /* stuck in the kernel: nothing more can be done */
		if (!killed && load_now() >= deadline) {
			kill(-p->pid, SIGKILL);
			killed = true;
		}
		nanosleep(&step, NULL);
	}
	p->state = PROGRAM_STOPPED;
	if (p->asked)
		said_reader_end(&p->output);
}

struct said_value load_program_said(struct load_program *p)
{
	static const struct said_value nothing = {.last = (double)NAN, .mean = (double)NAN};

	return p->asked ? said_reader_value(&p->output) : nothing;
}

bool load_program_failed(const struct load_program *p)
{
	return p->ended && p->status != 0;
}
