/* SPDX-License-Identifier: Apache-2.0 */
/* Summaries of repeats, and the order of cases as rows. */
#include "unit.h"

#include "advise/advise.h"
#include "results_maker.h"

#define NOT_EXERCISED NAN
#define FAILED	      (-1.0)

struct row {
	const char *key;
	size_t size;
	double rate, lo, hi;
};

struct ranking {
	struct row rows[6];
	const char *order; /* keys and tie groups, "a1 b1 c2" */
};

static const struct ranking rankings[] = {
	/* Drop rate decides where intervals are apart. */
	{{{"a", 9, .2, .19, .21}, {"b", 30, .0, .0, .01}, {"c", 5, .1, .09, .11}}, "b1 c2 a3"},
	/* In a tie the smaller set comes first, although the larger one drops less. */
	{{{"a", 30, .01, .005, .02}, {"b", 9, .015, .01, .03}}, "b1 a1"},
	/* The group is made of what overlaps its best case, not of what overlaps any member. */
	{{{"a", 30, .01, .00, .02}, {"b", 20, .03, .02, .05}, {"c", 10, .06, .04, .08}},
	 "b1 a1 c2"},
	/* A wide interval further down joins; the narrow one between them does not. */
	{{{"a", 30, .00, .000, .001}, {"b", 20, .002, .0015, .003}, {"c", 10, .01, .0005, .05}},
	 "c1 a1 b2"},
	/* Equal sets: lower drop rate, then the key. */
	{{{"z", 9, .01, .0, .02}, {"y", 9, .01, .0, .02}, {"x", 9, .02, .0, .02}}, "y1 z1 x1"},
	/* Not exercised counts as zero; failed cases have no rank. */
	{{{"a", 40, .0, .0, .03}, {"b", 9, NOT_EXERCISED, NAN, NAN}, {"c", 5, FAILED, 0, 0}},
	 "b1 a1"},
	{{{"a", 40, .05, .01, .08}, {"b", 50, NOT_EXERCISED, NAN, NAN}}, "b1 a2"},
	{{{"a", 4, FAILED, 0, 0}}, ""},
};

static void check_ranking(const struct ranking *t)
{
	struct results r = RESULTS_INIT;
	struct strbuf got cleanup_strbuf = STRBUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(t->rows) && t->rows[i].key; i++) {
		struct res_case *c = make_case(&r, t->rows[i].key, t->rows[i].size);

		if (t->rows[i].rate != FAILED)
			make_summary(c, t->rows[i].rate, t->rows[i].lo, t->rows[i].hi);
	}
	advise_rank(&r);
	advise_rank(&r); /* a second call changes nothing */
	for (size_t i = 0; i < r.n_order; i++) {
		ck_assert_int_eq(r.cases[r.order[i]].rank, (int)i + 1);
		strbuf_addf(&got, "%s%s%d", i ? " " : "", r.cases[r.order[i]].key,
			    r.cases[r.order[i]].tie_group);
	}
	ck_assert_str_eq(got.buf, t->order);
	for (size_t i = 0; i < r.n_cases; i++)
		if (!r.cases[i].sum.n_ok)
			ck_assert_int_eq(r.cases[i].rank, 0);
	results_release(&r);
}

START_TEST(cases_are_ordered_by_rate_in_tie_groups)
{
	for (size_t i = 0; i < ARRAY_SIZE(rankings); i++)
		check_ranking(&rankings[i]);
}
END_TEST

START_TEST(equal_sets_prefer_less_buffer_memory)
{
	struct results r = RESULTS_INIT;
	struct res_case *big = make_case(&r, "open/p7", 9), *small;

	big->buffer_bytes = 64 << 20;
	make_summary(big, 0, 0, .03);
	small = make_case(&r, "open/p9", 9); /* a key that comes later */
	make_summary(small, 0, 0, .03);
	advise_rank(&r);
	ck_assert_uint_eq(r.order[0], 1);
	results_release(&r);
}
END_TEST

START_TEST(unknown_drops_come_last_not_first)
{
	struct results r = RESULTS_INIT;
	struct res_case *c = make_case(&r, "a", 3);

	make_summary(c, NAN, NAN, NAN);
	c->sum.exercised = true;
	make_summary(make_case(&r, "b", 40), .5, .4, .6);
	advise_rank(&r);
	ck_assert_uint_eq(r.order[0], 1);
	results_release(&r);
}
END_TEST

