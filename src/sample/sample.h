/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A running process sampled: where its CPU time goes, as a tree of calls.
 *
 * Call chains are those that the kernel walks by frame pointers. Code without them gives its leaf
 * alone, which then hangs below its module; a chain ends where it leaves executable memory. The
 * samples of all nodes without their children's are all samples, and so are the times.
 */
#ifndef FT_SAMPLE_SAMPLE_H
#define FT_SAMPLE_SAMPLE_H

#include "base/error.h"
#include "cost/profile.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define SAMPLE_HERTZ 997 /* no multiple of what timers run at */

struct sample_module {
	char *name;
	int64_t samples, without; /* of the leaves; without a symbol */
};

struct sample_function {
	char *name, *module;
	int64_t self, total; /* samples in it; in it or in what it calls */
	double self_ns;
};

struct sampling {
	pid_t pid;
	char *comm, *exe; /* exe NULL: not told */
	bool cycles;	  /* by CPU cycles, else by cpu-clock */
	bool kernel;	  /* the kernel side is in it */
	bool kernel_symbols, ended;
	int64_t hertz;
	double seconds, cpu_ns; /* of the window; CPU time of the process in it, NaN unknown */
	int64_t n, n_kernel;	/* samples; of these in the kernel */
	int64_t n_callers;	/* with a caller in user space */
	int64_t without;	/* whose leaf has no symbol */
	int64_t frames, frames_without;
	int64_t lost, throttled;
	size_t threads;
	struct ep_node root; /* kind process, below it frames; count: samples; sum_ns */
	struct sample_module *modules;
	struct sample_function *functions; /* both by samples, most first */
	size_t n_modules, n_functions, alloc_modules, alloc_functions;
};

/* Sample for duration_ns, or until wake_fd (-1: none) is readable, or the process ends. hertz: a
 * second of CPU time of a thread. ERROR_ENV as perf_open(). Release in any case. */
int sample_run(struct sampling *s, pid_t pid, int64_t hertz, int64_t duration_ns, int wake_fd,
	       struct error *err);
void sampling_release(struct sampling *s);

/* The processes of that name (its comm), ascending, as far as there is room; returns how many there
 * are. */
size_t sample_find(const char *comm, pid_t *out, size_t room);

#endif
