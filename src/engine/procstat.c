/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/process.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* proc(5): utime is field 14, stime 15, nice 19, starttime 22; the fields after the command's name,
 * which may hold blanks and parentheses, start behind its last ')' with field 3. */
enum { STAT_UTIME = 14, STAT_STIME = 15, STAT_NICE = 19, STAT_START = 22 };

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
	if (clock_getcpuclockid(pid, &s->cpu_clock))
		s->cpu_clock = CLOCK_REALTIME;
	s->stat_fd = open_proc(pid, "stat");
	s->status_fd = open_proc(pid, "status");
	s->sched_fd = open_proc(pid, "schedstat");
	s->host_fd = open("/proc/stat", O_RDONLY | O_CLOEXEC);
}

void proc_facts_init(struct proc_facts *f)
{
	*f = (struct proc_facts){.cpu_ns = -1,
				 .rss_bytes = -1,
				 .main_cpu_ns = -1,
				 .main_wait_ns = -1,
				 .steal_ns = -1,
				 .idle_ns = -1,
				 .procs_running = -1,
				 .nice = (double)NAN};
}

static int64_t ticks_ns(uint64_t ticks)
{
	return (int64_t)ticks * (NS_PER_S / sysconf(_SC_CLK_TCK));
}

/* proc(5): user nice system idle iowait irq softirq steal ... of all CPUs, in ticks. */
static void read_host(int fd, struct proc_facts *f)
{
	enum { IDLE = 3, IOWAIT = 4, STEAL = 7, N };
	char buf[16384];
	uint64_t v[N];
	char *at, *end;

	if (!slurp(fd, buf, sizeof(buf)) || strncmp(buf, "cpu ", 4) != 0)
		return;
	at = buf + 4;
	for (size_t i = 0; i < N; i++, at = end) {
		v[i] = strtoull(at, &end, 10);
		if (end == at)
			return;
	}
	f->steal_ns = ticks_ns(v[STEAL]);
	f->idle_ns = ticks_ns(v[IDLE] + v[IOWAIT]);
	at = strstr(buf, "\nprocs_running ");
	if (at)
		f->procs_running = strtoll(at + strlen("\nprocs_running "), NULL, 10);
}

/* Documentation/scheduler/sched-stats.rst: time on a CPU, time waiting for one (ns), timeslices. */
static void read_sched(int fd, struct proc_facts *f)
{
	char buf[128], *end;

	if (!slurp(fd, buf, sizeof(buf)))
		return;
	f->main_cpu_ns = strtoll(buf, &end, 10);
	f->main_wait_ns = strtoll(end, NULL, 10);
	/* All zero: a kernel without CONFIG_SCHED_INFO, or schedstats off at boot. */
	if (!f->main_cpu_ns)
		f->main_cpu_ns = f->main_wait_ns = -1;
}

void procstat_read(const struct procstat *s, struct proc_facts *out)
{
	char buf[4096];
	uint64_t u, k, nice;
	const char *rss;

	proc_facts_init(out);
	if (slurp(s->stat_fd, buf, sizeof(buf)) && stat_field(buf, STAT_UTIME, &u) &&
	    stat_field(buf, STAT_STIME, &k)) {
		struct timespec ts;

		out->cpu_ns = ticks_ns(u + k);
		/* The same without the rounding to ticks of 10 ms. */
		if (s->cpu_clock != CLOCK_REALTIME && !clock_gettime(s->cpu_clock, &ts))
			out->cpu_ns = ts.tv_sec * NS_PER_S + ts.tv_nsec;
		if (stat_field(buf, STAT_NICE, &nice))
			out->nice = (double)(int64_t)nice;
	}
	read_sched(s->sched_fd, out);
	read_host(s->host_fd, out);
	if (!slurp(s->status_fd, buf, sizeof(buf)))
		return;
	rss = strstr(buf, "\nVmRSS:");
	if (rss)
		out->rss_bytes = strtoll(rss + 7, NULL, 10) * 1024;
}

void procstat_release(struct procstat *s)
{
	int fds[] = {s->stat_fd, s->status_fd, s->sched_fd, s->host_fd};

	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	*s = (struct procstat)PROCSTAT_INIT;
}
