/* SPDX-License-Identifier: Apache-2.0 */
#include "import/series.h"

#include "base/mem.h"
#include "import/rates.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Samples kept for verdicts, of all sessions together, and of one at least and at most. */
#define KEPT_ALL 16384
#define KEPT_MIN 16
#define KEPT_MAX 1024
#define NS_PER_S 1e9

/* ---- sessions ---- */

static void session_free(struct import_session *p)
{
	import_rates_release(&p->rates);
	free(p->file);
	free(p->first_drop_file);
	free(p->kept);
	free(p);
}

void import_series_init(struct import_series *s)
{
	*s = (struct import_series){.v = NULL};
}

void import_series_release(struct import_series *s)
{
	for (size_t i = 0; i < s->n; i++)
		session_free(s->v[i]);
	for (size_t i = 0; i < s->n_alerts; i++)
		free(s->alerts[i]);
	free(s->v);
	free(s->alerts);
	strmap_release(&s->by_key);
	strmap_release(&s->alerts_by_host);
	import_series_init(s);
}

static struct import_session *session_new(struct import_series *s, const struct import_place *at,
					  const struct metrics_line *l)
{
	struct import_session *p = xcalloc(1, sizeof(*p));

	p->id = l->id;
	p->kind = at->kind;
	p->index = s->n;
	p->numbered = at->number >= 0;
	p->file = xstrdup(at->file);
	p->line = at->line;
	p->n_cpus = METRIC_UNKNOWN;
	p->rss_max = METRIC_UNKNOWN;
	p->highest_clean = p->supported.rate = p->supported.highest = (double)NAN;
	for (size_t i = 0; i < METRIC_N; i++)
		p->delta[i] = METRIC_UNKNOWN;
	ALLOC_GROW(s->v, s->n, s->alloc);
	s->v[s->n++] = p;
	return p;
}

static bool same_session(const struct import_session *p, const struct metrics_line *l)
{
	return p && !p->numbered && p->id.start_ns == l->id.start_ns &&
	       p->id.reload_ns == l->id.reload_ns && !strcmp(p->id.host, l->id.host) &&
	       p->last.other_source == l->s.other_source;
}

static bool went_back(const struct metrics_sample *a, const struct metrics_sample *b, enum metric m)
{
	return b->v[m] != METRIC_UNKNOWN && b->v[m] < a->v[m];
}

/* Do the counters of the session go on? */
static bool goes_on(const struct import_session *p, const struct metrics_sample *m)
{
	return !went_back(&p->last, m, METRIC_N_EVTS) && !went_back(&p->last, m, METRIC_N_DROPS);
}

static struct import_session *session_of(struct import_series *s, const struct import_place *at,
					 const struct metrics_line *l)
{
	struct import_session *p;
	char key[160];

	if (at->number >= 0) {
		p = s->numbered;
		/* A restart counts its samples from 1 again. */
		if (!p || at->number < p->last_label || !goes_on(p, &l->s))
			p = s->numbered = session_new(s, at, l);
		return p;
	}
	if (same_session(s->now, l) && (l->s.t_ns <= s->now->last.t_ns || goes_on(s->now, &l->s)))
		return s->now;
	snprintf(key, sizeof(key), "%lld %lld %d %s", (long long)l->id.start_ns,
		 (long long)l->id.reload_ns, l->s.other_source, l->id.host);
	p = strmap_get(&s->by_key, key);
	/* Older ones than the newest are left out below, whatever their counters. */
	if (!p || (l->s.t_ns > p->last.t_ns && !goes_on(p, &l->s))) {
		p = session_new(s, at, l);
		strmap_put(&s->by_key, key, p);
	}
	return s->now = p;
}

/* ---- samples that are kept ---- */

static bool drops_between(const struct metrics_sample *a, const struct metrics_sample *b)
{
	return b->v[METRIC_N_DROPS] > a->v[METRIC_N_DROPS];
}

/* Every second one goes, at first of those without drops beside them. */
static void thin(struct import_session *p, bool around_drops)
{
	size_t to = 1;
	bool went = true;

	for (size_t i = 1; i < p->n_kept; i++) {
		bool last = i + 1 == p->n_kept;

		went = !went && !last &&
		       (around_drops || (!drops_between(&p->kept[to - 1], &p->kept[i]) &&
					 !drops_between(&p->kept[i], &p->kept[i + 1])));
		if (!went)
			p->kept[to++] = p->kept[i];
	}
	p->n_kept = to;
	p->thinned = true;
}

static void keep(struct import_series *s, struct import_session *p, const struct metrics_sample *m)
{
	size_t most = KEPT_ALL / s->n;

	most = most < KEPT_MIN ? KEPT_MIN : most > KEPT_MAX ? KEPT_MAX : most;
	if (p->n_kept >= most) {
		thin(p, false);
		if (p->n_kept > most * 3 / 4)
			thin(p, true);
	}
	ALLOC_GROW(p->kept, p->n_kept, p->alloc_kept);
	p->kept[p->n_kept] = *m;
	p->kept[p->n_kept].rules = (struct strvec)STRVEC_INIT;
	p->kept[p->n_kept].cpu_evts = p->kept[p->n_kept].cpu_drops = NULL;
	p->n_kept++;
}

