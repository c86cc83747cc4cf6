/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The profile of a host (host.json, schema 1): how often each system call was made on it, second by
 * second. Made by `falcotune survey`, read by everything that predicts. Pure: no BPF here.
 *
 * A call's rate is its exit events a second as Falco counts them: both sides of a fork or clone, a
 * successful execveat under execve, "procexit" for the end of every thread. Calls through the
 * 32-bit entry are apart (compat_per_s), because Falco does not collect them by these numbers.
 *
 * The mean rates are of the whole window (`seconds`); the bins are its parts of bin_s seconds, in
 * order, whole ones only (but for a window shorter than one), so that their mean may differ a
 * little. A number that is not known is NaN, or -1 for whole numbers (null in JSON).
 */
#ifndef FT_SURVEY_HOST_H
#define FT_SURVEY_HOST_H

#include "base/error.h"
#include "base/strbuf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOST_SCHEMA   1
#define HOST_BINS_MAX 600 /* a longer window has longer bins */

/* One system call of the host. */
struct host_call {
	char *name;	     /* as Falco prints it; "procexit" for the ends of threads */
	double per_s;	     /* exit events a second over the whole window */
	double failed_per_s; /* of these, with an error; NaN unknown */
	double *bins;	     /* exit events a second in each bin; n_bins of the profile */
};

/* A call's part of a group. */
struct host_share {
	char *name;
	double per_s;
};

/* A process name, a control group or the leading part of paths. */
struct host_group {
	char *name;
	int64_t processes; /* by process: distinct ones of that name that were seen; else -1 */
	int64_t pid;	   /* by process, when it was one; else -1 */
	double per_s, failed_per_s;
	struct host_share *calls; /* its busiest calls, busiest first; none by path */
	size_t n_calls;
};

/* One way of grouping; busiest first. */
struct host_groups {
	bool measured; /* false: not asked for (null in JSON) */
	struct host_group *v;
	size_t n;
	double other_per_s;	 /* calls that no group got because a table was full */
	double unreadable_per_s; /* by path: paths that could not be read; else NaN */
};

struct host_profile {
	char *hostname, *kernel; /* NULL unknown */
	char *taken;		 /* start, ISO 8601 in UTC */
	char *falcotune_version; /* that took it */
	char *cgroup_hierarchy;	 /* of by_cgroup: "v2", or "v1 memory" and its like; NULL none */
	int64_t n_cpus;		 /* online */
	double seconds;		 /* the window as it was */
	bool interrupted;	 /* a signal ended it early */
	bool anonymised;	 /* names are placeholders */
	double bin_s;		 /* length of a bin, seconds */
	size_t n_bins;		 /* of every call */
	struct host_call *calls; /* busiest first; calls that were not made are left out */
	size_t n_calls;
	double *cpu_per_s;	  /* native calls and procexit by CPU, online ones in order */
	size_t n_cpu_per_s;	  /* 0 unknown */
	double compat_per_s;	  /* through the 32-bit entry; NaN unknown */
	double unknown_per_s;	  /* native calls without a name in the catalogue */
	double missed_per_s;	  /* exits that the kernel kept from the program; NaN unknown */
	double cost_ns, empty_ns; /* a run of the survey's program and of an empty one; NaN */
	struct host_groups by_process, by_cgroup, by_path;
};

/* A profile in which nothing is known; any other way to start one is wrong. */
void host_profile_init(struct host_profile *p);
void host_profile_release(struct host_profile *p);

/* Read a host.json ("-": standard input). Unknown members are ignored, so that later additions to
 * schema 1 can still be read. ERROR_INPUT with file:line:col, for members of a wrong type with the
 * path in the document ($.calls[3].per_s) too. *out is released on error. */
int host_profile_read(const char *path, struct host_profile *out, struct error *err);
/* The same for text in memory; `file` is for messages. */
int host_profile_parse(const char *file, const char *text, size_t len, struct host_profile *out,
		       struct error *err);
/* The document; the caller owns the reference. */
json_t *host_profile_to_json(const struct host_profile *p);
/* Write it to a file, atomically, mode 0644. ERROR_INPUT or ERROR_ENV naming the path. */
int host_profile_write(const struct host_profile *p, const char *path, struct error *err);

/* Events a second that a set of calls (names as above) adds to n_evts: the sum of their exit
 * events, connect twice, as Falco's kernel side counts it. 0 when none of them was made. */
double host_profile_rate(const struct host_profile *p, const struct strvec *set);
/* The same over the bins: quantile q in 0..1 (type 7) of the set's rate in a bin; NaN without
 * bins. */
double host_profile_rate_quantile(const struct host_profile *p, const struct strvec *set, double q);
/* All calls that were made, events a second; the parts are those of `calls`. */
double host_profile_total(const struct host_profile *p);

/* Drop the host's name, and replace the names of processes, control groups and paths by process-1,
 * cgroup-1, path-1 and so on, numbered by rate; process ids go too. Doing it twice changes
 * nothing. */
void host_profile_anonymise(struct host_profile *p);

/* Length of the bins of a window: a second, or as many whole ones as keep them HOST_BINS_MAX. */
int64_t host_bin_ns(int64_t window_ns);

/* Sort calls and groups by rate, busiest first, equal ones by name. The reader does it. */
void host_profile_sort(struct host_profile *p);

#define cleanup_host_profile __attribute__((cleanup(host_profile_release)))

#endif
