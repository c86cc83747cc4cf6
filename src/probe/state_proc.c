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

static uint32_t status_field(const char *text, const char *key, unsigned skip)
{
	const char *at = strstr(text, key);
	char *end;
	uint32_t value = 0;

	if (!at)
		return 0;
	at += strlen(key);
	for (unsigned i = 0; i <= skip; i++) {
		value = (uint32_t)strtoul(at, &end, 10);
		at = end;
	}
	return value;
}

static void fill_image(struct state_thread *t, int dir)
{
	char exe[PATH_MAX], args[PROBE_ARGS_MAX + 1];
	ssize_t n = read_small(dir, "cmdline", args, sizeof(args));

	read_link(dir, "exe", exe, sizeof(exe));
	thread_set_image(t, image_new(exe, t->comm, args, n > 0 ? (size_t)n : 0));
}

/* dir: the thread's folder in /proc. */
static bool fill(struct state_thread *t, int dir, bool leader)
{
	char text[4096], cwd[PATH_MAX];

	if (read_small(dir, "comm", text, sizeof(text)) <= 0)
		return false;
	text[strcspn(text, "\n")] = '\0';
	snprintf(t->comm, sizeof(t->comm), "%.*s", PROBE_COMM_LEN - 1, text);
	if (read_small(dir, "status", text, sizeof(text)) <= 0)
		return false;
	t->pid = status_field(text, "\nTgid:", 0);
	t->ppid = status_field(text, "\nPPid:", 0);
	t->uid = status_field(text, "\nUid:", 1); /* real, effective, ... */
	t->known = true;
	if (!leader)
		return true;
	fill_image(t, dir);
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
	bool ok = dir >= 0 && fill(t, dir, t->pid == t->tid || !t->image);

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
	{"anon_inode:[userfaultfd]", 'u'},
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
