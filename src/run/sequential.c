/* SPDX-License-Identifier: Apache-2.0 */
#include "run/sequential.h"

#include "base/mem.h"
#include "stats/describe.h"
#include "stats/dist.h"
#include "stats/tests.h"

#include <math.h>

static int64_t next_look(int64_t look)
{
	return look < 8 ? look + look / 5 * (look - 4) : look + look / 2 + look % 2;
}

bool sequential_is_look(int64_t round, int64_t most)
{
	int64_t look = SEQUENTIAL_FIRST;

	while (look < round)
		look = next_look(look);
	return round == look || round == most;
}

struct sequential_looks sequential_looks(int64_t most, size_t n_pairs)
{
	struct sequential_looks out = {.first = most, .n_pairs = n_pairs ? n_pairs : 1};

	for (int64_t l = SEQUENTIAL_FIRST; l <= most; l++) {
		double least = stats_mann_whitney_least_p((size_t)l, (size_t)l) *
			       (double)out.n_pairs / SEQUENTIAL_LEVEL;

		if (!sequential_is_look(l, most) || (!out.n && least > SEQUENTIAL_FIRST_SHARE))
			continue;
		if (!out.n++) {
			out.first = l;
			out.first_share = least * (1 + 1e-9); /* rounding */
		}
	}
	if (out.n < 2)
		out = (struct sequential_looks){most, 1, out.n_pairs, 1};
	out.first_share = fmax(out.first_share, 1 / (double)out.n);
	return out;
}

double sequential_share(const struct sequential_looks *l, int64_t round)
{
	return round == l->first ? l->first_share : (1 - l->first_share) / (double)(l->n - 1);
}

double sequential_level(const struct sequential_looks *l, int64_t round)
{
	return SEQUENTIAL_LEVEL * sequential_share(l, round) / (double)l->n_pairs;
}

double res_repeat_rate(const struct res_repeat *r)
{
	if (r->status != RES_OK || r->n_evts == RES_UNKNOWN || r->n_drops == RES_UNKNOWN)
		return (double)NAN;
	return r->n_evts > 0 ? (double)r->n_drops / (double)r->n_evts : 0;
}

static int64_t count(const struct res_case *c, enum res_status a, enum res_status b)
{
	int64_t n = 0;

	for (size_t i = 0; i < c->n_repeats; i++)
		n += c->repeats[i].status == a || c->repeats[i].status == b;
	return n;
}

static int64_t rounds_of(const struct res_case *c)
{
	return count(c, RES_OK, RES_FAILED);
}

/* Of the first `rounds` rounds. */
static size_t rates(const struct res_case *c, int64_t rounds, double **out)
{
	size_t n = 0;

	*out = xcalloc(c->n_repeats + 1, sizeof(**out));
	for (size_t i = 0; i < c->n_repeats && (int64_t)i < rounds; i++) {
		(*out)[n] = res_repeat_rate(&c->repeats[i]);
		n += !isnan((*out)[n]);
	}
	return n;
}

struct pair {
	double *x, *y; /* drop rates */
	size_t n_x, n_y;
	double p;
};

static struct pair pair_make(const struct res_case *a, const struct res_case *b, int64_t rounds)
{
	struct pair v;

	v.n_x = rates(a, rounds, &v.x);
	v.n_y = rates(b, rounds, &v.y);
	v.p = stats_mann_whitney(v.x, v.n_x, v.y, v.n_y, STATS_AUTO).p;
	return v;
}

static void pair_release(struct pair *v)
{
	free(v->x);
	free(v->y);
}

/* ---- the tests ---- */

size_t sequential_pairs(const struct results *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_cases; i++)
		n += r->cases[i].n_repeats > 0;
	return n ? n * (n - 1) / 2 : 0;
}

/* The smallest p of the looks that both cases have come to, *corrected for the looks; NaN before
 * the first. */
static double smallest_p(const struct res_case *a, const struct res_case *b,
			 const struct sequential_looks *looks, int64_t most, double *corrected)
{
	int64_t rounds = rounds_of(a) < rounds_of(b) ? rounds_of(a) : rounds_of(b);
	double least = (double)NAN;

	*corrected = (double)NAN;
	for (int64_t l = looks->first; l <= rounds; l++) {
		struct pair v;

		if (!sequential_is_look(l, most))
			continue;
		v = pair_make(a, b, l);
		least = fmin(least, v.p);
		*corrected = fmin(*corrected, v.p / sequential_share(looks, l));
		pair_release(&v);
	}
	return least;
}

