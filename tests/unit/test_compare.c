/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs of cases: which test, when told apart, how many more repeats, and that a stated power is
 * what comparisons of bursty series have. */
#include "unit.h"

#include "advise/advise.h"
#include "advise/compare.h"
#include "results_maker.h"
#include "run/foresee.h"
#include "series.h"
#include "stats/power.h"

#define SECONDS 30

/* A repeat from a made series. */
static void add_series(struct res_case *c, const struct ratio_repeat *in)
{
	struct res_repeat *r = make_repeat(c, (int)in->n, 0, 0);

	for (size_t i = 0; i < in->n; i++) {
		r->samples[i + 1].n_evts = r->samples[i].n_evts + (int64_t)in->v[i].den;
		r->samples[i + 1].n_drops = r->samples[i].n_drops + (int64_t)in->v[i].num;
	}
	r->n_evts = r->samples[in->n].n_evts;
	r->n_drops = r->samples[in->n].n_drops;
}

/* A case of as many repeats as rates, 1000 events a second each. */
static struct res_case *add_case(struct results *r, const char *key, size_t n, const double *rates)
{
	struct res_case *c = make_case(r, key, 9);

	for (size_t i = 0; i < n; i++)
		make_repeat(c, SECONDS, 10000, (int64_t)(rates[i] * 10000));
	return c;
}

static const struct res_comparison *compare(struct results *r)
{
	advise_results(r);
	ck_assert_uint_eq(r->n_comparisons, r->n_cases * (r->n_cases - 1) / 2);
	return &r->comparisons[0];
}

static const double low[] = {.01, .012, .011, .013, .009, .010, .012, .011};
static const double high[] = {.02, .019, .022, .030, .018, .021, .025, .020};
/* Interleaved with a drift of the host that is larger than the difference. */
static const double drift[] = {.01, .02, .03, .04, .05, .06, .07, .08};
static const double above[] = {.011, .022, .032, .041, .053, .062, .071, .083};

START_TEST(pairs_of_rounds_are_compared_by_signed_ranks)
{
	struct results r = RESULTS_INIT;
	const struct res_comparison *c;

	add_case(&r, "worse", 8, above);
	add_case(&r, "better", 8, drift);
	c = compare(&r);
	ck_assert_str_eq(c->a, "better");
	ck_assert_str_eq(c->b, "worse");
	ck_assert_str_eq(c->method, COMPARE_SIGNED_RANK);
	ck_assert_double_eq_tol(c->p, 2.0 / 256, 1e-12);
	ck_assert(c->told_apart);
	ck_assert_int_eq(c->more_repeats, RES_UNKNOWN);
	ck_assert_ptr_nonnull(strstr(c->text, "better drops less than worse"));
	ck_assert_int_ne(r.cases[0].tie_group, r.cases[1].tie_group);
	/* The intervals overlap: without pairs nothing could be told. */
	ck_assert_double_gt(r.cases[1].sum.drop_hi, r.cases[0].sum.drop_lo);
	results_release(&r);
}
END_TEST

START_TEST(unshared_rounds_are_compared_by_mann_whitney)
{
	struct results r = RESULTS_INIT;
	struct res_case *c = add_case(&r, "worse", 8, high);

	for (size_t i = 0; i < 8; i++)
		c->repeats[i].index = 100 + (int)i;
	add_case(&r, "better", 8, low);
	ck_assert_str_eq(compare(&r)->method, COMPARE_MANN_WHITNEY);
	ck_assert_double_eq_tol(r.comparisons[0].p, 2.0 / 12870, 1e-9);
	ck_assert(r.comparisons[0].told_apart);
	results_release(&r);
}
END_TEST

START_TEST(few_repeats_fall_back_on_intervals_and_say_so)
{
	struct results r = RESULTS_INIT;
	const struct res_comparison *c;

	add_case(&r, "worse", 5, high);
	add_case(&r, "better", 5, low);
	c = compare(&r);
	ck_assert_str_eq(c->method, COMPARE_INTERVALS);
	ck_assert(isnan(c->p) && isnan(c->p_holm));
	ck_assert(c->told_apart); /* .009 to .013 against .018 to .030 */
	ck_assert_ptr_nonnull(strstr(c->text,
				     "5 repeats are too few for a rank test, which needs 6 "
				     "for 1 comparison"));
	results_release(&r);
}
END_TEST

