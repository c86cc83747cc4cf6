/* SPDX-License-Identifier: Apache-2.0 */
/* Rank tests against published examples, power against simulation, steadiness of made rates. */
#include "unit.h"

#include "base/mem.h"
#include "stats/power.h"
#include "stats/rng.h"
#include "stats/steady.h"
#include "stats/tests.h"

#include <math.h>

/* M. Hollander and D. Wolfe, "Nonparametric Statistical Methods", 1973, p. 29: the Hamilton
 * depression scale before and after. R's help page of wilcox.test: V = 40, one-sided p 0.01953. */
static const double before[] = {1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30};
static const double after[] = {0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29};

/* The same, p. 69: permeability of the human chorioamnion. R: W = 35, one-sided p 0.1272. */
static const double at_term[] = {0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46};
static const double early[] = {1.15, 0.88, 0.90, 0.74, 1.21};

/* Cushny and Peebles, 1905, R's data set sleep. R: wilcox.test(extra ~ group) W = 25.5, p 0.06933;
 * paired V = 0, p 0.009091; both by the normal approximation because of ties. */
static const double drug_1[] = {0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0};
static const double drug_2[] = {1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4};

/* R's data set airquality, ozone in May and August, from the help page of wilcox.test: W = 127.5,
 * p 0.0001208. */
static const double may[] = {41, 36, 12, 18, NAN, 28, 23, 19, 8,   NAN, 7,   16, 11, 14,  18, 14,
			     34, 6,  30, 11, 1,	  11, 4,  32, NAN, NAN, NAN, 23, 45, 115, 37};
static const double august[] = {39,  9,	 16,  78,  35,	66, 122, 89, 110, NAN, NAN,
				44,  28, 65,  NAN, 22,	59, 23,	 31, 44,  21,  9,
				NAN, 45, 168, 73,  NAN, 76, 118, 84, 85};

START_TEST(signed_rank_matches_r)
{
	struct stats_test t = stats_signed_rank(before, after, 9, STATS_AUTO);

	ck_assert_double_eq(t.statistic, 40);
	ck_assert_double_eq_tol(t.p, 2 * 0.01953125, 1e-9);
	ck_assert(t.exact);
	t = stats_signed_rank(drug_1, drug_2, 10, STATS_NORMAL);
	ck_assert_double_eq(t.statistic, 0);
	ck_assert_double_eq_tol(t.p, 0.009091, 1e-6);
	ck_assert_uint_eq(t.n, 9); /* one pair does not differ */
	ck_assert(!t.exact);
	/* All nine differences have one sign: 2 of 512. */
	ck_assert_double_eq_tol(stats_signed_rank(drug_1, drug_2, 10, STATS_AUTO).p, 2.0 / 512,
				1e-12);
}
END_TEST

START_TEST(mann_whitney_matches_r)
{
	struct stats_test t = stats_mann_whitney(at_term, 10, early, 5, STATS_AUTO);

	ck_assert_double_eq(t.statistic, 35);
	ck_assert_double_eq_tol(t.p, 2 * 0.1272, 2e-4);
	ck_assert(t.exact);
	t = stats_mann_whitney(drug_1, 10, drug_2, 10, STATS_NORMAL);
	ck_assert_double_eq(t.statistic, 25.5);
	ck_assert_double_eq_tol(t.p, 0.06933, 1e-5);
	t = stats_mann_whitney(may, ARRAY_SIZE(may), august, ARRAY_SIZE(august), STATS_AUTO);
	ck_assert_double_eq(t.statistic, 127.5);
	ck_assert_double_eq_tol(t.p, 0.0001208, 1e-7);
	ck_assert_uint_eq(t.n, 52);
	ck_assert(!t.exact);
}
END_TEST

/* Critical values of the usual tables (Wilcoxon and Wilcox, 1964; Mann and Whitney, 1947): the
 * two-sided 5 % point of the smaller rank sum, or of the smaller U. */
START_TEST(exact_tests_match_the_tables_of_critical_values)
{
	static const struct {
		size_t n;
		double t;
	} signed_rows[] = {{6, 0}, {7, 2}, {8, 3}, {9, 5}, {10, 8}, {12, 13}, {15, 25}, {20, 52}};
	static const struct {
		size_t a, b;
		double u;
	} u_rows[] = {{4, 4, 0}, {5, 5, 2}, {6, 6, 5}, {5, 8, 6}, {8, 8, 13}, {10, 10, 23}};

	for (size_t i = 0; i < ARRAY_SIZE(signed_rows); i++)
		for (int over = 0; over < 2; over++) {
			double v[20], zero[20] = {0}, want = signed_rows[i].t + over;

			/* Ranks with that sum get a plus: the largest that fit. */
			for (size_t k = signed_rows[i].n; k > 0; k--) {
				v[k - 1] = (double)k <= want ? (double)k : -(double)k;
				want -= v[k - 1] > 0 ? (double)k : 0;
			}
			ck_assert_double_eq(want, 0);
			ck_assert_int_eq(
				stats_signed_rank(v, zero, signed_rows[i].n, STATS_AUTO).p <= 0.05,
				!over);
		}
	for (size_t i = 0; i < ARRAY_SIZE(u_rows); i++)
		for (int over = 0; over < 2; over++) {
			double a[10], b[10], left = u_rows[i].u + over;

			/* b at 1, 2, ..; each of a passes as many of them as are left to pass. */
			for (size_t k = 0; k < u_rows[i].b; k++)
				b[k] = (double)(k + 1);
			for (size_t k = 0; k < u_rows[i].a; k++) {
				double pass = fmin(left, (double)u_rows[i].b);

				a[k] = pass + 0.5 + 0.001 * (double)k;
				left -= pass;
			}
			ck_assert_int_eq(
				stats_mann_whitney(a, u_rows[i].a, b, u_rows[i].b, STATS_AUTO).p <=
					0.05,
				!over);
		}
}
END_TEST

