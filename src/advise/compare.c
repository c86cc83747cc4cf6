/* SPDX-License-Identifier: Apache-2.0 */
#include "advise/compare.h"

#include "advise/advise.h"
#include "base/mem.h"
#include "base/units.h"
#include "run/sequential.h"
#include "stats/describe.h"
#include "stats/power.h"
#include "stats/tests.h"

#include <math.h>
#include <string.h>

/* Shared rounds, as a share of the smaller case's repeats, that make a pair of cases paired. */
#define PAIRED_SHARE (2.0 / 3)

struct pair {
	const struct res_case *x, *y; /* x: the lower rate */
	double *a, *b;		      /* drop rates over shared rounds, n of them */
	size_t n;
	double *all_a, *all_b; /* of every ok repeat */
	size_t n_a, n_b;
	size_t n_tests; /* pairs of the matrix */
	size_t looks;	/* tests of each pair, when the run stopped by looks; else 0 */
};

struct compare_range compare_range(const struct res_case *c)
{
	struct compare_range e = {0};

	if (!c->sum.exercised)
		return e;
	e.rate = isnan(c->sum.drop_rate) ? (double)INFINITY : c->sum.drop_rate;
	e.lo = isnan(c->sum.drop_lo) ? e.rate : c->sum.drop_lo;
	e.hi = isnan(c->sum.drop_hi) ? e.rate : c->sum.drop_hi;
	return e;
}

static double rate_of_round(const struct res_case *c, int round)
{
	for (size_t i = 0; i < c->n_repeats; i++)
		if (c->repeats[i].index == round)
			return res_repeat_rate(&c->repeats[i]);
	return (double)NAN;
}

size_t compare_pairs(const struct res_case *x, const struct res_case *y, double *a, double *b)
{
	size_t n = 0;

	for (size_t i = 0; i < x->n_repeats; i++) {
		double p = res_repeat_rate(&x->repeats[i]);
		double q = rate_of_round(y, x->repeats[i].index);

		if (isnan(p) || isnan(q))
			continue;
		a[n] = p;
		b[n++] = q;
	}
	return n;
}

static size_t all_rates(const struct res_case *c, double *out)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_repeats; i++) {
		out[n] = res_repeat_rate(&c->repeats[i]);
		n += !isnan(out[n]);
	}
	return n;
}

static struct pair pair_make(const struct res_case *x, const struct res_case *y, size_t n_tests,
			     size_t looks)
{
	struct pair p = {.n_tests = n_tests, .looks = looks};
	bool swap = compare_range(x).rate > compare_range(y).rate;
	size_t room;

	p.x = swap ? y : x;
	p.y = swap ? x : y;
	room = p.x->n_repeats + p.y->n_repeats + 1;
	p.a = xcalloc(room, sizeof(*p.a));
	p.b = xcalloc(room, sizeof(*p.b));
	p.all_a = xcalloc(room, sizeof(*p.all_a));
	p.all_b = xcalloc(room, sizeof(*p.all_b));
	p.n = compare_pairs(p.x, p.y, p.a, p.b);
	p.n_a = all_rates(p.x, p.all_a);
	p.n_b = all_rates(p.y, p.all_b);
	return p;
}

static void pair_release(struct pair *p)
{
	free(p->a);
	free(p->b);
	free(p->all_a);
	free(p->all_b);
}

static bool is_paired(const struct pair *p)
{
	double fewer = (double)(p->n_a < p->n_b ? p->n_a : p->n_b);

	return p->n > 1 && (double)p->n >= PAIRED_SHARE * fewer;
}

/* The test that this pair allows; intervals when its smallest p, corrected for the matrix, is above
 * the level. */
static const char *method_of(const struct pair *p)
{
	double least;

	if (p->looks)
		return COMPARE_MANN_WHITNEY;
	least = is_paired(p) ? stats_signed_rank_least_p(p->n)
			     : stats_mann_whitney_least_p(p->n_a, p->n_b);

	if (least * (double)p->n_tests > COMPARE_LEVEL)
		return COMPARE_INTERVALS;
	return is_paired(p) ? COMPARE_SIGNED_RANK : COMPARE_MANN_WHITNEY;
}

static double p_value(const struct pair *p, const char *method)
{
	if (!strcmp(method, COMPARE_SIGNED_RANK))
		return stats_signed_rank(p->a, p->b, p->n, STATS_AUTO).p;
	if (!strcmp(method, COMPARE_MANN_WHITNEY))
		return stats_mann_whitney(p->all_a, p->n_a, p->all_b, p->n_b, STATS_AUTO).p;
	return (double)NAN;
}

