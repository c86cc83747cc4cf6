/* SPDX-License-Identifier: Apache-2.0 */
#include "report/calibration.h"

#include "base/mem.h"
#include "report/emit.h"

#include <math.h>
#include <string.h>

struct shown {
	const struct cost_params *p;
	const char *what, *file;
};

static json_t *json(const void *it)
{
	const struct shown *s = it;

	return cost_params_json(s->p);
}

/* Of a run by its model, in percent of what was measured. */
static void push_error(struct strvec *t, double model, double ns)
{
	if (isnan(model))
		strvec_push(t, "-");
	else
		strvec_pushf(t, "%+.0f%%", 100 * (model / ns - 1));
}

static void add_runs(const struct cost_params *p, struct doc *d)
{
	static const char *const head[] = {
		"rules", "ns/event", "lowest", "highest", "model", "off", "without these rules"};
	static const bool right[] = {false, true, true, true, true, true, true};
	struct strvec *t = doc_table_head(d, "CPU of the engine for each event", head,
					  ARRAY_SIZE(head), right);

	for (size_t i = 0; i < p->n_runs; i++) {
		const struct cost_run *r = &p->runs[i];

		strvec_push(t, r->rules);
		strvec_pushf(t, "%.0f", r->ns);
		strvec_pushf(t, "%.0f", r->lo);
		strvec_pushf(t, "%.0f", r->hi);
		strvec_pushf(t, "%.0f", r->model);
		push_error(t, r->model, r->ns);
		push_error(t, r->left_out, r->ns);
	}
}

static const char *fitted_name(const struct cost_fitted *f)
{
	return !strcmp(f->what, "event")  ? "each event: transport, state and all else"
	       : !strcmp(f->what, "wake") ? "looking for events, in a second"
	       : !strcmp(f->what, "rule") ? "trying one rule, besides its checks"
					  : "all checks: one factor for all prices that ship";
}

static void push_figure(struct strvec *t, double v)
{
	if (isnan(v))
		strvec_push(t, "-");
	else
		strvec_pushf(t, "%.3g", v);
}

/* Of an engine that tells nothing of its checks. */
static void add_fitted(const struct shown *s, struct doc *d)
{
	static const char *const head[] = {"price", "value", "from", "to", "unit"};
	static const bool right[] = {false, true, true, true, false};
	const struct cost_params *p = s->p;
	struct strvec *t;

	doc_para(d,
		 "The numbers are those of the engine that calls itself '%s', on %s, kernel %s, "
		 "under %s.",
		 p->engine_version, p->host, p->kernel, s->what);
	t = doc_table_head(d, "Prices, with 95 % intervals", head, ARRAY_SIZE(head), right);
	for (size_t i = 0; i < p->n_fitted; i++) {
		const struct cost_fitted *f = &p->fitted[i];

		strvec_push(t, fitted_name(f));
		push_figure(t, f->value);
		push_figure(t, f->lo);
		push_figure(t, f->hi);
		strvec_push(t, f->unit);
	}
}

static void say_fitted(const struct cost_params *p, struct doc *d)
{
	doc_para(
		d,
		"Medians of %zu rounds, CPU time of the whole engine. No rule matches and all its "
		"checks are evaluated, for events of every type. The model is off by %.0f%% in the "
		"mean; the last column is the model fit without the rules it is asked about.",
		p->runs[0].n, 100 * p->whole_error);
	doc_para(d,
		 "What whole runs do not tell apart: types of events have one price in common, and "
		 "kinds of checks keep the ratios that ship; a check is %.3g ns in the mean. The "
		 "costs of the kernel side and of alerts are as they ship.%s",
		 p->check_ns,
		 isnan(p->fitted[p->n_fitted - 1].value)
			 ? " Trying a rule was not told apart either: it is in the other two."
			 : "");
}

static void say_profiled(const struct shown *s, struct doc *d)
{
	const struct cost_params *p = s->p;
	const struct cost_value *wake = &p->v[CP_WAKE];

	if (s->what)
		doc_para(d,
			 "Medians of %zu runs each without profiling, live under %s. Looking for "
			 "events takes %.3g%% of a core, however few they are (uncertain by a "
			 "factor "
			 "of %.2f); its part is in the figures.",
			 p->runs[0].n, s->what, wake->value / 1e7, wake->factor);
	else
		doc_para(
			d,
			"Medians of %zu replays each without profiling, CPU time of the engine's "
			"thread. A live engine pays more for an event, with colder caches, and for "
			"looking for events: --calibrate with --load.",
			p->runs[0].n);
	doc_para(d,
		 "The model is off by %.0f%% in the mean of what it was fit to; the last column is "
		 "the model fit without the rules it is asked about, as that of yours always is.",
		 100 * p->whole_error);
}

static void doc(const void *it, struct doc *d)
{
	const struct shown *s = it;
	const struct cost_params *p = s->p;

	doc_heading(d, 1, "Calibration of the cost model");
	if (!p->n_runs)
		return;
	if (p->n_fitted)
		add_fitted(s, d);
	add_runs(p, d);
	if (p->n_fitted)
		say_fitted(p, d);
	else
		say_profiled(s, d);
	doc_para(d,
		 "Written to %s, for falcotune rules --cost --calibration and falcotune diff "
		 "--calibration.",
		 s->file);
}

int calibration_report(const struct cost_params *p, const char *what, const char *file,
		       enum out_format f, struct strbuf *out, struct error *err)
{
	static const struct emit_kind kind = {.name = "a calibration", .json = json, .doc = doc};
	const struct shown s = {p, what, file};

	return emit_report(&kind, &s, f, out, err);
}
