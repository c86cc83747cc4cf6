/* SPDX-License-Identifier: Apache-2.0 */
/* Two cases of a run against each other: pairs of rounds, intervals, "no difference seen". */
#include "unit.h"

#include "advise/sides.h"

#include "results_maker.h"

#include <math.h>

/* Events a second of each round of the sides; drops a second of the new one. */
static void make_run(struct results *r, const int64_t *old, const int64_t *new,
		     const int64_t *drops, int n)
{
	struct res_case *c;

	*r = (struct results)RESULTS_INIT;
	make_case(r, "old", 3);
	make_case(r, "new", 4);
	c = &r->cases[0];
	for (int i = 0; i < n; i++)
		make_repeat(c, 5, old[i], 0);
	c = &r->cases[1];
	for (int i = 0; i < n; i++)
		make_repeat(c, 5, new[i], drops ? drops[i] : 0);
}

static const struct side_row *row(const struct sides *s, const char *key)
{
	const struct side_row *r = sides_find(s, key);

	ck_assert_msg(r, "no row %s", key);
	return r;
}

/* The host drifts by a factor of three between rounds, and the sides differ by a tenth in each. */
START_TEST(pairs_see_through_drift)
{
	static const int64_t old[] = {100000, 300000, 150000, 220000, 120000};
	static const int64_t new[] = {110000, 330500, 164800, 242300, 131900};
	struct sides s cleanup_sides = {0};
	struct results r;

	make_run(&r, old, new, NULL, 5);
	sides_compare(&r, "old", "new", &s);
	ck_assert_int_eq(s.n_old, 5);
	ck_assert_double_eq_tol(row(&s, "evts_per_s")->change, 0.1, 0.002);
	ck_assert(row(&s, "evts_per_s")->seen);
	ck_assert(row(&s, "evts_per_s")->lo > 0.08 && row(&s, "evts_per_s")->hi < 0.12);
	ck_assert_double_eq_tol(row(&s, "evts_per_s")->old, 150000, 1);
	/* The CPU is the same in all runs, so an event costs less. */
	ck_assert(!row(&s, "engine_cpu")->seen);
	ck_assert_double_eq_tol(row(&s, "engine_cpu")->new, 0.12, 1e-9);
	ck_assert_double_eq_tol(row(&s, "cpu_per_event")->change, 1 / 1.1 - 1, 0.002);
	results_release(&r);
}
END_TEST

START_TEST(noise_is_no_difference)
{
	static const int64_t old[] = {100000, 108000, 95000, 101000, 99000};
	static const int64_t new[] = {103000, 97000, 101000, 96000, 104000};
	struct sides s cleanup_sides = {0};
	struct results r;

	make_run(&r, old, new, NULL, 5);
	sides_compare(&r, "old", "new", &s);
	for (size_t i = 0; i < s.n; i++)
		ck_assert_msg(!s.v[i].seen, "%s", s.v[i].name);
	ck_assert(row(&s, "evts_per_s")->lo < 0 && row(&s, "evts_per_s")->hi > 0);
	/* No drops on either side: a difference of nothing, not an unknown one. */
	ck_assert_double_eq(row(&s, "drop_rate")->change, 0);
	results_release(&r);
}
END_TEST

START_TEST(drops_are_differences)
{
	static const int64_t evts[] = {100000, 100000, 100000, 100000};
	static const int64_t drops[] = {2000, 2100, 1900, 2050};
	struct sides s cleanup_sides = {0};
	struct results r;

	make_run(&r, evts, evts, drops, 4);
	sides_compare(&r, "old", "new", &s);
	ck_assert(!row(&s, "drop_rate")->is_ratio);
	ck_assert_double_eq_tol(row(&s, "drop_rate")->change, 0.020125, 1e-6);
	ck_assert(row(&s, "drop_rate")->seen);
	results_release(&r);
}
END_TEST

START_TEST(failed_and_few_rounds)
{
	static const int64_t evts[] = {100000, 100000, 100000};
	struct sides s cleanup_sides = {0};
	struct results r;

	make_run(&r, evts, evts, NULL, 3);
	r.cases[0].repeats[0].status = RES_FAILED;
	r.cases[1].repeats[1].status = RES_FAILED;
	sides_compare(&r, "old", "new", &s);
	ck_assert_int_eq(s.n_old, 2);
	ck_assert_int_eq(s.n_new, 2);
	ck_assert_int_eq(row(&s, "evts_per_s")->rounds, 1);
	/* No ratio to nothing, which is no difference and no failure either. */
	r.cases[0].repeats[2].cpu_ns = 0;
	sides_release(&s);
	sides_compare(&r, "old", "new", &s);
	ck_assert_int_eq(row(&s, "engine_cpu")->rounds, 0);
	ck_assert(row(&s, "engine_cpu")->indicative && !row(&s, "engine_cpu")->seen);
	ck_assert(row(&s, "evts_per_s")->indicative);
	ck_assert(!row(&s, "evts_per_s")->seen);
	ck_assert(isnan(row(&s, "evts_per_s")->lo));
	sides_release(&s);
	sides_compare(&r, "old", "none", &s);
	ck_assert_uint_eq(s.n, 0);
	results_release(&r);
}
END_TEST

UNIT_MAIN("sides", pairs_see_through_drift, noise_is_no_difference, drops_are_differences,
	  failed_and_few_rounds)
