/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/ratio.h"

#include "base/mem.h"
#include "stats/describe.h"
#include "stats/dist.h"
#include "stats/rng.h"

#include <math.h>
#include <stdbool.h>

#define MAX_CORRELATION 0.9

struct data {
	const struct ratio_repeat *rep; /* those with blocks */
	size_t n_rep, n;		/* n: blocks of all of them */
	double num, den, ratio;
	double tail; /* (1 - level) / 2 */
	uint64_t seed;
};

/* What is known of the spread within repeats. */
struct spread {
	double variance; /* of the ratio, as a share of its square */
	double df;
	double lo, hi; /* the interval if repeats do not differ */
};

static double residual(const struct ratio_block *b, double ratio)
{
	return b->num - ratio * b->den;
}

/* ---- drops at any time: block bootstrap ---- */

/* Lag-1 autocorrelation of the residuals within repeats, less its bias; 0..MAX_CORRELATION. */
static double autocorrelation(const struct data *d)
{
	double c0 = 0, c1 = 0, n = (double)d->n, pairs = 0, p;

	for (size_t k = 0; k < d->n_rep; k++)
		for (size_t i = 0; i < d->rep[k].n; i++) {
			double e = residual(&d->rep[k].v[i], d->ratio);

			c0 += e * e;
			if (!i)
				continue;
			c1 += e * residual(&d->rep[k].v[i - 1], d->ratio);
			pairs++;
		}
	p = c0 > 0 && pairs > 0 ? c1 / pairs / (c0 / n) : 0;
	return fmin(fmax(p + (1 + 3 * p) / n, 0), MAX_CORRELATION);
}

static size_t block_length(const struct data *d, double p)
{
	double q = p / (1 - p * p);
	size_t want = (size_t)ceil(cbrt(6 * q * q * (double)d->n));
	size_t most = d->n / d->n_rep / 3;

	want = want < 1 ? 1 : want;
	return want < most ? want : most < 1 ? 1 : most;
}

/* One replicate: the sum of residuals of circular blocks of len inside each repeat. */
static double replicate(const struct data *d, size_t len, struct rng *rng)
{
	double sum = 0;

	for (size_t k = 0; k < d->n_rep; k++) {
		const struct ratio_repeat *r = &d->rep[k];

		for (size_t left = r->n; left;) {
			size_t at = rng_below(rng, r->n), take = len < left ? len : left;

			left -= take;
			while (take--) {
				sum += residual(&r->v[at], d->ratio);
				at = at + 1 < r->n ? at + 1 : 0;
			}
		}
	}
	return sum;
}

/* Variance of a mean of n values with autocorrelation p^lag, n large, over that which blocks of len
 * show of it. */
static double missed_by_blocks(double p, size_t len)
{
	double all = (1 + p) / (1 - p), l = (double)len;

	return all / (all - 2 * p * (1 - pow(p, l)) / (l * (1 - p) * (1 - p)));
}

static double log_t(double variance, double df, double tail)
{
	return exp(stats_t_quantile(1 - tail, fmax(df, 1)) * sqrt(variance));
}

static size_t bootstrap(const struct data *d, struct spread *s)
{
	double *t cleanup_free = xcalloc(RATIO_REPLICATES, sizeof(*t));
	double p = autocorrelation(d), n = (double)d->n, factor;
	struct rng rng = rng_seed(d->seed);
	size_t len = block_length(d, p);

	for (size_t i = 0; i < RATIO_REPLICATES; i++)
		t[i] = replicate(d, len, &rng);
	s->variance = stats_variance(t, RATIO_REPLICATES) / (d->num * d->num) * n / (n - 1) *
		      missed_by_blocks(p, len);
	s->df = n * (1 - p) / (1 + p) - 1;
	factor = log_t(s->variance, s->df, d->tail);
	s->lo = d->ratio / factor;
	s->hi = d->ratio * factor;
	return len;
}

/* ---- drops in bursts ---- */

struct bursts { /* runs of dropping blocks, and the sum and squares of their drops */
	size_t n, blocks;
	double counted; /* n, those at an end of the window by half */
	double sum, squares;
};

static void burst_end(struct bursts *b, double *num, bool cut)
{
	if (!(*num > 0))
		return;
	b->n++;
	b->counted += cut ? 0.5 : 1;
	b->sum += *num;
	b->squares += *num * *num;
	*num = 0;
}

static struct bursts find_bursts(const struct data *d)
{
	struct bursts b = {0};

	for (size_t k = 0; k < d->n_rep; k++) {
		const struct ratio_repeat *r = &d->rep[k];
		double num = 0;
		bool cut = true;

		for (size_t i = 0; i < r->n; i++) {
			if (!(r->v[i].num > 0)) {
				burst_end(&b, &num, cut);
				cut = false;
				continue;
			}
			num += r->v[i].num;
			b.blocks++;
		}
		burst_end(&b, &num, true);
	}
	return b;
}

