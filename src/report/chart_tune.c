/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of capacities, sweeps and searches. */
#include "report/chart_tune.h"

#include "base/mem.h"
#include "base/units.h"
#include "report/svg_chart.h"

#include <math.h>
#include <stdlib.h>

#define LOSS_MIN 1e-5 /* of a round: less is shown there */

/* ---- capacity ---- */

static int by_x(const void *a, const void *b)
{
	const struct svg_point *p = a, *q = b;

	return (p->x > q->x) - (p->x < q->x);
}

static void curve(const struct capacity_config *k, size_t i, struct svg_series *s)
{
	*s = (struct svg_series){.name = k->name,
				 .colour = (unsigned)i,
				 .line = true,
				 .points = true,
				 .v = xcalloc(k->n_rounds + 1, sizeof(*s->v))};
	for (size_t r = 0; r < k->n_rounds; r++)
		s->v[s->n++] = (struct svg_point){
			.x = k->rounds[r].evts_per_s,
			.y = k->rounds[r].loss > 0 ? fmax(k->rounds[r].loss, LOSS_MIN) : 0,
			.lo = NAN,
			.hi = NAN,
			.hollow = k->rounds[r].saturated,
		};
	qsort(s->v, s->n, sizeof(*s->v), by_x);
}

static void describe(const struct capacity *c, struct strbuf *desc)
{
	size_t at = capacity_operating_level(c);

	for (size_t i = 0; i < c->n; i++) {
		const struct capacity_estimate *e = &c->v[i].levels[at].at;

		strbuf_addf(desc, "%s%s: %zu rounds, %s of drops at %s%s events/s", i ? "; " : "",
			    c->v[i].name, c->v[i].n_rounds, UNITS_SHARE(c->levels[at]),
			    e->basis == CAPACITY_AT_LEAST ? "more than "
			    : e->basis == CAPACITY_BELOW  ? "less than "
							  : "",
			    UNITS_RATE(e->evts_per_s));
	}
}

void chart_capacity(const struct capacity *c, struct doc *d)
{
	size_t n = c->n < SVG_COLOURS ? c->n : SVG_COLOURS;
	struct svg_series *v cleanup_free = xcalloc(n + 1, sizeof(*v));
	struct svg_limit *limits cleanup_free = xcalloc(c->n_levels + 1, sizeof(*limits));
	struct strvec labels cleanup_strvec = STRVEC_INIT;
	struct strbuf desc cleanup_strbuf = STRBUF_INIT;
	size_t n_limits = 0;

	describe(c, &desc);
	for (size_t i = 0; i < n; i++)
		curve(&c->v[i], i, &v[i]);
	for (size_t i = 0; i < c->n_levels; i++)
		if (c->levels[i] > 0) {
			strvec_pushf(&labels, "%s lost", UNITS_SHARE(c->levels[i]));
			limits[n_limits++].y = c->levels[i];
		}
	for (size_t i = 0; i < n_limits; i++)
		limits[i].label = labels.v[i];
	doc_figure(d,
		   "Each point is a round: the rate of events, and the share of them that was lost "
		   "(dropped, or still waiting at its end). Hollow: the load could not go faster.",
		   svg_xy(&(struct svg_xy){
			   .title = "Share of events lost against their rate",
			   .desc = desc.buf,
			   .x = {.label = "kernel events a second", .unit = SVG_RATE, .log = true},
			   .y = {.label = "events lost",
				 .unit = SVG_SHARE,
				 .log = true,
				 .zero = true,
				 .min = LOSS_MIN,
				 .max = 1},
			   .v = v,
			   .n = n,
			   .limits = limits,
			   .n_limits = n_limits}));
	for (size_t i = 0; i < n; i++)
		free(v[i].v);
}

/* ---- sweep ---- */

