/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/process.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* proc(5): utime is field 14, stime 15, starttime 22; the fields after the command's name, which
 * may hold blanks and parentheses, start behind its last ')' with field 3. */
enum { STAT_UTIME = 14, STAT_STIME = 15, STAT_START = 22 };

static bool stat_field(const char *text, int field, uint64_t *out)
{
	const char *p = strrchr(text, ')');

	for (int i = 2; p && i < field; i++)
		p = strchr(p + 1, ' ');
	if (!p)
		return false;
	*out = strtoull(p + 1, NULL, 10);
	return true;
}

/* A small /proc file as text from its start; false when it cannot be read (the process is gone). */
static bool slurp(int fd, char *buf, size_t size)
{
	ssize_t n = fd < 0 ? -1 : pread(fd, buf, size - 1, 0);

	if (n <= 0)
		return false;
	buf[n] = '\0';
	return true;
}

static int open_proc(pid_t pid, const char *what)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, what);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Field 3, right behind the name. */
static bool is_zombie(const char *text)
{
	const char *p = strrchr(text, ')');

	return p && p[1] && (p[2] == 'Z' || p[2] == 'X');
}

uint64_t process_start_time(pid_t pid)
{
	int fd = open_proc(pid, "stat");
	char buf[1024];
	uint64_t v = 0;

	if (slurp(fd, buf, sizeof(buf)) && (is_zombie(buf) || !stat_field(buf, STAT_START, &v)))
		v = 0;
	if (fd >= 0)
		close(fd);
	return v;
}

void procstat_open(struct procstat *s, pid_t pid)
{
	s->stat_fd = open_proc(pid, "stat");
	s->status_fd = open_proc(pid, "status");
}

void procstat_read(const struct procstat *s, int64_t *cpu_ns, int64_t *rss_bytes)
{
	char buf[4096];
	uint64_t u, k;
	const char *rss;

	*cpu_ns = *rss_bytes = -1;
	if (slurp(s->stat_fd, buf, sizeof(buf)) && stat_field(buf, STAT_UTIME, &u) &&
	    stat_field(buf, STAT_STIME, &k))
		*cpu_ns = (int64_t)(u + k) * (NS_PER_S / sysconf(_SC_CLK_TCK));
	if (!slurp(s->status_fd, buf, sizeof(buf)))
		return;
	rss = strstr(buf, "\nVmRSS:");
	if (rss)
		*rss_bytes = strtoll(rss + 7, NULL, 10) * 1024;
}

void procstat_release(struct procstat *s)
{
	if (s->stat_fd >= 0)
		close(s->stat_fd);
	if (s->status_fd >= 0)
		close(s->status_fd);
	*s = (struct procstat)PROCSTAT_INIT;
}
