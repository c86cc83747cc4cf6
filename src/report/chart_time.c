/* SPDX-License-Identifier: Apache-2.0 */
/* Events and drops a second over the measured windows. */
#include "report/chart.h"

#include "base/mem.h"
#include "base/units.h"
#include "report/content.h"
#include "report/svg_chart.h"

#include <math.h>

#define POINTS 600 /* of a line at most; more cannot be seen */
#define GAP_S  1.0 /* between two repeats */

/* One line of points over the repeats of a case. */
struct line {
	struct svg_point *v;
	size_t n;
};

struct track {
	struct line events, drops;
	double at;    /* where the next repeat begins, seconds */
	size_t every; /* intervals between two points */
	double seconds, most, worst, sum_evts, sum_drops;
	size_t lossy; /* intervals with drops */
};

static size_t count_intervals(const struct res_case *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_repeats; i++)
		if (c->repeats[i].status == RES_OK && c->repeats[i].n_samples)
			n += c->repeats[i].n_samples - 1;
	return n;
}

static void put(struct line *l, double x, double y)
{
	l->v[l->n++] = (struct svg_point){.x = x, .y = y, .lo = NAN, .hi = NAN};
}

static void interval(struct track *t, const struct res_sample *a, const struct res_sample *b,
		     double x)
{
	double s = (double)(b->t_ns - a->t_ns) / 1e9;
	double evts = (double)(b->n_evts - a->n_evts), drops = (double)(b->n_drops - a->n_drops);

	if (!(s > 0) || a->n_evts < 0 || b->n_evts < 0)
		return;
	put(&t->events, x + s / 2, evts / s);
	t->seconds += s;
	t->sum_evts += evts;
	t->most = fmax(t->most, evts / s);
	if (a->n_drops < 0 || b->n_drops < 0)
		return;
	put(&t->drops, x + s / 2, drops / s);
	t->sum_drops += drops;
	t->lossy += drops > 0;
	if (evts > 0)
		t->worst = fmax(t->worst, drops / evts);
}

static void repeat(struct track *t, const struct res_repeat *r)
{
	double x = t->at;

	for (size_t k = 0; k + 1 < r->n_samples; k += t->every) {
		size_t to = k + t->every < r->n_samples ? k + t->every : r->n_samples - 1;

		x = t->at + (double)(r->samples[k].t_ns - r->samples[0].t_ns) / 1e9;
		interval(t, &r->samples[k], &r->samples[to], x);
	}
	if (r->n_samples > 1)
		t->at += (double)(r->samples[r->n_samples - 1].t_ns - r->samples[0].t_ns) / 1e9 +
			 GAP_S;
	/* The line is broken here. */
	put(&t->events, NAN, NAN);
	put(&t->drops, NAN, NAN);
}

static void track_make(struct track *t, const struct res_case *c)
{
	size_t n = count_intervals(c);

	*t = (struct track){.every = n / POINTS + 1, .worst = NAN};
	t->events.v = xcalloc(n + c->n_repeats + 1, sizeof(*t->events.v));
	t->drops.v = xcalloc(n + c->n_repeats + 1, sizeof(*t->drops.v));
	for (size_t i = 0; i < c->n_repeats; i++)
		if (c->repeats[i].status == RES_OK)
			repeat(t, &c->repeats[i]);
}

static void track_release(struct track *t)
{
	free(t->events.v);
	free(t->drops.v);
}

static void figure(const struct res_case *c, const struct track *t, struct doc *d)
{
	struct svg_series series[] = {{.name = "events/s",
				       .colour = SVG_EVENTS,
				       .line = true,
				       .v = t->events.v,
				       .n = t->events.n},
				      {.name = "dropped/s",
				       .colour = SVG_DROPS,
				       .line = true,
				       .v = t->drops.v,
				       .n = t->drops.n}};
	char *title cleanup_free = xasprintf("Events and drops over time: %s", doc_known(c->key));
	char *desc cleanup_free = xasprintf(
		"%.3g s of measured windows, repeats one after another: %s events/s in the mean, "
		"%s at most; %.0f of %.0f dropped.",
		t->seconds, UNITS_RATE(t->sum_evts / t->seconds), UNITS_RATE(t->most), t->sum_drops,
		t->sum_evts);

	doc_figure_small(
		d, c->key,
		svg_xy(&(struct svg_xy){
			.title = title,
			.desc = desc,
			.width = 480,
			.height = 210,
			.x = {.label = "seconds of the windows", .unit = SVG_NUMBER, .zero = true},
			.y = {.label = "a second", .unit = SVG_RATE, .zero = true},
			.v = series,
			.n = ARRAY_SIZE(series)}));
}

static void row(const struct res_case *c, const struct track *t, struct strvec *cells)
{
	strvec_push(cells, doc_known(c->key));
	strvec_pushf(cells, "%.3g", t->seconds);
	strvec_push(cells, UNITS_RATE(t->sum_evts / t->seconds));
	strvec_push(cells, UNITS_RATE(t->most));
	strvec_pushf(cells, "%.0f", t->sum_drops);
	strvec_pushf(cells, "%zu", t->lossy);
	strvec_push(cells, isnan(t->worst) ? "-" : UNITS_SHARE(t->worst));
}

void chart_timeline(const struct results *r, struct doc *d)
{
	static const bool right[] = {false, true, true, true, true, true, true};
	static const char *const head[] = {"case",	     "seconds", "events/s",
					   "most events/s",  "dropped", "intervals with drops",
					   "worst drop rate"};
	const struct res_case **v cleanup_free = content_cases(r);
	struct track *tracks cleanup_free = xcalloc(r->n_cases + 1, sizeof(*tracks));
	struct strvec *cells = NULL;
	size_t every = 1, n = 0;

	for (size_t i = 0; i < r->n_cases; i++) {
		track_make(&tracks[i], v[i]);
		if (!(tracks[i].seconds > 0))
			continue;
		if (!n++)
			doc_heading(d, 2, "Drops and events over time");
		every = tracks[i].every > every ? tracks[i].every : every;
		figure(v[i], &tracks[i], d);
	}
	if (n) {
		doc_para(d, "One line from sample to sample of the engine's metrics, repeats one "
			    "after another; each figure has a scale of its own.");
		if (every > 1)
			doc_para(d,
				 "There are many samples: up to %zu of them are one point, and "
				 "what is in the table is of those.",
				 every);
		cells = doc_table_head(d, "Over time", head, ARRAY_SIZE(head), right);
	}
	for (size_t i = 0; i < r->n_cases; i++) {
		if (tracks[i].seconds > 0)
			row(v[i], &tracks[i], cells);
		track_release(&tracks[i]);
	}
}