/* Squared coefficient of variation of the bursts' sizes, drawn towards 1. */
static double size_variation(const struct bursts *b)
{
	double m = b->counted, mean = b->sum / m, others = fmax(m - 1, 0), seen = 1;

	if (others > 0)
		seen = fmax((b->squares / m / mean / mean - 1) * m / others, 0);
	return (RATIO_SIZE_PRIOR + others * seen) / (RATIO_SIZE_PRIOR + others);
}

static double f_quantile(double p, double d1, double d2)
{
	double x = stats_beta_quantile(p, d1 / 2, d2 / 2);

	return d2 * x / (d1 * (1 - x));
}

static void by_bursts(const struct data *d, const struct bursts *b, struct spread *s)
{
	double quiet = 1 - (double)b->blocks / (double)d->n, q = quiet * quiet;
	double number = b->counted / q, size = (b->counted + 1) / q / size_variation(b);

	s->variance = 1 / number + 1 / size;
	s->df = b->counted;
	s->lo = d->ratio * f_quantile(d->tail, 2 * number, 2 * size);
	s->hi = d->ratio * (number + 0.5) / number *
		f_quantile(1 - d->tail, 2 * number + 1, 2 * size);
}

/* ---- repeats that differ ---- */

static double between_variance(const struct data *d)
{
	double sum = 0, n = (double)d->n_rep;

	for (size_t k = 0; k < d->n_rep; k++) {
		double e = 0;

		for (size_t i = 0; i < d->rep[k].n; i++)
			e += residual(&d->rep[k].v[i], d->ratio);
		sum += e * e;
	}
	return sum * n / (n - 1) / (d->num * d->num);
}

static void widen(struct ratio_interval *out, double lo, double hi)
{
	out->lo = fmin(out->lo, lo);
	out->hi = fmax(out->hi, hi);
}

static void differing_repeats(const struct data *d, const struct spread *s,
			      struct ratio_interval *out)
{
	double between = between_variance(d), f = between / s->variance, factor;
	double d1 = (double)d->n_rep - 1, d2 = fmax(s->df, 1);

	if (!(between > 0) ||
	    1 - stats_beta_inc(d1 * f / (d1 * f + d2), d1 / 2, d2 / 2) > RATIO_POOL_SIZE)
		return;
	factor = log_t(between, d1, d->tail);
	widen(out, d->ratio / factor, d->ratio * factor);
}

/* ---- the whole ---- */

/* Too few blocks for either: t interval over their ratios. */
static void few_blocks(const struct data *d, struct ratio_interval *out)
{
	double v[RATIO_MIN_BLOCKS];
	size_t n = 0;

	for (size_t k = 0; k < d->n_rep; k++)
		for (size_t i = 0; i < d->rep[k].n; i++) {
			const struct ratio_block *b = &d->rep[k].v[i];

			v[n++] = b->den > 0 ? b->num / b->den : NAN;
		}
	stats_t_interval(v, n, 1 - 2 * d->tail, &out->lo, &out->hi);
	if (isnan(out->lo)) {
		out->lo = 0;
		out->hi = 1;
	}
}

static void fill_interval(const struct data *d, struct ratio_interval *out)
{
	struct bursts b = find_bursts(d);
	struct spread s = {0};

	out->bursts = b.n;
	if (!b.n) {
		stats_binomial_interval(0, (double)d->n, 1 - 2 * d->tail, &out->lo, &out->hi);
		return;
	}
	if (d->n < RATIO_MIN_BLOCKS) {
		few_blocks(d, out);
	} else {
		if (b.blocks * 2 < d->n)
			by_bursts(d, &b, &s);
		else
			out->block_n = bootstrap(d, &s);
		out->lo = s.lo;
		out->hi = s.hi;
		if (d->n_rep > 1)
			differing_repeats(d, &s, out);
	}
	/* A point outside its own interval would only confuse; with few blocks it can happen. */
	widen(out, out->value, out->value);
	out->lo = fmax(out->lo, 0);
	out->hi = fmin(out->hi, 1);
}

struct ratio_interval stats_ratio_interval_at(const struct ratio_repeat *reps, size_t n_reps,
					      double level, uint64_t seed)
{
	struct ratio_repeat *used cleanup_free = xcalloc(n_reps ? n_reps : 1, sizeof(*used));
	struct ratio_interval out = {.value = NAN, .lo = NAN, .hi = NAN};
	struct data d = {.rep = used, .tail = (1 - level) / 2, .seed = seed};

	for (size_t k = 0; k < n_reps; k++) {
		if (!reps[k].n)
			continue;
		used[d.n_rep++] = reps[k];
		d.n += reps[k].n;
		for (size_t i = 0; i < reps[k].n; i++) {
			d.num += reps[k].v[i].num;
			d.den += reps[k].v[i].den;
		}
	}
	out.blocks = d.n;
	if (!(d.den > 0))
		return out;
	d.ratio = out.value = d.num / d.den;
	fill_interval(&d, &out);
	return out;
}

struct ratio_interval stats_ratio_interval(const struct ratio_repeat *reps, size_t n_reps,
					   uint64_t seed)
{
	return stats_ratio_interval_at(reps, n_reps, RATIO_LEVEL, seed);
}
