/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Process state from /proc: the scan at the start and look-ups of unknown threads. All files are
 * read on a best-effort basis, because what they describe may end at any moment.
 */
#include "base/mem.h"
#include "base/strbuf.h"
#include "probe/state_priv.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* At most size - 1 bytes of a small file, terminated; bytes read or -1. */
static ssize_t read_small(int dir, const char *name, char *buf, size_t size)
{
	cleanup_close int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, buf, size - 1);
	buf[n > 0 ? n : 0] = '\0';
	return n;
}

static ssize_t read_link(int dir, const char *name, char *buf, size_t size)
{
	ssize_t n = readlinkat(dir, name, buf, size - 1);

	buf[n > 0 ? n : 0] = '\0';
	return n;
}

/* Number skip + 1 behind a key of the status file; base 10 or 16. */
static uint64_t status_field(const char *text, const char *key, unsigned skip, int base)
{
	const char *at = strstr(text, key);
	char *end;
	uint64_t value = 0;

	if (!at)
		return 0;
	at += strlen(key);
	for (unsigned i = 0; i <= skip; i++) {
		value = strtoull(at, &end, base);
		at = end;
	}
	return value;
}

/* The last number of a line: that of the innermost process id namespace. */
static uint32_t status_last(const char *text, const char *key, uint32_t otherwise)
{
	const char *at = strstr(text, key), *end;

	if (!at)
		return otherwise;
	at += strlen(key);
	end = at + strcspn(at, "\n");
	while (end > at && !isspace((unsigned char)end[-1]))
		end--;
	return (uint32_t)strtoul(end, NULL, 10);
}

static void fill_status(struct state_thread *t, const char *text)
{
	t->pid = (uint32_t)status_field(text, "\nTgid:", 0, 10);
	t->ppid = (uint32_t)status_field(text, "\nPPid:", 0, 10);
	t->uid = (uint32_t)status_field(text, "\nUid:", 1, 10); /* real, effective, ... */
	t->gid = (uint32_t)status_field(text, "\nGid:", 1, 10);
	t->caps[0] = status_field(text, "\nCapInh:", 0, 16);
	t->caps[1] = status_field(text, "\nCapPrm:", 0, 16);
	t->caps[2] = status_field(text, "\nCapEff:", 0, 16);
	t->vpid = status_last(text, "\nNStgid:", t->pid);
	t->vtid = status_last(text, "\nNSpid:", t->tid);
	t->vpgid = status_last(text, "\nNSpgid:", 0);
	t->sid = status_last(text, "\nNSsid:", 0);
	t->usage.vm_size = (uint32_t)status_field(text, "\nVmSize:", 0, 10);
	t->usage.vm_rss = (uint32_t)status_field(text, "\nVmRSS:", 0, 10);
	t->usage.vm_swap = (uint32_t)status_field(text, "\nVmSwap:", 0, 10);
}

/* After the name, which is in parentheses and may hold anything: state, ppid, process group,
 * session, terminal, ..., start in clock ticks since boot (proc(5)). */
static void fill_stat(struct state_thread *t, const char *text)
{
	const char *at = strrchr(text, ')');
	unsigned pgid;
	int tty;
	unsigned long long start;

	if (!at || sscanf(at + 1,
			  " %*c %*d %u %*d %d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d "
			  "%*d %llu",
			  &pgid, &tty, &start) != 3)
		return;
	t->pgid = pgid;
	t->tty = (uint32_t)tty;
	t->start = start * (1000000000ULL / (unsigned long)sysconf(_SC_CLK_TCK));
}

/* Of the thread alone; the file of a process has the sum of its threads. */
static void fill_faults(struct state_thread *t, int dir, bool leader)
{
	char name[32], text[1024];
	const char *at;
	unsigned long long minor, major;

	snprintf(name, sizeof(name), leader ? "task/%u/stat" : "stat", t->tid);
	if (read_small(dir, name, text, sizeof(text)) <= 0)
		return;
	at = strrchr(text, ')');
	if (!at ||
	    sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %llu %*u %llu", &minor, &major) != 2)
		return;
	t->usage.minor_faults = minor;
	t->usage.major_faults = major;
}

static void fill_limit(struct state_thread *t, int dir)
{
	static const char key[] = "\nMax open files";
	char text[4096];
	const char *at;

	t->usage.fdlimit = -1;
	at = read_small(dir, "limits", text, sizeof(text)) > 0 ? strstr(text, key) : NULL;
	if (at)
		t->usage.fdlimit = strtoll(at + strlen(key), NULL, 10);
}

/* The unified hierarchy's group, or the memory controller's where that one is the root; as the
 * kernel side chooses. */
static void fill_cgroup(struct state *st, struct state_thread *t, int dir)
{
	char text[8192];
	const char *path = NULL;
	char *line, *rest;

	if (read_small(dir, "cgroup", text, sizeof(text)) <= 0)
		return;
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		const char *at = strchr(line, ':'), *name = strrchr(line, ':');

		if (!strncmp(line, "0::", 3) && (!path || strcmp(line + 3, "/") != 0))
			path = line + 3;
		else if (at && name && !strncmp(at, ":memory:", 8) && (!path || !strcmp(path, "/")))
			path = at + 8;
	}
	if (path)
		thread_set_cgroup(t, cgroup_get(st, path));
}

