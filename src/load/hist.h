/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Histogram of times with a relative error below 1/64 (1.6 %): the well-known log-linear layout,
 * 64 equal steps in each power of two. Values are nanoseconds; negative ones count as 0, and
 * whatever is above 2^42 ns (73 minutes) goes to the last step. Count, sum and maximum are exact.
 *
 * A value type of about 19 KB, zeroed to start with; written by one thread and read after that
 * thread has finished.
 */
#ifndef FT_LOAD_HIST_H
#define FT_LOAD_HIST_H

#include <stdint.h>

#define HIST_SUB_BITS 6
#define HIST_MAX_BITS 42
#define HIST_STEPS    ((HIST_MAX_BITS - HIST_SUB_BITS + 1) << HIST_SUB_BITS)

struct hist {
	uint64_t n, max;
	double sum;
	uint64_t step[HIST_STEPS];
};

/* Index of the step that holds ns. */
static inline unsigned hist_step(uint64_t ns)
{
	unsigned top;

	if (ns < 1U << HIST_SUB_BITS)
		return (unsigned)ns;
	top = 63U - (unsigned)__builtin_clzll(ns);
	if (top >= HIST_MAX_BITS)
		return HIST_STEPS - 1;
	return ((top - HIST_SUB_BITS + 1) << HIST_SUB_BITS) +
	       (unsigned)(ns >> (top - HIST_SUB_BITS) & ((1U << HIST_SUB_BITS) - 1));
}

/* Record one value that stands for `weight` operations. */
static inline void hist_add(struct hist *h, int64_t ns, uint64_t weight)
{
	uint64_t v = ns < 0 ? 0 : (uint64_t)ns;

	h->step[hist_step(v)] += weight;
	h->n += weight;
	h->sum += (double)v * (double)weight;
	if (v > h->max)
		h->max = v;
}

/* Add all of b to a. */
void hist_merge(struct hist *a, const struct hist *b);
/* The value that a share q (0..1) of the recorded ones do not exceed: the middle of its step, and
 * never above the maximum; NaN when empty. */
double hist_quantile(const struct hist *h, double q);
/* Sum of the values of the steps from that of `least` on, each taken as the middle of its step, and
 * their number in *n. */
double hist_sum_above(const struct hist *h, uint64_t least, uint64_t *n);
/* NaN when empty. */
double hist_mean(const struct hist *h);

#endif
