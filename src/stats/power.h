/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a design of repeats can see: the power of the signed rank test.
 *
 * The model: the differences of pairs of repeats are normal with mean d standard deviations. Ranks
 * make the answer nearly the same for other shapes (E. Lehmann, "Nonparametrics", 1975, 4.2). For
 * up to POWER_SIMULATED pairs the power is that of POWER_DRAWS seeded draws against the exact
 * critical value, because no formula is good for few pairs; above, that of Student's t test with
 * 3 / pi of the pairs (Pitman's efficiency of the test at the normal).
 */
#ifndef FT_STATS_POWER_H
#define FT_STATS_POWER_H

#include <stddef.h>

#define POWER_SIMULATED 24
#define POWER_DRAWS	2000
#define POWER_WANTED	0.8  /* of what is said to be seen */
#define POWER_LIMIT	2000 /* more repeats than this are no advice */

/* Probability of a two-sided p <= alpha with n pairs whose differences have mean d standard
 * deviations. 0 when n pairs cannot reach alpha at all. */
double stats_power_pairs(double d, size_t n, double alpha);

/* Smallest d that n pairs see with that power; infinite when they cannot reach alpha. */
double stats_smallest_effect(size_t n, double alpha, double power);

/* About how many pairs see d (either sign) with that power; 0: more than POWER_LIMIT. */
size_t stats_pairs_for(double d, double alpha, double power);

/*
 * Standard deviation of the drop rate of one repeat, as a share of the rate itself, when drops come
 * in bursts: seconds of the window, each with a coefficient of variation second_cv, of which
 * burst_s belong together.
 */
double stats_repeat_cv(double seconds, double second_cv, double burst_s);

/* How many times as high a rate must be to differ by d standard deviations of the difference of two
 * repeats, when a repeat's standard deviation is cv times its own rate. Drop rates are positive and
 * skewed, so this is for log-normal ones: exp(d (2 ln(1 + cv^2))^1/2). */
double stats_factor_seen(double d, double cv);

#endif