START_TEST(summary_is_of_counters_over_the_ok_repeats)
{
	struct results r = RESULTS_INIT;
	struct res_case *c = make_case(&r, "open", 9);
	struct res_repeat *bad;

	make_repeat(c, 30, 1000, 0);
	make_repeat(c, 30, 1000, 0);
	make_repeat(c, 30, 4000, 400);
	bad = make_repeat(c, 30, 9999, 9999);
	bad->status = RES_FAILED;
	advise_summarise(c, 2);
	ck_assert_int_eq(c->sum.n_ok, 3);
	ck_assert_int_eq(c->sum.n_failed, 1);
	/* 12000 of 180000, not the mean of 0, 0 and 10 % */
	ck_assert_double_eq_tol(c->sum.drop_rate, 12000.0 / 180000, 1e-12);
	ck_assert_double_lt(c->sum.drop_lo, c->sum.drop_rate);
	ck_assert_double_gt(c->sum.drop_hi, c->sum.drop_rate);
	ck_assert_double_eq_tol(c->sum.evts_per_s, 2000, 1e-9);
	ck_assert_double_eq_tol(c->sum.evts_per_s_cpu, 1000, 1e-9);
	ck_assert_double_eq_tol(c->sum.cpu_share, 0.12, 1e-9);
	ck_assert_double_eq(c->sum.rss_bytes, 55 << 20);
	ck_assert(c->sum.exercised && !c->sum.indicative);
	results_release(&r);
}
END_TEST

START_TEST(too_little_data_is_indicative)
{
	static const struct {
		int repeats, seconds;
		bool indicative;
	} rows[] = {{3, 30, false}, {3, 29, false}, {2, 60, true}, {3, 20, true}, {1, 5, true}};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct results r = RESULTS_INIT;
		struct res_case *c = make_case(&r, "open", 9);

		for (int k = 0; k < rows[i].repeats; k++)
			make_repeat(c, rows[i].seconds, 1000, 0);
		advise_summarise(c, 2);
		ck_assert_int_eq(c->sum.indicative, rows[i].indicative);
		ck_assert_double_eq(c->sum.drop_rate, 0);
		ck_assert_double_eq(c->sum.drop_lo, 0);
		ck_assert_double_gt(c->sum.drop_hi, 0);
		results_release(&r);
	}
}
END_TEST

START_TEST(no_events_and_unknown_counters_are_not_zero)
{
	struct results r = RESULTS_INIT;
	struct res_case *quiet = make_case(&r, "a", 9), *blind;

	make_repeat(quiet, 30, 0, 0);
	advise_summarise(quiet, 2);
	ck_assert(!quiet->sum.exercised && isnan(quiet->sum.drop_rate));
	ck_assert_double_eq(quiet->sum.evts_per_s, 0);
	blind = make_case(&r, "b", 9);
	make_repeat(blind, 30, 10, 0);
	blind->repeats[0].n_drops = blind->repeats[0].cpu_ns = blind->repeats[0].rss_bytes =
		RES_UNKNOWN;
	advise_summarise(blind, 0);
	ck_assert(blind->sum.exercised && isnan(blind->sum.drop_rate));
	ck_assert(isnan(blind->sum.cpu_share) && isnan(blind->sum.rss_bytes));
	ck_assert(isnan(blind->sum.evts_per_s_cpu));
	results_release(&r);
}
END_TEST

START_TEST(metrics_more_often_than_a_second_do_not_narrow_the_bound)
{
	struct results r = RESULTS_INIT;
	struct res_case *c = make_case(&r, "a", 9);
	struct res_repeat *rep = make_repeat(c, 30, 1000, 0);
	double second;

	advise_summarise(c, 2);
	second = c->sum.drop_hi;
	rep->t1_ns = rep->t0_ns + INT64_C(3000000000);
	for (size_t i = 0; i < rep->n_samples; i++)
		rep->samples[i].t_ns = rep->t0_ns + (int64_t)i * 100000000;
	advise_summarise(c, 2);
	ck_assert_double_gt(c->sum.drop_hi, 5 * second);
	/* Nor does a repeat of which only the totals are known fare better than one with samples.
	 */
	rep->t1_ns = rep->t0_ns + INT64_C(30000000000);
	rep->n_samples = 0;
	advise_summarise(c, 2);
	ck_assert_double_eq_tol(c->sum.drop_hi, second, 1e-9);
	results_release(&r);
}
END_TEST

START_TEST(a_quiet_case_is_bounded_by_the_worst_second_of_its_load)
{
	struct results r = RESULTS_INIT;
	struct res_case *c;

	make_repeat(make_case(&r, "quiet", 9), 4, 1000, 0);
	make_repeat(make_case(&r, "dropping", 11), 4, 1000, 300);
	advise_results(&r);
	c = &r.cases[0];
	/* 1 - 0.05^(1/4) of the seconds at most, 30 % of a second at most */
	ck_assert_double_eq_tol(c->sum.drop_hi, .3 * (1 - pow(.05, .25)), 1e-9);
	ck_assert_int_ne(c->tie_group, r.cases[1].tie_group);
	free(c->load);
	c->load = strdup("other");
	advise_results(&r);
	ck_assert_double_eq_tol(r.cases[0].sum.drop_hi, 1 - pow(.05, .25), 1e-9);
	results_release(&r);
}
END_TEST

UNIT_MAIN("rank", a_quiet_case_is_bounded_by_the_worst_second_of_its_load,
	  cases_are_ordered_by_rate_in_tie_groups, equal_sets_prefer_less_buffer_memory,
	  unknown_drops_come_last_not_first, summary_is_of_counters_over_the_ok_repeats,
	  too_little_data_is_indicative, no_events_and_unknown_counters_are_not_zero,
	  metrics_more_often_than_a_second_do_not_narrow_the_bound)
