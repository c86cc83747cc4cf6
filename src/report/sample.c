/* SPDX-License-Identifier: Apache-2.0 */
#include "report/sample.h"

#include "base/jvalue.h"
#include "base/mem.h"
#include "base/units.h"
#include "base/utf8.h"
#include "report/emit.h"
#include "report/escape.h"
#include "report/profile.h"

#include <math.h>

static double share(int64_t part, int64_t whole)
{
	return whole ? (double)part / (double)whole : (double)NAN;
}

static const char *event_of(const struct sampling *s)
{
	return s->cycles ? "cycles" : "cpu-clock";
}

/* ---- JSON ---- */

static json_t *node_json(const struct ep_node *n) /* NOLINT(misc-no-recursion) */
{
	json_t *o = json_object(), *children = json_array();

	json_object_set_new(o, "name", utf8_json(n->name));
	json_object_set_new(o, "samples", json_integer(n->count));
	json_object_set_new(o, "ns", jvalue_real(n->sum_ns));
	for (size_t i = 0; i < n->n; i++)
		json_array_append_new(children, node_json(&n->v[i]));
	json_object_set_new(o, "children", children);
	return o;
}

static json_t *modules_json(const struct sampling *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_modules; i++)
		json_array_append_new(
			list, json_pack("{s:o,s:I,s:I}", "name", utf8_json(s->modules[i].name),
					"samples", (json_int_t)s->modules[i].samples,
					"without_symbol", (json_int_t)s->modules[i].without));
	return list;
}

static json_t *functions_json(const struct sampling *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_functions; i++) {
		const struct sample_function *f = &s->functions[i];

		json_array_append_new(list,
				      json_pack("{s:o,s:o,s:I,s:I,s:o}", "name", utf8_json(f->name),
						"module", utf8_json(f->module), "self",
						(json_int_t)f->self, "total", (json_int_t)f->total,
						"self_ns", jvalue_real(f->self_ns)));
	}
	return list;
}

static json_t *document(const void *it)
{
	const struct sample_shown *w = it;
	const struct sampling *s = w->s;
	json_t *o = emit_head("sample");

	json_object_set_new(o, "command", utf8_json(w->command));
	json_object_set_new(o, "host",
			    json_pack("{s:o,s:o}", "hostname", utf8_json(w->hostname), "kernel",
				      utf8_json(w->kernel)));
	json_object_set_new(o, "process",
			    json_pack("{s:I,s:o,s:o,s:I,s:b}", "pid", (json_int_t)s->pid, "comm",
				      utf8_json(s->comm), "exe", utf8_json(s->exe), "threads",
				      (json_int_t)s->threads, "ended", s->ended));
	json_object_set_new(o, "event", json_string(event_of(s)));
	json_object_set_new(o, "hertz", json_integer(s->hertz));
	json_object_set_new(o, "kernel_side", json_boolean(s->kernel));
	json_object_set_new(o, "kernel_symbols", json_boolean(s->kernel_symbols));
	json_object_set_new(o, "seconds", jvalue_real(s->seconds));
	json_object_set_new(o, "cpu_ns", jvalue_real(s->cpu_ns));
	json_object_set_new(o, "samples", json_integer(s->n));
	json_object_set_new(o, "samples_in_kernel", json_integer(s->n_kernel));
	json_object_set_new(o, "samples_with_caller", json_integer(s->n_callers));
	json_object_set_new(o, "samples_without_symbol", json_integer(s->without));
	json_object_set_new(o, "frames", json_integer(s->frames));
	json_object_set_new(o, "frames_without_symbol", json_integer(s->frames_without));
	json_object_set_new(o, "lost", json_integer(s->lost));
	json_object_set_new(o, "throttled", json_integer(s->throttled));
	json_object_set_new(o, "warnings", utf8_json_list(w->warnings));
	json_object_set_new(o, "modules", modules_json(s));
	json_object_set_new(o, "functions", functions_json(s));
	json_object_set_new(o, "tree", node_json(&s->root));
	return o;
}

/* ---- CSV ---- */

static void csv(const void *it, struct strbuf *out)
{
	const struct sampling *s = ((const struct sample_shown *)it)->s;

	strbuf_addstr(out, "function,module,self_samples,total_samples,self_share,total_share,"
			   "self_ns\r\n");
	for (size_t i = 0; i < s->n_functions; i++) {
		const struct sample_function *f = &s->functions[i];

		escape_csv(out, f->name);
		strbuf_addch(out, ',');
		escape_csv(out, f->module);
		strbuf_addf(out, ",%lld,%lld", (long long)f->self, (long long)f->total);
		emit_csv_number(out, share(f->self, s->n));
		emit_csv_number(out, share(f->total, s->n));
		emit_csv_number(out, f->self_ns);
		strbuf_addstr(out, "\r\n");
	}
}

/* ---- text, Markdown, HTML ---- */

