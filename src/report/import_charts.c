/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures of imported data, for its page. */
#include "report/import_private.h"

#include "base/mem.h"
#include "base/units.h"
#include "report/svg_chart.h"

#include <math.h>
#include <stdlib.h>

#define MAX_FIGURES 6

static struct svg_point point(double x, double y)
{
	return (struct svg_point){.x = x, .y = y, .lo = (double)NAN, .hi = (double)NAN};
}

static char *session_chart(const struct import_session *p)
{
	struct svg_point *evts cleanup_free = xcalloc(p->n_kept + 1, sizeof(*evts));
	struct svg_point *drops cleanup_free = xcalloc(p->n_kept + 1, sizeof(*drops));
	struct svg_series series[] = {
		{.name = "events/s", .colour = SVG_EVENTS, .line = true, .v = evts},
		{.name = "dropped/s", .colour = SVG_DROPS, .line = true, .v = drops}};
	const struct svg_limit limit = {"supported", p->supported.rate};
	char *desc cleanup_free = xasprintf(
		"%s: %s of %s events dropped in %s; %s events/s at most.", doc_known(p->id.host),
		IMPORT_COUNT(p->delta[METRIC_N_DROPS]), IMPORT_COUNT(p->delta[METRIC_N_EVTS]),
		UNITS_DURATION(p->seconds * 1e9), UNITS_RATE(p->rates.max));

	for (size_t i = 1; i < p->n_kept; i++) {
		const struct metrics_sample *a = &p->kept[i - 1], *b = &p->kept[i];
		double s = (double)(b->t_ns - a->t_ns) / 1e9;
		double x = (double)(b->t_ns - p->kept[0].t_ns) / 1e9;

		if (b->t_ns - a->t_ns < IMPORT_MIN_NS && !p->numbered)
			continue;
		evts[series[0].n++] =
			point(x, (double)(b->v[METRIC_N_EVTS] - a->v[METRIC_N_EVTS]) / s);
		drops[series[1].n++] =
			point(x, (double)(b->v[METRIC_N_DROPS] - a->v[METRIC_N_DROPS]) / s);
	}
	return svg_xy(&(struct svg_xy){
		.title = "Events and drops over time",
		.desc = desc,
		.width = 480,
		.height = 210,
		.x = {.label = "seconds since the first sample", .unit = SVG_NUMBER, .zero = true},
		.y = {.label = "a second", .unit = SVG_RATE, .zero = true},
		.v = series,
		.n = 2,
		.limits = &limit,
		.n_limits = p->supported.limited && isfinite(p->supported.rate) ? 1 : 0});
}

static char *run_chart(const struct import_run *p)
{
	struct svg_point *eps cleanup_free = xcalloc(p->n + 1, sizeof(*eps));
	char **lost cleanup_free = xcalloc(p->n + 1, sizeof(*lost));
	struct svg_series series = {.name = "actions/s",
				    .colour = SVG_EVENTS,
				    .line = true,
				    .points = true,
				    .v = eps,
				    .n = p->n};
	char *svg;

	for (size_t i = 0; i < p->n; i++) {
		eps[i] = point((double)p->v[i].number, p->v[i].eps);
		if (p->v[i].lost >= IMPORT_LOST)
			eps[i].label = lost[i] = xasprintf("%s lost", UNITS_SHARE(p->v[i].lost));
	}
	svg = svg_xy(
		&(struct svg_xy){.title = "Rate of actions in each round",
				 .desc = "The rounds are in the table above.",
				 .width = 480,
				 .height = 210,
				 .x = {.label = "round", .unit = SVG_NUMBER},
				 .y = {.label = "actions a second", .unit = SVG_RATE, .zero = true},
				 .v = &series,
				 .n = 1});
	for (size_t i = 0; i < p->n; i++)
		free(lost[i]);
	return svg;
}

static int by_drops(const void *a, const void *b)
{
	const struct import_session *x = *(struct import_session *const *)a,
				    *y = *(struct import_session *const *)b;

	if (x->delta[METRIC_N_DROPS] != y->delta[METRIC_N_DROPS])
		return x->delta[METRIC_N_DROPS] > y->delta[METRIC_N_DROPS] ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static bool can_be_drawn(const struct import_session *p)
{
	return p->rates.n > 1 && p->delta[METRIC_N_DROPS] >= 0;
}

static void add(struct doc *d, bool *any, const char *caption, char *svg)
{
	if (!svg)
		return;
	if (!*any)
		doc_heading(d, 2, "Over time");
	*any = true;
	doc_figure_small(d, caption, svg);
}

void import_charts(const struct import_view *w, struct doc *d)
{
	const struct import_series *s = w->series;
	struct import_session **v cleanup_free = xcalloc(s->n + 1, sizeof(*v));
	size_t n = 0;
	bool any = false;

	for (size_t i = 0; i < s->n; i++)
		if (can_be_drawn(s->v[i]))
			v[n++] = s->v[i];
	if (n > MAX_FIGURES)
		qsort(v, n, sizeof(*v), by_drops);
	for (size_t i = 0; i < n && i < MAX_FIGURES; i++)
		add(d, &any, *v[i]->id.host ? v[i]->id.host : v[i]->file, session_chart(v[i]));
	for (size_t i = 0; i < w->runs->n && i < MAX_FIGURES; i++)
		if (w->runs->v[i].n > 1)
			add(d, &any, w->runs->v[i].file, run_chart(&w->runs->v[i]));
	if (any && n > MAX_FIGURES)
		doc_para(d, "Of %zu sessions the %d with most drops.", n, MAX_FIGURES);
}
