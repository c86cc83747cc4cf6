/* SPDX-License-Identifier: Apache-2.0 */
/* What was dropped, by category and by CPU. */
#include "report/chart.h"

#include "base/mem.h"
#include "base/units.h"
#include "report/content.h"
#include "report/svg_chart.h"

#include <math.h>

/* ---- by category ---- */

struct by_category {
	int64_t drops[DROP_N], all, evts; /* over the ok repeats */
	bool known, any;		  /* any: categories that are known */
};

static void add_up(const struct res_case *c, struct by_category *s)
{
	*s = (struct by_category){0};
	for (size_t i = 0; i < c->n_repeats; i++) {
		const struct res_repeat *r = &c->repeats[i];

		if (r->status != RES_OK || r->n_drops < 0 || r->n_evts < 0)
			continue;
		s->known = true;
		s->all += r->n_drops;
		s->evts += r->n_evts;
		for (size_t k = 0; k < DROP_N; k++)
			if (r->drops[k] >= 0) {
				s->any = true;
				s->drops[k] += r->drops[k];
			}
	}
}

static void category_figure(const struct res_case **v, const struct by_category *sums, size_t n,
			    const bool *used, struct doc *d)
{
	struct svg_row *rows cleanup_free = xcalloc(n + 1, sizeof(*rows));
	struct svg_part *parts cleanup_free = xcalloc(n * DROP_N + 1, sizeof(*parts));
	struct strvec texts cleanup_strvec = STRVEC_INIT;
	struct strbuf desc cleanup_strbuf = STRBUF_INIT;
	struct svg_key keys[DROP_N];
	unsigned colours[DROP_N];
	size_t n_keys = 0, n_rows = 0;

	for (size_t k = 0; k < DROP_N; k++) {
		colours[k] = (unsigned)n_keys;
		if (used[k])
			keys[n_keys++] =
				(struct svg_key){drop_category_names[k], colours[k], false};
	}
	for (size_t i = 0; i < n; i++) {
		struct svg_part *mine = &parts[i * DROP_N];

		if (!sums[i].any || sums[i].evts <= 0)
			continue;
		for (size_t k = 0; k < DROP_N; k++)
			mine[k] = (struct svg_part){(double)sums[i].drops[k] / (double)sums[i].evts,
						    colours[k]};
		strvec_push(&texts, UNITS_SHARE((double)sums[i].all / (double)sums[i].evts));
		strbuf_addf(&desc, "%s%s: %lld of %lld events dropped", n_rows ? "; " : "",
			    doc_known(v[i]->key), (long long)sums[i].all, (long long)sums[i].evts);
		rows[n_rows++] = (struct svg_row){.label = doc_known(v[i]->key),
						  .parts = mine,
						  .n_parts = DROP_N,
						  .lo = NAN,
						  .hi = NAN,
						  .mark = NAN};
	}
	for (size_t i = 0; i < n_rows; i++)
		rows[i].text = texts.v[i];
	doc_figure(d, "Share of a case's events that each category of drops is.",
		   svg_bars(&(struct svg_bars){.title = "Drops by category",
					       .desc = desc.buf,
					       .x = {.label = "drop rate", .unit = SVG_SHARE},
					       .v = rows,
					       .n = n_rows,
					       .limit = NAN,
					       .keys = keys,
					       .n_keys = n_keys}));
}

static void category_table(const struct res_case **v, const struct by_category *sums, size_t n,
			   const bool *used, struct doc *d)
{
	static const bool right[DROP_N + 3] = {false, true, true, true, true, true, true,
					       true,  true, true, true, true, true, true};
	size_t cols = 3;
	struct strvec *t;

	for (size_t k = 0; k < DROP_N; k++)
		cols += used[k];
	t = doc_table(d, "Dropped events by category", cols, right);
	strvec_push(t, "case");
	for (size_t k = 0; k < DROP_N; k++)
		if (used[k])
			strvec_push(t, drop_category_names[k]);
	strvec_push(t, "dropped");
	strvec_push(t, "events");
	for (size_t i = 0; i < n; i++) {
		if (!sums[i].known)
			continue;
		strvec_push(t, doc_known(v[i]->key));
		for (size_t k = 0; k < DROP_N; k++)
			if (used[k] && sums[i].any)
				strvec_pushf(t, "%lld", (long long)sums[i].drops[k]);
			else if (used[k])
				strvec_push(t, "unknown");
		strvec_pushf(t, "%lld", (long long)sums[i].all);
		strvec_pushf(t, "%lld", (long long)sums[i].evts);
	}
}

void chart_categories(const struct results *r, struct doc *d)
{
	const struct res_case **v cleanup_free = content_cases(r);
	struct by_category *sums cleanup_free = xcalloc(r->n_cases + 1, sizeof(*sums));
	bool used[DROP_N] = {false}, known = false, dropped = false, split = false;

	for (size_t i = 0; i < r->n_cases; i++) {
		add_up(v[i], &sums[i]);
		known = known || sums[i].known;
		dropped = dropped || sums[i].all > 0;
		for (size_t k = 0; k < DROP_N; k++)
			used[k] = used[k] || sums[i].drops[k] > 0;
		split = split || sums[i].any;
	}
	if (!known)
		return;
	doc_heading(d, 2, "Drops by category");
	if (!dropped) {
		doc_para(d, "No event was dropped in any measured window.");
		return;
	}
	if (split)
		category_figure(v, sums, r->n_cases, used, d);
	else
		doc_para(d, "The engine's metrics do not tell drops by category.");
	category_table(v, sums, r->n_cases, used, d);
}

/* ---- by CPU ---- */