/* ---- intervals ---- */

static int64_t difference(const struct metrics_sample *a, const struct metrics_sample *b,
			  enum metric m)
{
	if (a->v[m] == METRIC_UNKNOWN || b->v[m] == METRIC_UNKNOWN || b->v[m] < a->v[m])
		return METRIC_UNKNOWN;
	return b->v[m] - a->v[m];
}

static void first_drop(struct import_session *p, const struct import_place *at, int64_t label,
		       double rate)
{
	import_rates_supported(&p->rates, &p->supported);
	p->supported.limited = true;
	p->supported.at_drop = rate;
	p->dropped = true;
	p->first_drop_label = label;
	p->first_drop_file = xstrdup(at->file);
	p->first_drop_line = at->line;
}

static void add_cpu(struct import_session *p, const struct metrics_sample *a,
		    const struct metrics_sample *b, double ns)
{
	double cpu;

	/* An average since the start has no more digits than its rounding leaves it. */
	if (a->cpu_ns == METRIC_UNKNOWN || b->cpu_ns < a->cpu_ns ||
	    2 * (double)b->cpu_error_ns > 0.05 * ns)
		return;
	cpu = (double)(b->cpu_ns - a->cpu_ns);
	p->cpu_ns += cpu;
	p->cpu_of_ns += ns;
	if (cpu / ns > p->cpu_max)
		p->cpu_max = cpu / ns;
}

static bool is_worse(const struct import_worst *w, int64_t drops, double seconds)
{
	return !w->drops || (double)drops / seconds > (double)w->drops / w->seconds;
}

static void add_interval(struct import_session *p, const struct import_place *at,
			 const struct metrics_sample *m, int64_t label)
{
	int64_t ns = m->t_ns - p->last.t_ns, evts = difference(&p->last, m, METRIC_N_EVTS),
		drops = difference(&p->last, m, METRIC_N_DROPS);
	double seconds = (double)ns / NS_PER_S, rate = (double)evts / seconds;

	p->n_intervals++;
	p->seconds += seconds;
	for (size_t i = 0; i < METRIC_N; i++) {
		int64_t d = difference(&p->last, m, (enum metric)i);

		if (d == METRIC_UNKNOWN)
			continue;
		if (p->delta[i] == METRIC_UNKNOWN)
			p->delta[i] = 0;
		if (__builtin_add_overflow(p->delta[i], d, &p->delta[i]))
			p->delta[i] = INT64_MAX;
	}
	add_cpu(p, &p->last, m, (double)ns);
	if (evts == METRIC_UNKNOWN)
		return;
	if (drops > 0 && !p->dropped)
		first_drop(p, at, label, rate);
	if (ns >= IMPORT_MIN_NS || p->numbered) {
		import_rates_add(&p->rates, rate, label);
		if (drops == 0 && !(rate <= p->highest_clean))
			p->highest_clean = rate;
	}
	if (drops > 0 && is_worse(&p->worst, drops, seconds))
		p->worst =
			(struct import_worst){label, p->last.t_ns, m->t_ns, evts, drops, seconds};
}

void import_series_sample(void *arg, const struct import_place *at, const struct metrics_line *l)
{
	struct import_series *s = arg;
	struct import_session *p = session_of(s, at, l);
	int64_t label = at->number >= 0 ? at->number : l->s.t_ns;
	struct metrics_sample m = l->s;

	m.rules = (struct strvec)STRVEC_INIT;
	m.cpu_evts = m.cpu_drops = NULL;
	if (p->n_samples && m.t_ns <= p->last.t_ns) {
		p->not_newer++;
		return;
	}
	if (p->n_samples++) {
		add_interval(p, at, &m, label);
	} else {
		p->first = m;
		p->first_label = label;
	}
	if (m.v[METRIC_HOST_CPUS] > 0)
		p->n_cpus = m.v[METRIC_HOST_CPUS];
	if (m.rss_bytes > p->rss_max)
		p->rss_max = m.rss_bytes;
	p->last = m;
	p->last_label = label;
	keep(s, p, &m);
}

/* ---- drop alerts ---- */

static struct import_alerts *alerts_of(struct import_series *s, const char *host)
{
	struct import_alerts *a = strmap_get(&s->alerts_by_host, host);

	if (a)
		return a;
	a = xcalloc(1, sizeof(*a));
	snprintf(a->host, sizeof(a->host), "%s", host);
	a->first_ns = a->last_ns = a->worst_ns = METRIC_UNKNOWN;
	for (size_t i = 0; i < METRIC_N; i++)
		a->cause[i] = METRIC_UNKNOWN;
	ALLOC_GROW(s->alerts, s->n_alerts, s->alloc_alerts);
	s->alerts[s->n_alerts++] = a;
	strmap_put(&s->alerts_by_host, a->host, a);
	return a;
}

