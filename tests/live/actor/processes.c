/* SPDX-License-Identifier: Apache-2.0 */
/* Words about processes, and calls that fail or change nothing. */
#include "actor.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/bpf.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int ended(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

/* The child goes on with the words; this process ends as the child does. */
static int do_fork(struct actor *a, char **args)
{
	pid_t pid = fork();

	(void)a;
	(void)args;
	if (pid) {
		_exit(ended(pid) ? 1 : 0);
	}
	alarm(TIME_LIMIT_S);
	return 0;
}

void program_path(const struct actor *a, const char *name, char *path, size_t size)
{
	const char *slash = strrchr(a->self, '/');

	if (strchr(name, '/'))
		snprintf(path, size, "%s", name);
	else
		snprintf(path, size, "%.*s/%s", (int)(slash - a->self), a->self, name);
}

static int copy_self(const struct actor *a, int to)
{
	int from = open(a->self, O_RDONLY | O_CLOEXEC);
	char buffer[65536];
	ssize_t n;

	while ((n = read(from, buffer, sizeof(buffer))) > 0)
		if (write(to, buffer, (size_t)n) != n)
			n = -1;
	close(from);
	return n ? -1 : 0;
}

static int copy_to(const struct actor *a, const char *path)
{
	int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755), res;

	if (to < 0)
		return errno == EEXIST ? 0 : -1;
	res = copy_self(a, to);
	return close(to) || res ? -1 : 0;
}

static int do_exec(struct actor *a, char **args)
{
	char path[2 * PATH_MAX];

	program_path(a, args[0], path, sizeof(path));
	if (!strchr(args[0], '/') || copy_to(a, path) == 0)
		execv(path, args);
	return -1;
}

static int do_run(struct actor *a, char **args)
{
	return do_fork(a, args) ? -1 : do_exec(a, args);
}

static int do_memfd(struct actor *a, char **args)
{
	int fd = memfd_create(args[0], MFD_CLOEXEC);

	if (fd < 0 || copy_self(a, fd))
		return -1;
	do_fork(a, args);
	return fexecve(fd, args, environ);
}

static int private_mounts(void)
{
	return unshare(CLONE_NEWNS) ? -1 : mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

static int do_tmpfs(struct actor *a, char **args)
{
	(void)a;
	return private_mounts() ? -1 : mount("none", args[0], "tmpfs", 0, "mode=755");
}

/* Start this program as NAME from LAYER (upper or lower) of an overlay. */
static int do_overlay(struct actor *a, char **args)
{
	static const char *const dirs[] = {"upper", "lower", "work", "merged"};
	char at[PATH_MAX], path[2 * PATH_MAX], options[4 * PATH_MAX];
	char *slash;

	snprintf(at, sizeof(at), "%s", a->self);
	slash = strrchr(at, '/');
	snprintf(slash, sizeof(at) - (size_t)(slash - at), "/overlay");
	if (mkdir(at, 0755) || private_mounts() || mount("none", at, "tmpfs", 0, NULL))
		return -1;
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", at, dirs[i]);
		if (mkdir(path, 0755))
			return -1;
	}
	snprintf(path, sizeof(path), "%s/%s/%s", at, args[0], args[1]);
	snprintf(options, sizeof(options), "lowerdir=%s/lower,upperdir=%s/upper,workdir=%s/work",
		 at, at, at);
	if (copy_to(a, path))
		return -1;
	snprintf(path, sizeof(path), "%s/merged", at);
	if (mount("none", path, "overlay", 0, options))
		return -1;
	snprintf(path, sizeof(path), "%s/merged/%s", at, args[1]);
	do_fork(a, args);
	return execv(path, args + 1);
}

static int do_pidns(struct actor *a, char **args)
{
	return unshare(CLONE_NEWPID) ? -1 : do_fork(a, args);
}

