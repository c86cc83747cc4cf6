/* SPDX-License-Identifier: Apache-2.0 */
#include "report/sweep.h"

#include "base/mem.h"
#include "base/units.h"
#include "report/chart_tune.h"
#include "report/content.h"
#include "report/emit.h"
#include "report/escape.h"

#include <math.h>

static const struct res_case *case_of(const struct sweep *w, const struct sweep_point *t)
{
	return &w->plan->res.cases[t->case_index];
}

static void facts(const struct sweep *w, struct doc *d)
{
	const struct results *r = &w->plan->res;
	struct strvec *f;

	doc_heading(d, 1, "falcotune: buffer settings compared");
	f = doc_facts(d);
	content_host(r, f);
	strvec_push(f, "Load");
	strvec_push(f, doc_known(r->n_cases ? r->cases[0].load : NULL));
	strvec_push(f, "Buffer memory");
	if (w->max_memory == RES_UNKNOWN)
		strvec_push(f, "no limit is known");
	else
		strvec_pushf(f, "at most %s (%s)", UNITS_BYTES((double)w->max_memory),
			     w->max_memory_from);
	if (w->n_cpus_for) {
		strvec_push(f, "Priced for");
		strvec_pushf(f, "%d CPUs too: the front is the one of that memory", w->n_cpus_for);
	}
	strvec_push(f, "Rounds");
	strvec_push(f, "");
	for (size_t i = 0; i < w->n_rounds; i++) {
		char *text =
			xasprintf("%s%s%zu for %s%s", f->v[f->n - 1], i ? ", " : "", w->rounds[i].n,
				  UNITS_DURATION((double)w->rounds[i].duration_ns),
				  i < w->rounds_done ? "" : " (not done)");

		free(f->v[f->n - 1]);
		f->v[f->n - 1] = text;
	}
}

/* ---- the table ---- */

static void share_cell(struct strvec *t, double v)
{
	strvec_push(t, isnan(v) ? "-" : UNITS_SHARE(v));
}

static void row(const struct sweep *w, const struct sweep_point *t, struct strvec *out)
{
	const struct res_case *c = case_of(w, t);
	char *drop = t->state == SWEEP_MEASURED ? point_drop_text(&c->sum) : xstrdup("-");

	strvec_push(out, t->name);
	strvec_pushf(out, "%lld x %s", (long long)t->n_buffers,
		     UNITS_BYTES((double)c->buffer_bytes));
	strvec_push(out, UNITS_BYTES((double)t->memory));
	if (w->n_cpus_for)
		strvec_push(out, UNITS_BYTES((double)t->memory_for));
	strvec_take(out, drop);
	share_cell(out, t->state == SWEEP_MEASURED ? c->sum.cpu_share : (double)NAN);
	share_cell(out, t->coverage);
	strvec_pushf(out, "%.1f s", t->seconds);
	strvec_pushf(out, "%s%s",
		     t->front ? "on the front"
		     : t->why ? t->why
			      : sweep_state_names[t->state],
		     t->chosen ? "; the least memory within --max-drop" : "");
}

static void table(const struct sweep *w, struct doc *d)
{
	static const bool right[] = {false, true, true, true, true, true, true, true, false};
	bool target = w->n_cpus_for > 0;
	bool columns[ARRAY_SIZE(right)];
	char *memory_for cleanup_free = xasprintf("on %d CPUs", w->n_cpus_for);
	struct strvec *t;

	for (size_t i = 0; i < ARRAY_SIZE(right); i++)
		columns[i] = right[i + (!target && i > 2 && i + 1 < ARRAY_SIZE(right))];
	doc_heading(d, 2, "Settings, best first");
	t = doc_table(d, NULL, target ? 9 : 8, columns);
	strvec_push(t, "setting");
	strvec_push(t, "buffers here");
	strvec_push(t, "memory");
	if (target)
		strvec_push(t, memory_for);
	strvec_push(t, "drop rate (95%)");
	strvec_push(t, "CPU");
	strvec_push(t, "rules complete");
	strvec_push(t, "measured");
	strvec_push(t, "");
	for (size_t i = 0; i < w->n; i++)
		row(w, &w->v[w->order[i]], t);
	doc_para(d, "pN-cM is buf_size_preset N with cpus_for_each_buffer M (0: one buffer for all "
		    "CPUs). memory is buffer bytes x number of buffers; the kernel maps each ring "
		    "buffer twice, which takes addresses, not memory. Drop rates that can not be "
		    "told apart (intervals overlap, and so do the seconds), and CPU (share of one "
		    "core) within a tenth, count as equal.");
}

