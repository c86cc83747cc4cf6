/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cases compared by pairs: who drops less, and can that be told? Pure.
 *
 * Repeats run in shuffled rounds, so repeats of one round are pairs: Wilcoxon's signed rank test
 * over the rounds. Where two cases share too few rounds, Mann and Whitney's test. Holm's correction
 * over all pairs of the matrix; told apart means a corrected p of at most COMPARE_LEVEL.
 *
 * An exact test of few repeats cannot get there whatever the data: 6 repeats for two cases, 10 for
 * the 15 pairs of six. Below that, two cases are told apart when their 95 % intervals do not
 * overlap, and the comparison says so: for two intervals of equal width that is about a p of 0.006,
 * without correction for the number of pairs. A run that stopped each case when its place was
 * decided has the tests of its looks instead, and no others (run/sequential.h).
 */
#ifndef FT_ADVISE_COMPARE_H
#define FT_ADVISE_COMPARE_H

#include "run/results.h"

#define COMPARE_LEVEL 0.05

/* Names of the methods in results. */
#define COMPARE_SIGNED_RANK  "signed-rank"
#define COMPARE_MANN_WHITNEY "mann-whitney"
#define COMPARE_INTERVALS    "intervals"

/* Fill r->comparisons: every pair of cases with an ok repeat, which must be summarised. Replaces
 * earlier ones. */
void advise_compare(struct results *r);
/* The comparison of two cases (by key), or NULL. */
const struct res_comparison *advise_comparison(const struct results *r, const char *a,
					       const char *b);

/* Interval of a case for comparisons: one that was not exercised counts as [0, 0]; one without a
 * drop counter as infinite, which is behind everything known. */
struct compare_range {
	double rate, lo, hi;
};
struct compare_range compare_range(const struct res_case *c);

/* Drop rates of two cases over the rounds that both have (NaN-free): a and b must have room for
 * the smaller number of repeats. Returns the number of pairs. */
size_t compare_pairs(const struct res_case *x, const struct res_case *y, double *a, double *b);

#endif