/* Join the group and start anew, which is when Falco looks at it. */
static int do_container(struct actor *a, char **args)
{
	const char *path = getenv("FT_GROUP");
	int fd = path ? open(path, O_WRONLY | O_CLOEXEC) : -1;
	ssize_t n = fd < 0 ? -1 : write(fd, "0", 1);

	close(fd);
	if (n != 1)
		return -1;
	/* There are two words before these at least: this one, and `do`. */
	args[-2] = a->name;
	args[-1] = (char *)"do";
	return execv(a->self, args - 2);
}

/* The words go on in a session with a terminal of its own. */
static int do_tty(struct actor *a, char **args)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave;
	char name[64];

	if (master < 0 || grantpt(master) || unlockpt(master) ||
	    ptsname_r(master, name, sizeof(name)))
		return -1;
	do_fork(a, args);
	if (setsid() < 0)
		return -1;
	slave = open(name, O_RDWR);
	return slave < 0 ? -1 : dup2(slave, 0);
}

static int do_user(struct actor *a, char **args)
{
	unsigned id = (unsigned)atoi(args[0]);

	(void)a;
	return setgroups(0, NULL) || setgid(id) || setuid(id) ? -1 : 0;
}

static int do_setuid(struct actor *a, char **args)
{
	(void)a;
	return setuid((uid_t)atoi(args[0]));
}

static int do_env(struct actor *a, char **args)
{
	(void)a;
	return putenv(args[0]);
}

/* MILLISECONDS */
static int do_sleep(struct actor *a, char **args)
{
	long ms = atol(args[0]);
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	(void)a;
	return nanosleep(&t, NULL);
}

static int do_attach(struct actor *a, char **args)
{
	pid_t pid = fork();
	int res;

	(void)a;
	(void)args;
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(TIME_LIMIT_S);
		for (;;)
			pause();
	}
	res = (int)ptrace(PTRACE_ATTACH, pid, NULL, NULL);
	if (!res)
		waitpid(pid, NULL, 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return res;
}

static int do_traceme(struct actor *a, char **args)
{
	do_fork(a, args);
	return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

/* --- calls that fail, or change nothing ------------------------------------------------------- */

static int do_setns(struct actor *a, char **args)
{
	int fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC), res = setns(fd, CLONE_NEWUTS);

	(void)a;
	(void)args;
	close(fd);
	return res;
}

static int do_unshare(struct actor *a, char **args)
{
	(void)a;
	(void)args;
	unshare(CLONE_NEWNS); /* as it is with and without the privilege */
	return 0;
}

static int do_module(struct actor *a, char **args)
{
	(void)a;
	(void)args;
	return syscall(SYS_init_module, "", 0UL, "") ? 0 : -1; /* an empty image is none */
}

/* CMD without attributes. */
static int do_bpf(struct actor *a, char **args)
{
	union bpf_attr attr;

	(void)a;
	memset(&attr, 0, sizeof(attr));
	return syscall(SYS_bpf, atoi(args[0]), &attr, sizeof(attr)) < 0 ? 0 : -1;
}

static int do_userfaultfd(struct actor *a, char **args)
{
	long fd = syscall(SYS_userfaultfd, 1 /* UFFD_USER_MODE_ONLY */);

	(void)a;
	(void)args;
	if (fd >= 0)
		close((int)fd);
	return 0; /* what the kernel has of it is its matter */
}

const struct word process_words[] = {
	{"exec", 1, do_exec},
	{"run", 1, do_run},
	{"memfd", 1, do_memfd},
	{"tmpfs", 1, do_tmpfs},
	{"overlay", 2, do_overlay},
	{"fork", 0, do_fork},
	{"pidns", 0, do_pidns},
	{"container", 0, do_container},
	{"tty", 0, do_tty},
	{"user", 1, do_user},
	{"setuid", 1, do_setuid},
	{"env", 1, do_env},
	{"sleep", 1, do_sleep},
	{"attach", 0, do_attach},
	{"traceme", 0, do_traceme},
	{"setns", 0, do_setns},
	{"unshare", 0, do_unshare},
	{"module", 0, do_module},
	{"bpf", 1, do_bpf},
	{"userfaultfd", 0, do_userfaultfd},
	{NULL, 0, NULL},
};