static void conclusion(const struct sweep *w, struct doc *d)
{
	const struct sweep_point *best = NULL;
	bool any = false, exercised = false;

	for (size_t i = 0; i < w->n; i++) {
		best = w->v[i].chosen ? &w->v[i] : best;
		any = any || w->v[i].state == SWEEP_MEASURED;
		exercised = exercised || case_of(w, &w->v[i])->sum.exercised;
	}
	if (best) {
		char *yaml cleanup_free = sweep_yaml(w, best);
		char *drop cleanup_free = point_drop_text(&case_of(w, best)->sum);

		doc_heading(d, 2, "What to set");
		doc_code(d, "falco.yaml", yaml);
		doc_leadf(d,
			  "%s: the least memory %swithin a drop rate of %s; %s was "
			  "measured in %.1f s.%s",
			  best->name, best->front ? "of the front " : "", UNITS_SHARE(w->max_drop),
			  drop, best->seconds,
			  best->front
				  ? ""
				  : " It is not on the front because so few seconds do not tell "
				    "it apart from a setting that dropped more: measure for "
				    "longer (--duration).");
		if (w->verification.state)
			doc_para(d, "Verification%s: %s.",
				 res_verification_failed(&w->verification) ? " FAILED" : "",
				 w->verification.text);
	} else if (any && !exercised) {
		doc_para(d, "Not exercised: the load makes no event of this set, so that nothing "
			    "can be said about buffers.");
	} else if (any) {
		doc_leadf(d,
			  "No setting within the memory limit keeps the drop rate within %s: "
			  "buffers bridge bursts, they do not help a consumer that is too slow. "
			  "falcotune run --search finds the rules to give up.",
			  UNITS_SHARE(w->max_drop));
	}
}

static void notes(const struct sweep *w, struct doc *d)
{
	struct strvec said cleanup_strvec = STRVEC_INIT;

	strvec_copy(&said, &w->warnings);
	if (w->n_cpus_for > w->plan->res.n_cpus)
		strvec_pushf(&said,
			     "Only cpus_for_each_buffer up to %lld can be told apart on this host: "
			     "on %d CPUs more of them share a buffer than were measured here.",
			     (long long)w->plan->res.n_cpus, w->n_cpus_for);
	if (w->interrupted)
		strvec_push(&said, "Interrupted: what was measured until then.");
	if (said.n)
		strvec_copy(doc_list(d), &said);
}

/* ---- csv ---- */

static void csv_row(const struct sweep *w, const struct sweep_point *t, struct strbuf *out)
{
	const struct res_case *c = case_of(w, t);
	const double unknown = (double)NAN;
	bool measured = t->state == SWEEP_MEASURED;

	escape_csv(out, t->name);
	emit_csv_number(out, (double)c->preset);
	emit_csv_number(out, (double)t->cpus);
	emit_csv_number(out, (double)t->n_buffers);
	emit_csv_number(out, (double)t->memory);
	emit_csv_number(out, t->memory_for == RES_UNKNOWN ? unknown : (double)t->memory_for);
	emit_csv_number(out, measured ? c->sum.drop_rate : unknown);
	emit_csv_number(out, measured ? c->sum.drop_lo : unknown);
	emit_csv_number(out, measured ? c->sum.drop_hi : unknown);
	emit_csv_number(out, measured ? c->sum.evts_per_s : unknown);
	emit_csv_number(out, measured ? c->sum.cpu_share : unknown);
	emit_csv_number(out, t->coverage);
	emit_csv_number(out, t->seconds);
	strbuf_addf(out, ",%s,%d,%d,", sweep_state_names[t->state], t->front, t->chosen);
	escape_csv(out, t->why ? t->why : "");
	strbuf_addstr(out, "\r\n");
}

static void csv(const void *it, struct strbuf *out)
{
	const struct sweep *w = it;

	strbuf_addstr(out, "setting,buf_size_preset,cpus_for_each_buffer,buffers,memory_bytes,"
			   "target_memory_bytes,drop_rate,drop_lo,drop_hi,events_per_s,cpu_share,"
			   "coverage,window_seconds,state,front,chosen,why\r\n");
	for (size_t i = 0; i < w->n; i++)
		csv_row(w, &w->v[w->order[i]], out);
}

static void build(const void *it, struct doc *d)
{
	const struct sweep *w = it;

	facts(w, d);
	conclusion(w, d);
	table(w, d);
	notes(w, d);
}

static char *page(const void *it, struct doc *d)
{
	const struct sweep *w = it;
	const struct results *r = &w->plan->res;

	facts(w, d);
	conclusion(w, d);
	doc_heading(d, 2, "Drop rate against buffer memory");
	chart_sweep(w, d);
	table(w, d);
	notes(w, d);
	content_commands(r->command, &r->commands, d);
	return content_title("sweep", r);
}

static json_t *to_json(const void *it)
{
	return sweep_to_json(it);
}

const struct emit_kind sweep_kind = {
	.name = "a sweep", .json = to_json, .csv = csv, .doc = build, .page = page};

int sweep_report(const struct sweep *w, enum out_format f, struct strbuf *out, struct error *err)
{
	return emit_report(&sweep_kind, w, f, out, err);
}
