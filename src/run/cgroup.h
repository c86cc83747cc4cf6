/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control groups: a group of its own with a CPU and a memory limit for a process that falcotune
 * starts, and what the kernel says of any process's group (throttling). Version 2 (cpu.max,
 * memory.max) where it has the controllers, else version 1 (cpu.cfs_quota_us,
 * memory.limit_in_bytes), one folder a controller that is mounted by itself.
 *
 * Every path function takes the folder that /proc and /sys are below ("" for the running system),
 * so that recorded trees test them. Files: Linux, Documentation/admin-guide/cgroup-v2.rst,
 * cgroup-v1/memory.rst, scheduler/sched-bwc.rst. Times in ns, sizes in bytes, -1 unknown.
 */
#ifndef FT_RUN_CGROUP_H
#define FT_RUN_CGROUP_H

#include "base/error.h"
#include "base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct cgroup_limits {
	double cpus;	/* CPUs' worth of time; 0: no limit */
	int64_t memory; /* bytes; 0: no limit */
};

/* The kernel refuses quotas below 1 ms (sched-bwc.rst): 0.01 CPU in the usual period of 100 ms. */
#define CGROUP_PERIOD_US  100000
#define CGROUP_CPUS_MIN	  0.01
#define CGROUP_CPUS_MAX	  4096.0
#define CGROUP_MEMORY_MIN (INT64_C(1) << 20)
/* Names of groups begin with this; nothing else is ever removed. */
#define CGROUP_PREFIX "falcotune-"

bool cgroup_limited(const struct cgroup_limits *l);
/* "0.5", "2": CPUs. Error: ERROR_INPUT naming the option. */
int cgroup_parse_cpus(const char *text, const char *option, double *out, struct error *err);
/* "512Mi", "1G" (units_size). Error: ERROR_INPUT naming the option. */
int cgroup_parse_memory(const char *text, const char *option, int64_t *out, struct error *err);
/* "0.5 CPU, 512 MiB"; "no limit". Appended. */
void cgroup_describe(const struct cgroup_limits *l, struct strbuf *out);

/* One controller's hierarchy as mounted. */
struct cgroup_mount {
	char *dir;  /* mount point, below root; NULL: not there */
	char *base; /* group that the mount point shows, "/" for all of them */
	bool v2;
};

struct cgroup_host {
	struct cgroup_mount cpu, memory;
};

/* From ROOT/proc/self/mountinfo. Without a hierarchy, dir is NULL; never fails. */
void cgroup_host_read(const char *root, struct cgroup_host *out);
void cgroup_host_release(struct cgroup_host *h);

struct cgroup {
	struct cgroup_limits limits;
	struct strvec dirs; /* folders that it consists of; none: no group */
	struct strvec undo; /* "-cpu FILE": controllers switched on for it (cgroup_undo()) */
	char *cpu, *memory; /* folder of each limited controller, or NULL */
	bool cpu_v2, mem_v2;
};

#define CGROUP_INIT                                                                                \
	{                                                                                          \
		.limits = { 0 }                                                                    \
	}

/* Which folders a group of this name will have; touches nothing. ERROR_ENV when the host has no
 * hierarchy for a limit that is asked for. The caller releases g in any case. */
int cgroup_plan(struct cgroup *g, const struct cgroup_host *h, const char *name,
		const struct cgroup_limits *l, struct error *err);
/* Make its folders and write its limits, and a weight that is falcotune's own niceness. ERROR_ENV;
 * what was made stays for cgroup_remove(). */
int cgroup_create(const struct cgroup *g, struct error *err);
/* Put a process in. ERROR_ENV. */
int cgroup_join(const struct cgroup *g, pid_t pid, struct error *err);
/* Remove the folders and switch off what was switched on. The processes have ended; the kernel may
 * need a moment. Returns false when a folder is still there after 5 s. */
bool cgroup_remove(const struct cgroup *g);
void cgroup_release(struct cgroup *g);
/* Is it the absolute path of a group that falcotune made, by its name? */
bool cgroup_is_ours(const char *path);
/* One folder named CGROUP_PREFIX...: what is left in it is killed, and it goes. */
bool cgroup_remove_dir(const char *dir);
/* One entry of cgroup.undo; others than "-cpu" or "-memory" of a cgroup.subtree_control are not
 * followed. While another run has a group there (CGROUP_PREFIX...), the controller stays on: taking
 * it away would take that group's limits away. */
void cgroup_undo(const char *entry);

struct cgroup_cpu {
	int64_t nr_periods, nr_throttled, throttled_ns;
};

struct cgroup_memory {
	int64_t peak, limit_hits, oom_kills;
};

/* Text of a cpu.stat of either version. A group without a quota has no periods (0, or -1 where the
 * file does not count them). */
void cgroup_cpu_parse(const char *text, struct cgroup_cpu *out);
/* Of a group that is still there. */
void cgroup_memory_read(const struct cgroup *g, struct cgroup_memory *out);

/* The cpu.stat of a process's own group, kept open so that a sample costs no open and close that an
 * engine would count: its own group's, or that of the nearest group above it that has a quota. */
struct cgroup_watch {
	int fd; /* -1: unknown */
};

#define CGROUP_WATCH_INIT                                                                          \
	{                                                                                          \
		.fd = -1                                                                           \
	}
void cgroup_watch_open(struct cgroup_watch *w, const char *root, pid_t pid);
void cgroup_watch_read(const struct cgroup_watch *w, struct cgroup_cpu *out);
void cgroup_watch_release(struct cgroup_watch *w);
/* Once: the three in one. */
void cgroup_read_stat(const char *root, pid_t pid, struct cgroup_cpu *out);

#endif
