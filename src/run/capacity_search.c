/* SPDX-License-Identifier: Apache-2.0 */
#include "run/capacity_search.h"

#include "base/mem.h"

#include <math.h>
#include <string.h>

const char *const capacity_basis_names[] = {"measured", "interpolated", "at-least",
					    "below",	"unknown",	NULL};

/* A round whose loss is this near to the level (a tenth of it) is as good as one at the level. */
#define NEAR 0.1
/* Where to put a round beside the guessed rate, so that the bracket closes from both sides. */
#define BESIDE 1.02
/* After so many rounds the guesses are not good: halve the bracket instead. */
#define GUESSES 9

/* Rounds at one scale: their scales are equal but for the digits on the command line. */
#define SAME 1e-6
/* Losses of two rounds at one scale that differ by more are settled by a third. */
#define AGREE 0.02
/* A round that lost events although the consumer took this much less of them than in another one
 * was disturbed, as like as not. */
#define TAKEN 0.93
/* Scales nearer to each other tell nothing new. */
#define TOO_NEAR 0.007
/* Two rounds that lost events within this of each other bear each other out. */
#define NEIGHBOUR 1.1

/* ---- rounds at one scale ---- */

struct group {
	struct capacity_point p; /* medians */
	size_t n;		 /* rounds */
	double apart;		 /* highest less lowest loss */
};

static int by_loss(const void *a, const void *b)
{
	const struct capacity_point *x = a, *y = b;

	return x->loss < y->loss ? -1 : x->loss > y->loss;
}

static int by_rate(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	return x->p.evts_per_s < y->p.evts_per_s ? -1 : x->p.evts_per_s > y->p.evts_per_s;
}

static struct group merge(struct capacity_point *same, size_t n)
{
	struct group g = {.n = n};
	size_t saturated = 0;

	qsort(same, n, sizeof(*same), by_loss);
	g.apart = same[n - 1].loss - same[0].loss;
	/* Of two rounds the mean. */
	g.p = same[n / 2];
	if (n % 2 == 0) {
		g.p.loss = (same[n / 2 - 1].loss + same[n / 2].loss) / 2;
		g.p.evts_per_s = (same[n / 2 - 1].evts_per_s + same[n / 2].evts_per_s) / 2;
	}
	g.p.weight = 0;
	for (size_t i = 0; i < n; i++) {
		g.p.weight += same[i].weight;
		saturated += same[i].saturated;
	}
	g.p.saturated = saturated * 2 > n;
	return g;
}

/* In order of rate; the caller frees. */
static struct group *groups(const struct capacity_point *p, size_t n, size_t *n_groups)
{
	struct group *g = xcalloc(n + 1, sizeof(*g));
	struct capacity_point *same cleanup_free = xcalloc(n + 1, sizeof(*same));

	*n_groups = 0;
	for (size_t i = 0; i < n; i++) {
		bool first = true;
		size_t k = 0;

		for (size_t j = 0; j < n; j++) {
			if (fabs(p[j].scale - p[i].scale) > SAME * p[i].scale)
				continue;
			first = first && j >= i;
			same[k++] = p[j];
		}
		if (first)
			g[(*n_groups)++] = merge(same, k);
	}
	qsort(g, *n_groups, sizeof(*g), by_rate);
	return g;
}

/* ---- the curve ---- */

/* The groups in order of rate, with losses that never fall. The caller frees. */
static struct capacity_point *curve(const struct group *g, size_t n)
{
	struct capacity_point *v = xcalloc(n + 1, sizeof(*v));
	size_t *members cleanup_free = xcalloc(n + 1, sizeof(*members));
	struct capacity_point *pool cleanup_free = xcalloc(n + 1, sizeof(*pool));
	size_t n_pool = 0, at = 0;

	for (size_t i = 0; i < n; i++) {
		v[i] = pool[n_pool] = g[i].p;
		members[n_pool++] = 1;
		while (n_pool > 1 && pool[n_pool - 2].loss > pool[n_pool - 1].loss) {
			struct capacity_point *a = &pool[n_pool - 2], *b = &pool[n_pool - 1];
			double w = a->weight + b->weight;

			a->loss = w > 0 ? (a->loss * a->weight + b->loss * b->weight) / w
					: (a->loss + b->loss) / 2;
			a->weight = w;
			members[n_pool - 2] += members[n_pool - 1];
			n_pool--;
		}
	}
	for (size_t i = 0; i < n_pool; i++)
		for (size_t k = 0; k < members[i]; k++)
			v[at++].loss = pool[i].loss;
	return v;
}