START_TEST(the_approximation_joins_the_exact_test)
{
	struct rng r = rng_seed(5);

	for (int k = 0; k < 50; k++) {
		double a[20], b[20], p, q;

		for (size_t i = 0; i < 20; i++) {
			a[i] = (double)rng_below(&r, 12); /* ties, zeros */
			b[i] = (double)rng_below(&r, 14);
		}
		p = stats_signed_rank(a, b, 20, STATS_AUTO).p;
		q = stats_signed_rank(a, b, 20, STATS_NORMAL).p;
		ck_assert_double_eq_tol(p, q, 0.02);
		p = stats_mann_whitney(a, 20, b, 20, STATS_AUTO).p;
		q = stats_mann_whitney(a, 20, b, 20, STATS_NORMAL).p;
		ck_assert_double_eq_tol(p, q, 0.02);
	}
}
END_TEST

START_TEST(nothing_to_compare_is_no_evidence)
{
	const double same[] = {1, 1, 1}, gaps[] = {NAN, NAN, NAN};

	ck_assert_double_eq(stats_signed_rank(same, same, 3, STATS_AUTO).p, 1);
	ck_assert_double_eq(stats_signed_rank(same, same, 3, STATS_NORMAL).p, 1);
	ck_assert_double_eq(stats_mann_whitney(same, 3, same, 3, STATS_AUTO).p, 1);
	ck_assert_double_eq(stats_mann_whitney(same, 3, same, 3, STATS_NORMAL).p, 1);
	ck_assert(isnan(stats_signed_rank(same, gaps, 3, STATS_AUTO).p));
	ck_assert(isnan(stats_mann_whitney(same, 3, gaps, 3, STATS_AUTO).p));
	ck_assert(isnan(stats_signed_rank(NULL, NULL, 0, STATS_AUTO).p));
}
END_TEST

/* p.adjust(p, "holm") of R 4; the first row is the usual worked example, the second is out of
 * order. */
START_TEST(holm_matches_r)
{
	static const double p[][5] = {{.01, .02, .03, .04, .05}, {.03, .005, NAN, .2, .01}};
	static const double want[][5] = {{.05, .08, .09, .09, .09}, {.06, .02, NAN, .2, .03}};
	double got[5];

	for (size_t i = 0; i < 2; i++) {
		stats_holm(p[i], 5, got);
		for (size_t k = 0; k < 5; k++)
			ck_assert(isnan(want[i][k]) ? isnan(got[k])
						    : fabs(got[k] - want[i][k]) < 1e-12);
	}
}
END_TEST

START_TEST(few_repeats_cannot_reach_five_percent)
{
	ck_assert_double_eq(stats_signed_rank_least_p(5), 0.0625);
	ck_assert_double_eq(stats_signed_rank_least_p(6), 0.03125);
	ck_assert_double_eq_tol(stats_mann_whitney_least_p(3, 3), 0.1, 1e-12);
	ck_assert_double_eq_tol(stats_mann_whitney_least_p(4, 4), 2.0 / 70, 1e-12);
	ck_assert_uint_eq(stats_pairs_needed(1, 0.05), 6);
	ck_assert_uint_eq(stats_pairs_needed(15, 0.05), 10);
	ck_assert_double_eq(stats_power_pairs(100, 5, 0.05), 0);
	ck_assert(isinf(stats_smallest_effect(5, 0.05, 0.8)));
}
END_TEST

/* ---- power ---- */

static double normal(struct rng *r)
{
	return sqrt(-2 * log(1 - rng_double(r))) * cos(2 * M_PI * rng_double(r));
}

