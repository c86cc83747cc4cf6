/* SPDX-License-Identifier: Apache-2.0 */
/* Drop rates of the cases: as bars, and against the size of the set. */
#include "report/chart.h"

#include "advise/advise.h"
#include "advise/pareto.h"
#include "base/mem.h"
#include "base/units.h"
#include "report/content.h"
#include "report/svg_chart.h"

#include <math.h>
#include <string.h>

static int by_size(const void *a, const void *b)
{
	const struct res_case *x = *(const struct res_case *const *)a,
			      *y = *(const struct res_case *const *)b;
	size_t sx = res_case_set_size(x), sy = res_case_set_size(y);

	return sx != sy ? (sx > sy) - (sx < sy) : x->rank - y->rank;
}

static const char *drop_text(const struct res_case *c, char buf[UNITS_BUF])
{
	return !c->sum.exercised ? "not exercised" : units_fmt_share(buf, c->sum.drop_rate);
}

/* Ranked cases by the size of their sets; r->n_order of them. */
static const struct res_case **cases_by_size(const struct results *r)
{
	const struct res_case **v = xcalloc(r->n_order + 1, sizeof(*v));

	for (size_t i = 0; i < r->n_order; i++)
		v[i] = &r->cases[r->order[i]];
	qsort(v, r->n_order, sizeof(*v), by_size);
	return v;
}

/* ---- bars ---- */

static void bars(const struct res_case **v, size_t n, double limit, struct doc *d)
{
	struct svg_row *rows cleanup_free = xcalloc(n + 1, sizeof(*rows));
	struct strvec texts cleanup_strvec = STRVEC_INIT;
	struct strbuf desc cleanup_strbuf = STRBUF_INIT;
	char *label cleanup_free = xasprintf("limit %s", UNITS_SHARE(limit));

	strbuf_addstr(&desc, "Bars by size of the syscall set: ");
	for (size_t i = 0; i < n; i++) {
		const struct res_summary *s = &v[i]->sum;
		const char *drop = drop_text(v[i], (char[UNITS_BUF]){0});

		strvec_pushf(&texts, "%s \xc2\xb7 %zu syscalls", doc_known(v[i]->key),
			     res_case_set_size(v[i]));
		strvec_push(&texts, drop);
		strbuf_addf(&desc, "%s (%zu syscalls) %s%s", doc_known(v[i]->key),
			    res_case_set_size(v[i]), drop, i + 1 < n ? "; " : ".");
		rows[i] = (struct svg_row){.value = s->drop_rate,
					   .colour = s->drop_rate > limit ? SVG_DROPS : SVG_EVENTS,
					   .lo = s->drop_lo,
					   .hi = s->drop_hi,
					   .mark = NAN};
		if (isnan(s->drop_rate))
			rows[i].lo = rows[i].hi = NAN;
	}
	for (size_t i = 0; i < n; i++) {
		rows[i].label = texts.v[2 * i];
		rows[i].text = texts.v[2 * i + 1];
	}
	doc_figure(d,
		   "Drop rate with its 95 % interval; the dashed line is the limit, an arrow an "
		   "interval that goes on.",
		   svg_bars(&(struct svg_bars){.title = "Drop rate of each case",
					       .desc = desc.buf,
					       .x = {.label = "drop rate", .unit = SVG_SHARE},
					       .v = rows,
					       .n = n,
					       .limit = limit,
					       .limit_label = label}));
}

/* ---- the front ---- */

struct front {
	struct pareto_point *v;
	struct pareto_place *places;
	double **seconds;
	size_t n;
};

static void front_make(struct front *f, const struct res_case **v, size_t n)
{
	*f = (struct front){.v = xcalloc(n + 1, sizeof(*f->v)),
			    .places = xcalloc(n + 1, sizeof(*f->places)),
			    .seconds = xcalloc(n + 1, sizeof(*f->seconds)),
			    .n = n};
	for (size_t i = 0; i < n; i++) {
		const struct res_case *c = v[i];
		size_t n_seconds = res_case_second_rates(c, &f->seconds[i]);

		f->v[i] = (struct pareto_point){
			.name = c->key,
			.measured = c->sum.n_ok > 0 && c->sum.exercised,
			.drop = c->sum.drop_rate,
			.lo = c->sum.drop_lo,
			.hi = c->sum.drop_hi,
			.seconds = f->seconds[i],
			.n_seconds = n_seconds,
			.memory = c->buffer_bytes > 0 && c->n_buffers > 0
					  ? c->buffer_bytes * c->n_buffers
					  : 0,
			.cpu = c->sum.cpu_share,
			.coverage = c->rules_total > 0
					    ? (double)c->rules_complete / (double)c->rules_total
					    : (double)NAN,
		};
	}
	pareto_compute(f->v, n, f->places);
}

static void front_release(struct front *f)
{
	pareto_release(f->places, f->n);
	for (size_t i = 0; i < f->n; i++)
		free(f->seconds[i]);
	free(f->seconds);
	free(f->places);
	free(f->v);
}

static void front_figure(const struct res_case **v, const struct front *f, double limit,
			 struct doc *d)
{
	struct svg_point *on cleanup_free = xcalloc(f->n + 1, sizeof(*on));
	struct svg_point *off cleanup_free = xcalloc(f->n + 1, sizeof(*off));
	struct strvec texts cleanup_strvec = STRVEC_INIT;
	struct svg_series series[] = {
		{.name = "on the front", .colour = 0, .points = true, .v = on},
		{.name = "not on it", .colour = 1, .points = true, .v = off}};
	char *label cleanup_free = xasprintf("limit %s", UNITS_SHARE(limit));
	struct strbuf desc cleanup_strbuf = STRBUF_INIT;

