/* SPDX-License-Identifier: Apache-2.0 */
/* Distribution functions against printed tables, descriptions against R, and what an interval of a
 * drop rate must do whatever the data. */
#include "unit.h"

#include "base/mem.h"
#include "series.h"
#include "stats/describe.h"
#include "stats/dist.h"
#include "stats/ratio.h"
#include "stats/rng.h"
#include "stats/trend.h"

#include <math.h>
#include <stdbool.h>

/* Reference output of the published C code of SplitMix64 (prng.di.unimi.it/splitmix64.c) for the
 * seed 1234567. */
START_TEST(splitmix64_gives_the_published_sequence)
{
	static const uint64_t want[] = {6457827717110365317u, 3203168211198807973u,
					9817491932198370423u, 4593380528125082431u,
					16408922859458223821u};
	struct rng r = rng_seed(1234567);

	for (size_t i = 0; i < ARRAY_SIZE(want); i++)
		ck_assert_uint_eq(rng_u64(&r), want[i]);
}
END_TEST

START_TEST(shuffle_is_a_permutation_fixed_by_the_seed)
{
	size_t a[50], b[50], seen[50] = {0};
	struct rng r1 = rng_seed(7), r2 = rng_seed(7);

	rng_shuffle(&r1, a, 50);
	rng_shuffle(&r2, b, 50);
	ck_assert_mem_eq(a, b, sizeof(a));
	for (size_t i = 0; i < 50; i++)
		seen[a[i]]++;
	for (size_t i = 0; i < 50; i++)
		ck_assert_uint_eq(seen[i], 1);
}
END_TEST

/* NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.1 (normal) and 1.3.6.7.2 (t). */
START_TEST(quantiles_match_the_nist_tables)
{
	static const struct {
		double p, df, t; /* df 0: normal */
	} rows[] = {
		{0.975, 0, 1.959963985},  {0.995, 0, 2.575829304}, {0.5, 0, 0},
		{0.001, 0, -3.090232306}, {0.975, 1, 12.706},	   {0.975, 2, 4.303},
		{0.95, 5, 2.015},	  {0.975, 10, 2.228},	   {0.99, 30, 2.457},
		{0.999, 4, 7.173},	  {0.025, 2, -4.303},	   {0.975, 100, 1.984},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		double got = rows[i].df > 0 ? stats_t_quantile(rows[i].p, rows[i].df)
					    : stats_normal_quantile(rows[i].p);

		ck_assert_double_eq_tol(got, rows[i].t, rows[i].df > 0 ? 6e-4 : 1e-8);
	}
	ck_assert_double_eq_tol(stats_normal_cdf(1.0), 0.8413447460685429, 1e-14);
	ck_assert_double_eq_tol(stats_t_cdf(4.303, 2), 0.975, 1e-5);
	ck_assert(isnan(stats_normal_quantile(0)));
	ck_assert(isnan(stats_t_quantile(0.5, 0)));
}
END_TEST

/* Poisson limits: Garwood 1936, as in the usual tables (k 0 one-sided: -ln 0.05). Binomial limits:
 * Clopper and Pearson 1934 for 1 of 10 and 5 of 10; 0 of 10 one-sided. */
START_TEST(exact_intervals_match_the_tables)
{
	static const struct {
		double k, n, lo, hi; /* n 0: Poisson */
	} rows[] = {
		{0, 0, 0, 2.9957},	  {1, 0, 0.0253, 5.5716},  {5, 0, 1.6235, 11.6683},
		{10, 0, 4.7954, 18.3904}, {1, 10, 0.0025, 0.4450}, {5, 10, 0.1871, 0.8129},
		{0, 10, 0, 0.2589},	  {10, 10, 0.7411, 1},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		double lo, hi;

		if (rows[i].n > 0)
			stats_binomial_interval(rows[i].k, rows[i].n, 0.95, &lo, &hi);
		else
			stats_poisson_interval(rows[i].k, 0.95, &lo, &hi);
		ck_assert_double_eq_tol(lo, rows[i].lo, 6e-5);
		ck_assert_double_eq_tol(hi, rows[i].hi, 6e-5);
	}
}
END_TEST