static void add_to(int64_t *sum, int64_t n)
{
	if (n == METRIC_UNKNOWN)
		return;
	if (*sum == METRIC_UNKNOWN)
		*sum = 0;
	if (__builtin_add_overflow(*sum, n, sum))
		*sum = INT64_MAX;
}

void import_series_drop_alert(void *arg, const struct import_place *at,
			      const struct metrics_line *l)
{
	struct import_alerts *a = alerts_of(arg, l->id.host);
	int64_t drops = l->s.v[METRIC_N_DROPS], evts = l->s.v[METRIC_N_EVTS];

	(void)at;
	a->n++;
	add_to(&a->drops, drops);
	if (evts != METRIC_UNKNOWN) {
		add_to(&a->evts, evts);
		add_to(&a->counted_drops, drops);
	}
	for (size_t i = 0; i < METRIC_N; i++)
		add_to(&a->cause[i], l->s.v[i]);
	if (drops > a->worst_drops) {
		a->worst_drops = drops;
		a->worst_evts = evts;
		a->worst_ns = l->s.t_ns;
	}
	if (l->s.t_ns == METRIC_UNKNOWN)
		return;
	if (a->first_ns == METRIC_UNKNOWN || l->s.t_ns < a->first_ns)
		a->first_ns = l->s.t_ns;
	if (l->s.t_ns > a->last_ns)
		a->last_ns = l->s.t_ns;
}

/* ---- the end ---- */

/* Numbered samples have no time to sort by: they stay as they came. */
static int by_host_and_time(const void *a, const void *b)
{
	const struct import_session *x = *(struct import_session *const *)a,
				    *y = *(struct import_session *const *)b;
	int c = strcmp(x->id.host, y->id.host);

	if (x->numbered != y->numbered)
		return x->numbered ? 1 : -1;
	if (c)
		return c;
	if (!x->numbered && x->first.t_ns != y->first.t_ns)
		return x->first.t_ns < y->first.t_ns ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

/* Of one host, in the order of time; the newest end before i is that of session `latest`. */
static void relate(struct import_session *latest, struct import_session *p)
{
	if (latest->last.other_source != p->last.other_source)
		return;
	if (p->first.t_ns < latest->last.t_ns) {
		latest->parallel = p->parallel = true;
		return;
	}
	p->restart =
		p->id.start_ns != latest->id.start_ns || p->id.reload_ns == latest->id.reload_ns;
	p->reload = !p->restart;
}

/* Within one file it is a restart; two files may be of two hosts. */
static void relate_numbered(const struct import_session *latest, struct import_session *p)
{
	p->restart = !strcmp(latest->file, p->file);
}

static void end_session(struct import_session *p)
{
	if (!p->dropped)
		import_rates_supported(&p->rates, &p->supported);
	/* The one before the first line was made from that line's difference. */
	p->first_label += p->numbered;
	p->n_samples -= p->numbered;
}

void import_series_finish(struct import_series *s)
{
	struct import_session *latest = NULL;

	for (size_t i = 0; i < s->n; i++)
		end_session(s->v[i]);
	s->now = s->numbered = NULL;
	if (s->n)
		qsort(s->v, s->n, sizeof(*s->v), by_host_and_time);
	for (size_t i = 0; i < s->n; i++) {
		struct import_session *p = s->v[i];

		if (!latest || latest->numbered != p->numbered ||
		    strcmp(latest->id.host, p->id.host) != 0) {
			latest = p;
			continue;
		}
		if (p->numbered)
			relate_numbered(latest, p);
		else
			relate(latest, p);
		if (p->numbered || p->last.t_ns > latest->last.t_ns)
			latest = p;
	}
}

double import_session_drop_rate(const struct import_session *s)
{
	/* More drops than events contradict each other: n_evts counts drops too. */
	if (s->delta[METRIC_N_EVTS] <= 0 || s->delta[METRIC_N_DROPS] == METRIC_UNKNOWN ||
	    s->delta[METRIC_N_DROPS] > s->delta[METRIC_N_EVTS])
		return (double)NAN;
	return (double)s->delta[METRIC_N_DROPS] / (double)s->delta[METRIC_N_EVTS];
}

const struct import_session *import_series_worst(const struct import_series *s)
{
	const struct import_session *worst = NULL;

	for (size_t i = 0; i < s->n; i++) {
		const struct import_session *p = s->v[i];

		if (!worst || p->delta[METRIC_N_DROPS] > worst->delta[METRIC_N_DROPS] ||
		    (p->delta[METRIC_N_DROPS] == worst->delta[METRIC_N_DROPS] &&
		     p->delta[METRIC_N_EVTS] > worst->delta[METRIC_N_EVTS]))
			worst = p;
	}
	return worst;
}
