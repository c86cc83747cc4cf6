/* SPDX-License-Identifier: Apache-2.0 */
/*
 * New processes by the bare system calls, as shells and older programs make them: fork (clone
 * without a shared memory) and vfork, with and without a program to run.
 *
 * The child runs between clone and execve or exit with nothing but system calls; it has the
 * parent's memory (vfork) or a copy that no other thread continues in.
 */
#include "load/ops.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESS_CLONE, PROCESS_PROCEXIT, PROCESS_WAIT4, PROCESS_EXECVE };

static int exec_setup(struct load_op_ctx *c, struct error *err)
{
	if (c->helper)
		return 0;
	return error_env(err, "falcotune-true, the program that is run, was not found beside "
			      "falcotune-load or in PATH");
}

/* Wait for the child; counts what was made when it did not go well. */
static bool reap(struct load_op_ctx *c, long pid)
{
	int status = -1;

	if (pid < 0) {
		c->extra[PROCESS_CLONE]++; /* it failed in the parent, and there is no child */
		return false;
	}
	while (syscall(SYS_wait4, pid, &status, 0, NULL) < 0 && errno == EINTR)
		c->extra[PROCESS_WAIT4]++;
	if (!status)
		return true;
	for (unsigned i = 0; c->truth[i].syscall; i++)
		c->extra[i] += c->truth[i].per_op;
	return false;
}

static unsigned fork_run(struct load_op_ctx *c, unsigned n)
{
	unsigned ok = 0;

	for (unsigned i = 0; i < n; i++) {
		long pid = syscall(SYS_clone, (unsigned long)SIGCHLD, NULL, NULL, NULL, 0UL);

		if (!pid)
			syscall(SYS_exit_group, 0);
		ok += reap(c, pid);
	}
	return ok;
}

static unsigned fork_exec_run(struct load_op_ctx *c, unsigned n)
{
	char *argv[] = {(char *)c->helper, NULL}, *env[] = {NULL};
	unsigned ok = 0;

	for (unsigned i = 0; i < n; i++) {
		long pid = syscall(SYS_clone, (unsigned long)SIGCHLD, NULL, NULL, NULL, 0UL);

		if (!pid) {
			syscall(SYS_execve, c->helper, argv, env);
			syscall(SYS_exit_group, 127);
		}
		ok += reap(c, pid);
	}
	return ok;
}

/* A function of its own: no variable of the caller's may live in it over vfork. */
__attribute__((noinline)) static pid_t vfork_exec(const char *helper)
{
	char *argv[] = {(char *)helper, NULL}, *env[] = {NULL};
	pid_t pid = vfork();

	if (!pid) {
		execve(helper, argv, env);
		_exit(127);
	}
	return pid;
}

static unsigned vfork_exec_run(struct load_op_ctx *c, unsigned n)
{
	unsigned ok = 0;

	for (unsigned i = 0; i < n; i++)
		ok += reap(c, vfork_exec(c->helper));
	return ok;
}

const struct load_op load_process_ops[] = {
	{
		.name = "fork",
		.help = "fork a process that ends at once, and wait for it",
		.truth = {[PROCESS_CLONE] = {"clone", 2},
			  [PROCESS_PROCEXIT] = {"procexit", 1},
			  [PROCESS_WAIT4] = {"wait4", 1}},
		.run = fork_run,
	},
	{
		.name = "fork-exec",
		.help = "fork a process that runs a tiny program, and wait for it",
		.needs_helper = true,
		.truth = {[PROCESS_CLONE] = {"clone", 2},
			  [PROCESS_PROCEXIT] = {"procexit", 1},
			  [PROCESS_WAIT4] = {"wait4", 1},
			  [PROCESS_EXECVE] = {"execve", 1}},
		.setup = exec_setup,
		.run = fork_exec_run,
	},
#ifdef SYS_vfork
	{
		.name = "vfork-exec",
		.help = "the same by vfork",
		.needs_helper = true,
		.truth = {[PROCESS_CLONE] = {"vfork", 2},
			  [PROCESS_PROCEXIT] = {"procexit", 1},
			  [PROCESS_WAIT4] = {"wait4", 1},
			  [PROCESS_EXECVE] = {"execve", 1}},
		.setup = exec_setup,
		.run = vfork_exec_run,
	},
#endif
};
const size_t load_n_process_ops = sizeof(load_process_ops) / sizeof(load_process_ops[0]);