struct by_cpu {
	struct svg_point *rate, *drops; /* a second; one a CPU */
	double evts, lost, seconds;
	size_t busiest, lossiest;
};

static void add_repeat(struct by_cpu *s, const struct res_repeat *r, size_t n_cpus)
{
	const struct res_sample *a = r->samples, *b = a ? &a[r->n_samples - 1] : NULL;

	if (r->status != RES_OK || r->n_samples < 2 || !a->cpu_evts || !b->cpu_evts ||
	    b->t_ns <= a->t_ns)
		return;
	s->seconds += (double)(b->t_ns - a->t_ns) / 1e9;
	for (size_t k = 0; k < n_cpus; k++) {
		if (a->cpu_evts[k] >= 0 && b->cpu_evts[k] >= a->cpu_evts[k])
			s->rate[k].y += (double)(b->cpu_evts[k] - a->cpu_evts[k]);
		if (a->cpu_drops && b->cpu_drops && a->cpu_drops[k] >= 0 &&
		    b->cpu_drops[k] >= a->cpu_drops[k])
			s->drops[k].y += (double)(b->cpu_drops[k] - a->cpu_drops[k]);
	}
}

static void cpu_make(struct by_cpu *s, const struct res_case *c, size_t n_cpus)
{
	*s = (struct by_cpu){.rate = xcalloc(n_cpus, sizeof(*s->rate)),
			     .drops = xcalloc(n_cpus, sizeof(*s->drops))};
	for (size_t i = 0; i < c->n_repeats; i++)
		add_repeat(s, &c->repeats[i], n_cpus);
	for (size_t k = 0; k < n_cpus; k++) {
		s->evts += s->rate[k].y;
		s->lost += s->drops[k].y;
		if (s->rate[k].y > s->rate[s->busiest].y)
			s->busiest = k;
		if (s->drops[k].y > s->drops[s->lossiest].y)
			s->lossiest = k;
	}
	for (size_t k = 0; k < n_cpus; k++) {
		s->rate[k].x = (double)k;
		s->rate[k].y /= s->seconds;
		s->rate[k].lo = s->rate[k].hi = NAN;
	}
}

static void cpu_figure(const struct res_case **v, const struct by_cpu *sums, size_t n,
		       size_t n_cpus, struct doc *d)
{
	struct svg_series series[CHART_CASES];
	size_t shown = 0;

	for (size_t i = 0; i < n && shown < CHART_CASES; i++) {
		if (!(sums[i].seconds > 0))
			continue;
		series[shown] = (struct svg_series){.name = doc_known(v[i]->key),
						    .colour = (unsigned)shown,
						    .line = true,
						    .points = n_cpus <= 64,
						    .v = sums[i].rate,
						    .n = n_cpus};
		shown++;
	}
	doc_figure(d,
		   shown < n ? "Events a second of each CPU, of the first cases."
			     : "Events a second of each CPU.",
		   svg_xy(&(struct svg_xy){
			   .title = "Events a second by CPU",
			   .desc = "A line a case over the CPUs of the host; how uneven each is "
				   "stands in the table.",
			   .x = {.label = "CPU", .unit = SVG_NUMBER, .zero = true},
			   .y = {.label = "events a second", .unit = SVG_RATE, .zero = true},
			   .v = series,
			   .n = shown}));
}

static void cpu_row(const struct res_case *c, const struct by_cpu *s, size_t n_cpus,
		    struct strvec *t)
{
	double most = s->rate[s->busiest].y * s->seconds;

	strvec_push(t, doc_known(c->key));
	strvec_pushf(t, "%zu", s->busiest);
	strvec_push(t, s->evts > 0 ? UNITS_SHARE(most / s->evts) : "-");
	if (s->evts > 0)
		strvec_pushf(t, "%.2fx", most / s->evts * (double)n_cpus);
	else
		strvec_push(t, "-");
	if (s->lost > 0) {
		strvec_pushf(t, "%zu", s->lossiest);
		strvec_push(t, UNITS_SHARE(s->drops[s->lossiest].y / s->lost));
	} else {
		strvec_push(t, "-");
		strvec_push(t, "-");
	}
}

void chart_cpus(const struct results *r, struct doc *d)
{
	static const bool right[] = {false, true, true, true, true, true};
	static const char *const head[] = {
		"case",		 "busiest CPU",		"its share of events",
		"over the mean", "CPU with most drops", "its share of drops"};
	const struct res_case **v cleanup_free = content_cases(r);
	struct by_cpu *sums cleanup_free = xcalloc(r->n_cases + 1, sizeof(*sums));
	size_t n_cpus = r->n_cpus > 0 ? (size_t)r->n_cpus : 0, known = 0;
	struct strvec *t;

	if (!n_cpus)
		return;
	for (size_t i = 0; i < r->n_cases; i++) {
		cpu_make(&sums[i], v[i], n_cpus);
		known += sums[i].seconds > 0;
	}
	if (known) {
		doc_heading(d, 2, "Events and drops by CPU");
		cpu_figure(v, sums, r->n_cases, n_cpus, d);
		t = doc_table_head(d, "By CPU", head, ARRAY_SIZE(head), right);
		for (size_t i = 0; i < r->n_cases; i++)
			if (sums[i].seconds > 0)
				cpu_row(v[i], &sums[i], n_cpus, t);
		doc_para(d, "Each CPU, or group of them, has a buffer of its own: where one CPU "
			    "makes most events, its buffer is full first.");
	}
	for (size_t i = 0; i < r->n_cases; i++) {
		free(sums[i].rate);
		free(sums[i].drops);
	}
}