void chart_sweep(const struct sweep *w, struct doc *d)
{
	struct svg_point *on cleanup_free = xcalloc(w->n + 1, sizeof(*on));
	struct svg_point *off cleanup_free = xcalloc(w->n + 1, sizeof(*off));
	struct svg_series v[] = {
		{.name = "not on the front", .colour = 1, .points = true, .v = off},
		{.name = "on the front", .colour = 0, .line = true, .points = true, .v = on}};
	char *limit cleanup_free = xasprintf("--max-drop %s", UNITS_SHARE(w->max_drop));
	struct strvec tips cleanup_strvec = STRVEC_INIT;
	struct strbuf desc cleanup_strbuf = STRBUF_INIT;

	for (size_t i = 0; i < w->n; i++) {
		const struct sweep_point *t = &w->v[i];
		const struct res_summary *s = &w->plan->res.cases[t->case_index].sum;
		struct svg_series *to = &v[t->front];

		strvec_pushf(&tips, "%s: %s, %s", t->name, UNITS_BYTES((double)t->memory),
			     UNITS_SHARE(s->drop_rate));
		if (t->state != SWEEP_MEASURED)
			continue;
		if (t->front)
			strbuf_addf(&desc, "%s%s", desc.len ? "; " : "On the front: ", tips.v[i]);
		to->v[to->n++] = (struct svg_point){.x = (double)t->memory,
						    .y = s->drop_rate,
						    .lo = t->front ? s->drop_lo : (double)NAN,
						    .hi = t->front ? s->drop_hi : (double)NAN,
						    .label = t->front ? t->name : NULL};
	}
	for (size_t i = 0, k[2] = {0}; i < w->n; i++)
		if (w->v[i].state == SWEEP_MEASURED)
			v[w->v[i].front].v[k[w->v[i].front]++].tip = tips.v[i];
	qsort(on, v[1].n, sizeof(*on), by_x);
	if (!v[0].n)
		v[0].name = NULL;
	doc_figure(d,
		   "Drop rate against the memory of all buffers; intervals are those of the front. "
		   "The table has every setting.",
		   svg_xy(&(struct svg_xy){
			   .title = "Drop rate against buffer memory",
			   .desc = desc.buf,
			   .x = {.label = "memory of all buffers", .unit = SVG_BYTES, .log = true},
			   .y = {.label = "drop rate", .unit = SVG_SHARE, .zero = true},
			   .v = v,
			   .n = ARRAY_SIZE(v),
			   .limits = &(struct svg_limit){limit, w->max_drop},
			   .n_limits = isfinite(w->max_drop)}));
}

/* ---- search ---- */

void chart_search(const struct search *w, struct doc *d)
{
	struct svg_point *in cleanup_free = xcalloc(w->n + 1, sizeof(*in));
	struct svg_point *out cleanup_free = xcalloc(w->n + 1, sizeof(*out));
	struct svg_series v[] = {{.name = "within the limit", .colour = 0, .points = true, .v = in},
				 {.name = "above it", .colour = 1, .points = true, .v = out}};
	char *limit cleanup_free = xasprintf("--max-drop %s", UNITS_SHARE(w->max_drop));
	struct strvec labels cleanup_strvec = STRVEC_INIT;
	struct strbuf desc cleanup_strbuf = STRBUF_INIT;

	for (size_t i = 0; i < w->n; i++) {
		const struct search_step *s = w->v[i];

		strvec_pushf(&labels, "%zu", i + 1);
		strbuf_addf(&desc, "%sstep %zu: weight %g, drop rate %s", i ? "; " : "", i + 1,
			    s->weight, UNITS_SHARE(search_case(s)->sum.drop_rate));
	}
	for (size_t i = 0; i < w->n; i++) {
		const struct search_step *s = w->v[i];
		const struct res_summary *sum = &search_case(s)->sum;
		struct svg_series *to = &v[s->outcome != SEARCH_WITHIN];

		to->v[to->n++] = (struct svg_point){.x = s->weight,
						    .y = sum->drop_rate,
						    .lo = sum->drop_lo,
						    .hi = sum->drop_hi,
						    .label = labels.v[i]};
	}
	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		if (!v[i].n)
			v[i].name = NULL;
	doc_figure(d, "Each point is a step of the search, with its number in the table below.",
		   svg_xy(&(struct svg_xy){
			   .title = "Drop rate against the weight of the rules that are kept",
			   .desc = desc.buf,
			   .x = {.label = "weight of the rules kept",
				 .unit = SVG_NUMBER,
				 .zero = true,
				 .max = w->weight},
			   .y = {.label = "drop rate", .unit = SVG_SHARE, .zero = true},
			   .v = v,
			   .n = ARRAY_SIZE(v),
			   .limits = &(struct svg_limit){limit, w->max_drop},
			   .n_limits = isfinite(w->max_drop)}));
}
