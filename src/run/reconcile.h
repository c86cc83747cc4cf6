/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events sent against events counted. Pure.
 *
 * The kernel side counts the events of the whole host (n_evts), so what the host does beside the
 * load is taken off: its rate in the intervals between snapshots before and after the load. How far
 * that rate moves from interval to interval says how uncertain the difference is:
 *
 *   uncertainty = t s sqrt(L + L^2 / K)
 *
 * for L seconds of load and a background seen for K seconds, where s^2 is the variance of the
 * background's events in a second: the first term for what it did meanwhile, the second for its
 * mean being an estimate. s^2 comes from all intervals seen with this set, those of earlier repeats
 * too, and is never below the mean (a Poisson process; what a host does is burstier). From one
 * interval alone no spread can be seen: s is then taken to be as large as the mean. t is the 97.5 %
 * quantile of Student's distribution with one degree of freedom less than there are intervals (2
 * for one): with that a 95 % prediction interval, wide where the background was seen only twice.
 *
 * What this cannot know: on a host without an idle CPU the rest of it gets less done while the load
 * runs, and the difference is then negative by more than its uncertainty.
 */
#ifndef FT_RUN_RECONCILE_H
#define FT_RUN_RECONCILE_H

#include "run/results.h"
#include "run/window.h"

/* Events of the host in intervals without load. Zeroed: none seen. */
struct background {
	size_t n;	/* intervals */
	double seconds; /* all together */
	double evts;	/* counted by the kernel side */
	double seen;	/* seen in user space; NaN unknown */
	double squares; /* sum of evts^2 / seconds over the intervals */
};

/* Add the intervals between samples first..last; those shorter than MIN_RATE_NS go with the next
 * one. */
void background_add(struct background *b, const struct live_samples *l, size_t first, size_t last);
void background_join(struct background *b, const struct background *more);
/* Events a second; NaN when none was seen. */
double background_rate(const struct background *b);
/* Standard deviation of the events in a second; NaN as above. */
double background_spread(const struct background *b);

struct reconcile_input {
	int64_t sent;	   /* events that the load's calls make in this set; RES_UNKNOWN */
	int64_t uncounted; /* of its calls, those that n_evts counts twice (connect) */
	const struct background *own; /* around this load */
	const struct background *all; /* of this set, own included: for the spread */
};

/* Fill r->recon_* for the load between samples first and last; what is unknown leaves it unknown.
 */
void reconcile(struct res_repeat *r, const struct live_samples *l, size_t first, size_t last,
	       const struct reconcile_input *in);

#endif
