/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/dist.h"

#include <math.h>
#include <stdbool.h>

#define TINY 1e-300

double stats_normal_cdf(double z)
{
	return 0.5 * erfc(-z / M_SQRT2);
}

double stats_normal_quantile(double p)
{
	double z, t;

	if (!(p > 0 && p < 1))
		return NAN;
	if (p > 0.5)
		return -stats_normal_quantile(1 - p);
	/* Starting value: Abramowitz and Stegun 26.2.22, |error| < 0.003. */
	t = sqrt(-2 * log(p));
	z = (2.30753 + 0.27061 * t) / (1 + 0.99229 * t + 0.04481 * t * t) - t;
	for (int i = 0; i < 6; i++) {
		double e = (stats_normal_cdf(z) - p) * sqrt(2 * M_PI) * exp(z * z / 2);

		z -= e / (1 + z * e / 2); /* Halley */
	}
	return z;
}

/* Lentz's algorithm for the continued fraction of I_x(a, b). */
static double beta_fraction(double x, double a, double b)
{
	double c = 1, d = 1 - (a + b) * x / (a + 1), f;

	d = 1 / (fabs(d) < TINY ? TINY : d);
	f = d;
	for (int m = 1; m < 500; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		double step;

		d = 1 + even * d;
		c = 1 + even / c;
		d = 1 / (fabs(d) < TINY ? TINY : d);
		c = fabs(c) < TINY ? TINY : c;
		f *= c * d;
		d = 1 + odd * d;
		c = 1 + odd / c;
		d = 1 / (fabs(d) < TINY ? TINY : d);
		c = fabs(c) < TINY ? TINY : c;
		step = c * d;
		f *= step;
		if (fabs(step - 1) < 1e-15)
			break;
	}
	return f;
}

double stats_beta_inc(double x, double a, double b)
{
	double front;

	if (!(a > 0 && b > 0 && x >= 0 && x <= 1))
		return NAN;
	if (x == 0 || x == 1)
		return x;
	front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(x, a, b) / a;
	return 1 - front * beta_fraction(1 - x, b, a) / b;
}

double stats_beta_quantile(double p, double a, double b)
{
	double lo = 0, hi = 1;

	if (!(a > 0 && b > 0 && p >= 0 && p <= 1))
		return NAN;
	for (int i = 0; i < 200 && hi - lo > 1e-16 * hi; i++) {
		double mid = (lo + hi) / 2;

		*(stats_beta_inc(mid, a, b) < p ? &lo : &hi) = mid;
	}
	return (lo + hi) / 2;
}

double stats_t_cdf(double t, double df)
{
	double tail;

	if (!(df > 0) || isnan(t))
		return NAN;
	tail = stats_beta_inc(df / (df + t * t), df / 2, 0.5) / 2;
	return t > 0 ? 1 - tail : tail;
}

double stats_t_quantile(double p, double df)
{
	double x, tail = p < 0.5 ? p : 1 - p;

	if (!(p > 0 && p < 1 && df > 0))
		return NAN;
	x = stats_beta_quantile(2 * tail, df / 2, 0.5);
	x = sqrt(df * (1 - x) / x);
	return p < 0.5 ? -x : x;
}

void stats_binomial_interval(double k, double n, double level, double *lo, double *hi)
{
	double a = (1 - level) / 2;

	*lo = *hi = NAN;
	if (!(n > 0 && k >= 0 && k <= n && level > 0 && level < 1))
		return;
	*lo = k == 0 ? 0 : k == n ? pow(2 * a, 1 / n) : stats_beta_quantile(a, k, n - k + 1);
	*hi = k == n   ? 1
	      : k == 0 ? 1 - pow(2 * a, 1 / n)
		       : stats_beta_quantile(1 - a, k + 1, n - k);
}

double stats_gamma_inc(double a, double x)
{
	double front;

	if (!(a > 0 && x >= 0))
		return NAN;
	if (x == 0)
		return 0;
	front = exp(a * log(x) - x - lgamma(a));
	if (x < a + 1) {
		double term = 1 / a, sum = term;

		for (double n = a + 1; term > sum * 1e-17; n++)
			sum += term *= x / n;
		return front * sum;
	}
	/* Upper fraction by Lentz. */
	double b = x + 1 - a, c = 1 / TINY, d = 1 / b, f = d;
	for (int i = 1; i < 10000; i++) {
		double an = -i * (i - a), step;

		b += 2;
		d = an * d + b;
		d = 1 / (fabs(d) < TINY ? TINY : d);
		c = b + an / c;
		c = fabs(c) < TINY ? TINY : c;
		step = c * d;
		f *= step;
		if (fabs(step - 1) < 1e-15)
			break;
	}
	return 1 - front * f;
}

double stats_gamma_quantile(double p, double a)
{
	double lo = 0, hi = a + 1;

	if (!(p > 0 && p < 1 && a > 0))
		return NAN;
	while (stats_gamma_inc(a, hi) < p)
		hi *= 2;
	for (int i = 0; i < 200 && hi - lo > 1e-14 * hi; i++) {
		double mid = (lo + hi) / 2;

		*(stats_gamma_inc(a, mid) < p ? &lo : &hi) = mid;
	}
	return (lo + hi) / 2;
}

void stats_poisson_interval(double k, double level, double *lo, double *hi)
{
	double a = (1 - level) / 2;

	*lo = *hi = NAN;
	if (!(k >= 0 && level > 0 && level < 1))
		return;
	*lo = k == 0 ? 0 : stats_gamma_quantile(a, k);
	*hi = stats_gamma_quantile(k == 0 ? 1 - 2 * a : 1 - a, k + 1);
}
