/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptions of samples. NaN members of an array count as missing and are left out; nothing left
 * gives NaN.
 */
#ifndef FT_STATS_DESCRIBE_H
#define FT_STATS_DESCRIBE_H

#include <stddef.h>

double stats_mean(const double *v, size_t n);
double stats_variance(const double *v, size_t n); /* n - 1 in the denominator; NaN below 2 */
/* Quantile p in 0..1 by linear interpolation of order statistics: type 7 of R. Hyndman and Y. Fan,
 * "Sample quantiles in statistical packages", 1996. v is not changed. */
double stats_quantile(const double *v, size_t n, double p);
double stats_median(const double *v, size_t n);
/* The same of a sorted array without NaN; n > 0. */
double stats_quantile_sorted(const double *v, size_t n, double p);
/* Sort ascending. */
void stats_sort(double *v, size_t n);
/* Two-sided t interval of the mean at that level; NaN below 2 members. */
void stats_t_interval(const double *v, size_t n, double level, double *lo, double *hi);

#endif
