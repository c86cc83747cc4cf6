/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/ratio.h"

#include "base/mem.h"
#include "stats/describe.h"
#include "stats/dist.h"

#include <math.h>
#include <stdbool.h>

#define MAX_CORRELATION 0.9

struct data {
	const struct ratio_repeat *rep; /* those with blocks */
	size_t n_rep, n;		/* n: blocks of all of them */
	double num, den, ratio;
	double tail; /* (1 - level) / 2 */
};

/* What is known of the spread within repeats. */
struct spread {
	double variance; /* of the ratio, as a share of its square */
	double df;
	double lo, hi; /* the interval if repeats are alike */
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

/* Variance of the sum of residuals of one circular block of len, over all places where it may
 * begin. */
static double block_variance(const struct ratio_repeat *r, double ratio, size_t len)
{
	double sum = 0, squares = 0, block = 0, n = (double)r->n;

	for (size_t i = 0; i < len; i++)
		block += residual(&r->v[i], ratio);
	for (size_t i = 0; i < r->n; i++) {
		sum += block;
		squares += block * block;
		block += residual(&r->v[(i + len) % r->n], ratio) - residual(&r->v[i], ratio);
	}
	return fmax(squares / n - sum / n * sum / n, 0);
}

/* What the variance of infinitely many replicates would be: their blocks are independent. */
static double bootstrap_variance(const struct data *d, size_t len)
{
	double sum = 0;

	for (size_t k = 0; k < d->n_rep; k++) {
		const struct ratio_repeat *r = &d->rep[k];

		sum += (double)(r->n / len) * block_variance(r, d->ratio, len);
		sum += block_variance(r, d->ratio, r->n % len);
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

static size_t bootstrap(const struct data *d, double tail, struct spread *s)
{
	double p = autocorrelation(d), n = (double)d->n, factor;
	size_t len = block_length(d, p);

	s->variance = bootstrap_variance(d, len) / (d->num * d->num) * n / (n - 1) *
		      missed_by_blocks(p, len);
	s->df = n * (1 - p) / (1 + p) - 1;
	factor = log_t(s->variance, s->df, tail);
	s->lo = d->ratio / factor;
	s->hi = d->ratio * factor;
	return len;
}

/* ---- drops in bursts ---- */

struct bursts { /* runs of dropping blocks, and the logarithms of their drops */
	size_t n, blocks;
	double counted; /* n, those at an end of the window by half */
	double sum, squares;
};

static void burst_end(struct bursts *b, double *num, bool cut)
{
	double size = log(*num);

	if (!(*num > 0))
		return;
	b->n++;
	b->counted += cut ? 0.5 : 1;
	b->sum += size;
	b->squares += size * size;
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

/* Variance of the logarithms of sizes, with RATIO_SIZE_PRIOR of them from before. */
static double size_variance(const struct bursts *b)
{
	double n = (double)b->n, seen = fmax(b->squares - b->sum * b->sum / n, 0);

	return (RATIO_SIZE_PRIOR * RATIO_SIZE_VARIANCE + seen) / (RATIO_SIZE_PRIOR + n - 1);
}

static double together(double a, double b, double c)
{
	return sqrt(a * a + b * b + c * c);
}

static void by_bursts(const struct data *d, const struct bursts *b, double tail, struct spread *s)
{
	double quiet = 1 - (double)b->blocks / (double)d->n, number = b->counted / quiet / quiet;
	double v = size_variance(b), df = (double)b->n + RATIO_SIZE_DF;
	double median = stats_t_quantile(1 - tail, df) * sqrt(v / number);
	double rare = log(stats_gamma_quantile(tail, number + 0.5) / number);
	double often = log(stats_gamma_quantile(1 - tail, number + 0.5) / number);
	double narrow = df / 2 / stats_gamma_quantile(1 - tail, df / 2) - 1;
	double wide = df / 2 / stats_gamma_quantile(tail, df / 2) - 1;

	s->variance = (1 + v + v * v / 2) / number;
	s->df = b->counted;
	s->lo = d->ratio * exp(-together(rare, median, narrow * v / 2 * quiet));
	s->hi = d->ratio * exp(together(often, median, wide * v / 2 * quiet));
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

/* Do repeats differ by no more than the smallest 1 - RATIO_POOL_SIZE of those that are alike do? */
static bool repeats_alike(const struct data *d, const struct spread *s, double between)
{
	double f = between / s->variance, d1 = (double)d->n_rep - 1, d2 = fmax(s->df, 1);

	return !(between > 0) ||
	       stats_beta_inc(d1 * f / (d1 * f + d2), d1 / 2, d2 / 2) < 1 - RATIO_POOL_SIZE;
}

/* The tail for repeats that look alike: what Student's t over the repeats would leave out of them,
 * P(|Z| > t F^1/2 | F < f), f the (1 - RATIO_POOL_SIZE) quantile of F, a chi-squared variable over
 * its degrees of freedom. With F = f u^2 the density has no pole. */
static double alike_tail(double n_rep, double tail)
{
	const int steps = 64;
	double df = n_rep - 1, t = stats_t_quantile(1 - tail, df), out = 0, all = 0;
	double f = stats_gamma_quantile(1 - RATIO_POOL_SIZE, df / 2) / (df / 2);

	for (int i = 0; i < steps; i++) {
		double u = (i + 0.5) / steps, density = pow(u, df - 1) * exp(-df * f * u * u / 2);

		all += density;
		out += density * stats_normal_cdf(-t * sqrt(f) * u);
	}
	return out / all;
}

static void widen(struct ratio_interval *out, double lo, double hi)
{
	out->lo = fmin(out->lo, lo);
	out->hi = fmax(out->hi, hi);
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

/* Drops in enough blocks for an interval. */
static void by_spread(const struct data *d, const struct bursts *b, struct ratio_interval *out)
{
	bool bursty = b->blocks * 2 < d->n;
	bool compare =
		d->n_rep > 1 && (!bursty || b->counted >= RATIO_MIN_BURSTS * (double)d->n_rep);
	double tail = compare ? alike_tail((double)d->n_rep, d->tail) : d->tail;
	double between = compare ? between_variance(d) : 0;
	struct spread s = {0};

	if (bursty)
		by_bursts(d, b, tail, &s);
	else
		out->block_n = bootstrap(d, tail, &s);
	if (compare && !repeats_alike(d, &s, between)) {
		double factor = log_t(between, (double)d->n_rep - 1, d->tail);

		s.lo = d->ratio / factor;
		s.hi = d->ratio * factor;
	}
	out->lo = s.lo;
	out->hi = s.hi;
	out->few_bursts = bursty && b->counted < RATIO_FEW_BURSTS;
}

static void fill_interval(const struct data *d, struct ratio_interval *out)
{
	struct bursts b = find_bursts(d);

	out->bursts = b.n;
	if (!b.n) {
		stats_binomial_interval(0, (double)d->n, 1 - 2 * d->tail, &out->lo, &out->hi);
		return;
	}
	if (d->n < RATIO_MIN_BLOCKS)
		few_blocks(d, out);
	else
		by_spread(d, &b, out);
	/* A point outside its own interval would only confuse; with few blocks it can happen. */
	widen(out, out->value, out->value);
	out->lo = fmax(out->lo, 0);
	out->hi = fmin(out->hi, 1);
}

struct ratio_interval stats_ratio_interval_at(const struct ratio_repeat *reps, size_t n_reps,
					      double level)
{
	struct ratio_repeat *used cleanup_free = xcalloc(n_reps ? n_reps : 1, sizeof(*used));
	struct ratio_interval out = {.value = NAN, .lo = NAN, .hi = NAN};
	struct data d = {.rep = used, .tail = (1 - level) / 2};

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

struct ratio_interval stats_ratio_interval(const struct ratio_repeat *reps, size_t n_reps)
{
	return stats_ratio_interval_at(reps, n_reps, RATIO_LEVEL);
}