/* May the process write what it executes? As exe_writable() of the kernel side. */
static bool may_write(const struct state_thread *t, const struct stat *sb)
{
	if (sb->st_uid == t->uid)
		return true;
	if (sb->st_mode & (sb->st_gid == t->gid ? S_IWGRP : S_IWOTH))
		return true;
	return t->caps[2] & (1ULL << 1 | 1ULL << 3); /* CAP_DAC_OVERRIDE, CAP_FOWNER */
}

static void fill_exe(const struct state_thread *t, struct state_image *image, int dir)
{
	struct stat sb;

	if (fstatat(dir, "exe", &sb, 0) != 0)
		return;
	image->ino = sb.st_ino;
	image->ctime = (uint64_t)sb.st_ctim.tv_sec * 1000000000ULL + (uint64_t)sb.st_ctim.tv_nsec;
	image->mtime = (uint64_t)sb.st_mtim.tv_sec * 1000000000ULL + (uint64_t)sb.st_mtim.tv_nsec;
	if (may_write(t, &sb))
		image->exe_flags |= PROBE_EXE_WRITABLE;
	if (!strncmp(image->exepath, "/memfd:", 7))
		image->exe_flags |= PROBE_EXE_MEMFD;
}

static void fill_image(const struct state *st, struct state_thread *t, int dir)
{
	char exe[PATH_MAX], args[PROBE_ARGS_MAX + 1], env[PROBE_ENV_MAX + 1];
	ssize_t n = read_small(dir, "cmdline", args, sizeof(args));
	struct state_image *image;

	read_link(dir, "exe", exe, sizeof(exe));
	/* A process that wrote its title over its arguments leaves zeros behind it. */
	while (n > 1 && !args[n - 1] && !args[n - 2])
		n--;
	image = image_new(exe, t->comm, args, n > 0 ? (size_t)n : 0);
	fill_exe(t, image, dir);
	n = st->opts.env ? read_small(dir, "environ", env, sizeof(env)) : 0;
	image_set_env(image, env, n > 0 ? (size_t)n : 0);
	thread_set_image(t, image);
}

/* dir: the thread's folder in /proc. */
static bool fill(struct state *st, struct state_thread *t, int dir, bool leader)
{
	char text[4096], cwd[PATH_MAX];

	if (read_small(dir, "comm", text, sizeof(text)) <= 0)
		return false;
	text[strcspn(text, "\n")] = '\0';
	snprintf(t->comm, sizeof(t->comm), "%.*s", PROBE_COMM_LEN - 1, text);
	if (read_small(dir, "status", text, sizeof(text)) <= 0)
		return false;
	fill_status(t, text);
	if (read_small(dir, "stat", text, sizeof(text)) > 0)
		fill_stat(t, text);
	if (read_small(dir, "loginuid", text, sizeof(text)) > 0)
		t->loginuid = (uint32_t)strtoul(text, NULL, 10);
	t->known = true;
	if (st->opts.usage) {
		fill_faults(t, dir, t->tid == t->pid);
		fill_limit(t, dir);
	}
	if (!leader)
		return true;
	fill_cgroup(st, t, dir);
	fill_image(st, t, dir);
	if (read_link(dir, "cwd", cwd, sizeof(cwd)) > 0) {
		free(t->cwd);
		t->cwd = xstrdup(cwd);
	}
	return true;
}