/* Points with a loss up to the level: the curve's first so many. */
static size_t within(const struct capacity_point *v, size_t n, double level)
{
	size_t i = 0;

	while (i < n && v[i].loss <= level)
		i++;
	return i;
}

/* The rate at the level between two points. */
static double between(const struct capacity_point *lo, const struct capacity_point *hi,
		      double level)
{
	double knee = hi->evts_per_s * (1 - hi->loss), x, t;

	/* Without loss below, the loss begins somewhere between: where the rate is what the
	 * consumer took of the rate above. */
	if (lo->loss <= 0 && knee >= lo->evts_per_s)
		x = knee / (1 - level);
	else {
		t = (level - lo->loss) / (hi->loss - lo->loss);
		x = 1 / (1 / lo->evts_per_s + t * (1 / hi->evts_per_s - 1 / lo->evts_per_s));
	}
	return fmin(fmax(x, lo->evts_per_s), hi->evts_per_s);
}

static struct capacity_estimate estimate(const struct capacity_point *v, size_t n, double level)
{
	struct capacity_estimate e = {NAN, NAN, NAN, CAPACITY_UNKNOWN};
	size_t k = within(v, n, level);

	if (!n)
		return e;
	e.lo = k ? v[k - 1].evts_per_s : (double)NAN;
	e.hi = k < n ? v[k].evts_per_s : (double)NAN;
	if (!k) {
		e.basis = CAPACITY_BELOW;
		e.evts_per_s = e.hi;
	} else if (k == n) {
		e.basis = CAPACITY_AT_LEAST;
		e.evts_per_s = e.lo;
	} else if (level <= 0 || v[k - 1].loss >= level * (1 - NEAR)) {
		e.basis = CAPACITY_AT_ROUND;
		e.evts_per_s = e.lo;
	} else {
		e.basis = CAPACITY_INTERPOLATED;
		e.evts_per_s = between(&v[k - 1], &v[k], level);
	}
	return e;
}

struct capacity_estimate capacity_estimate(const struct capacity_point *p, size_t n, double level)
{
	size_t k;
	struct group *g cleanup_free = groups(p, n, &k);
	struct capacity_point *v cleanup_free = curve(g, k);

	return estimate(v, k, level);
}

/* ---- the next round ---- */

/* The scale that makes this rate, by the nearest round whose load kept up. */
static double scale_for(const struct capacity_point *v, size_t n, double rate)
{
	const struct capacity_point *best = NULL;

	for (size_t i = 0; i < n; i++)
		if (v[i].evts_per_s > 0 && (!best || best->saturated || !v[i].saturated) &&
		    (!best || (best->saturated && !v[i].saturated) ||
		     fabs(log(v[i].evts_per_s / rate)) < fabs(log(best->evts_per_s / rate))))
			best = &v[i];
	return best ? best->scale * rate / best->evts_per_s : 0;
}

/* Rounds at the largest scale or above 97 % of it that the load could not make. */
static size_t stuck(const struct capacity_point *v, size_t n, double top)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += v[i].saturated && v[i].scale > top * 0.97;
	return count;
}

/* raw: the rounds themselves. */
static double upward(const struct capacity_search *s, const struct capacity_point *v, size_t n,
		     const struct capacity_point *raw, size_t n_raw)
{
	const struct capacity_point *last = &v[n - 1];
	double top = 0, most = s->levels[s->n_levels - 1], next;

	for (size_t i = 0; i < n; i++)
		top = fmax(top, v[i].scale);
	if (stuck(raw, n_raw, top) == 1)
		return top; /* chance? once more */
	if (stuck(raw, n_raw, top) > 1)
		return 0;
	next = 2 * top;
	if (last->loss > 0) /* it has begun: no need to go far */
		next = scale_for(v, n, last->evts_per_s * (1 - last->loss) / (1 - 1.3 * most));
	return fmin(fmax(next, top * 1.03), 2 * top);
}

