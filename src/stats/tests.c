/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/tests.h"

#include "base/mem.h"
#include "stats/dist.h"

#include <math.h>
#include <stdlib.h>

struct item {
	double v;
	bool first;   /* a > b, or of the first sample */
	size_t rank2; /* twice the midrank: a whole number */
};

static int by_value(const void *a, const void *b)
{
	double x = ((const struct item *)a)->v, y = ((const struct item *)b)->v;

	return (x > y) - (x < y);
}

/* Sorts, gives midranks; returns the sum of t^3 - t over groups of t equal values. */
static double rank_items(struct item *v, size_t n)
{
	double ties = 0;

	qsort(v, n, sizeof(*v), by_value);
	for (size_t i = 0, j; i < n; i = j) {
		for (j = i; j < n && v[j].v == v[i].v; j++)
			;
		for (size_t k = i; k < j; k++)
			v[k].rank2 = i + j + 1;
		ties += pow((double)(j - i), 3) - (double)(j - i);
	}
	return ties;
}

static size_t first_sum2(const struct item *v, size_t n)
{
	size_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += v[i].first ? v[i].rank2 : 0;
	return sum;
}

/* Share of the distribution (weights w of the sums 0..max) that is as far from its mean as s. */
static double tails(const double *w, size_t max, double mean, double s)
{
	double all = 0, far = 0;

	for (size_t i = 0; i <= max; i++) {
		all += w[i];
		if (fabs((double)i - mean) >= fabs(s - mean) - 1e-9)
			far += w[i];
	}
	return fmin(far / all, 1);
}

static double normal_p(double distance, double sd)
{
	double z = fmax(distance, 0) / sd;

	return fmin(2 * stats_normal_cdf(-z), 1);
}

/* ---- signed ranks ---- */

/* Every sign is equally likely: the number of sets of ranks with each sum. */
static double signed_exact(const struct item *v, size_t n, size_t sum2)
{
	size_t max = n * (n + 1);
	double *w cleanup_free = xcalloc(max + 1, sizeof(*w));

	w[0] = 1;
	for (size_t i = 0; i < n; i++)
		for (size_t s = max + 1; s-- > v[i].rank2;)
			w[s] += w[s - v[i].rank2];
	return tails(w, max, (double)max / 2, (double)sum2);
}

static double signed_normal(size_t n, double statistic, double ties)
{
	double k = (double)n, mean = k * (k + 1) / 4;
	double sd = sqrt(k * (k + 1) * (2 * k + 1) / 24 - ties / 48);

	return normal_p(fabs(statistic - mean) - 0.5, sd);
}

struct stats_test stats_signed_rank(const double *a, const double *b, size_t n,
				    enum stats_method method)
{
	struct item *v cleanup_free = xcalloc(n + 1, sizeof(*v));
	struct stats_test t = {.statistic = NAN, .p = NAN};
	size_t known = 0, sum2;
	double ties;

	for (size_t i = 0; i < n; i++) {
		double d = a[i] - b[i];

		known += !isnan(d);
		if (!isnan(d) && d != 0)
			v[t.n++] = (struct item){.v = fabs(d), .first = d > 0};
	}
	if (!known)
		return t;
	ties = rank_items(v, t.n);
	sum2 = first_sum2(v, t.n);
	t.statistic = (double)sum2 / 2;
	t.exact = method == STATS_AUTO && t.n <= STATS_EXACT_PAIRS;
	t.p = !t.n	? 1
	      : t.exact ? signed_exact(v, t.n, sum2)
			: signed_normal(t.n, t.statistic, ties);
	return t;
}

/* ---- two samples ---- */

/* Every choice of k of the n ranks is equally likely: the number of choices with each sum. */
static double rank_sum_exact(const struct item *v, size_t n, size_t k, size_t sum2)
{
	size_t max = n * (n + 1), row = max + 1;
	double *w cleanup_free = xcalloc((k + 1) * row, sizeof(*w));

	w[0] = 1;
	for (size_t i = 0; i < n; i++)
		for (size_t c = i < k ? i + 1 : k; c > 0; c--)
			for (size_t s = max + 1; s-- > v[i].rank2;)
				w[c * row + s] += w[(c - 1) * row + s - v[i].rank2];
	return tails(w + k * row, max, (double)(k * (n + 1)), (double)sum2);
}

static double rank_sum_normal(size_t n_a, size_t n_b, double statistic, double ties)
{
	double a = (double)n_a, b = (double)n_b, n = a + b;
	double sd = sqrt(a * b / 12 * (n + 1 - ties / (n * (n - 1))));

	return sd > 0 ? normal_p(fabs(statistic - a * b / 2) - 0.5, sd) : 1;
}

static size_t add_known(struct item *v, size_t at, const double *from, size_t n, bool first)
{
	for (size_t i = 0; i < n; i++)
		if (!isnan(from[i]))
			v[at++] = (struct item){.v = from[i], .first = first};
	return at;
}

struct stats_test stats_mann_whitney(const double *a, size_t n_a, const double *b, size_t n_b,
				     enum stats_method method)
{
	struct item *v cleanup_free = xcalloc(n_a + n_b + 1, sizeof(*v));
	struct stats_test t = {.statistic = NAN, .p = NAN};
	size_t k = add_known(v, 0, a, n_a, true), sum2;
	double ties;

	t.n = add_known(v, k, b, n_b, false);
	if (!k || k == t.n)
		return t;
	ties = rank_items(v, t.n);
	sum2 = first_sum2(v, t.n);
	t.statistic = (double)sum2 / 2 - (double)(k * (k + 1)) / 2;
	t.exact = method == STATS_AUTO && t.n <= STATS_EXACT_TOTAL;
	t.p = t.exact ? rank_sum_exact(v, t.n, k, sum2)
		      : rank_sum_normal(k, t.n - k, t.statistic, ties);
	return t;
}

/* ---- many tests ---- */

struct numbered {
	double p;
	size_t at;
};

static int by_p(const void *a, const void *b)
{
	double x = ((const struct numbered *)a)->p, y = ((const struct numbered *)b)->p;

	return (x > y) - (x < y);
}

void stats_holm(const double *p, size_t n, double *out)
{
	struct numbered *v cleanup_free = xcalloc(n + 1, sizeof(*v));
	size_t k = 0;
	double least = 0;

	for (size_t i = 0; i < n; i++) {
		if (!isnan(p[i]))
			v[k++] = (struct numbered){p[i], i};
		out[i] = p[i];
	}
	qsort(v, k, sizeof(*v), by_p);
	for (size_t i = 0; i < k; i++) {
		least = fmax(least, fmin(v[i].p * (double)(k - i), 1));
		out[v[i].at] = least;
	}
}

double stats_signed_rank_least_p(size_t n)
{
	return n ? ldexp(1, 1 - (int)(n < 1000 ? n : 1000)) : 1;
}

double stats_mann_whitney_least_p(size_t n_a, size_t n_b)
{
	double a = (double)n_a, b = (double)n_b;

	if (!n_a || !n_b)
		return 1;
	return fmin(2 * exp(lgamma(a + 1) + lgamma(b + 1) - lgamma(a + b + 1)), 1);
}

size_t stats_pairs_needed(size_t n_tests, double level)
{
	size_t n = 1;

	while (n < 1000 && stats_signed_rank_least_p(n) * (double)n_tests > level)
		n++;
	return n;
}
