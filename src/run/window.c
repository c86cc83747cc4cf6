/* SPDX-License-Identifier: Apache-2.0 */
#include "run/window.h"

#include "base/mem.h"

#include <math.h>
#include <string.h>

_Static_assert(METRIC_DROPS_BUG - METRIC_DROPS_CLONE_FORK == DROP_BUG - DROP_CLONE_FORK,
	       "both headers list Falco's categories in one order");

static int64_t *copy_cpus(const int64_t *v, size_t n)
{
	int64_t *c;

	if (!v || !n)
		return NULL;
	c = xcalloc(n, sizeof(*c));
	memcpy(c, v, n * sizeof(*c));
	return c;
}

void sample_fill(struct res_sample *s, const struct metrics_sample *m, const struct proc_facts *f)
{
	res_sample_init(s);
	s->t_ns = m->t_ns;
	s->n_evts = m->v[METRIC_N_EVTS];
	s->n_drops = m->v[METRIC_N_DROPS];
	s->num_evts = m->v[METRIC_NUM_EVTS];
	for (size_t i = 0; i < DROP_N; i++)
		s->drops[i] = m->v[METRIC_DROPS_CLONE_FORK + i];
	s->queue_drops = m->v[METRIC_QUEUE_DROPS];
	s->n_threads = m->v[METRIC_N_THREADS];
	s->n_fds = m->v[METRIC_N_FDS];
	s->failed_thread_lookups = m->v[METRIC_FAILED_THREAD_LOOKUPS];
	s->failed_fd_lookups = m->v[METRIC_FAILED_FD_LOOKUPS];
	s->store_drops = m->v[METRIC_STORE_DROPS];
	s->threadtable_full = m->v[METRIC_THREADTABLE_FULL];
	s->plugin_losses = m->plugin_losses;
	s->cpu_ns = f->cpu_ns;
	s->rss_bytes = f->rss_bytes;
	s->main_cpu_ns = f->main_cpu_ns;
	s->main_wait_ns = f->main_wait_ns;
	s->steal_ns = f->steal_ns;
	s->idle_ns = f->idle_ns;
	s->procs_running = f->procs_running;
	s->cpu_evts = copy_cpus(m->cpu_evts, m->n_cpus);
	s->cpu_drops = copy_cpus(m->cpu_drops, m->n_cpus);
}

void live_samples_add(struct live_samples *l, const struct metrics_sample *m,
		      const struct proc_facts *f)
{
	struct live_sample *n;

	ALLOC_GROW(l->v, l->n, l->alloc);
	n = &l->v[l->n++];
	*n = (struct live_sample){0};
	sample_fill(&n->s, m, f);
	strvec_copy(&n->rules, &m->rules);
}

void live_samples_release(struct live_samples *l)
{
	for (size_t i = 0; i < l->n; i++) {
		res_sample_release(&l->v[i].s);
		strvec_release(&l->v[i].rules);
	}
	free(l->v);
	*l = (struct live_samples){0};
}

size_t live_samples_at(const struct live_samples *l, int64_t t_ns)
{
	size_t i = 0;

	while (i < l->n && l->v[i].s.t_ns < t_ns)
		i++;
	return i;
}

char *live_samples_check(const struct live_samples *l)
{
	const struct res_sample *a, *b;

	if (!l->n)
		return NULL;
	b = &l->v[l->n - 1].s;
	if (b->n_evts < 0 || b->n_drops < 0)
		return xasprintf("snapshots have no scap.%s", b->n_evts < 0 ? "n_evts" : "n_drops");
	if (b->n_drops > b->n_evts)
		return xasprintf("scap.n_drops (%lld) is larger than scap.n_evts (%lld)",
				 (long long)b->n_drops, (long long)b->n_evts);
	if (l->n < 2)
		return NULL;
	a = &l->v[l->n - 2].s;
	if (b->n_evts < a->n_evts || b->n_drops < a->n_drops)
		return xasprintf("scap.%s went back from one snapshot to the next",
				 b->n_evts < a->n_evts ? "n_evts" : "n_drops");
	if (b->t_ns <= a->t_ns)
		return xasprintf("evt.time went back from one snapshot to the next");
	return NULL;
}

static int64_t diff(int64_t a, int64_t b)
{
	return a == RES_UNKNOWN || b == RES_UNKNOWN ? RES_UNKNOWN : b - a;
}

/* Count of a rule in a list of "name=count"; 0 when it is not there. */
static int64_t rule_count(const struct strvec *rules, const char *entry)
{
	size_t n = strcspn(entry, "=") + 1;

	for (size_t i = 0; i < rules->n; i++)
		if (!strncmp(rules->v[i], entry, n))
			return strtoll(rules->v[i] + n, NULL, 10);
	return 0;
}