/* ---- how many more repeats ---- */

/* The difference in standard deviations of a pair of repeats; infinite: every pair has the same
 * difference; NaN: not known; 0: none. */
static double effect(const struct pair *p)
{
	double mean, sd;

	if (is_paired(p)) {
		double *d cleanup_free = xcalloc(p->n + 1, sizeof(*d));

		for (size_t i = 0; i < p->n; i++)
			d[i] = p->b[i] - p->a[i];
		mean = stats_mean(d, p->n);
		sd = sqrt(stats_variance(d, p->n));
	} else {
		mean = stats_mean(p->all_b, p->n_b) - stats_mean(p->all_a, p->n_a);
		sd = sqrt(stats_variance(p->all_a, p->n_a) + stats_variance(p->all_b, p->n_b));
	}
	if (isnan(mean) || mean == 0)
		return mean;
	return isnan(sd) ? (double)NAN : fabs(mean) / sd;
}

/* More repeats that would tell, with probability POWER_WANTED, if the difference is what it looks
 * like. RES_UNKNOWN: none, or more than POWER_LIMIT. */
static int64_t more_repeats(const struct pair *p)
{
	double d = effect(p), alpha = COMPARE_LEVEL / (double)p->n_tests;
	size_t have = p->n_a < p->n_b ? p->n_a : p->n_b;
	size_t least = stats_pairs_needed(p->n_tests, COMPARE_LEVEL), need;

	if (d == 0)
		return RES_UNKNOWN;
	/* From one repeat nothing is known of the noise: the fewest that any test needs. */
	need = isnan(d) || isinf(d) ? least : stats_pairs_for(d, alpha, POWER_WANTED);
	if (!need)
		return RES_UNKNOWN;
	if (need < least)
		need = least;
	return need > have ? (int64_t)(need - have) : 1;
}

/* ---- words ---- */

static void say_how(const struct pair *p, const struct res_comparison *c, struct strbuf *out)
{
	size_t least = stats_pairs_needed(p->n_tests, COMPARE_LEVEL);

	if (p->looks) {
		strbuf_addf(out,
			    " (Mann-Whitney test after %zu and %zu repeats, p %.2g after Holm's "
			    "correction over pairs and looks)",
			    p->n_a, p->n_b, c->p_holm);
		return;
	}
	if (!strcmp(c->method, COMPARE_INTERVALS))
		strbuf_addf(out,
			    " (95%% intervals do not overlap; %zu repeat%s are too few for a rank "
			    "test, which needs %zu for %zu comparison%s)",
			    p->n_a < p->n_b ? p->n_a : p->n_b,
			    (p->n_a < p->n_b ? p->n_a : p->n_b) == 1 ? "" : "s", least, p->n_tests,
			    p->n_tests == 1 ? "" : "s");
	else
		strbuf_addf(out, " (%s over %zu repeats, p %.2g after Holm's correction)",
			    !strcmp(c->method, COMPARE_SIGNED_RANK) ? "signed rank test"
								    : "Mann-Whitney test",
			    is_paired(p) ? p->n : p->n_a + p->n_b, c->p_holm);
}

static void say_cannot(const struct pair *p, const struct res_comparison *c, struct strbuf *out)
{
	strbuf_addf(out, "Cannot tell %s from %s", p->x->key, p->y->key);
	if (c->more_repeats != RES_UNKNOWN)
		strbuf_addf(out,
			    ": about %lld more repeat%s of each would, if %s against %s is what "
			    "they drop",
			    (long long)c->more_repeats, c->more_repeats == 1 ? "" : "s",
			    UNITS_SHARE(p->x->sum.exercised ? p->x->sum.drop_rate : 0),
			    UNITS_SHARE(p->y->sum.exercised ? p->y->sum.drop_rate : 0));
	else if (compare_range(p->x).rate == 0 && compare_range(p->y).rate == 0)
		strbuf_addf(out, ": neither dropped anything in %.0f and %.0f s",
			    res_case_seconds(p->x), res_case_seconds(p->y));
	else
		strbuf_addf(out,
			    ": %s against %s is too small a difference, or not known well enough, "
			    "for %d repeats to show it",
			    UNITS_SHARE(p->x->sum.drop_rate), UNITS_SHARE(p->y->sum.drop_rate),
			    POWER_LIMIT);
	strbuf_addch(out, '.');
}