static void facts(const struct sample_shown *w, struct doc *d)
{
	const struct sampling *s = w->s;
	struct strvec *f;

	doc_heading(d, 1, "falcotune: where the engine's CPU time goes");
	f = doc_facts(d);
	strvec_push(f, "Host");
	strvec_pushf(f, "%s, kernel %s", doc_known(w->hostname), doc_known(w->kernel));
	strvec_push(f, "Process");
	strvec_pushf(f, "%d %s (%s), %zu threads%s", (int)s->pid, s->comm, doc_known(s->exe),
		     s->threads, s->ended ? "; it ended meanwhile" : "");
	strvec_push(f, "Samples");
	strvec_pushf(f, "%lld of %s, %lld a second of CPU time, in %s%s", (long long)s->n,
		     event_of(s), (long long)s->hertz, UNITS_DURATION(s->seconds * 1e9),
		     s->kernel ? "" : "; of the user side alone");
	strvec_push(f, "CPU time");
	strvec_pushf(f, "%s by samples, %s by its clock", UNITS_DURATION(s->root.sum_ns),
		     isnan(s->cpu_ns) ? "unknown" : UNITS_DURATION(s->cpu_ns));
	strvec_push(f, "Without a symbol");
	strvec_pushf(f, "%s of the samples, %s of all frames",
		     s->n ? UNITS_SHARE(share(s->without, s->n)) : "none",
		     s->frames ? UNITS_SHARE(share(s->frames_without, s->frames)) : "none");
	strvec_push(f, "With a caller");
	strvec_pushf(f,
		     "%s of the samples, by frame pointers; of the others the function is known "
		     "alone, with its module",
		     s->n ? UNITS_SHARE(share(s->n_callers, s->n)) : "none");
	if (w->command) {
		strvec_push(f, "Command");
		strvec_push(f, w->command);
	}
}

static size_t shown(const struct sample_shown *w, size_t n)
{
	return w->top && w->top < n ? w->top : n;
}

static void functions(const struct sample_shown *w, struct doc *d)
{
	static const char *const head[] = {"function", "module",       "self",
					   "samples",  "with callees", "samples"};
	static const bool right[] = {false, false, true, true, true, true};
	const struct sampling *s = w->s;
	size_t n = shown(w, s->n_functions);
	struct strvec *t;

	if (!n)
		return;
	doc_heading(d, 2, "Functions");
	t = doc_table_head(d, NULL, head, ARRAY_SIZE(head), right);
	for (size_t i = 0; i < n; i++) {
		const struct sample_function *f = &s->functions[i];

		strvec_push(t, f->name);
		strvec_push(t, f->module);
		strvec_push(t, UNITS_SHARE(share(f->self, s->n)));
		strvec_pushf(t, "%lld", (long long)f->self);
		strvec_push(t, UNITS_SHARE(share(f->total, s->n)));
		strvec_pushf(t, "%lld", (long long)f->total);
	}
	if (n < s->n_functions)
		doc_para(d, "%zu more functions; --top 0 shows all.", s->n_functions - n);
}

static void modules(const struct sample_shown *w, struct doc *d)
{
	static const char *const head[] = {"module", "share", "samples", "without symbol"};
	static const bool right[] = {false, true, true, true};
	const struct sampling *s = w->s;
	size_t n = shown(w, s->n_modules);
	struct strvec *t;

	if (!n)
		return;
	doc_heading(d, 2, "Modules");
	t = doc_table_head(d, NULL, head, ARRAY_SIZE(head), right);
	for (size_t i = 0; i < n; i++) {
		strvec_push(t, s->modules[i].name);
		strvec_push(t, UNITS_SHARE(share(s->modules[i].samples, s->n)));
		strvec_pushf(t, "%lld", (long long)s->modules[i].samples);
		strvec_push(t, UNITS_SHARE(share(s->modules[i].without, s->modules[i].samples)));
	}
}

static void build(const void *it, struct doc *d)
{
	const struct sample_shown *w = it;

	facts(w, d);
	if (w->warnings->n)
		strvec_copy(doc_list(d), w->warnings);
	if (!w->s->n)
		doc_para(d, "No sample: the process used no CPU in the window.");
	functions(w, d);
	modules(w, d);
	doc_para(d, "Names are as in the symbol tables; _[k] is the kernel, a name in brackets a "
		    "module whose symbols are missing there. The kernel side is that of the "
		    "engine's own calls: what capturing costs other processes is in no sample.");
}

static char *page(const void *it, struct doc *d)
{
	const struct sample_shown *w = it;
	char *svg;

	build(w, d);
	svg = profile_tree_flame(&w->s->root, "the process: a function above its caller");
	if (svg) {
		doc_heading(d, 2, "Flame graph");
		doc_figure(d, NULL, svg);
	}
	return xasprintf("falcotune profile --sample %s", w->s->comm);
}

int sample_report(const struct sample_shown *s, enum out_format f, struct strbuf *out,
		  struct error *err)
{
	static const struct emit_kind kind = {
		.name = "samples", .json = document, .csv = csv, .doc = build, .page = page};

	return emit_report(&kind, s, f, out, err);
}
