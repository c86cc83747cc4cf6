/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sequential stopping, replayed on recorded runs (tests/data/sequential: six stock cases, 12
 * repeats each, the embedded engine slowed down on a busy host): the same ranking as the fixed
 * design in at most half the time. And that looking often does not find differences that are not
 * there.
 */
#include "unit.h"

#include "advise/advise.h"
#include "advise/compare.h"
#include "results_maker.h"
#include "run/sequential.h"
#include "series.h"

#include <math.h>

static bool read_recorded(const char *name, struct results *out)
{
	const char *source = getenv("FALCOTUNE_SOURCE");
	char *path = NULL;
	struct error err = ERROR_INIT;
	json_error_t je;
	json_t *doc;
	int rc;

	if (asprintf(&path, "%s/tests/data/sequential/%s", source ? source : ".", name) < 0)
		return false;
	doc = json_load_file(path, 0, &je);
	ck_assert_msg(doc != NULL, "%s: %s", path, je.text);
	rc = results_from_json(out, doc, path, &err);
	ck_assert_msg(!rc, "%s", err.msg);
	json_decref(doc);
	free(path);
	return true;
}

/* Reveals repeats round by round, as the runner would; returns how many were spent. Repeats that
 * were not run are cut off. */
static size_t replay(struct results *r)
{
	bool *done = xcalloc(r->n_cases, sizeof(*done));
	size_t n_rounds = (size_t)r->repeats, spent = 0;
	enum res_status(*kept)[64] = xcalloc(r->n_cases, sizeof(*kept));

	r->until_decided = true;
	for (size_t i = 0; i < r->n_cases; i++)
		for (size_t k = 0; k < n_rounds; k++) {
			kept[i][k] = r->cases[i].repeats[k].status;
			r->cases[i].repeats[k].status = RES_PENDING;
		}
	for (size_t k = 0; k < n_rounds; k++) {
		for (size_t i = 0; i < r->n_cases; i++) {
			if (done[i])
				continue;
			r->cases[i].repeats[k].status = kept[i][k];
			spent++;
		}
		sequential_done(r, done);
		for (size_t i = 0; i < r->n_cases; i++)
			while (done[i] && r->cases[i].n_repeats > 0 &&
			       r->cases[i].repeats[r->cases[i].n_repeats - 1].status == RES_PENDING)
				res_repeat_release(&r->cases[i].repeats[--r->cases[i].n_repeats]);
	}
	free(kept);
	free(done);
	return spent;
}

static char *order_of(struct results *r)
{
	struct strbuf sb = STRBUF_INIT;

	advise_results(r);
	for (size_t i = 0; i < r->n_order; i++)
		strbuf_addf(&sb, "%s%s", i ? " " : "", r->cases[r->order[i]].key);
	return strbuf_detach(&sb);
}

/* Rounds in another order: repeat k of every case becomes another one of the same round. */
static void shuffle_rounds(struct results *r, uint64_t seed)
{
	struct rng rng = rng_seed(seed);
	size_t n = (size_t)r->repeats, to[64];

	rng_shuffle(&rng, to, n);
	for (size_t i = 0; i < r->n_cases; i++) {
		struct res_repeat *v = xcalloc(n, sizeof(*v));

		for (size_t k = 0; k < n; k++) {
			v[to[k]] = r->cases[i].repeats[k];
			v[to[k]].index = (int)to[k] + 1;
		}
		free(r->cases[i].repeats);
		r->cases[i].repeats = v;
	}
}

#define SHUFFLES 20

START_TEST(the_same_ranking_in_half_the_time)
{
	static const char *const files[] = {"recorded-8s.json", "recorded-5s.json"};

	for (size_t f = 0; f < ARRAY_SIZE(files); f++) {
		char *fixed, *got;
		size_t spent, all, same = 0, sum = 0;
		struct results r;

		read_recorded(files[f], &r);
		all = r.n_cases * (size_t)r.repeats;
		fixed = order_of(&r);
		results_release(&r);
		for (uint64_t s = 0; s <= SHUFFLES; s++) {
			read_recorded(files[f], &r);
			if (s)
				shuffle_rounds(&r, s);
			spent = replay(&r);
			got = order_of(&r);
			if (!s) {
				printf("note: %s: fixed %zu live runs, until decided %zu (%.0f "
				       "%%); "
				       "order %s\n",
				       files[f], all, spent, 100.0 * (double)spent / (double)all,
				       got);
				ck_assert_str_eq(got, fixed);
				ck_assert_uint_le(2 * spent, all);
			} else {
				same += !strcmp(got, fixed);
				sum += spent;
			}
			free(got);
			results_release(&r);
		}
		printf("note: %s, rounds in %d other orders: the same ranking in %zu, %.0f %% of "
		       "the "
		       "time on average\n",
		       files[f], SHUFFLES, same, 100.0 * (double)sum / SHUFFLES / (double)all);
		free(fixed);
	}
}
END_TEST

/* The sanitizers make each run several times as slow: fewer are enough for them. */
#ifdef __SANITIZE_ADDRESS__
#define SERIES 60
#else
#define SERIES 500
#endif

/* Cases that drop alike, looked at after 5, 6, 8, 12, 18 and 20 rounds: any two of them told apart
 * at any look in at most 5 % of runs, all of them run to the end. */
