/* SPDX-License-Identifier: Apache-2.0 */
/*
 * perf events of a process: a sampling counter and a ring buffer for each of its threads
 * (perf_event_open(2)), threads that it starts meanwhile included.
 *
 * CPU cycles where the CPU counts them, else the kernel's cpu-clock. With the kernel side where
 * that is permitted, else the user side alone.
 */
#ifndef FT_SAMPLE_PERF_H
#define FT_SAMPLE_PERF_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PERF_STACK_MAX 127 /* kernel.perf_event_max_stack by default */

struct perf_sample {
	uint64_t weight; /* cycles, or ns of cpu-clock, that it stands for */
	/* Innermost first; the first is where it was. */
	const uint64_t *kernel, *user;
	size_t n_kernel, n_user;
};

struct perf_thread;

struct perf {
	pid_t pid;
	bool cycles; /* else cpu-clock */
	bool kernel; /* the kernel side is in it */
	int64_t hertz;
	struct perf_thread *v;
	size_t n, alloc;
	int64_t lost, throttled; /* samples; times */
	size_t threads;		 /* that were sampled */
};

typedef void (*perf_fn)(void *arg, const struct perf_sample *s);

/* hertz: samples a second of CPU time of a thread. ERROR_ENV: not permitted (with what to do), no
 * such process. *p is to be closed in any case. */
int perf_open(struct perf *p, pid_t pid, int64_t hertz, struct error *err);
/* What came, and threads that came; ended ones are closed. */
void perf_read(struct perf *p, perf_fn fn, void *arg);
void perf_close(struct perf *p);

#endif
