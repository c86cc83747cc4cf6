/* SPDX-License-Identifier: Apache-2.0 */
#include "advise/slowdown.h"

#include "base/mem.h"
#include "stats/describe.h"

#include <math.h>
#include <string.h>

/* The repeats of a rung or a case. */
struct runs {
	const struct res_repeat *v;
	size_t n;
};

const struct res_rung *slowdown_rung(const struct results *r, const char *kind, const char *load)
{
	for (size_t i = 0; i < r->n_rungs; i++)
		if (!strcmp(r->rungs[i].kind, kind) && load && !strcmp(r->rungs[i].load, load))
			return &r->rungs[i];
	return NULL;
}

static struct runs runs_of(const struct results *r, const struct res_rung *g)
{
	if (!g)
		return (struct runs){0};
	for (size_t i = 0; g->case_key && i < r->n_cases; i++)
		if (!strcmp(r->cases[i].key, g->case_key))
			return (struct runs){r->cases[i].repeats, r->cases[i].n_repeats};
	return (struct runs){g->repeats, g->n_repeats};
}

/* Worker w of round k, or NULL. Workers stand in the order of the profile. */
static const struct res_worker *worker_at(const struct runs *v, size_t k, size_t w)
{
	if (k >= v->n || v->v[k].status != RES_OK || w >= v->v[k].n_workers)
		return NULL;
	return &v->v[k].workers[w];
}

static bool is_paced(const struct res_worker *w)
{
	return w->requested_per_s > 0;
}

static double measure(const struct res_worker *w, bool paced)
{
	double v = !w ? (double)NAN : paced ? w->service_p50_ns : w->achieved_per_s;

	return v > 0 ? v : (double)NAN;
}

/* Natural logarithm of the time of a over that of b. */
static double log_ratio(const struct res_worker *a, const struct res_worker *b, bool paced)
{
	double x = measure(a, paced), y = measure(b, paced);

	return paced ? log(x / y) : log(y / x);
}

static struct res_ratio ratio_of(const struct runs *a, const struct runs *b, size_t w, bool paced,
				 int *rounds)
{
	size_t n = a->n < b->n ? a->n : b->n, k = 0;
	double *logs cleanup_free = xcalloc(n + 1, sizeof(*logs));
	struct res_ratio r;

	for (size_t i = 0; i < n; i++) {
		double l = log_ratio(worker_at(a, i, w), worker_at(b, i, w), paced);

		if (!isnan(l))
			logs[k++] = l;
	}
	r.ratio = exp(stats_mean(logs, k));
	stats_t_interval(logs, k, 0.95, &r.lo, &r.hi);
	r.lo = exp(r.lo);
	r.hi = exp(r.hi);
	*rounds = (int)k;
	return r;
}

static double median_of(const struct runs *v, size_t w, bool paced)
{
	double *m cleanup_free = xcalloc(v->n + 1, sizeof(*m));

	for (size_t i = 0; i < v->n; i++)
		m[i] = measure(worker_at(v, i, w), paced);
	return stats_median(m, v->n);
}

static const struct res_worker *first_worker(const struct runs *v, size_t w)
{
	const struct res_worker *found = NULL;

	for (size_t k = 0; !found && k < v->n; k++)
		found = worker_at(v, k, w);
	return found;
}

static void fill(struct res_slowdown *s, const struct res_worker *who, size_t w, bool paced,
		 const struct runs *own, const struct runs *bare, const struct runs *floor)
{
	int n;

	*s = (struct res_slowdown){
		.worker = xstrdup(who->name ? who->name : "?"),
		.operation = xstrdup(who->operation ? who->operation : "?"),
		.measure = xstrdup(paced ? "service_p50" : "rate"),
		.bare = median_of(bare, w, paced),
		.with = median_of(own, w, paced),
	};
	s->slow = ratio_of(own, bare, w, paced, &s->rounds);
	s->floor = ratio_of(floor, bare, w, paced, &n);
	s->own = ratio_of(own, floor, w, paced, &n);
	s->indicative = s->rounds < SLOWDOWN_MIN_ROUNDS;
}

static void one_case(const struct results *r, struct res_case *c)
{
	const struct res_rung *floor_rung = slowdown_rung(r, RUNG_FLOOR, c->load);
	struct runs own = {c->repeats, c->n_repeats};
	struct runs bare = runs_of(r, slowdown_rung(r, RUNG_BARE, c->load));
	struct runs floor = runs_of(r, floor_rung);
	const struct res_worker *who;

	if (!bare.n)
		return;
	for (size_t w = 0; (who = first_worker(&own, w)); w++)
		for (int times = is_paced(who); times <= 1; times++) {
			struct res_slowdown *s;

			if (times && isnan(who->service_p50_ns))
				continue;
			c->slowdown =
				xrealloc(c->slowdown, c->n_slowdown + 1, sizeof(*c->slowdown));
			s = &c->slowdown[c->n_slowdown++];
			fill(s, who, w, times, &own, &bare, &floor);
			s->floor_uses = floor_rung && strvec_has(&floor_rung->uses, s->worker);
		}
}

void slowdown_results(struct results *r)
{
	for (size_t i = 0; i < r->n_cases; i++) {
		res_case_clear_slowdown(&r->cases[i]);
		one_case(r, &r->cases[i]);
	}
}

const struct res_slowdown *slowdown_worst(const struct res_case *c)
{
	const struct res_slowdown *worst = NULL;

	for (size_t i = 0; i < c->n_slowdown; i++)
		if (!isnan(c->slowdown[i].slow.ratio) &&
		    (!worst || c->slowdown[i].slow.ratio > worst->slow.ratio))
			worst = &c->slowdown[i];
	return worst;
}
