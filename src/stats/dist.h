/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Distribution functions and quantiles. Arguments outside their range give NaN.
 */
#ifndef FT_STATS_DIST_H
#define FT_STATS_DIST_H

/* Standard normal. The quantile is good to about 1e-14 (Newton steps on erfc). */
double stats_normal_cdf(double z);
double stats_normal_quantile(double p); /* 0 < p < 1 */

/* Regularised incomplete beta function I_x(a, b); a, b > 0, 0 <= x <= 1. Continued fraction by
 * Lentz's method (NIST Digital Library of Mathematical Functions, 8.17.22). */
double stats_beta_inc(double x, double a, double b);
double stats_beta_quantile(double p, double a, double b); /* 0 <= p <= 1, by bisection */

/* Student's t with df > 0 degrees of freedom (need not be whole). */
double stats_t_cdf(double t, double df);
double stats_t_quantile(double p, double df); /* 0 < p < 1 */

/* Exact (Clopper and Pearson, 1934) interval of a share: k of n, two-sided level such as 0.95.
 * k = 0 gives the one-sided 95 % bound for the upper end (the "rule of three": about 3 / n). */
void stats_binomial_interval(double k, double n, double level, double *lo, double *hi);

/* Regularised lower incomplete gamma function P(a, x); a > 0, x >= 0 (series and continued
 * fraction, DLMF 8.11.4 and 8.9.2). */
double stats_gamma_inc(double a, double x);
double stats_gamma_quantile(double p, double a); /* 0 < p < 1, by bisection */
/* Exact (Garwood, 1936) interval of a Poisson mean after k events. */
void stats_poisson_interval(double k, double level, double *lo, double *hi);

#endif
