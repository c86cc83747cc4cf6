/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/ratio.h"

#include "base/mem.h"
#include "stats/describe.h"
#include "stats/dist.h"
#include "stats/rng.h"

#include <math.h>
#include <stdbool.h>

#define LEVEL	    0.95
#define F_TEST_SIZE 0.02

struct data {
	const struct ratio_repeat *rep; /* those with blocks */
	size_t n_rep, n;		/* n: blocks of all of them */
	double num, den, ratio;
};

static double repeat_ratio(const struct ratio_repeat *r)
{
	double num = 0, den = 0;

	for (size_t i = 0; i < r->n; i++) {
		num += r->v[i].num;
		den += r->v[i].den;
	}
	return den > 0 ? num / den : NAN;
}

static double residual(const struct ratio_block *b, double ratio)
{
	return b->num - ratio * b->den;
}

/* Lag-1 autocorrelation of the residuals, within repeats. */
static double autocorrelation(const struct data *d)
{
	double c0 = 0, c1 = 0;

	for (size_t k = 0; k < d->n_rep; k++)
		for (size_t i = 0; i < d->rep[k].n; i++) {
			double e = residual(&d->rep[k].v[i], d->ratio);

			c0 += e * e;
			if (i)
				c1 += e * residual(&d->rep[k].v[i - 1], d->ratio);
		}
	return c0 > 0 ? c1 / c0 : 0;
}

static size_t block_length(const struct data *d)
{
	double p = fmin(fmax(autocorrelation(d), 0), 0.95), q = p / (1 - p * p);
	size_t want = (size_t)ceil(cbrt(6 * q * q * (double)d->n));
	size_t most = d->n / d->n_rep / 3;

	want = want < 1 ? 1 : want;
	return want < most ? want : most < 1 ? 1 : most;
}

/* One replicate: repeats with replacement, circular blocks of len inside each. */
static double replicate(const struct data *d, size_t len, struct rng *rng)
{
	double num = 0, den = 0;

	for (size_t k = 0; k < d->n_rep; k++) {
		const struct ratio_repeat *r = &d->rep[rng_below(rng, d->n_rep)];

		for (size_t left = r->n; left;) {
			size_t at = rng_below(rng, r->n), take = len < left ? len : left;

			left -= take;
			while (take--) {
				num += r->v[at].num;
				den += r->v[at].den;
				at = at + 1 < r->n ? at + 1 : 0;
			}
		}
	}
	return den > 0 ? num / den : d->ratio;
}

static void bootstrap(const struct data *d, uint64_t seed, struct ratio_interval *out)
{
	double *t cleanup_free = xcalloc(RATIO_REPLICATES, sizeof(*t));
	struct rng rng = rng_seed(seed);
	size_t len = block_length(d);
	double m = (double)d->n / (double)len, p;

	for (size_t i = 0; i < RATIO_REPLICATES; i++)
		t[i] = replicate(d, len, &rng);
	stats_sort(t, RATIO_REPLICATES);
	p = stats_normal_cdf(-sqrt(m / (m - 1)) * stats_t_quantile((1 + LEVEL) / 2, m - 1));
	out->lo = stats_quantile_sorted(t, RATIO_REPLICATES, p);
	out->hi = stats_quantile_sorted(t, RATIO_REPLICATES, 1 - p);
	out->block_n = len;
}

static void widen(struct ratio_interval *out, double lo, double hi)
{
	if (lo < out->lo)
		out->lo = lo;
	if (hi > out->hi)
		out->hi = hi;
}

struct bursts { /* runs of dropping blocks: how many, sum, sum of squares and highest of their num
		 */
	size_t n, blocks;
	double sum, squares, most;
};

static void burst_end(struct bursts *b, double *num)
{
	if (!(*num > 0))
		return;
	b->n++;
	b->sum += *num;
	b->squares += *num * *num;
	b->most = fmax(b->most, *num);
	*num = 0;
}

static struct bursts find_bursts(const struct data *d)
{
	struct bursts b = {0};

	for (size_t k = 0; k < d->n_rep; k++) {
		double num = 0;

		for (size_t i = 0; i < d->rep[k].n; i++) {
			if (!(d->rep[k].v[i].num > 0)) {
				burst_end(&b, &num);
				continue;
			}
			num += d->rep[k].v[i].num;
			b.blocks++;
		}
		burst_end(&b, &num);
	}
	return b;
}