/* quantile() of R 4 with its default type 7 gives these for 1..10 and for 3, 1, 2. */
START_TEST(descriptions_match_r)
{
	const double ten[] = {10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, gap[] = {3, NAN, 1, 2};
	double lo, hi;

	ck_assert_double_eq_tol(stats_quantile(ten, 10, 0.25), 3.25, 1e-12);
	ck_assert_double_eq_tol(stats_quantile(ten, 10, 0.9), 9.1, 1e-12);
	ck_assert_double_eq_tol(stats_median(ten, 10), 5.5, 1e-12);
	ck_assert_double_eq_tol(stats_variance(ten, 10), 9.1666666666666661, 1e-12);
	ck_assert_double_eq_tol(stats_mean(gap, 4), 2, 1e-12);
	ck_assert_double_eq_tol(stats_median(gap, 4), 2, 1e-12);
	ck_assert(isnan(stats_mean(gap + 1, 1)));
	ck_assert(isnan(stats_variance(ten, 1)));
	/* t.test(1:10): 3.334149 to 7.665851 */
	stats_t_interval(ten, 10, 0.95, &lo, &hi);
	ck_assert_double_eq_tol(lo, 3.334149, 1e-6);
	ck_assert_double_eq_tol(hi, 7.665851, 1e-6);
}
END_TEST

#define SECONDS 30

/* A series with that many events a second, losing share in those seconds where mask says so. */
static void series(struct ratio_block *v, size_t n, double share, uint64_t mask)
{
	for (size_t i = 0; i < n; i++) {
		v[i].den = 1000 + (double)(i % 7);
		v[i].num = mask >> (i % 64) & 1 ? share * v[i].den : 0;
	}
}

START_TEST(no_drops_give_an_upper_bound_that_shrinks_with_time)
{
	struct ratio_block v[300];
	struct ratio_repeat one = {v, 1}, reps[3] = {{v, 30}, {v, 30}, {v, 30}};
	struct ratio_interval i;

	series(v, 300, 0, 0);
	i = stats_ratio_interval(reps, 3);
	ck_assert_double_eq(i.value, 0);
	ck_assert_double_eq(i.lo, 0);
	ck_assert_double_eq_tol(i.hi, 0.03274, 1e-5); /* 1 - 0.05^(1/90) */
	one.n = 300;
	ck_assert_double_lt(stats_ratio_interval(&one, 1).hi, 0.01);
	one.n = 1;
	ck_assert_double_eq_tol(stats_ratio_interval(&one, 1).hi, 0.95, 1e-9);
}
END_TEST

START_TEST(no_events_are_unknown_not_zero)
{
	struct ratio_block v[3] = {{0, 0}, {0, 0}, {0, 0}};
	struct ratio_repeat r = {v, 3};
	struct ratio_interval i = stats_ratio_interval(&r, 1);

	ck_assert(isnan(i.value) && isnan(i.lo) && isnan(i.hi));
	i = stats_ratio_interval(NULL, 0);
	ck_assert(isnan(i.value));
}
END_TEST

START_TEST(ratio_is_of_sums_and_repeatable)
{
	struct ratio_block a[2] = {{0, 900}, {10, 100}};
	struct ratio_block v[SECONDS];
	struct ratio_repeat r = {a, 2}, reps[3] = {{v, SECONDS}, {v, SECONDS}, {v, SECONDS}};
	struct ratio_interval i = stats_ratio_interval(&r, 1), j;

	ck_assert_double_eq_tol(i.value, 0.01, 1e-12); /* not the mean of 0 and 0.1 */
	series(v, SECONDS, 0.05, 0x33333333);
	i = stats_ratio_interval(reps, 3);
	j = stats_ratio_interval(reps, 3);
	ck_assert_mem_eq(&i, &j, sizeof(i));
	ck_assert_double_lt(i.lo, i.value);
	ck_assert_double_gt(i.hi, i.value);
	ck_assert_double_lt(i.hi, 0.05);
	ck_assert_uint_eq(i.bursts, 3 * 8);
	ck_assert(!i.few_bursts);
}
END_TEST

START_TEST(one_burst_says_little)
{
	struct ratio_block v[SECONDS], w[SECONDS];
	struct ratio_repeat reps[3] = {{v, SECONDS}, {w, SECONDS}, {w, SECONDS}};
	struct ratio_interval i;

	series(v, SECONDS, 0.5, 1 << 9);
	series(w, SECONDS, 0, 0);
	i = stats_ratio_interval(reps, 3);
	ck_assert_uint_eq(i.bursts, 1);
	/* After one event alone, Jeffreys: 0.108 to 4.67 times what was seen; its size is one of
	 * many too. */
	ck_assert_double_lt(i.lo, 0.07 * i.value);
	ck_assert_double_gt(i.hi, 5.5 * i.value);
	ck_assert(i.few_bursts);
}
END_TEST

START_TEST(differing_repeats_widen_the_interval)
{
	struct ratio_block v[3][SECONDS];
	struct ratio_repeat same[3], apart[3];
	struct ratio_interval i, j;

	for (size_t k = 0; k < 3; k++) {
		series(v[k], SECONDS, 0.05 + 0.05 * (double)k, ~0u);
		v[k][3].num *= 1.1; /* no second is quite like the others */
		v[k][17].num *= 0.9;
		same[k] = (struct ratio_repeat){v[1], SECONDS};
		apart[k] = (struct ratio_repeat){v[k], SECONDS};
	}
	i = stats_ratio_interval(same, 3);
	j = stats_ratio_interval(apart, 3);
	ck_assert_double_eq_tol(i.value, j.value, 1e-3);
	ck_assert_double_lt(i.hi - i.lo, 0.01);
	ck_assert_double_gt(j.hi - j.lo, 0.1);
}
END_TEST

#define SERIES 2000

/* Whether the true rate lies in the interval in 93 to 97 of 100 series, whatever the way that drops
 * come; the benchmark of coverage has more series and designs. */
START_TEST(intervals_cover_a_bursty_truth)
{
	double least = 100, most = 0;

	for (size_t k = 0; k < ARRAY_SIZE(series_kinds); k++) {
		const struct series_kind *kind = &series_kinds[k];
		double c = 100.0 * series_covered(kind, 3, 30, SERIES, 1000 * k) / SERIES;

		printf("note: 95 %% interval of 3 x 30 s, %d series of %s: %.1f %% hold the "
		       "truth\n",
		       SERIES, kind->name, c);
		ck_assert_double_ge(c, SERIES_LEAST);
		ck_assert_double_le(c, kind->most > 0 ? kind->most : SERIES_MOST);
		least = fmin(least, c);
		most = fmax(most, c);
	}
	printf("note: coverage of the 95 %% interval is %.1f to %.1f %% over %zu ways to drop\n",
	       least, most, ARRAY_SIZE(series_kinds));
}
END_TEST

START_TEST(a_higher_level_is_a_wider_interval)
{
	struct rng rng = rng_seed(11);
	struct series s;

	for (size_t k = 0; k < ARRAY_SIZE(series_kinds); k++) {
		struct ratio_interval a, b;

		series_make(&series_kinds[k], 5, 60, &rng, &s);
		a = stats_ratio_interval(s.rep, 5);
		b = stats_ratio_interval_at(s.rep, 5, 0.999);
		ck_assert_double_lt(b.lo, a.lo + 1e-12);
		ck_assert_double_gt(b.hi, a.hi);
	}
}
END_TEST

START_TEST(a_trend_bears_outliers)
{
	double x[40], y[40];

	for (int i = 0; i < 40; i++) {
		x[i] = i;
		y[i] = 3 - 2.5 * i;
	}
	ck_assert_double_eq_tol(stats_theil_sen(x, y, 40), -2.5, 1e-12);
	y[39] = 1e6;
	y[7] = -1e6;
	ck_assert_double_eq_tol(stats_theil_sen(x, y, 40), -2.5, 1e-12);
	ck_assert(isnan(stats_theil_sen(x, y, 1)));
	x[1] = x[0];
	ck_assert(isnan(stats_theil_sen(x, y, 2)));
}
END_TEST

START_TEST(long_series_are_thinned)
{
	size_t n = 10 * TREND_POINTS;
	double *x cleanup_free = xcalloc(n, sizeof(*x)), *y cleanup_free = xcalloc(n, sizeof(*y));

	for (size_t i = 0; i < n; i++) {
		x[i] = (double)i;
		y[i] = 7 * (double)i;
	}
	ck_assert_double_eq_tol(stats_theil_sen(x, y, n), 7, 1e-9);
}
END_TEST

UNIT_MAIN("stats", splitmix64_gives_the_published_sequence,
	  shuffle_is_a_permutation_fixed_by_the_seed, quantiles_match_the_nist_tables,
	  exact_intervals_match_the_tables, descriptions_match_r,
	  no_drops_give_an_upper_bound_that_shrinks_with_time, no_events_are_unknown_not_zero,
	  ratio_is_of_sums_and_repeatable, one_burst_says_little,
	  differing_repeats_widen_the_interval, intervals_cover_a_bursty_truth,
	  a_higher_level_is_a_wider_interval, a_trend_bears_outliers, long_series_are_thinned)