static void fill_rules(struct res_repeat *r, const struct strvec *a, const struct strvec *b)
{
	for (size_t i = 0; i < b->n; i++) {
		const char *entry = b->v[i];
		int64_t n = rule_count(b, entry) - rule_count(a, entry);

		if (n > 0)
			strvec_pushf(&r->rules_matched, "%.*s=%lld", (int)strcspn(entry, "="),
				     entry, (long long)n);
	}
}

void window_fill(struct res_repeat *r, const struct live_samples *l, size_t first, size_t last,
		 int64_t n_cpus)
{
	const struct res_sample *a = &l->v[first].s, *b = &l->v[last].s;
	size_t cpus = n_cpus > 0 ? (size_t)n_cpus : 0;

	r->t0_ns = a->t_ns;
	r->t1_ns = b->t_ns;
	r->n_evts = diff(a->n_evts, b->n_evts);
	r->n_drops = diff(a->n_drops, b->n_drops);
	r->num_evts = diff(a->num_evts, b->num_evts);
	r->startup_drops = a->n_drops;
	r->cpu_ns = diff(a->cpu_ns, b->cpu_ns);
	r->queue_drops = diff(a->queue_drops, b->queue_drops);
	r->throttled_ns = diff(a->throttled_ns, b->throttled_ns);
	r->nr_throttled = diff(a->nr_throttled, b->nr_throttled);
	for (size_t i = 0; i < DROP_N; i++)
		r->drops[i] = diff(a->drops[i], b->drops[i]);
	r->samples = xcalloc(last - first + 1, sizeof(*r->samples));
	for (size_t i = first; i <= last; i++) {
		struct res_sample *s = &r->samples[r->n_samples++];

		*s = l->v[i].s;
		s->cpu_evts = copy_cpus(s->cpu_evts, cpus);
		s->cpu_drops = copy_cpus(s->cpu_drops, cpus);
		if (s->rss_bytes > r->rss_bytes)
			r->rss_bytes = s->rss_bytes;
	}
	fill_rules(r, &l->v[first].rules, &l->v[last].rules);
}

double samples_rate(const struct live_samples *l, size_t first, size_t last)
{
	int64_t ns = l->v[last].s.t_ns - l->v[first].s.t_ns;

	if (ns < MIN_RATE_NS)
		return (double)NAN;
	return (double)(l->v[last].s.n_evts - l->v[first].s.n_evts) / ((double)ns / 1e9);
}

struct steady samples_steady(const struct live_samples *l, size_t first, size_t last)
{
	double *t cleanup_free = xcalloc(last - first + 1, sizeof(*t));
	double *rate cleanup_free = xcalloc(last - first + 1, sizeof(*rate));
	size_t n = 0, from = first;

	for (size_t i = first + 1; i <= last; i++) {
		double r = samples_rate(l, from, i);

		if (isnan(r))
			continue;
		t[n] = (double)(l->v[i].s.t_ns - l->v[first].s.t_ns) / 1e9;
		rate[n++] = r;
		from = i;
	}
	return stats_steady(t, rate, n, STEADY_FLOOR);
}

/* Seen and dropped, since the engine's start. Falco's kernel side counts a connect twice in n_evts,
 * so n_evts only stands in where num_evts is unknown. */
static int64_t seen_or_dropped(const struct res_sample *s)
{
	if (s->num_evts == RES_UNKNOWN || s->n_drops == RES_UNKNOWN)
		return s->n_evts;
	return s->num_evts + s->n_drops;
}

bool samples_drained(const struct live_samples *l, size_t first, size_t last, int64_t sent,
		     int64_t connects)
{
	const struct res_sample *a = &l->v[first].s, *b = &l->v[last].s;
	int64_t waiting = (b->n_evts - seen_or_dropped(b)) - (a->n_evts - seen_or_dropped(a));

	return waiting <= connects + sent / 1000;
}

static bool tells_seen(const struct res_sample *a, const struct res_sample *b)
{
	return a->num_evts != RES_UNKNOWN && b->num_evts != RES_UNKNOWN;
}

static int64_t backlog(const struct res_sample *a, const struct res_sample *b)
{
	return (b->n_evts - seen_or_dropped(b)) - (a->n_evts - seen_or_dropped(a));
}

double samples_backlog_share(const struct live_samples *l, size_t first, size_t last)
{
	const struct res_sample *a = &l->v[first].s, *b = &l->v[last].s;

	if (!tells_seen(a, b) || b->n_evts <= a->n_evts)
		return (double)NAN;
	return (double)backlog(a, b) / (double)(b->n_evts - a->n_evts);
}

bool samples_settled(const struct live_samples *l, size_t first, size_t last)
{
	const struct res_sample *a = &l->v[first].s, *b = &l->v[last].s;

	if (!tells_seen(a, b) || first == last)
		return true;
	return -backlog(a, b) <= (b->num_evts - a->num_evts) / 100;
}