/* Fay and Feuer's gamma interval with each burst a Poisson count of 1 and its drops the weight. In
 * their terms y = sum, v = squares, w = most. A chi-square quantile with 2k degrees of freedom
 * halved is the end of a Poisson interval after k (lower) or k - 1 (upper) events. */
static void few_bursts(const struct data *d, const struct bursts *b, struct ratio_interval *out)
{
	double y = b->sum, v = b->squares, w = b->most, lo, hi, unused;

	stats_poisson_interval(y * y / v, LEVEL, &lo, &unused);
	stats_poisson_interval((y + w) * (y + w) / (v + w * w) - 1, LEVEL, &unused, &hi);
	widen(out, lo * v / y / d->den, hi * (v + w * w) / (y + w) / d->den);
}

/* Variance of the mean residual of a block of len blocks inside repeats, per unit of den, and its
 * degrees of freedom. */
static double within_variance(const struct data *d, size_t len, double *df)
{
	double sum = 0, scale = d->den / (double)d->n * (double)len;
	size_t m = 0;

	for (size_t k = 0; k < d->n_rep; k++) {
		const struct ratio_repeat *r = &d->rep[k];
		double own = repeat_ratio(r);

		for (size_t s = 0; s + len <= r->n; s += len, m++) {
			double u = 0;

			for (size_t i = s; i < s + len; i++)
				u += residual(&r->v[i], isnan(own) ? d->ratio : own);
			sum += u * u;
		}
	}
	*df = (double)m - (double)d->n_rep;
	return *df > 0 ? sum / *df / (scale * scale) : NAN;
}

static void differing_repeats(const struct data *d, struct ratio_interval *out)
{
	double *own cleanup_free = xcalloc(d->n_rep, sizeof(*own));
	double df1 = (double)d->n_rep - 1, df2, within, f, lo, hi;

	for (size_t k = 0; k < d->n_rep; k++)
		own[k] = repeat_ratio(&d->rep[k]);
	within = within_variance(d, out->block_n, &df2) * (double)(out->block_n * d->n_rep) /
		 (double)d->n;
	f = stats_variance(own, d->n_rep) / within;
	if (isnan(f) ||
	    1 - stats_beta_inc(df1 * f / (df1 * f + df2), df1 / 2, df2 / 2) > F_TEST_SIZE)
		return;
	stats_t_interval(own, d->n_rep, LEVEL, &lo, &hi);
	widen(out, lo, hi);
}

/* Too few blocks to resample: t interval over their ratios. */
static void few_blocks(const struct data *d, struct ratio_interval *out)
{
	double v[RATIO_MIN_BLOCKS];
	size_t n = 0;

	for (size_t k = 0; k < d->n_rep; k++)
		for (size_t i = 0; i < d->rep[k].n; i++) {
			const struct ratio_block *b = &d->rep[k].v[i];

			v[n++] = b->den > 0 ? b->num / b->den : NAN;
		}
	stats_t_interval(v, n, LEVEL, &out->lo, &out->hi);
	if (isnan(out->lo)) {
		out->lo = 0;
		out->hi = 1;
	}
}

static void fill_interval(const struct data *d, uint64_t seed, struct ratio_interval *out)
{
	struct bursts b = find_bursts(d);

	out->bursts = b.n;
	if (!b.n) {
		stats_binomial_interval(0, (double)d->n, LEVEL, &out->lo, &out->hi);
		return;
	}
	if (d->n < RATIO_MIN_BLOCKS) {
		few_blocks(d, out);
	} else {
		bootstrap(d, seed, out);
		if (b.n < RATIO_FEW_BURSTS && b.blocks * 2 < d->n)
			few_bursts(d, &b, out);
		if (d->n_rep > 1)
			differing_repeats(d, out);
	}
	/* A point outside its own interval would only confuse; with few blocks it can happen. */
	widen(out, out->value, out->value);
	out->lo = fmax(out->lo, 0);
	out->hi = fmin(out->hi, 1);
}

struct ratio_interval stats_ratio_interval(const struct ratio_repeat *reps, size_t n_reps,
					   uint64_t seed)
{
	struct ratio_repeat *used cleanup_free = xcalloc(n_reps ? n_reps : 1, sizeof(*used));
	struct ratio_interval out = {.value = NAN, .lo = NAN, .hi = NAN};
	struct data d = {.rep = used};

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
	fill_interval(&d, seed, &out);
	return out;
}
