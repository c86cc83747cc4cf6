/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel says of a control group. */
#include "run/cgroup.h"

#include "base/fs.h"
#include "base/mem.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The number behind a key at the start of a line ("nr_periods 12"); -1 when it is not there. */
static int64_t keyed(const char *text, const char *key)
{
	size_t n = strlen(key);

	for (const char *p = text; p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (!strncmp(p, key, n) && p[n] == ' ')
			return strtoll(p + n + 1, NULL, 10);
		if (!*p)
			break;
	}
	return -1;
}

void cgroup_cpu_parse(const char *text, struct cgroup_cpu *out)
{
	int64_t us = keyed(text, "throttled_usec"); /* version 2; version 1 counts in ns */

	out->nr_periods = keyed(text, "nr_periods");
	out->nr_throttled = keyed(text, "nr_throttled");
	out->throttled_ns = us >= 0 ? us * 1000 : keyed(text, "throttled_time");
}

static int64_t file_number(const char *dir, const char *file)
{
	char *path cleanup_free = fs_join(dir, file);
	uint64_t v;

	return fs_read_u64(path, &v) && v <= INT64_MAX ? (int64_t)v : -1;
}

static int64_t file_keyed(const char *dir, const char *file, const char *key)
{
	char *path cleanup_free = fs_join(dir, file);
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	return fs_read_file(path, &text, 65536, NULL) ? -1 : keyed(text.buf, key);
}

void cgroup_memory_read(const struct cgroup *g, struct cgroup_memory *out)
{
	const char *d = g->memory;

	*out = (struct cgroup_memory){-1, -1, -1};
	if (!d)
		return;
	if (g->mem_v2) {
		out->peak = file_number(d, "memory.peak"); /* since Linux 5.19 */
		out->limit_hits = file_keyed(d, "memory.events", "max");
		out->oom_kills = file_keyed(d, "memory.events", "oom_kill");
	} else {
		out->peak = file_number(d, "memory.max_usage_in_bytes");
		out->limit_hits = file_number(d, "memory.failcnt");
		out->oom_kills = file_keyed(d, "memory.oom_control", "oom_kill");
	}
}

/* ---- any process ---- */

/* The group of a process in the hierarchy of the cpu controller: a line "ID:CONTROLLERS:PATH" of
 * /proc/PID/cgroup, with no controllers for version 2. The caller frees; NULL: not there. */
static char *own_path(const char *text, bool v2)
{
	for (const char *p = text; p && *p; p = strchr(p, '\n')) {
		size_t len;
		const char *list, *path;

		p += *p == '\n';
		len = strcspn(p, "\n");
		list = memchr(p, ':', len);
		path = list ? memchr(list + 1, ':', len - (size_t)(list + 1 - p)) : NULL;
		if (path) {
			char *names cleanup_free = xstrndup(list + 1, (size_t)(path - list - 1));
			char *save = NULL, *name = strtok_r(names, ",", &save);
			bool found = v2 && !name;

			for (; !v2 && name; name = strtok_r(NULL, ",", &save))
				found = found || !strcmp(name, "cpu");
			if (found)
				return xstrndup(path + 1, len - (size_t)(path + 1 - p));
		}
	}
	return NULL;
}

/* Its folder below the mount point; NULL when the mount does not show it. */
static char *own_dir(const struct cgroup_mount *m, const char *path)
{
	size_t n = strcmp(m->base, "/") ? strlen(m->base) : 0;

	if (strncmp(path, m->base, n) || (path[n] && path[n] != '/') || strstr(path, "/.."))
		return NULL;
	return xasprintf("%s%s", m->dir, strcmp(path + n, "/") ? path + n : "");
}

static bool read_cpu(int fd, struct cgroup_cpu *out)
{
	char buf[2048];
	ssize_t n = fd < 0 ? -1 : pread(fd, buf, sizeof(buf) - 1, 0);

	*out = (struct cgroup_cpu){-1, -1, -1};
	if (n <= 0)
		return false;
	buf[n] = '\0';
	cgroup_cpu_parse(buf, out);
	return true;
}

/* cpu.stat of a folder; -1 when it cannot be read. */
static int open_stat(const char *dir)
{
	char *path cleanup_free = fs_join(dir, "cpu.stat");

	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Own group first, upward to the mount point, until one has a quota. */
static int find_stat(const struct cgroup_mount *m, char *dir)
{
	int own = open_stat(dir);
	struct cgroup_cpu s;

	read_cpu(own, &s);
	while (s.nr_periods <= 0 && strlen(dir) > strlen(m->dir)) {
		int fd;

		*strrchr(dir, '/') = '\0';
		fd = open_stat(dir);
		if (read_cpu(fd, &s) && s.nr_periods > 0) {
			if (own >= 0)
				close(own);
			return fd;
		}
		if (fd >= 0)
			close(fd);
	}
	return own;
}

void cgroup_watch_open(struct cgroup_watch *w, const char *root, pid_t pid)
{
	char *file cleanup_free = xasprintf("%s/proc/%d/cgroup", root, (int)pid);
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	char *path cleanup_free = NULL, *dir cleanup_free = NULL;
	struct cgroup_host h;

	w->fd = -1;
	cgroup_host_read(root, &h);
	if (h.cpu.dir && !fs_read_file(file, &text, 65536, NULL))
		path = own_path(text.buf, h.cpu.v2);
	if (path)
		dir = own_dir(&h.cpu, path);
	if (dir)
		w->fd = find_stat(&h.cpu, dir);
	cgroup_host_release(&h);
}

void cgroup_watch_read(const struct cgroup_watch *w, struct cgroup_cpu *out)
{
	read_cpu(w->fd, out);
}

void cgroup_watch_release(struct cgroup_watch *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}

void cgroup_read_stat(const char *root, pid_t pid, struct cgroup_cpu *out)
{
	struct cgroup_watch w = CGROUP_WATCH_INIT;

	cgroup_watch_open(&w, root, pid);
	cgroup_watch_read(&w, out);
	cgroup_watch_release(&w);
}
