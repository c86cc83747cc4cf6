/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a design of repeats and seconds will be able to see, said before it runs. Pure.
 */
#ifndef FT_RUN_FORESEE_H
#define FT_RUN_FORESEE_H

#include "run/results.h"

/* How drops come, as far as a plan can assume it: coefficient of variation of a second's drop rate
 * and how many seconds hang together. */
struct foresee_kind {
	const char *name;
	double second_cv, burst_s;
};
extern const struct foresee_kind foresee_kinds[]; /* ends with a NULL name */

/* How many times as high the drop rate of one case must be as another's to be told apart in 8 of 10
 * runs of this design with so many pairs of cases. Infinite: never. Both the rank test with the
 * first step of Holm's correction and, where repeats are too few for it, the overlap of intervals
 * (advise/compare.h) are taken by their own arithmetic; drops are of the kind. */
double foresee_factor(const struct results *r, size_t n_pairs, const struct foresee_kind *kind);

/* Does the design's rank test reach 5 % at all? */
bool foresee_has_test(const struct results *r, size_t n_pairs);

#endif