/* Power and size against the test itself on draws of another seed. */
START_TEST(power_is_what_simulation_finds)
{
	static const struct {
		double d;
		size_t n;
		double alpha;
	} rows[] = {{0.0, 8, .05},  {1.0, 8, .05},  {1.5, 10, .05 / 15}, {0.8, 15, .05},
		    {0.6, 24, .05}, {0.5, 30, .05}, {0.6, 40, .05 / 15}, {0.3, 60, .05}};
	const int draws = 3000;
	double worst = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct rng r = rng_seed(99 + i);
		double want = stats_power_pairs(rows[i].d, rows[i].n, rows[i].alpha),
		       zero[60] = {0};
		int seen = 0;

		for (int k = 0; k < draws; k++) {
			double v[60];

			for (size_t j = 0; j < rows[i].n; j++)
				v[j] = rows[i].d + normal(&r);
			seen += stats_signed_rank(v, zero, rows[i].n, STATS_AUTO).p <=
				rows[i].alpha;
		}
		worst = fmax(worst, fabs((double)seen / draws - want));
		ck_assert_double_eq_tol((double)seen / draws, want, 0.04);
	}
	printf("note: stated power of the signed rank test is within %.1f points of %d simulated "
	       "comparisons in %zu designs\n",
	       100 * worst, draws, ARRAY_SIZE(rows));
}
END_TEST

START_TEST(smallest_effect_and_pairs_are_inverse)
{
	for (size_t n = 6; n <= 40; n += 17) {
		double d = stats_smallest_effect(n, 0.05, 0.8);

		ck_assert_double_eq_tol(stats_power_pairs(d, n, 0.05), 0.8, 0.01);
		ck_assert_uint_le(stats_pairs_for(d, 0.05, 0.8), n + 2);
		ck_assert_uint_ge(stats_pairs_for(d, 0.05, 0.8) + 2, n);
	}
	ck_assert_double_lt(stats_smallest_effect(20, 0.05, 0.8),
			    stats_smallest_effect(8, 0.05, 0.8));
	ck_assert_uint_eq(stats_pairs_for(0, 0.05, 0.8), 0);
	ck_assert_uint_eq(stats_pairs_for(0.001, 0.05, 0.8), 0);
	ck_assert_uint_gt(stats_pairs_for(0.2, 0.05, 0.8), 150);
	ck_assert_double_eq_tol(stats_repeat_cv(30, 1.5, 2), 1.5 * sqrt(2.0 / 30), 1e-12);
}
END_TEST

/* ---- steady state ---- */

#define RATES 12

START_TEST(a_settling_rate_is_found_where_it_settles)
{
	double t[RATES], rate[RATES];

	for (size_t i = 0; i < RATES; i++) {
		t[i] = (double)i;
		rate[i] = 1000 * (1 - exp(-(double)i)) + (i % 2 ? 5 : -5);
	}
	ck_assert(!stats_steady(t, rate, 4, 0).steady);
	ck_assert_double_gt(stats_steady(t, rate, 4, 0).slope, 0.1);
	ck_assert_uint_ge(stats_steady_from(t, rate, RATES, 4), 2);
	ck_assert_uint_le(stats_steady_from(t, rate, RATES, 4), 4);
}
END_TEST

START_TEST(a_ramp_never_settles_and_noise_is_no_slope)
{
	double t[RATES], ramp[RATES], noise[RATES], drift[RATES];
	struct rng r = rng_seed(3);
	int steady = 0;

	for (size_t i = 0; i < RATES; i++) {
		t[i] = 0.5 * (double)i;
		ramp[i] = 1000 + 100 * (double)i;
		drift[i] = 1000 + (double)i; /* significant, and too small to matter */
	}
	ck_assert_uint_eq(stats_steady_from(t, ramp, RATES, 4), RATES);
	ck_assert_uint_eq(stats_steady_from(t, drift, RATES, 4), 0);
	for (int k = 0; k < 500; k++) {
		for (size_t i = 0; i < RATES; i++)
			noise[i] = 1000 * rng_double(&r); /* bursts */
		steady += stats_steady(t, noise, RATES, 0).steady;
	}
	ck_assert_int_ge(steady, 500 * 85 / 100);
	ck_assert_int_le(steady, 500 * 95 / 100);
}
END_TEST

START_TEST(little_data_is_judged_as_it_can_be)
{
	const double t[] = {0, 1}, near[] = {100, 108}, far[] = {100, 150}, zero[] = {0, 0};

	ck_assert(stats_steady(t, near, 2, 0).steady);
	ck_assert(!stats_steady(t, far, 2, 0).steady);
	ck_assert(stats_steady(t, far, 2, 60).steady);
	ck_assert(stats_steady(t, zero, 2, 0).steady);
	ck_assert(stats_steady(t, near, 1, 0).steady && isnan(stats_steady(t, near, 1, 0).slope));
}
END_TEST

UNIT_MAIN("stats tests", signed_rank_matches_r, mann_whitney_matches_r,
	  exact_tests_match_the_tables_of_critical_values, the_approximation_joins_the_exact_test,
	  nothing_to_compare_is_no_evidence, holm_matches_r, few_repeats_cannot_reach_five_percent,
	  power_is_what_simulation_finds, smallest_effect_and_pairs_are_inverse,
	  a_settling_rate_is_found_where_it_settles, a_ramp_never_settles_and_noise_is_no_slope,
	  little_data_is_judged_as_it_can_be)
