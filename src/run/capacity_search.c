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

/* ---- the curve ---- */

static int by_rate(const void *a, const void *b)
{
	const struct capacity_point *x = a, *y = b;

	return x->evts_per_s < y->evts_per_s ? -1 : x->evts_per_s > y->evts_per_s;
}

/* A copy in order of rate, with losses that never fall. The caller frees. */
static struct capacity_point *curve(const struct capacity_point *p, size_t n)
{
	struct capacity_point *v = xcalloc(n + 1, sizeof(*v));
	size_t *members cleanup_free = xcalloc(n + 1, sizeof(*members));
	struct capacity_point *pool cleanup_free = xcalloc(n + 1, sizeof(*pool));
	size_t n_pool = 0, at = 0;

	if (n)
		memcpy(v, p, n * sizeof(*v));
	qsort(v, n, sizeof(*v), by_rate);
	for (size_t i = 0; i < n; i++) {
		pool[n_pool] = v[i];
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
	struct capacity_point *v cleanup_free = curve(p, n);

	return estimate(v, n, level);
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

static double upward(const struct capacity_search *s, const struct capacity_point *v, size_t n)
{
	const struct capacity_point *last = &v[n - 1];
	double top = 0, most = s->levels[s->n_levels - 1], next;

	for (size_t i = 0; i < n; i++)
		top = fmax(top, v[i].scale);
	if (stuck(v, n, top) == 1)
		return top; /* chance? once more */
	if (stuck(v, n, top) > 1)
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

/* Inside a bracket, on the side of the guess where there is more of it. */
static double inside(const struct capacity_point *v, size_t n, size_t k, double level)
{
	double lo = v[k - 1].evts_per_s, hi = v[k].evts_per_s;
	double guess = between(&v[k - 1], &v[k], level), u;

	if (level <= 0)
		guess = fmin(fmax(hi * (1 - v[k].loss), lo), hi);
	guess = hi / guess > guess / lo ? guess * BESIDE : guess / BESIDE;
	u = log(guess / lo) / log(hi / lo);
	u = n > GUESSES ? 0.5 : fmin(fmax(u, 0.15), 0.85);
	return scale_for(v, n, lo * pow(hi / lo, u));
}

static double refine(const struct capacity_search *s, const struct capacity_point *v, size_t n)
{
	double widest = 1 + s->tolerance, next = 0;

	for (size_t i = 0; i < s->n_levels; i++) {
		size_t k = within(v, n, s->levels[i]);

		if (!k || k == n || v[k].evts_per_s / v[k - 1].evts_per_s <= widest)
			continue;
		widest = v[k].evts_per_s / v[k - 1].evts_per_s;
		next = inside(v, n, k, s->levels[i]);
	}
	return next;
}

double capacity_next(const struct capacity_search *s, const struct capacity_point *p, size_t n)
{
	struct capacity_point *v cleanup_free = NULL;
	double next = 0;

	if (!n)
		return s->start;
	if (n >= s->max_rounds || !s->n_levels)
		return 0;
	v = curve(p, n);
	if (!(v[n - 1].evts_per_s > 0) || !(v[0].evts_per_s > 0))
		return 0;
	/* First drops first; then a rate without any; then the rates above; then closer. */
	if (v[n - 1].loss <= 0)
		next = upward(s, v, n);
	/* What other processes do does not get less with the load. */
	if (!next && !within(v, n, s->levels[0]) && !v[0].foreign)
		next = downward(v, n);
	if (!next && within(v, n, s->levels[s->n_levels - 1]) == n && v[n - 1].loss > 0)
		next = upward(s, v, n);
	if (!next)
		next = refine(s, v, n);
	return next >= CAPACITY_SCALE_MIN && next <= CAPACITY_SCALE_MAX ? next : 0;
}