START_TEST(no_false_winner_but_how_many_more_repeats)
{
	static const double a[] = {.010, .020, .030, .015, .025, .012, .022, .028};
	static const double b[] = {.016, .018, .036, .022, .023, .020, .028, .027};
	struct results r = RESULTS_INIT;
	const struct res_comparison *c;

	add_case(&r, "a", 8, a);
	add_case(&r, "b", 8, b);
	c = compare(&r);
	ck_assert(!c->told_apart);
	ck_assert_int_eq(r.cases[0].tie_group, r.cases[1].tie_group);
	/* Mean difference .0035, standard deviation .0045: d .78; R's power.t.test with 15 pairs
	 * gives 0.80, and ranks need a few more. */
	ck_assert_int_ge(c->more_repeats, 7);
	ck_assert_int_le(c->more_repeats, 11);
	ck_assert_ptr_nonnull(strstr(c->text, "Cannot tell a from b: about "));
	ck_assert_ptr_nonnull(strstr(c->text, " more repeats of each would"));
	results_release(&r);
}
END_TEST

START_TEST(two_quiet_cases_are_not_told_apart)
{
	static const double zero[12] = {0};
	struct results r = RESULTS_INIT;

	add_case(&r, "a", 12, zero);
	add_case(&r, "b", 12, zero);
	ck_assert(!compare(&r)->told_apart);
	ck_assert_int_eq(r.comparisons[0].more_repeats, RES_UNKNOWN);
	ck_assert_ptr_nonnull(strstr(r.comparisons[0].text, "neither dropped anything in 360"));
	results_release(&r);
}
END_TEST

START_TEST(the_matrix_is_corrected)
{
	struct results r = RESULTS_INIT;
	char key[2] = "a";

	/* Six cases: 15 pairs, so 8 repeats (least p 0.0078) cannot do it, and it is said. */
	for (int i = 0; i < 6; i++, key[0]++)
		add_case(&r, key, 8, i % 2 ? high : low);
	ck_assert_str_eq(compare(&r)->method, COMPARE_INTERVALS);
	ck_assert_ptr_nonnull(strstr(
		r.comparisons[0].told_apart ? r.comparisons[0].text : r.comparisons[1].text, "a"));
	results_release(&r);
	r = (struct results)RESULTS_INIT;
	key[0] = 'a';
	for (int i = 0; i < 3; i++, key[0]++)
		add_case(&r, key, 8, i == 2 ? high : low);
	compare(&r);
	for (size_t i = 0; i < 3; i++) {
		const struct res_comparison *c = &r.comparisons[i];

		ck_assert_str_eq(c->method, COMPARE_SIGNED_RANK);
		ck_assert_int_eq(c->told_apart, !strcmp(c->b, "c"));
		if (c->told_apart)
			ck_assert_double_eq_tol(c->p_holm, 3 * 2.0 / 256, 1e-9);
	}
	results_release(&r);
}
END_TEST

START_TEST(seconds_have_quantiles)
{
	struct results r = RESULTS_INIT;
	struct res_case *c = make_case(&r, "a", 9);
	struct res_repeat *rep = make_repeat(c, 100, 1000, 0);

	/* Second k loses k of 1000. */
	for (int i = 1; i <= 100; i++)
		rep->samples[i].n_drops = rep->samples[i - 1].n_drops + i;
	rep->n_drops = rep->samples[100].n_drops;
	advise_summarise(c, 2);
	ck_assert_double_eq_tol(c->sum.drop_p50_s, .0505, 1e-9);
	ck_assert_double_eq_tol(c->sum.drop_p90_s, .0901, 1e-9);
	ck_assert_double_eq_tol(c->sum.drop_p99_s, .09901, 1e-9);
	ck_assert_double_eq_tol(c->sum.drop_max_s, .1, 1e-9);
	results_release(&r);
}
END_TEST

/* ---- the statement of power, against whole comparisons of bursty series ---- */

#define SERIES	250
#define RUNS	500
#define REPEATS 4000 /* for the spread of one, which moves the power by more than a few points */

/* The rank test looks at the repeats' own rates: their intervals, which take their time, are made
 * where they are compared. */
static void summarise(struct res_case *c, const struct series *s, size_t repeats)
{
	double num = 0, den = 0;

	if (repeats < 6) {
		advise_summarise(c, 2);
		return;
	}
	for (size_t i = 0; i < repeats; i++)
		for (size_t t = 0; t < s->rep[i].n; t++) {
			num += s->rep[i].v[t].num;
			den += s->rep[i].v[t].den;
		}
	make_summary(c, num / den, 0, 1);
}