static void look_at_equals(const struct series_kind *kind, size_t n, uint64_t seed)
{
	struct rng rng = rng_seed(seed);
	double *p = xcalloc(n * n, sizeof(*p)), *p_holm = xcalloc(n * n, sizeof(*p));
	int wrong = 0;

	for (int s = 0; s < SERIES; s++) {
		struct results r = RESULTS_INIT;
		bool told = false;

		r.repeats = 20;
		for (size_t i = 0; i < n; i++)
			make_case(&r, (const char *const[]){"a", "b", "c", "d", "e", "f"}[i], 9);
		for (int round = 1; round <= 20; round++)
			for (size_t i = 0; i < n; i++) {
				double num = 0, den = 0;
				struct series one;

				series_make(kind, 1, 10, &rng, &one);
				for (size_t t = 0; t < 10; t++) {
					num += one.v[0][t].num;
					den += one.v[0][t].den;
				}
				make_repeat(&r.cases[i], 1, (int64_t)den, (int64_t)num);
			}
		sequential_test(&r, p, p_holm);
		for (size_t i = 0; i < n; i++)
			for (size_t k = 0; k < i; k++)
				told = told || p_holm[i * n + k] <= SEQUENTIAL_LEVEL;
		wrong += told;
		results_release(&r);
	}
	printf("note: %s: any of %zu equal cases are told apart in %.1f %% of %d runs with up to 6 "
	       "looks\n",
	       kind->name, n, 100.0 * wrong / SERIES, SERIES);
	/* With few runs, what chance adds to the level. */
	ck_assert_double_le((double)wrong / SERIES,
			    SERIES < 500 ? SEQUENTIAL_LEVEL + 2 * sqrt(SEQUENTIAL_LEVEL / SERIES)
					 : SEQUENTIAL_LEVEL);
	free(p);
	free(p_holm);
}

START_TEST(many_looks_do_not_find_what_is_not_there)
{
	for (size_t kind = 0; kind < 12; kind += 3) {
		look_at_equals(&series_kinds[kind], 2, kind + 1);
		if (kind % 2)
			look_at_equals(&series_kinds[kind], 6, kind + 101);
	}
}
END_TEST

START_TEST(looks_spend_the_level)
{
	static const int64_t looks[] = {5, 6, 8, 12, 18, 20};
	struct sequential_looks one = sequential_looks(20, 1), all = sequential_looks(20, 15);
	size_t n = 0;

	for (int64_t i = 1; i <= 20; i++)
		if (sequential_is_look(i, 20))
			ck_assert_int_eq(looks[n++], i);
	ck_assert_uint_eq(n, ARRAY_SIZE(looks));
	ck_assert(sequential_is_look(27, 99) && sequential_is_look(41, 99));
	ck_assert(sequential_is_look(7, 7) && sequential_is_look(3, 3));
	ck_assert(one.n == 6 && one.first == 5);
	ck_assert_double_eq_tol(sequential_level(&one, 20), 0.05 / 6, 1e-12);
	/* Five repeats of two cases can give p = 2 / 252, which 15 pairs leave nothing of; six can
	 * give 2 / 924. */
	ck_assert(all.n == 5 && all.first == 6);
	ck_assert_double_eq_tol(sequential_level(&all, 6), 2.0 / 924, 1e-9);
	ck_assert_double_eq_tol(sequential_level(&all, 20), (0.05 / 15 - 2.0 / 924) / 4, 1e-9);
	all = sequential_looks(6, 15);
	ck_assert(all.n == 1 && all.first == 6);
	ck_assert_double_eq_tol(sequential_level(&all, 6), 0.05 / 15, 1e-12);
}
END_TEST

/* Three cases: two quiet ones and one that drops are done after six rounds; two that nearly agree
 * are given up, two that differ by a little go on, when the one that
 * drops less has the larger set. */
START_TEST(each_case_stops_when_its_place_is_decided)
{
	static const double near_a[] = {.10, .14, .12, .16, .13},
			    near_b[] = {.14, .18, .15, .19, .16};
	static const double same_b[] = {.12, .15, .11, .15, .121};
	struct results r = RESULTS_INIT;
	bool done[4];

	r.repeats = 12;
	for (size_t i = 0; i < 4; i++)
		make_case(&r, (const char *const[]){"quiet", "silent", "drops", "more"}[i],
			  i == 3 ? 8 : 9);
	for (size_t k = 0; k < 12; k++) {
		make_repeat(&r.cases[0], 10, 1000, 0);
		make_repeat(&r.cases[1], 10, 1000, 0);
		make_repeat(&r.cases[2], 10, 1000, (int64_t)(1000 * near_a[k % 5]));
		make_repeat(&r.cases[3], 10, 1000, (int64_t)(1000 * near_b[k % 5]));
		for (size_t i = 0; k >= 6 && i < 4; i++)
			r.cases[i].repeats[k].status = RES_PENDING;
	}
	sequential_done(&r, done);
	ck_assert(done[0] && done[1] && !done[2] && !done[3]);
	strvec_push(&r.cases[3].dry_final, "x");
	strvec_push(&r.cases[3].dry_final, "y");
	sequential_done(&r, done);
	ck_assert(done[0] && done[1] && done[2] && done[3]);
	for (size_t k = 0; k < 6; k++)
		r.cases[3].repeats[k].n_drops = (int64_t)(10000 * same_b[k % 5]);
	sequential_done(&r, done);
	ck_assert(done[0] && done[1] && done[2] && done[3]);
	/* Not a look: whoever has something to do goes on. */
	for (size_t i = 0; i < 4; i++)
		r.cases[i].repeats[4].status = r.cases[i].repeats[5].status = RES_PENDING;
	sequential_done(&r, done);
	ck_assert(!done[0] && !done[1] && !done[2] && !done[3]);
	results_release(&r);
}
END_TEST

UNIT_MAIN("sequential", the_same_ranking_in_half_the_time, many_looks_do_not_find_what_is_not_there,
	  looks_spend_the_level, each_case_stops_when_its_place_is_decided)
