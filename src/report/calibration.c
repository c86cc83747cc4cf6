/* SPDX-License-Identifier: Apache-2.0 */
#include "report/calibration.h"

#include "base/mem.h"
#include "report/emit.h"

#include <math.h>

struct shown {
	const struct cost_params *p;
	const char *file;
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
	struct strvec *t =
		doc_table(d, "CPU of the engine for each event", ARRAY_SIZE(head), right);

	for (size_t i = 0; i < ARRAY_SIZE(head); i++)
		strvec_push(t, head[i]);
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

static void doc(const void *it, struct doc *d)
{
	const struct shown *s = it;
	const struct cost_params *p = s->p;

	doc_heading(d, 1, "Calibration of the cost model");
	if (!p->n_runs)
		return;
	add_runs(p, d);
	doc_para(d,
		 "Medians of %zu runs without profiling, CPU time of the engine's thread. The "
		 "model is off by %.0f%% in the mean of what it was fit to; the last column is "
		 "the model fit without the rules it is asked about, as that of yours always is.",
		 p->runs[0].n, 100 * p->whole_error);
	doc_para(d,
		 "Written to %s, for falcotune rules --cost --calibration and falcotune diff "
		 "--calibration.",
		 s->file);
}

int calibration_report(const struct cost_params *p, const char *file, enum out_format f,
		       struct strbuf *out, struct error *err)
{
	static const struct emit_kind kind = {.name = "a calibration", .json = json, .doc = doc};
	const struct shown s = {p, file};

	return emit_report(&kind, &s, f, out, err);
}