/* Two cases under the same kind of bursts, the second with its drops raised by `factor`. */
static bool tells_apart(const struct series_kind *kind, size_t repeats, double factor,
			struct rng *rng)
{
	struct results r = RESULTS_INIT;
	struct series s;
	bool told;

	make_case(&r, "a", 9);
	make_case(&r, "b", 9);
	for (size_t k = 0; k < 2; k++) {
		struct series_kind scaled = *kind;

		scaled.share *= k ? factor : 1;
		series_make(&scaled, repeats, SECONDS, rng, &s);
		for (size_t i = 0; i < repeats; i++)
			add_series(&r.cases[k], &s.rep[i]);
		summarise(&r.cases[k], &s, repeats);
	}
	advise_compare(&r);
	told = r.comparisons[0].told_apart;
	results_release(&r);
	return told;
}

/* What the plan says: the difference, in the standard deviations that it assumes of repeats. */
START_TEST(the_power_statement_is_borne_out)
{
	static const struct {
		size_t kind, repeats;
		double wanted;
	} rows[] = {{0, 8, .8}, {2, 10, .8}, {0, 10, .5}, {2, 8, .5}};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct series_kind *kind = &series_kinds[rows[i].kind];
		struct rng rng = rng_seed(7 + i);
		double sum = 0, squares = 0, d, cv, factor, got;
		int told = 0;
		struct series s;

		/* Of one repeat, from many. */
		for (int k = 0; k < REPEATS; k++) {
			double num = 0, den = 0;

			series_make(kind, 1, SECONDS, &rng, &s);
			for (size_t t = 0; t < SECONDS; t++) {
				num += s.v[0][t].num;
				den += s.v[0][t].den;
			}
			sum += num / den;
			squares += num / den * num / den;
		}
		cv = sqrt(squares / REPEATS - sum * sum / REPEATS / REPEATS) / (sum / REPEATS);
		d = stats_smallest_effect(rows[i].repeats, COMPARE_LEVEL, rows[i].wanted);
		factor = stats_factor_seen(d, cv);
		for (int k = 0; k < RUNS; k++)
			told += tells_apart(kind, rows[i].repeats, factor, &rng);
		got = (double)told / RUNS;
		printf("note: %zu repeats of %d s of %s: a drop rate %.2f times as high is seen in "
		       "%.0f %% of %d runs, %.0f %% stated\n",
		       rows[i].repeats, SECONDS, kind->name, factor, 100 * got, RUNS,
		       100 * rows[i].wanted);
		ck_assert_double_eq_tol(got, rows[i].wanted, 0.05);
		/* And no difference is seen no more often than the level. */
		told = 0;
		for (int k = 0; k < RUNS; k++)
			told += tells_apart(kind, rows[i].repeats, 1, &rng);
		ck_assert_double_le((double)told / RUNS, COMPARE_LEVEL + 0.02);
	}
}
END_TEST

/* What --plan says of a design, before anything is known of the host. */
START_TEST(the_plan_sees_what_it_says)
{
	static const struct {
		size_t kind, series; /* rows of foresee_kinds and series_kinds */
		int64_t repeats;
		double slack;
	} rows[] = {{0, 0, 8, .07}, {1, 3, 10, .07}, {0, 0, 5, .07}};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct results r = {.repeats = rows[i].repeats,
				    .duration_ns = SECONDS * 1000000000LL};
		double factor = foresee_factor(&r, 1, &foresee_kinds[rows[i].kind]), got;
		struct rng rng = rng_seed(70 + i);
		int told = 0;

		for (int k = 0; k < SERIES; k++)
			told += tells_apart(&series_kinds[rows[i].series], (size_t)rows[i].repeats,
					    factor, &rng);
		got = (double)told / SERIES;
		printf("note: the plan of %lld repeats of %d s, %s: %.2f times as high is seen in "
		       "%.0f %% of %d runs, 80 %% stated\n",
		       (long long)rows[i].repeats, SECONDS, foresee_kinds[rows[i].kind].name,
		       factor, 100 * got, SERIES);
		ck_assert_double_eq_tol(got, .8, rows[i].slack);
	}
}
END_TEST

UNIT_MAIN("compare", the_plan_sees_what_it_says, pairs_of_rounds_are_compared_by_signed_ranks,
	  unshared_rounds_are_compared_by_mann_whitney,
	  few_repeats_fall_back_on_intervals_and_say_so, no_false_winner_but_how_many_more_repeats,
	  two_quiet_cases_are_not_told_apart, the_matrix_is_corrected, seconds_have_quantiles,
	  the_power_statement_is_borne_out)
