/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parameters of the cost model from measurements: profiles of the embedded engine, and the CPU
 * of runs on the same events that were not profiled. Pure.
 *
 * Transport, state and output are means over the events and alerts of the profiles, state for each
 * type of event. The costs of operators and fields are a least-squares fit: a check costs what its
 * operator, its field, its transformer and the constants that it tries cost together, each check of
 * each rule weighed by how often it was evaluated; none is below 0. What the profiles do not tell
 * apart leans to the values that p had, scaled to the machine.
 *
 * A profile's times are too long: the profile itself takes caches and branch predictors away, and
 * on a busy host what others do within an interval is in it. What profiles say about prices is
 * therefore where a second fit begins, to the CPU of whole runs without profiling against the
 * counts of the profiles of the same runs (cost_fit_whole()).
 */
#ifndef FT_COST_CALIBRATE_H
#define FT_COST_CALIBRATE_H

#include "cost/params.h"

/* The CPU of a run that was not profiled. */
struct cost_whole {
	const struct eprofile *profile; /* of the same rules and events; borrowed */
	double ns;			/* of CPU for each event that it saw */
	double per_s;			/* of these; NaN: a replay, which never looks for them */
};

/* p: of the embedded engine, read from the data file. Replaces what the profiles tell and sets
 * host, date and error. whole: none: not measured. ERROR_INPUT when they tell nothing: no event was
 * evaluated. */
int cost_calibrate(struct cost_params *p, const struct eprofile *const *profiles, size_t n,
		   const struct cost_whole *whole, size_t n_whole, struct error *err);

/* Its second part: the CPU of whole runs is price times count, summed over all prices, and what
 * looking for events takes (whose source stays). One factor for all prices of events and one for
 * all of rules are free, single prices near what they were; sets p->whole_error. */
void cost_fit_whole(struct cost_params *p, const struct cost_whole *whole, size_t n);
/* What the model says of a run by the counts of its profile: ns for each event that it saw. */
double cost_whole_ns(const struct cost_params *p, const struct eprofile *profile, double per_s);

#endif
