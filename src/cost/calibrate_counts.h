/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parameters of the cost model for an engine that says nothing of its checks, from the CPU of
 * whole runs with rules whose checks are known by their number. Pure.
 *
 *   CPU of an event = base + factor * (checks of an event at their present prices) + rules * rule
 *                     + what looking for events takes of it (cost/wake.h), in live runs
 *
 * is fit by least squares, each run weighed by its relative error. What few such runs do not tell
 * apart is not told apart: one base for transport and state of all types of event, one factor for
 * the prices of all kinds of checks, and a price of trying a rule only when its interval is above 0
 * (else it is in the other two). Looking for events is told apart when the rates of the sets
 * differ by a factor of 2 or more, one having been run under little load; else it is in the base.
 */
#ifndef FT_COST_CALIBRATE_COUNTS_H
#define FT_COST_CALIBRATE_COUNTS_H

#include "cost/params.h"

/* A rule set in each of the rounds; borrowed. */
struct cost_counted {
	const char *name;
	double rules;	  /* that are tried on an event */
	double checks;	  /* that are evaluated for an event, all rules together */
	double checks_ns; /* the same at the prices of the parameters that are to be calibrated */
	const double *ns; /* of CPU for an event, in each round */
	double per_s;	  /* events a second; NaN: a replay */
};

#define COST_COUNTED_LEVEL 0.95

/* Replaces the prices that the runs tell, and
 * sets fitted, runs, whole_error and check_ns. The interval of a figure is the wider of that of its
 * rounds and that of what the runs are off the model. source: text for the values, that says whose
 * numbers they are. ERROR_ENV when the interval of base or factor reaches 0. n > 3 sets, rounds
 * >= 2. */
int cost_fit_counted(struct cost_params *p, const struct cost_counted *v, size_t n, size_t rounds,
		     const char *source, struct error *err);

/* Bring each round of n sets to the speed of all, which the sets tell together: a machine's speed
 * drifts, and that of one with neighbours by a third. ns: of each set, in each round. */
void cost_even_out(double *const *ns, size_t n, size_t rounds);

#endif