static char *words(const struct pair *p, const struct res_comparison *c)
{
	struct strbuf sb = STRBUF_INIT;

	if (!c->told_apart) {
		say_cannot(p, c, &sb);
		return strbuf_detach(&sb);
	}
	if (isinf(compare_range(p->y).rate)) {
		strbuf_addf(&sb, "%s comes before %s, whose drops are not known.", p->x->key,
			    p->y->key);
		return strbuf_detach(&sb);
	}
	strbuf_addf(&sb, "%s drops less than %s: %s against %s", p->x->key, p->y->key,
		    UNITS_SHARE(compare_range(p->x).rate), UNITS_SHARE(p->y->sum.drop_rate));
	say_how(p, c, &sb);
	strbuf_addch(&sb, '.');
	return strbuf_detach(&sb);
}

/* ---- the matrix ---- */

static bool apart(const struct pair *p, const struct res_comparison *c)
{
	struct compare_range x = compare_range(p->x), y = compare_range(p->y);

	if (isinf(y.rate) || strcmp(c->method, COMPARE_INTERVALS) == 0)
		return !(x.lo <= y.hi && y.lo <= x.hi);
	return c->p_holm <= COMPARE_LEVEL;
}

static void correct(struct res_comparison *v, size_t n)
{
	double *p cleanup_free = xcalloc(n + 1, sizeof(*p));

	for (size_t i = 0; i < n; i++)
		p[i] = v[i].p;
	stats_holm(p, n, p);
	for (size_t i = 0; i < n; i++)
		v[i].p_holm = p[i];
}

/* A run that stopped by looks has been tested by them, and a test more would be a chance more to
 * err. */
static void take_looks(const struct results *r, const struct pair *pairs, size_t n,
		       struct res_comparison *v)
{
	size_t n_cases = r->n_cases;
	double *p cleanup_free = xcalloc(n_cases * n_cases + 1, sizeof(*p));
	double *p_holm cleanup_free = xcalloc(n_cases * n_cases + 1, sizeof(*p_holm));

	sequential_test(r, p, p_holm);
	for (size_t i = 0; i < n; i++) {
		size_t at =
			(size_t)(pairs[i].x - r->cases) * n_cases + (size_t)(pairs[i].y - r->cases);

		v[i].p = p[at];
		v[i].p_holm = p_holm[at];
	}
}

static void compare_all(const struct results *r, const struct pair *pairs, size_t n,
			struct res_comparison *v)
{
	for (size_t i = 0; i < n; i++) {
		const struct pair *p = &pairs[i];
		const char *method = method_of(p);

		v[i] = (struct res_comparison){.a = xstrdup(p->x->key),
					       .b = xstrdup(p->y->key),
					       .method = xstrdup(method),
					       .difference = compare_range(p->y).rate -
							     compare_range(p->x).rate,
					       .p = p_value(p, method),
					       .more_repeats = RES_UNKNOWN};
	}
	correct(v, n);
	if (n && pairs->looks)
		take_looks(r, pairs, n, v);
	for (size_t i = 0; i < n; i++) {
		v[i].told_apart = apart(&pairs[i], &v[i]);
		if (!v[i].told_apart)
			v[i].more_repeats = more_repeats(&pairs[i]);
		v[i].text = words(&pairs[i], &v[i]);
	}
}

void advise_compare(struct results *r)
{
	const struct res_case **live cleanup_free =
		xcalloc(r->n_cases + 1, sizeof(const struct res_case *));
	struct pair *pairs cleanup_free = NULL;
	size_t n = 0, k = 0, n_pairs, looks = 0;

	if (r->until_decided)
		looks = sequential_looks(r->repeats, sequential_pairs(r)).n;
	results_clear_comparisons(r);
	for (size_t i = 0; i < r->n_cases; i++)
		if (r->cases[i].sum.n_ok > 0 && r->cases[i].key)
			live[n++] = &r->cases[i];
	n_pairs = n ? n * (n - 1) / 2 : 0;
	pairs = xcalloc(n_pairs + 1, sizeof(*pairs));
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			pairs[k++] = pair_make(live[i], live[j], n_pairs, looks);
	r->comparisons = xcalloc(n_pairs + 1, sizeof(*r->comparisons));
	r->n_comparisons = n_pairs;
	compare_all(r, pairs, n_pairs, r->comparisons);
	for (size_t i = 0; i < n_pairs; i++)
		pair_release(&pairs[i]);
}

const struct res_comparison *advise_comparison(const struct results *r, const char *a,
					       const char *b)
{
	for (size_t i = 0; i < r->n_comparisons; i++) {
		const struct res_comparison *c = &r->comparisons[i];

		if ((!strcmp(c->a, a) && !strcmp(c->b, b)) ||
		    (!strcmp(c->a, b) && !strcmp(c->b, a)))
			return c;
	}
	return NULL;
}
