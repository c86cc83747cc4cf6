/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests by ranks of two samples, and the correction for making many of them.
 *
 * Exact where the samples are small: the permutation distribution of the (mid)ranks that are there,
 * so that ties need no correction (E. Lehmann, "Nonparametrics", 1975, 1.4 and 3.1). Above, the
 * normal approximation with the variance corrected for ties and half a unit for continuity, as
 * wilcox.test() of R has it. All p values are two-sided. NaN members count as missing.
 */
#ifndef FT_STATS_TESTS_H
#define FT_STATS_TESTS_H

#include <stdbool.h>
#include <stddef.h>

/* Samples up to these sizes are tested exactly. */
#define STATS_EXACT_PAIRS 30
#define STATS_EXACT_TOTAL 40

enum stats_method {
	STATS_AUTO,   /* exact where small */
	STATS_NORMAL, /* normal approximation whatever the size */
};

struct stats_test {
	double statistic; /* V or W of R's wilcox.test(); NaN: nothing to compare */
	double p;	  /* two-sided; 1 when nothing differs, NaN when nothing can be compared */
	size_t n;	  /* pairs that differ, or members of both samples */
	bool exact;
};

/* Wilcoxon's signed rank test of n pairs (F. Wilcoxon, "Individual comparisons by ranking methods",
 * 1945). The statistic is the sum of the ranks of |a - b| where a > b. Pairs without a difference
 * are left out, as Wilcoxon did. */
struct stats_test stats_signed_rank(const double *a, const double *b, size_t n,
				    enum stats_method method);

/* Mann and Whitney's U of two independent samples ("On a test of whether one of two random
 * variables is stochastically larger than the other", 1947): pairs with a > b, ties as a half. */
struct stats_test stats_mann_whitney(const double *a, size_t n_a, const double *b, size_t n_b,
				     enum stats_method method);

/* Holm's step-down adjustment (S. Holm, "A simple sequentially rejective multiple test procedure",
 * 1979): out[i] <= level exactly when hypothesis i is rejected at that level over all n. NaN is no
 * test and stays NaN. out may be p. */
void stats_holm(const double *p, size_t n, double *out);

/* The smallest two-sided p that the exact signed rank test of n pairs can give: 2^(1 - n). */
double stats_signed_rank_least_p(size_t n);
/* The same of Mann and Whitney's: 2 / C(n_a + n_b, n_a). */
double stats_mann_whitney_least_p(size_t n_a, size_t n_b);
/* Pairs from which the smallest p, times n_tests (the first step of Holm), is at most level. */
size_t stats_pairs_needed(size_t n_tests, double level);

#endif
