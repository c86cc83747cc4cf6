/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/power.h"

#include "stats/dist.h"
#include "stats/rng.h"
#include "stats/tests.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define SEED 0x706f776572u

/* Largest sum of ranks of the rarer sign whose two-sided exact p is at most alpha; -1 none. */
static int critical(size_t n, double alpha)
{
	double w[POWER_SIMULATED * (POWER_SIMULATED + 1) / 2 + 1] = {1};
	size_t max = n * (n + 1) / 2;
	double below = 0;
	int c = -1;

	for (size_t r = 1; r <= n; r++)
		for (size_t s = max + 1; s-- > r;)
			w[s] += w[s - r];
	for (size_t s = 0; s <= max / 2; s++) {
		below += w[s];
		if (ldexp(below, 1 - (int)n) > alpha)
			break;
		c = (int)s;
	}
	return c;
}

/* Box and Muller, 1958: two independent normal numbers. */
static void normal_pair(struct rng *r, double out[2])
{
	double radius = sqrt(-2 * log(1 - rng_double(r))), angle = 2 * M_PI * rng_double(r);

	out[0] = radius * cos(angle);
	out[1] = radius * sin(angle);
}

static int by_size(const void *a, const void *b)
{
	double x = fabs(*(const double *)a), y = fabs(*(const double *)b);

	return (x > y) - (x < y);
}

static double simulated(double d, size_t n, int most)
{
	struct rng rng = rng_seed(SEED);
	size_t seen = 0;

	for (size_t k = 0; k < POWER_DRAWS; k++) {
		double v[POWER_SIMULATED + 1];
		size_t minus = 0, all = n * (n + 1) / 2;

		for (size_t i = 0; i < n; i += 2)
			normal_pair(&rng, v + i);
		for (size_t i = 0; i < n; i++)
			v[i] += d;
		qsort(v, n, sizeof(*v), by_size);
		for (size_t i = 0; i < n; i++)
			minus += v[i] < 0 ? i + 1 : 0;
		seen += minus <= (size_t)most || all - minus <= (size_t)most;
	}
	return (double)seen / POWER_DRAWS;
}

/* Student's t test with 3 / pi of the pairs; normal approximation of the noncentral t. */
static double by_formula(double d, size_t n, double alpha)
{
	double k = fmax((double)n * 3 / M_PI, 2), t = stats_t_quantile(1 - alpha / 2, k - 1);
	double spread = sqrt(1 + t * t / (2 * (k - 1)));

	d = fabs(d) * sqrt(k);
	return stats_normal_cdf((d - t) / spread) + stats_normal_cdf((-d - t) / spread);
}

double stats_power_pairs(double d, size_t n, double alpha)
{
	int most;

	if (isnan(d) || n < 2 || !(alpha > 0 && alpha < 1))
		return 0;
	if (n > POWER_SIMULATED)
		return by_formula(d, n, alpha);
	most = critical(n, alpha);
	return most < 0 ? 0 : simulated(d, n, most);
}

double stats_smallest_effect(size_t n, double alpha, double power)
{
	double lo = 0, hi = 1;

	while (hi < 64 && stats_power_pairs(hi, n, alpha) < power)
		hi *= 2;
	if (hi >= 64)
		return INFINITY;
	for (int i = 0; i < 20; i++) {
		double mid = (lo + hi) / 2;

		*(stats_power_pairs(mid, n, alpha) < power ? &lo : &hi) = mid;
	}
	return hi;
}

/* By the formula, which is within a pair or two of the draws and takes no time: there may be
 * thousands of comparisons. Few pairs must still be able to reach alpha. */
static bool sees(double d, size_t n, double alpha, double power)
{
	return stats_signed_rank_least_p(n) <= alpha && by_formula(d, n, alpha) >= power;
}

size_t stats_pairs_for(double d, double alpha, double power)
{
	size_t lo = 1, hi = 2; /* lo does not do, hi does */

	if (isnan(d) || d == 0)
		return 0;
	while (hi < POWER_LIMIT && !sees(d, hi, alpha, power)) {
		lo = hi;
		hi *= 2;
	}
	if (!sees(d, hi, alpha, power))
		return 0;
	while (hi - lo > 1) {
		size_t mid = (lo + hi) / 2;

		*(sees(d, mid, alpha, power) ? &hi : &lo) = mid;
	}
	return hi <= POWER_LIMIT ? hi : 0;
}

double stats_repeat_cv(double seconds, double second_cv, double burst_s)
{
	if (!(seconds > 0 && burst_s > 0))
		return (double)NAN;
	return second_cv * sqrt(fmax(burst_s, 1) / fmax(seconds, burst_s));
}

double stats_factor_seen(double d, double cv)
{
	return exp(d * sqrt(2 * log1p(cv * cv)));
}
