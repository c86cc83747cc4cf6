/* SPDX-License-Identifier: Apache-2.0 */
#include "advise/advise.h"

#include "base/map.h"
#include "base/mem.h"
#include "stats/describe.h"
#include "stats/dist.h"
#include "stats/ratio.h"

#include <math.h>
#include <string.h>

/* Samples nearer than this are put together: a block is about a second whatever the interval of
 * the metrics, because neighbouring moments of one burst are not independent. */
#define BLOCK_NS INT64_C(900000000)
/* Windows begin and end at samples, which takes up to a second off either end of the one asked. */
#define WINDOW_SLACK_S 2.0

static bool is_ok(const struct res_repeat *r)
{
	return r->status == RES_OK;
}

static double window_seconds(const struct res_repeat *r)
{
	if (r->t0_ns == RES_UNKNOWN || r->t1_ns == RES_UNKNOWN || r->t1_ns < r->t0_ns)
		return NAN;
	return (double)(r->t1_ns - r->t0_ns) / 1e9;
}

double res_case_seconds(const struct res_case *c)
{
	double sum = 0;

	for (size_t i = 0; i < c->n_repeats; i++)
		if (is_ok(&c->repeats[i]) && !isnan(window_seconds(&c->repeats[i])))
			sum += window_seconds(&c->repeats[i]);
	return sum;
}

size_t res_case_set_size(const struct res_case *c)
{
	return c->dry_status == RES_OK && c->dry_final.n ? c->dry_final.n : c->predicted.n;
}

int64_t res_case_buffer_memory(const struct res_case *c)
{
	if (c->buffer_bytes == RES_UNKNOWN || c->n_buffers == RES_UNKNOWN)
		return RES_UNKNOWN;
	return c->buffer_bytes * c->n_buffers;
}

/* Blocks of one repeat, from its samples; the caller frees *out. */
static size_t sample_blocks(const struct res_repeat *r, struct ratio_block **out)
{
	struct ratio_block *v = xcalloc(r->n_samples + 1, sizeof(*v));
	const struct res_sample *from = NULL;
	size_t n = 0;

	for (size_t i = 0; i < r->n_samples; i++) {
		const struct res_sample *s = &r->samples[i];
		bool last = i + 1 == r->n_samples;

		if (s->n_evts == RES_UNKNOWN || s->n_drops == RES_UNKNOWN)
			continue;
		if (!from || s->n_evts < from->n_evts || s->n_drops < from->n_drops) {
			from = s;
			continue;
		}
		if (s->t_ns - from->t_ns < BLOCK_NS && !last)
			continue;
		/* A short rest at the end belongs to the block before it. */
		if (s->t_ns - from->t_ns < BLOCK_NS && n)
			n--;
		v[n].num += (double)(s->n_drops - from->n_drops);
		v[n].den += (double)(s->n_evts - from->n_evts);
		n++;
		from = s;
	}
	*out = v;
	return n;
}

/* Without samples: a repeat that lost nothing lost nothing in any of its seconds; of one that did
 * only the whole is known. */
static size_t whole_blocks(const struct res_repeat *r, struct ratio_block **out)
{
	double seconds = window_seconds(r);
	size_t n = r->n_drops == 0 && seconds >= 2 && seconds < 1e6 ? (size_t)seconds : 1;
	struct ratio_block *v = xcalloc(n, sizeof(*v));

	for (size_t i = 0; i < n; i++) {
		v[i].num = (double)r->n_drops / (double)n;
		v[i].den = (double)r->n_evts / (double)n;
	}
	*out = v;
	return n;
}

static void fill_interval(struct res_case *c)
{
	struct ratio_repeat *reps cleanup_free = xcalloc(c->n_repeats + 1, sizeof(*reps));
	struct ratio_block **own cleanup_free = xcalloc(c->n_repeats + 1, sizeof(*own));
	struct ratio_interval in;
	size_t n = 0;

	for (size_t i = 0; i < c->n_repeats; i++) {
		const struct res_repeat *r = &c->repeats[i];

		if (!is_ok(r) || r->n_evts == RES_UNKNOWN || r->n_drops == RES_UNKNOWN)
			continue;
		reps[n].n = sample_blocks(r, &own[n]);
		if (!reps[n].n) {
			free(own[n]);
			reps[n].n = whole_blocks(r, &own[n]);
		}
		reps[n].v = own[n];
		n++;
	}
	in = stats_ratio_interval(reps, n);
	for (size_t i = 0; i < n; i++)
		free(own[i]);
	c->sum.drop_lo = fmin(in.lo, c->sum.drop_rate);
	c->sum.drop_hi = fmax(in.hi, c->sum.drop_rate);
	c->sum.few_bursts = in.few_bursts;
}

struct total {
	double events, event_s; /* events, and the seconds in which they were counted */
	double drops, drop_events;
	double cpu_ns, cpu_s;
	double rss;
	bool short_window;
};