	strbuf_addstr(&desc, "Points, size of the set and drop rate: ");
	for (size_t i = 0; i < f->n; i++) {
		strvec_pushf(&texts, "%d", v[i]->rank);
		strvec_pushf(&texts, "%s: %zu syscalls, %s", doc_known(v[i]->key),
			     res_case_set_size(v[i]), drop_text(v[i], (char[UNITS_BUF]){0}));
		strbuf_addf(&desc, "%s%s%s", texts.v[2 * i + 1],
			    f->places[i].front ? ", on the front" : "", i + 1 < f->n ? "; " : ".");
	}
	for (size_t i = 0; i < f->n; i++) {
		struct svg_series *s = &series[!f->places[i].front];

		if (f->v[i].measured)
			s->v[s->n++] = (struct svg_point){
				.x = (double)res_case_set_size(v[i]),
				.y = v[i]->sum.drop_rate,
				.lo = v[i]->sum.drop_lo,
				.hi = v[i]->sum.drop_hi,
				.label = texts.v[2 * i],
				.tip = texts.v[2 * i + 1],
			};
	}
	if (!series[1].n)
		series[1].name = NULL;
	doc_figure(d,
		   "Each point is a case, its number the rank. The Pareto front is over drop rate, "
		   "buffer memory, CPU and coverage of the rules: no other case is better in one "
		   "and worse in none.",
		   svg_xy(&(struct svg_xy){
			   .title = "Drop rate against the size of the syscall set",
			   .desc = desc.buf,
			   .x = {.label = "syscalls in the set", .unit = SVG_NUMBER, .zero = true},
			   .y = {.label = "drop rate", .unit = SVG_SHARE, .zero = true},
			   .v = series,
			   .n = ARRAY_SIZE(series),
			   .limits = &(struct svg_limit){label, limit},
			   .n_limits = 1}));
}

static void front_table(const struct res_case **v, const struct front *f, struct doc *d)
{
	static const char *const head[] = {"case", "rank", "syscalls", "drop rate", "front"};
	static const bool right[] = {false, true, true, true, false};
	struct strvec *t = doc_table_head(d, "Pareto front", head, ARRAY_SIZE(head), right);

	for (size_t i = 0; i < f->n; i++) {
		strvec_push(t, doc_known(v[i]->key));
		strvec_pushf(t, "%d", v[i]->rank);
		strvec_pushf(t, "%zu", res_case_set_size(v[i]));
		strvec_push(t, drop_text(v[i], (char[UNITS_BUF]){0}));
		strvec_push(t, f->places[i].front    ? "yes"
			       : f->places[i].reason ? f->places[i].reason
						     : "not measured");
	}
}

void chart_drop_rates(const struct results *r, struct doc *d)
{
	const struct res_case **v cleanup_free = cases_by_size(r);
	struct front f;
	bool any = false;

	for (size_t i = 0; i < r->n_order; i++)
		any = any || !isnan(v[i]->sum.drop_rate);
	if (!any)
		return;
	doc_heading(d, 2, "Drop rate against set size");
	bars(v, r->n_order, advise_limit(r), d);
	front_make(&f, v, r->n_order);
	front_figure(v, &f, advise_limit(r), d);
	front_table(v, &f, d);
	front_release(&f);
}

/* ---- predicted and measured ---- */

void chart_prediction(const struct results *r, struct doc *d)
{
	const struct res_case **v cleanup_free = content_cases(r);
	struct svg_row *rows cleanup_free = xcalloc(r->n_cases + 1, sizeof(*rows));
	struct strvec texts cleanup_strvec = STRVEC_INIT;
	struct strbuf desc cleanup_strbuf = STRBUF_INIT;
	static const struct svg_key keys[] = {{"measured", 0, false}, {"predicted", 0, true}};
	size_t n = 0;

	for (size_t i = 0; i < r->n_cases; i++) {
		double predicted = content_predicted(r, v[i]);

		if (!isfinite(predicted) || !isfinite(content_residual(r, v[i])))
			continue;
		strvec_push(&texts, UNITS_RATE(v[i]->sum.evts_per_s));
		strbuf_addf(&desc, "%s%s: measured %s, predicted %s", n ? "; " : "",
			    doc_known(v[i]->key), UNITS_RATE(v[i]->sum.evts_per_s),
			    UNITS_RATE(predicted));
		rows[n++] = (struct svg_row){.label = doc_known(v[i]->key),
					     .value = v[i]->sum.evts_per_s,
					     .lo = NAN,
					     .hi = NAN,
					     .mark = predicted};
	}
	for (size_t i = 0; i < n; i++)
		rows[i].text = texts.v[i];
	doc_figure(d, NULL,
		   svg_bars(&(struct svg_bars){
			   .title = "Measured event rates, and what was predicted",
			   .desc = desc.buf,
			   .x = {.label = "kernel events a second", .unit = SVG_RATE},
			   .v = rows,
			   .n = n,
			   .limit = NAN,
			   .keys = keys,
			   .n_keys = ARRAY_SIZE(keys)}));
}
