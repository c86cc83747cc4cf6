/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/describe.h"

#include "base/mem.h"
#include "stats/dist.h"

#include <math.h>

static size_t count(const double *v, size_t n)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		k += !isnan(v[i]);
	return k;
}

double stats_mean(const double *v, size_t n)
{
	double sum = 0;
	size_t k = count(v, n);

	for (size_t i = 0; i < n; i++)
		if (!isnan(v[i]))
			sum += v[i];
	return k ? sum / (double)k : NAN;
}

double stats_variance(const double *v, size_t n)
{
	double mean = stats_mean(v, n), sum = 0;
	size_t k = count(v, n);

	for (size_t i = 0; i < n; i++)
		if (!isnan(v[i]))
			sum += (v[i] - mean) * (v[i] - mean);
	return k > 1 ? sum / (double)(k - 1) : NAN;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void stats_sort(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), compare);
}

double stats_quantile_sorted(const double *v, size_t n, double p)
{
	double at = p * (double)(n - 1);
	size_t i = (size_t)at;

	return i + 1 < n ? v[i] + (at - (double)i) * (v[i + 1] - v[i]) : v[n - 1];
}

double stats_quantile(const double *v, size_t n, double p)
{
	double *s cleanup_free = xcalloc(n ? n : 1, sizeof(*s));
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		if (!isnan(v[i]))
			s[k++] = v[i];
	if (!k || !(p >= 0 && p <= 1))
		return NAN;
	stats_sort(s, k);
	return stats_quantile_sorted(s, k, p);
}

double stats_median(const double *v, size_t n)
{
	return stats_quantile(v, n, 0.5);
}

void stats_t_interval(const double *v, size_t n, double level, double *lo, double *hi)
{
	double k = (double)count(v, n), mean = stats_mean(v, n), half;

	*lo = *hi = NAN;
	if (k < 2 || !(level > 0 && level < 1))
		return;
	half = stats_t_quantile((1 + level) / 2, k - 1) * sqrt(stats_variance(v, n) / k);
	*lo = mean - half;
	*hi = mean + half;
}
