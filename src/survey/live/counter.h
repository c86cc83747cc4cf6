/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel side of the survey: loads the counting programs and reads their counters.
 *
 * Order: counter_open (load; needs root or CAP_BPF + CAP_PERFMON) -> counter_cost (optional) ->
 * counter_start (attach) -> counter_read, counter_drain as often as needed -> counter_close.
 * Nothing is pinned: when the process ends in whatever way, the kernel removes all of it.
 */
#ifndef FT_SURVEY_COUNTER_H
#define FT_SURVEY_COUNTER_H

#include "base/error.h"

#include <linux/types.h>
#include <stdbool.h>
#include <stdint.h>

#include "survey/live/count.bpf.h"

struct counter_opts {
	bool by_process, by_path;
	const char *controller; /* by control group of that v1 controller ("memory"); "" for v2;
				   NULL: not by control group */
};

struct counter;

/* ERROR_ENV naming what is missing. *out is owned by the caller. */
int counter_open(struct counter **out, const struct counter_opts *opts, struct error *err);
int counter_start(struct counter *c, struct error *err);
/* Detach; the counts stay, and counter_start() goes on with them. */
void counter_stop(struct counter *c);
void counter_close(struct counter *c); /* NULL is fine */

/* ns a run of the program on sys_exit and of an empty one, attached at the same time, while this
 * process makes one kind of call over and over (getppid; by path, an open that fails). The kernel's
 * statistics, on for these milliseconds, cost both the same and are in both. NaN when the kernel
 * has no such statistics. */
void counter_cost(struct counter *c, double *own_ns, double *empty_ns);

unsigned counter_n_cpus(const struct counter *c); /* possible ones */
/* The counters of one CPU: COUNT_SLOTS of them, living on; no system call. */
const volatile struct count_pair *counter_cpu(const struct counter *c, unsigned cpu);
/* Exits that the kernel kept from the programs since they were loaded. */
uint64_t counter_missed(const struct counter *c);

/* Empty a table, fn for each entry: key is a struct count_key, or a struct count_name by path. */
typedef void (*counter_fn)(void *arg, const void *key, const struct count_pair *sum);
int counter_drain(struct counter *c, enum count_table table, counter_fn fn, void *arg,
		  struct error *err);
/* Empty the names of a table (not by path), fn for each. */
typedef void (*counter_name_fn)(void *arg, uint64_t id, const char *name);
int counter_drain_names(struct counter *c, enum count_table table, counter_name_fn fn, void *arg,
			struct error *err);

#endif