static int open_dir(const struct state *st, uint32_t pid, uint32_t tid)
{
	cleanup_free char *path =
		pid == tid ? xasprintf("%s/%u", st->opts.proc_root, pid)
			   : xasprintf("%s/%u/task/%u", st->opts.proc_root, pid, tid);

	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

bool proc_fill_thread(struct state *st, struct state_thread *t)
{
	cleanup_close int dir = open_dir(st, t->pid, t->tid);
	uint32_t pid = t->pid;
	bool ok = dir >= 0 && fill(st, t, dir, t->pid == t->tid || !t->image);

	/* The number may have gone to another process meanwhile; the event's word holds. */
	t->pid = pid;
	return ok;
}

/* --- descriptors ------------------------------------------------------------------------------ */

static const struct {
	const char *prefix;
	char typechar;
} link_types[] = {
	{"pipe:", 'p'},
	{"socket:", '?'},
	{"anon_inode:[eventfd]", 'e'},
	{"anon_inode:[eventpoll]", 'l'},
	{"anon_inode:[signalfd]", 's'},
	{"anon_inode:[timerfd]", 't'},
	{"anon_inode:inotify", 'i'},
	{"anon_inode:bpf", 'b'},
	{"anon_inode:[userfaultfd]", 'U'},
	{"anon_inode:[io_uring]", 'r'},
	{"anon_inode:[pidfd]", 'P'},
	{"anon_inode:", '?'},
	{"/memfd:", 'm'},
};

static void scan_fd(struct state *st, struct state_thread *t, int dir, const char *name)
{
	char link[PATH_MAX];
	struct state_fd *fd;
	char typechar = 'f';
	struct stat sb;
	ssize_t n = read_link(dir, name, link, sizeof(link));

	if (n <= 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(link_types); i++)
		if (strncmp(link, link_types[i].prefix, strlen(link_types[i].prefix)) == 0) {
			typechar = link_types[i].typechar;
			break;
		}
	if (typechar == 'f' && fstatat(dir, name, &sb, 0) == 0 && S_ISDIR(sb.st_mode))
		typechar = 'd';
	fd = fds_open(st, t->fds, strtol(name, NULL, 10), typechar);
	if (fd && (typechar == 'f' || typechar == 'd' || typechar == 'm'))
		fd_set_name(fd, NULL, link, (size_t)n);
	if (fd && strncmp(link, "socket:[", 8) == 0)
		net_fill(st->net, strtoull(link + 8, NULL, 10), fd);
}

void proc_scan_fds(struct state *st, struct state_thread *t)
{
	cleanup_close int dir = open_dir(st, t->pid, t->pid);
	int fds = dir >= 0 ? openat(dir, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	struct dirent *entry;
	DIR *d;

	if (fds < 0)
		return;
	d = fdopendir(fds);
	while (d && (entry = readdir(d)))
		if (isdigit((unsigned char)entry->d_name[0]))
			scan_fd(st, t, fds, entry->d_name);
	if (d)
		closedir(d);
	else
		close(fds);
}

/* --- the scan --------------------------------------------------------------------------------- */

static void scan_threads(struct state *st, const struct state_thread *leader)
{
	cleanup_free char *path = xasprintf("%s/%u/task", st->opts.proc_root, leader->pid);
	DIR *d = opendir(path);
	struct dirent *entry;

	while (d && (entry = readdir(d))) {
		uint32_t tid = (uint32_t)strtoul(entry->d_name, NULL, 10);
		struct state_thread *t;

		if (tid == 0 || tid == leader->pid)
			continue;
		t = thread_add(st, tid, leader->pid);
		if (!t)
			break;
		*t->comm = '\0';
		thread_share(t, leader);
		t->ppid = leader->ppid;
		t->uid = leader->uid;
		t->gid = leader->gid;
		proc_fill_thread(st, t);
	}
	if (d)
		closedir(d);
}

static void scan_process(struct state *st, uint32_t pid)
{
	struct state_thread *t = thread_add(st, pid, pid);

	if (!t)
		return;
	t->fds = fds_new();
	proc_fill_thread(st, t);
	if (st->opts.track_fds)
		proc_scan_fds(st, t);
	scan_threads(st, t);
}

int state_scan_proc(struct state *st, struct error *err)
{
	DIR *d = opendir(st->opts.proc_root);
	struct dirent *entry;

	if (!d)
		return error_sys(err, ERROR_ENV, errno, "reading %s (it must be mounted)",
				 st->opts.proc_root);
	st->net = st->opts.track_fds ? net_read(st->opts.proc_root) : NULL;
	while ((entry = readdir(d))) {
		uint32_t pid = (uint32_t)strtoul(entry->d_name, NULL, 10);

		if (pid)
			scan_process(st, pid);
	}
	net_free(st->net);
	st->net = NULL;
	closedir(d);
	return 0;
}