static double downward(const struct capacity_point *v, size_t n)
{
	double knee = v[0].evts_per_s * (1 - v[0].loss);
	double next = scale_for(v, n, knee * 0.93), least = v[0].scale;

	for (size_t i = 0; i < n; i++)
		least = fmin(least, v[i].scale);
	return fmin(fmax(next, least / 8), n < GUESSES ? least * 0.93 : least / 2);
}

static bool measured(const struct capacity_point *v, size_t n, double scale)
{
	for (size_t i = 0; i < n; i++)
		if (fabs(v[i].scale / scale - 1) < TOO_NEAR)
			return true;
	return false;
}

/* Inside a bracket, on the side of the guess where there is more of it; at a scale that was not
 * measured yet, or 0. */
static double inside(const struct capacity_point *v, size_t n, size_t k, double level)
{
	double lo = v[k - 1].evts_per_s, hi = v[k].evts_per_s;
	double guess = between(&v[k - 1], &v[k], level);
	double at[] = {0, 0.5, 0.25, 0.75};

	if (level <= 0)
		guess = fmin(fmax(hi * (1 - v[k].loss), lo), hi);
	guess = hi / guess > guess / lo ? guess * BESIDE : guess / BESIDE;
	at[0] = log(guess / lo) / log(hi / lo);
	at[0] = n > GUESSES ? 0.5 : fmin(fmax(at[0], 0.15), 0.85);
	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		double scale = scale_for(v, n, lo * pow(hi / lo, at[i]));

		if (!measured(v, n, scale))
			return scale;
	}
	return 0;
}

static double refine(const struct capacity_search *s, const struct capacity_point *v, size_t n)
{
	double widest = 1 + s->tolerance, next = 0;

	for (size_t i = 0; i < s->n_levels; i++) {
		size_t k = within(v, n, s->levels[i]);
		double scale;

		if (!k || k == n || v[k].evts_per_s / v[k - 1].evts_per_s <= widest)
			continue;
		scale = inside(v, n, k, s->levels[i]);
		if (!(scale > 0))
			continue;
		widest = v[k].evts_per_s / v[k - 1].evts_per_s;
		next = scale;
	}
	return next;
}

/* The first group with a loss once more: when the consumer took clearly less of it than of another
 * one, when two rounds of it do not agree, and at the end (sure) when it stands alone. 0: no. */
static double doubt(const struct group *g, size_t n, bool sure)
{
	double taken, most = 0;
	size_t i = 0;

	while (i < n && !(g[i].p.loss > 0))
		i++;
	if (i == n || g[i].n > 2)
		return 0;
	if (g[i].n == 2)
		return g[i].apart > AGREE ? g[i].p.scale : 0;
	taken = g[i].p.evts_per_s * (1 - g[i].p.loss);
	for (size_t k = 0; k < n; k++)
		most = fmax(most, g[k].p.evts_per_s * (1 - g[k].p.loss));
	if (taken < TAKEN * most)
		return g[i].p.scale;
	if (!sure || (i + 1 < n && g[i + 1].p.loss > 0 &&
		      g[i + 1].p.evts_per_s < NEIGHBOUR * g[i].p.evts_per_s))
		return 0;
	return g[i].p.scale;
}

double capacity_next(const struct capacity_search *s, const struct capacity_point *p, size_t n)
{
	struct capacity_point *v cleanup_free = NULL;
	struct group *g cleanup_free = NULL;
	double next;
	size_t k;

	if (!n)
		return s->start;
	if (n >= s->max_rounds || !s->n_levels)
		return 0;
	g = groups(p, n, &k);
	v = curve(g, k);
	if (!(v[0].evts_per_s > 0))
		return 0;
	next = v[0].foreign ? 0 : doubt(g, k, false);
	/* First drops first; then a rate without any; then the rates above; then closer. */
	if (!next && v[k - 1].loss <= 0)
		next = upward(s, v, k, p, n);
	/* What other processes do does not get less with the load. */
	if (!next && !within(v, k, s->levels[0]) && !v[0].foreign)
		next = downward(v, k);
	if (!next && within(v, k, s->levels[s->n_levels - 1]) == k && v[k - 1].loss > 0)
		next = upward(s, v, k, p, n);
	if (!next)
		next = refine(s, v, k);
	if (!next && !v[0].foreign)
		next = doubt(g, k, true);
	return next >= CAPACITY_SCALE_MIN && next <= CAPACITY_SCALE_MAX ? next : 0;
}
