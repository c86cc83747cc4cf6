/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/classes.h"

#include "base/map.h"
#include "base/mem.h"
#include "fleet/profile.h"
#include "stats/describe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const double fleet_band_ends[] = {1000, 1500, 3000, 10000, 30000, 100000, INFINITY};
const char *const fleet_band_names[] = {"below 1K",   "1K to 1.5K",  "1.5K to 3K", "3K to 10K",
					"10K to 30K", "30K to 100K", "above 100K", "unknown"};

const char *const fleet_measure_names[] = {"typical events/s per CPU", "highest events/s per CPU",
					   "drop rate", "drop rate, worst interval",
					   "CPU of the engine"};
const char *const fleet_measure_keys[] = {"rate_p50", "rate_max", "drop_rate", "worst_drop_rate",
					  "cpu"};

int fleet_band(double rate)
{
	int i = 0;

	if (!(rate >= 0))
		return FLEET_BAND_UNKNOWN;
	while (rate >= fleet_band_ends[i] && i < FLEET_BANDS - 1)
		i++;
	return i;
}

bool fleet_host_drops(const struct fleet *f, const struct fleet_host *h)
{
	return h->drops > 0 && h->drop_rate > f->drop_limit;
}

double fleet_measured(const struct fleet_host *h, enum fleet_measure m)
{
	const double v[] = {h->rate_p50, h->rate_max, h->drop_rate, h->worst_drop_rate, h->cpu};

	return v[m];
}

char *fleet_kernel_series(const char *release)
{
	size_t n, digits = 0;

	if (!release)
		return NULL;
	n = strcspn(release, ".");
	if (release[n])
		digits = strspn(release + n + 1, "0123456789");
	return xstrndup(release, digits ? n + 1 + digits : n);
}

void fleet_class_name(const struct fleet_class *c, struct strbuf *out)
{
	if (c->n_cpus > 0)
		strbuf_addf(out, "%lld CPU%s", (long long)c->n_cpus, c->n_cpus == 1 ? "" : "s");
	else
		strbuf_addstr(out, "CPUs unknown");
	strbuf_addf(out, ", %s, kernel %s, %s", c->driver ? c->driver : "driver unknown",
		    c->kernel ? c->kernel : "unknown", fleet_band_names[c->band]);
}

/* ---- classes ---- */

/* Of hosts that share CPUs, driver and kernel: one class a band. */
struct siblings {
	struct fleet_class *band[FLEET_BANDS + 1];
	size_t n;
};

struct making {
	struct fleet_summary *s;
	struct strmap by_key;
	struct siblings **v;
	size_t n, alloc;
};

static struct siblings *siblings_of(struct making *m, const struct fleet_host *h,
				    const char *kernel)
{
	char *key cleanup_free = xasprintf("%lld %s %s", (long long)h->n_cpus,
					   h->driver ? h->driver : "", kernel ? kernel : "");
	struct siblings *g = strmap_get(&m->by_key, key);

	if (g)
		return g;
	g = xcalloc(1, sizeof(*g));
	ALLOC_GROW(m->v, m->n, m->alloc);
	m->v[m->n++] = g;
	strmap_put(&m->by_key, key, g);
	return g;
}

static void join(struct fleet_class *c, size_t host)
{
	ALLOC_GROW(c->hosts, c->n, c->alloc);
	c->hosts[c->n++] = host;
}

static void take_host(struct making *m, size_t i)
{
	const struct fleet_host *h = &m->s->fleet->hosts[i];
	char *kernel cleanup_free = fleet_kernel_series(h->kernel);
	struct siblings *g = siblings_of(m, h, kernel);
	int band = fleet_band(h->rate_p50);
	struct fleet_class **c = &g->band[band];

	if (!*c) {
		*c = xcalloc(1, sizeof(**c));
		**c = (struct fleet_class){.n_cpus = h->n_cpus,
					   .driver = h->driver ? xstrdup(h->driver) : NULL,
					   .kernel = kernel ? xstrdup(kernel) : NULL,
					   .band = band};
	}
	g->n++;
	join(*c, i);
}

static void class_release(struct fleet_class *c)
{
	free(c->driver);
	free(c->kernel);
	free(c->hosts);
	free(c->version);
	strvec_release(&c->settings);
}

/* The class that a band's few hosts go to: the nearest of those large enough, among equals the
 * larger one; NULL: none, or they are not few. */
static struct fleet_class *host_of_few(const struct siblings *g, int band)
{
	struct fleet_class *best = NULL;
	int how_far = 0;

	if ((double)g->band[band]->n > FLEET_FEW * (double)g->n)
		return NULL;
	for (int b = 0; b < FLEET_BANDS; b++) {
		struct fleet_class *c = g->band[b];
		int far = band == FLEET_BAND_UNKNOWN ? 0 : abs(b - band);

		if (b == band || !c || c->n < FLEET_FEW_HOST ||
		    (double)c->n <= FLEET_FEW * (double)g->n)
			continue;
		if (!best || far < how_far || (far == how_far && c->n > best->n)) {
			best = c;
			how_far = far;
		}
	}
	return best;
}

