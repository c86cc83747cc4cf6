/* SPDX-License-Identifier: Apache-2.0 */
#include "run/reconcile.h"

#include "stats/dist.h"

#include <math.h>

static double evts_between(const struct res_sample *a, const struct res_sample *b)
{
	return (double)(b->n_evts - a->n_evts);
}

static double seen_between(const struct res_sample *a, const struct res_sample *b)
{
	if (a->num_evts == RES_UNKNOWN || b->num_evts == RES_UNKNOWN)
		return (double)NAN;
	return (double)(b->num_evts - a->num_evts);
}

static void add_interval(struct background *b, const struct res_sample *from,
			 const struct res_sample *to)
{
	double s = (double)(to->t_ns - from->t_ns) / 1e9, n = evts_between(from, to);

	b->n++;
	b->seconds += s;
	b->evts += n;
	b->seen += seen_between(from, to);
	b->squares += n * n / s;
}

void background_add(struct background *b, const struct live_samples *l, size_t first, size_t last)
{
	size_t from = first;

	for (size_t i = first + 1; i <= last && i < l->n; i++) {
		if (l->v[i].s.t_ns - l->v[from].s.t_ns < MIN_RATE_NS)
			continue;
		add_interval(b, &l->v[from].s, &l->v[i].s);
		from = i;
	}
}

void background_join(struct background *b, const struct background *more)
{
	b->n += more->n;
	b->seconds += more->seconds;
	b->evts += more->evts;
	b->seen += more->seen;
	b->squares += more->squares;
}

double background_rate(const struct background *b)
{
	return b->n ? b->evts / b->seconds : (double)NAN;
}

/* An interval of t seconds has a rate with the variance s^2 / t, so that sum(t (rate - mean)^2) has
 * the expectation (n - 1) s^2. */
double background_spread(const struct background *b)
{
	double mean = background_rate(b), ss;

	if (!b->n)
		return (double)NAN;
	if (b->n == 1)
		return fmax(mean, sqrt(mean));
	ss = b->squares - mean * mean * b->seconds;
	return sqrt(fmax(ss / (double)(b->n - 1), mean));
}

void reconcile(struct res_repeat *r, const struct live_samples *l, size_t first, size_t last,
	       const struct reconcile_input *in)
{
	const struct res_sample *a = &l->v[first].s, *b = &l->v[last].s;
	double seconds = (double)(b->t_ns - a->t_ns) / 1e9, rate = background_rate(in->own);
	const struct background *all = in->all && in->all->n > in->own->n ? in->all : in->own;

	if (in->sent == RES_UNKNOWN || isnan(rate))
		return;
	r->recon_known = true;
	r->recon_sent = in->sent;
	r->recon_background = rate * seconds;
	r->recon_background_per_s = rate;
	r->recon_counted = evts_between(a, b) - (double)in->uncounted - r->recon_background;
	r->recon_seen = seen_between(a, b) - in->own->seen / in->own->seconds * seconds;
	r->recon_dropped = a->n_drops == RES_UNKNOWN || b->n_drops == RES_UNKNOWN
				   ? RES_UNKNOWN
				   : b->n_drops - a->n_drops;
	r->recon_uncertainty = (all->n > 1 ? stats_t_quantile(0.975, (double)all->n - 1) : 2) *
			       background_spread(all) *
			       sqrt(seconds + seconds * seconds / in->own->seconds);
	r->recon_difference =
		in->sent ? (r->recon_counted - (double)in->sent) / (double)in->sent : (double)NAN;
}
