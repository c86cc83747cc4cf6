/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A straight line through points of which some are far off: the Theil-Sen estimator, the median of
 * the slopes between all pairs of points (P. K. Sen, "Estimates of the regression coefficient based
 * on Kendall's tau", JASA 63, 1968). It bears nearly 30 % of points that are anything.
 */
#ifndef FT_STATS_TREND_H
#define FT_STATS_TREND_H

#include <stddef.h>

/* At most so many points are used, evenly spread over the n. */
#define TREND_POINTS 256

/* Slope of y over x; pairs with equal x do not count. NaN without a pair. */
double stats_theil_sen(const double *x, const double *y, size_t n);

#endif
