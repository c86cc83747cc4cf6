/* SPDX-License-Identifier: Apache-2.0 */
#include "advise/sides.h"

#include "run/sequential.h"
#include "base/mem.h"
#include "stats/describe.h"

#include <math.h>
#include <string.h>

#define WORKERS_MAX 64

static double seconds(const struct res_repeat *r)
{
	double s = (double)(r->t1_ns - r->t0_ns) / 1e9;

	return r->status == RES_OK && s > 0 ? s : (double)NAN;
}

static double count(int64_t n)
{
	return n >= 0 ? (double)n : (double)NAN;
}

static double events(const struct res_repeat *r, size_t worker)
{
	(void)worker;
	return count(r->n_evts) / seconds(r);
}

static double cpu(const struct res_repeat *r, size_t worker)
{
	(void)worker;
	return count(r->cpu_ns) / 1e9 / seconds(r);
}

/* Of the events that the consumer had to do with. */
static double cpu_per_event(const struct res_repeat *r, size_t worker)
{
	double n = count(r->n_evts) - count(r->n_drops);

	(void)worker;
	return r->status == RES_OK && n > 0 ? count(r->cpu_ns) / n : (double)NAN;
}

static double drop_rate(const struct res_repeat *r, size_t worker)
{
	(void)worker;
	return res_repeat_rate(r);
}

static double rss(const struct res_repeat *r, size_t worker)
{
	(void)worker;
	return r->status == RES_OK ? count(r->rss_bytes) : (double)NAN;
}

static double service(const struct res_repeat *r, size_t worker)
{
	return r->status == RES_OK && worker < r->n_workers ? r->workers[worker].service_p50_ns
							    : (double)NAN;
}

struct quantity {
	const char *key, *name;
	enum side_unit unit;
	bool is_ratio;
	double (*of)(const struct res_repeat *r, size_t worker);
};

static const struct quantity quantities[] = {
	{"evts_per_s", "kernel events/s", SIDE_RATE, true, events},
	{"engine_cpu", "engine's CPU, share of a core", SIDE_SHARE, true, cpu},
	{"cpu_per_event", "engine's CPU per event", SIDE_NS, true, cpu_per_event},
	{"drop_rate", "drop rate", SIDE_SHARE, false, drop_rate},
	{"rss", "engine's memory (RSS)", SIDE_BYTES, true, rss},
};

static const struct quantity of_worker = {"operation", "median time of an operation of", SIDE_NS,
					  true, service};

static const struct res_case *find_case(const struct results *r, const char *key)
{
	for (size_t i = 0; i < r->n_cases; i++)
		if (r->cases[i].key && !strcmp(r->cases[i].key, key))
			return &r->cases[i];
	return NULL;
}

/* The pairs of a quantity: rounds in which both sides are known. */
static size_t pairs_of(const struct quantity *q, size_t worker, const struct res_case *a,
		       const struct res_case *b, double *x, double *y)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n_repeats; i++)
		for (size_t k = 0; k < b->n_repeats; k++) {
			if (a->repeats[i].index != b->repeats[k].index)
				continue;
			x[n] = q->of(&a->repeats[i], worker);
			y[n] = q->of(&b->repeats[k], worker);
			n += !isnan(x[n]) && !isnan(y[n]);
			break;
		}
	return n;
}

/* What is compared in a round; NaN: nothing, as where one of the two is 0. */
static double step(const struct quantity *q, double x, double y)
{
	if (!q->is_ratio)
		return y - x;
	return x > 0 && y > 0 ? log(y / x) : (double)NAN;
}

static double unlog(const struct quantity *q, double v)
{
	return q->is_ratio ? expm1(v) : v;
}

static void fill(const struct quantity *q, size_t worker, const struct res_case *a,
		 const struct res_case *b, double level, struct side_row *out)
{
	double *x cleanup_free = xcalloc(a->n_repeats + 1, sizeof(*x));
	double *y cleanup_free = xcalloc(a->n_repeats + 1, sizeof(*y));
	double *d cleanup_free = xcalloc(a->n_repeats + 1, sizeof(*d));
	size_t n = pairs_of(q, worker, a, b, x, y);
	double lo, hi;
	int compared = 0;

	for (size_t i = 0; i < n; i++) {
		d[i] = step(q, x[i], y[i]);
		compared += !isnan(d[i]);
	}
	stats_t_interval(d, n, level, &lo, &hi);
	*out = (struct side_row){.key = q->key,
				 .unit = q->unit,
				 .is_ratio = q->is_ratio,
				 .old = stats_median(x, n),
				 .new = stats_median(y, n),
				 .change = unlog(q, stats_mean(d, n)),
				 .lo = unlog(q, lo),
				 .hi = unlog(q, hi),
				 .rounds = compared,
				 .seen = lo > 0 || hi < 0,
				 .indicative = compared < SIDES_MIN_ROUNDS};
}

static size_t n_workers(const struct res_case *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_repeats; i++)
		if (c->repeats[i].n_workers > n)
			n = c->repeats[i].n_workers;
	return n < WORKERS_MAX ? n : WORKERS_MAX;
}

static const char *worker_name(const struct res_case *c, size_t w)
{
	for (size_t i = 0; i < c->n_repeats; i++)
		if (w < c->repeats[i].n_workers && c->repeats[i].workers[w].name)
			return c->repeats[i].workers[w].name;
	return "?";
}

static int n_ok(const struct res_case *c)
{
	int n = 0;

	for (size_t i = 0; i < c->n_repeats; i++)
		n += c->repeats[i].status == RES_OK;
	return n;
}

void sides_compare(const struct results *r, const char *old_key, const char *new_key,
		   struct sides *out)
{
	const struct res_case *a = find_case(r, old_key), *b = find_case(r, new_key);
	size_t workers;
	double level;

	*out = (struct sides){0};
	if (!a || !b)
		return;
	out->n_old = n_ok(a);
	out->n_new = n_ok(b);
	workers = n_workers(a);
	level = 1 - (1 - SIDES_LEVEL) / (double)(ARRAY_SIZE(quantities) + workers);
	out->v = xcalloc(ARRAY_SIZE(quantities) + workers, sizeof(*out->v));
	for (size_t i = 0; i < ARRAY_SIZE(quantities) + workers; i++) {
		bool common = i < ARRAY_SIZE(quantities);
		size_t w = common ? 0 : i - ARRAY_SIZE(quantities);
		const struct quantity *q = common ? &quantities[i] : &of_worker;
		struct side_row *row = &out->v[out->n];

		fill(q, w, a, b, level, row);
		if (isnan(row->old) && isnan(row->new))
			continue;
		row->name =
			common ? xstrdup(q->name) : xasprintf("%s %s", q->name, worker_name(a, w));
		out->n++;
	}
}

void sides_release(struct sides *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->v[i].name);
	free(s->v);
	*s = (struct sides){0};
}

const struct side_row *sides_find(const struct sides *s, const char *key)
{
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->v[i].key, key))
			return &s->v[i];
	return NULL;
}