static int by_index(const void *a, const void *b)
{
	const size_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void fold(struct siblings *g)
{
	struct fleet_class *to[FLEET_BANDS + 1] = {0};

	for (int b = 0; b <= FLEET_BANDS; b++)
		if (g->band[b])
			to[b] = host_of_few(g, b);
	for (int b = 0; b <= FLEET_BANDS; b++) {
		if (!to[b])
			continue;
		for (size_t i = 0; i < g->band[b]->n; i++)
			join(to[b], g->band[b]->hosts[i]);
		qsort(to[b]->hosts, to[b]->n, sizeof(*to[b]->hosts), by_index);
		class_release(g->band[b]);
		free(g->band[b]);
		g->band[b] = NULL;
	}
}

static int compare_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int by_size(const void *a, const void *b)
{
	const struct fleet_class *x = a, *y = b;
	int c;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	if (x->n_cpus != y->n_cpus)
		return x->n_cpus < y->n_cpus ? -1 : 1;
	c = compare_text(x->driver, y->driver);
	if (!c)
		c = compare_text(x->kernel, y->kernel);
	return c ? c : x->band - y->band;
}

static void make_classes(struct fleet_summary *s)
{
	struct making m = {.s = s};

	for (size_t i = 0; i < s->fleet->n; i++)
		take_host(&m, i);
	for (size_t i = 0; i < m.n; i++) {
		fold(m.v[i]);
		for (int b = 0; b <= FLEET_BANDS; b++) {
			if (!m.v[i]->band[b])
				continue;
			ALLOC_GROW(s->classes, s->n_classes, s->alloc_classes);
			s->classes[s->n_classes++] = *m.v[i]->band[b];
			free(m.v[i]->band[b]);
		}
		free(m.v[i]);
	}
	free(m.v);
	strmap_release(&m.by_key);
	if (s->n_classes)
		qsort(s->classes, s->n_classes, sizeof(*s->classes), by_size);
	s->class_of = xcalloc(s->fleet->n + 1, sizeof(*s->class_of));
	for (size_t c = 0; c < s->n_classes; c++)
		for (size_t i = 0; i < s->classes[c].n; i++)
			s->class_of[s->classes[c].hosts[i]] = c;
}

/* ---- tails ---- */

/* hosts NULL: all of them. */
static void fill_tail(const struct fleet *f, const size_t *hosts, size_t n, enum fleet_measure m,
		      struct fleet_tail *t)
{
	double *v cleanup_free = xcalloc(n + 1, sizeof(*v));

	*t = (struct fleet_tail){
		.p50 = (double)NAN, .p99 = (double)NAN, .p999 = (double)NAN, .max = (double)NAN};
	for (size_t i = 0; i < n; i++) {
		double x = fleet_measured(&f->hosts[hosts ? hosts[i] : i], m);

		if (!isnan(x))
			v[t->n++] = x;
	}
	if (!t->n)
		return;
	stats_sort(v, t->n);
	t->p50 = stats_quantile_sorted(v, t->n, 0.5);
	t->p99 = stats_quantile_sorted(v, t->n, 0.99);
	t->p999 = stats_quantile_sorted(v, t->n, 0.999);
	t->max = v[t->n - 1];
	/* Those above it, and the one below that it is interpolated from or is. */
	t->p999_hosts = t->n - (size_t)floor(0.999 * (double)(t->n - 1));
}

static void make_tails(struct fleet_summary *s)
{
	for (int m = 0; m < FLEET_MEASURES; m++) {
		fill_tail(s->fleet, NULL, s->fleet->n, (enum fleet_measure)m, &s->tails[m]);
		for (size_t c = 0; c < s->n_classes; c++)
			fill_tail(s->fleet, s->classes[c].hosts, s->classes[c].n,
				  (enum fleet_measure)m, &s->classes[c].tails[m]);
	}
}

/* ---- hosts that drop ---- */

struct drop_order {
	size_t host;
	double rate;
};

static int by_drop_rate(const void *a, const void *b)
{
	const struct drop_order *x = a, *y = b;

	if (x->rate != y->rate)
		return x->rate > y->rate ? -1 : 1;
	return x->host < y->host ? -1 : x->host > y->host;
}

static void find_drops(struct fleet_summary *s)
{
	const struct fleet *f = s->fleet;
	struct drop_order *v cleanup_free = xcalloc(f->n + 1, sizeof(*v));

	for (size_t i = 0; i < f->n; i++) {
		struct fleet_class *c = &s->classes[s->class_of[i]];

		c->n_unjudged += !f->hosts[i].verdict;
		if (!fleet_host_drops(f, &f->hosts[i]))
			continue;
		c->n_drop++;
		v[s->n_drops++] = (struct drop_order){i, f->hosts[i].drop_rate};
	}
	qsort(v, s->n_drops, sizeof(*v), by_drop_rate);
	s->drops = xcalloc(s->n_drops + 1, sizeof(*s->drops));
	for (size_t i = 0; i < s->n_drops; i++)
		s->drops[i] = v[i].host;
}

/* ---- all ---- */

void fleet_summarise(const struct fleet *f, struct fleet_summary *out)
{
	*out = (struct fleet_summary){.fleet = f};
	make_classes(out);
	make_tails(out);
	find_drops(out);
	fleet_make_profiles(out);
	fleet_find_deviants(out);
}

void fleet_summary_release(struct fleet_summary *s)
{
	for (size_t i = 0; i < s->n_classes; i++)
		class_release(&s->classes[i]);
	for (size_t i = 0; i < s->n_deviants; i++)
		free(s->deviants[i].why);
	free(s->classes);
	free(s->class_of);
	free(s->drops);
	free(s->deviants);
	*s = (struct fleet_summary){0};
}