static void add_repeat(struct total *t, const struct res_repeat *r)
{
	double seconds = window_seconds(r);

	if (!(seconds + WINDOW_SLACK_S >= ADVISE_MIN_SECONDS))
		t->short_window = true;
	if (r->n_evts != RES_UNKNOWN) {
		t->events += (double)r->n_evts;
		t->event_s += isnan(seconds) ? 0 : seconds;
	}
	if (r->n_evts != RES_UNKNOWN && r->n_drops != RES_UNKNOWN) {
		t->drops += (double)r->n_drops;
		t->drop_events += (double)r->n_evts;
	}
	if (r->cpu_ns != RES_UNKNOWN && seconds > 0) {
		t->cpu_ns += (double)r->cpu_ns;
		t->cpu_s += seconds;
	}
	if (r->rss_bytes != RES_UNKNOWN)
		t->rss = fmax(t->rss, (double)r->rss_bytes); /* fmax drops the NaN at the start */
}

/* Drop rates of the seconds with events; the caller frees *out. */
static size_t second_rates(const struct res_case *c, double **out)
{
	size_t n = 0, room = 1;

	for (size_t i = 0; i < c->n_repeats; i++)
		room += c->repeats[i].n_samples;
	*out = xcalloc(room, sizeof(**out));
	for (size_t i = 0; i < c->n_repeats; i++) {
		struct ratio_block *v cleanup_free = NULL;
		size_t k = is_ok(&c->repeats[i]) ? sample_blocks(&c->repeats[i], &v) : 0;

		for (size_t j = 0; j < k; j++)
			if (v[j].den > 0)
				(*out)[n++] = fmin(v[j].num / v[j].den, 1);
	}
	return n;
}

static void fill_seconds(struct res_case *c)
{
	double *v cleanup_free = NULL;
	size_t n = second_rates(c, &v);

	if (!n)
		return;
	stats_sort(v, n);
	c->sum.drop_p50_s = stats_quantile_sorted(v, n, 0.5);
	c->sum.drop_p90_s = stats_quantile_sorted(v, n, 0.9);
	c->sum.drop_p99_s = stats_quantile_sorted(v, n, 0.99);
	c->sum.drop_max_s = v[n - 1];
}

/* Losses of canaries are taken to be independent, which the drops of a burst are not: the interval
 * is then too narrow, and the drop rate's own says more. */
static void summarise_canaries(struct res_case *c)
{
	struct res_summary *s = &c->sum;
	int64_t sent = 0, seen = 0;

	for (size_t i = 0; i < c->n_repeats; i++) {
		const struct res_repeat *r = &c->repeats[i];

		if (!is_ok(r) || r->canary_sent == RES_UNKNOWN || r->canary_seen == RES_UNKNOWN)
			continue;
		sent += r->canary_sent;
		/* One whose start failed in the load may have raised its alert all the same. */
		seen += r->canary_seen < r->canary_sent ? r->canary_seen : r->canary_sent;
	}
	if (!sent)
		return;
	s->canary_sent = sent;
	s->canary_seen = seen;
	s->canary_loss = 1 - (double)seen / (double)sent;
	stats_binomial_interval((double)(sent - seen), (double)sent, 0.95, &s->canary_lo,
				&s->canary_hi);
}

void advise_summarise(struct res_case *c, int64_t n_cpus)
{
	struct total t = {.rss = NAN};
	struct res_summary *s = &c->sum;

	res_summary_init(s);
	summarise_canaries(c);
	for (size_t i = 0; i < c->n_repeats; i++) {
		s->n_ok += is_ok(&c->repeats[i]);
		s->n_failed += c->repeats[i].status == RES_FAILED;
		if (is_ok(&c->repeats[i]))
			add_repeat(&t, &c->repeats[i]);
	}
	s->exercised = t.events > 0;
	s->evts_per_s = t.event_s > 0 ? t.events / t.event_s : NAN;
	s->evts_per_s_cpu = n_cpus > 0 ? s->evts_per_s / (double)n_cpus : NAN;
	s->cpu_share = t.cpu_s > 0 ? t.cpu_ns / 1e9 / t.cpu_s : NAN;
	s->rss_bytes = t.rss;
	s->indicative = s->n_ok < ADVISE_MIN_REPEATS || t.short_window;
	if (!(t.drop_events > 0))
		return;
	s->drop_rate = t.drops / t.drop_events;
	fill_interval(c);
	fill_seconds(c);
}

void advise_bound_quiet(struct results *r)
{
	for (size_t i = 0; i < r->n_cases; i++) {
		struct res_case *c = &r->cases[i];
		double worst = 0;

		if (c->sum.drop_rate != 0)
			continue;
		for (size_t j = 0; j < r->n_cases; j++)
			if (c->load && r->cases[j].load && !strcmp(c->load, r->cases[j].load))
				worst = fmax(worst, r->cases[j].sum.drop_max_s);
		if (worst > 0)
			c->sum.drop_hi *= fmin(worst, 1);
	}
}

size_t res_case_second_rates(const struct res_case *c, double **out)
{
	size_t n = 0, alloc = 0;

	*out = NULL;
	for (size_t i = 0; i < c->n_repeats; i++) {
		struct ratio_block *v cleanup_free = NULL;
		size_t blocks = is_ok(&c->repeats[i]) ? sample_blocks(&c->repeats[i], &v) : 0;

		for (size_t k = 0; k < blocks; k++) {
			if (!(v[k].den > 0))
				continue;
			ALLOC_GROW(*out, n, alloc);
			(*out)[n++] = v[k].num / v[k].den;
		}
	}
	return n;
}
