/* SPDX-License-Identifier: Apache-2.0 */
#include "run/sequential.h"

#include "base/mem.h"
#include "stats/describe.h"
#include "stats/power.h"
#include "stats/tests.h"

#include <math.h>

static int64_t next_look(int64_t look)
{
	return look + look / 2 + look % 2;
}

static int64_t count_looks(int64_t most)
{
	int64_t n = 0;

	for (int64_t look = SEQUENTIAL_FIRST; look < most; look = next_look(look))
		n++;
	return n + 1;
}

bool sequential_is_look(int64_t round, int64_t most)
{
	int64_t look = SEQUENTIAL_FIRST;

	while (look < round)
		look = next_look(look);
	return round == look || round == most;
}

double sequential_level(int64_t most)
{
	return SEQUENTIAL_LEVEL / (double)count_looks(most);
}

double res_repeat_rate(const struct res_repeat *r)
{
	if (r->status != RES_OK || r->n_evts == RES_UNKNOWN || r->n_drops == RES_UNKNOWN)
		return (double)NAN;
	return r->n_evts > 0 ? (double)r->n_drops / (double)r->n_evts : 0;
}

static size_t rates(const struct res_case *c, double **out)
{
	size_t n = 0;

	*out = xcalloc(c->n_repeats + 1, sizeof(**out));
	for (size_t i = 0; i < c->n_repeats; i++) {
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

static struct pair pair_make(const struct res_case *a, const struct res_case *b)
{
	struct pair v;

	v.n_x = rates(a, &v.x);
	v.n_y = rates(b, &v.y);
	v.p = stats_mann_whitney(v.x, v.n_x, v.y, v.n_y, STATS_AUTO).p;
	return v;
}

static void pair_release(struct pair *v)
{
	free(v->x);
	free(v->y);
}

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

static bool is_futile(const struct pair *v, int64_t most)
{
	double d = fabs(stats_mean(v->x, v->n_x) - stats_mean(v->y, v->n_y));
	double sd = sqrt(stats_variance(v->x, v->n_x) + stats_variance(v->y, v->n_y));

	if (isnan(sd) || (d > 0 && sd == 0))
		return false;
	return !(d > 0) ||
	       stats_power_pairs(d / sd, (size_t)most, sequential_level(most)) < SEQUENTIAL_CHANCE;
}

bool sequential_apart(const struct res_case *a, const struct res_case *b, int64_t most, double *p)
{
	struct pair v = pair_make(a, b);

	*p = v.p;
	pair_release(&v);
	return *p <= sequential_level(most);
}

enum sequential sequential_pair(const struct res_case *a, const struct res_case *b, int64_t most)
{
	struct pair v = pair_make(a, b);
	enum sequential s = SEQUENTIAL_OPEN;

	if (isnan(v.p))
		s = SEQUENTIAL_FUTILE;
	else if (v.p <= sequential_level(most))
		s = SEQUENTIAL_APART;
	else if (stats_mean(v.x, v.n_x) == 0 && stats_mean(v.y, v.n_y) == 0)
		s = SEQUENTIAL_QUIET;
	else if (leans(a, b, &v))
		s = SEQUENTIAL_LEANS;
	else if (is_futile(&v, most))
		s = SEQUENTIAL_FUTILE;
	pair_release(&v);
	return s;
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

	for (size_t i = 0; i < r->n_cases; i++)
		done[i] = !count(&r->cases[i], RES_PENDING, RES_PENDING);
	if (!sequential_is_look(round, r->repeats))
		return;
	/* A case of fewer rounds was done at an earlier look. */
	for (size_t i = 0; i < r->n_cases; i++) {
		const struct res_case *a = &r->cases[i];

		if (done[i] || rounds_of(a) < round)
			continue;
		done[i] = true;
		for (size_t k = 0; done[i] && k < r->n_cases; k++)
			if (k != i && rounds_of(&r->cases[k]) == round &&
			    sequential_pair(a, &r->cases[k], r->repeats) == SEQUENTIAL_OPEN)
				done[i] = false;
	}
}