void sequential_test(const struct results *r, double *p, double *p_holm)
{
	struct sequential_looks looks = sequential_looks(r->repeats, sequential_pairs(r));
	size_t n = r->n_cases, k = 0;
	double *v cleanup_free = xcalloc(n * n + 1, sizeof(*v));

	/* A pair without a test can still get one: it counts, as one that tells nothing. */
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++) {
			double corrected;

			p[i * n + j] = p[j * n + i] = smallest_p(&r->cases[i], &r->cases[j], &looks,
								 r->repeats, &corrected);
			if (r->cases[i].n_repeats && r->cases[j].n_repeats)
				v[k++] = isnan(corrected) ? 1 : fmin(corrected, 1);
		}
	stats_holm(v, k, v);
	k = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++) {
			bool tested = r->cases[i].n_repeats && r->cases[j].n_repeats;
			double value = tested ? v[k++] : (double)NAN;

			p_holm[i * n + j] = p_holm[j * n + i] =
				isnan(p[i * n + j]) ? (double)NAN : value;
		}
}

/* ---- where a pair stands ---- */

static size_t set_size(const struct res_case *c)
{
	return c->dry_status == RES_OK && c->dry_final.n ? c->dry_final.n : c->predicted.n;
}

static bool leans(const struct res_case *a, const struct res_case *b, const struct pair *v)
{
	double more = stats_mean(v->y, v->n_y) - stats_mean(v->x, v->n_x);
	size_t x = set_size(a), y = set_size(b);

	return v->p <= SEQUENTIAL_LEAN && (x == y || (x < y ? more > 0 : more < 0));
}

/* Noether's approximation of the test's power, from the share of pairs of repeats in which one case
 * drops more: a half means no difference. */
static bool is_futile(const struct pair *v, int64_t most, double level)
{
	double u = stats_mann_whitney(v->x, v->n_x, v->y, v->n_y, STATS_AUTO).statistic;
	double share = u / ((double)v->n_x * (double)v->n_y);
	double z = sqrt(6 * (double)most) * fabs(share - 0.5);

	return stats_normal_cdf(z - stats_normal_quantile(1 - level / 2)) < SEQUENTIAL_CHANCE;
}

/* n_left: pairs that are not told apart yet. Holm's correction of the last of them to be told apart
 * is at most by their number, so that a test that could still tell it is not called futile. */
static enum sequential pair_state(const struct results *r, size_t i, size_t j, double p_holm,
				  size_t n_left)
{
	const struct res_case *a = &r->cases[i], *b = &r->cases[j];
	struct sequential_looks looks = sequential_looks(r->repeats, sequential_pairs(r));
	struct pair v = pair_make(a, b, r->repeats);
	enum sequential s = SEQUENTIAL_OPEN;

	looks.n_pairs = n_left ? n_left : 1;

	if (isnan(v.p))
		s = SEQUENTIAL_FUTILE;
	else if (p_holm <= SEQUENTIAL_LEVEL)
		s = SEQUENTIAL_APART;
	else if (stats_mean(v.x, v.n_x) == 0 && stats_mean(v.y, v.n_y) == 0)
		s = SEQUENTIAL_QUIET;
	else if (leans(a, b, &v))
		s = SEQUENTIAL_LEANS;
	else if (rounds_of(a) >= looks.first && rounds_of(b) >= looks.first &&
		 is_futile(&v, r->repeats, sequential_level(&looks, r->repeats)))
		s = SEQUENTIAL_FUTILE;
	pair_release(&v);
	return s;
}

int64_t sequential_round(const struct results *r)
{
	int64_t most = 0;

	for (size_t i = 0; i < r->n_cases; i++)
		if (rounds_of(&r->cases[i]) > most)
			most = rounds_of(&r->cases[i]);
	return most;
}

void sequential_done(const struct results *r, bool *done)
{
	int64_t round = sequential_round(r);
	size_t n = r->n_cases, n_left = 0;
	double *p cleanup_free = xcalloc(n * n + 1, sizeof(*p));
	double *p_holm cleanup_free = xcalloc(n * n + 1, sizeof(*p_holm));

	for (size_t i = 0; i < n; i++)
		done[i] = !count(&r->cases[i], RES_PENDING, RES_PENDING);
	if (!sequential_is_look(round, r->repeats))
		return;
	sequential_test(r, p, p_holm);
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++)
			n_left += r->cases[i].n_repeats && r->cases[k].n_repeats &&
				  !(p_holm[i * n + k] <= SEQUENTIAL_LEVEL);
	/* A case of fewer rounds was done at an earlier look. */
	for (size_t i = 0; i < n; i++) {
		if (done[i] || rounds_of(&r->cases[i]) < round)
			continue;
		done[i] = true;
		for (size_t k = 0; done[i] && k < n; k++)
			if (k != i && rounds_of(&r->cases[k]) == round &&
			    pair_state(r, i, k, p_holm[i * n + k], n_left) == SEQUENTIAL_OPEN)
				done[i] = false;
	}
}
