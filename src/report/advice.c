/* SPDX-License-Identifier: Apache-2.0 */
#include "report/advice.h"

#include "base/jvalue.h"
#include "base/mem.h"
#include "base/units.h"
#include "base/utf8.h"
#include "report/emit.h"

#include <math.h>

struct report {
	const struct advice *advice;
	const char *source;
};

/* ---- text and Markdown ---- */

static void one(const struct advice_item *f, size_t rank, struct doc *d)
{
	struct strbuf head cleanup_strbuf = STRBUF_INIT;

	strbuf_addf(&head, "%zu. %s%s%s", rank, f->verdict ? f->verdict : "Recommendation",
		    f->where ? ": " : "", f->where ? f->where : "");
	doc_heading(d, 2, head.buf);
	if (f->gain_per_s > 0)
		doc_para(d, "%s. Expected gain: %s kernel events/s fewer (%s %s).", f->what,
			 UNITS_RATE(f->gain_per_s), UNITS_SHARE(f->gain), f->gain_of);
	else if (!isnan(f->gain) && f->gain > 0)
		doc_para(d, "%s. Expected gain: up to %s (%s).", f->what, UNITS_SHARE(f->gain),
			 f->gain_of);
	else
		doc_para(d, "%s.", f->what);
	if (f->evidence.n)
		strvec_copy(doc_list(d), &f->evidence);
	if (f->yaml)
		doc_code(d,
			 "falco.yaml, or a file of its own in config.d (whole blocks, so that the "
			 "shallow merge loses nothing)",
			 f->yaml);
	if (f->no_dropin)
		doc_para(d, "No file of config.d: %s.", f->no_dropin);
	if (f->flags)
		doc_code(d, "as options of falco", f->flags);
	if (f->helm)
		doc_code(d, "as Helm values (chart falcosecurity/falco)", f->helm);
	if (f->verification.state)
		doc_para(d, "Verification%s: %s.",
			 res_verification_failed(&f->verification) ? " FAILED" : "",
			 f->verification.text);
}

static void build(const void *it, struct doc *d)
{
	const struct report *r = it;
	const struct advice *f = r->advice;

	doc_heading(d, 1, "falcotune: advice");
	doc_para(d, "From %s: %zu finding%s, the largest expected gain first.", r->source, f->n,
		 f->n == 1 ? "" : "s");
	if (f->notes.n)
		strvec_copy(doc_list(d), &f->notes);
	if (f->unjudged)
		doc_para(d, "%s.", f->unjudged);
	else if (!f->n)
		doc_para(d, "Nothing to change: no drop and no other finding.");
	for (size_t i = 0; i < f->n; i++)
		one(&f->v[i], i + 1, d);
}

/* ---- JSON ---- */

static void set_text(json_t *o, const char *key, const char *text)
{
	json_object_set_new(o, key, utf8_json(text));
}

static json_t *to_json(const void *it)
{
	const struct report *r = it;
	const struct advice *f = r->advice;
	json_t *o = json_object(), *list = json_array();

	json_object_set_new(o, "schema", json_integer(1));
	set_text(o, "source", r->source);
	for (size_t i = 0; i < f->n; i++) {
		const struct advice_item *x = &f->v[i];
		json_t *e = json_object();

		json_object_set_new(e, "rank", json_integer((json_int_t)i + 1));
		set_text(e, "kind", advice_kind_names[x->kind]);
		set_text(e, "verdict", x->verdict);
		set_text(e, "what", x->what);
		set_text(e, "where", x->where);
		json_object_set_new(e, "gain", jvalue_real(x->gain));
		set_text(e, "gain_of", x->gain_of);
		json_object_set_new(e, "gain_per_s", jvalue_real(x->gain_per_s));
		json_object_set_new(e, "evidence", utf8_json_list(&x->evidence));
		json_object_set_new(e, "change", utf8_json_list(&x->change));
		set_text(e, "yaml", x->yaml);
		set_text(e, "flags", x->flags);
		set_text(e, "helm", x->helm);
		set_text(e, "no_dropin", x->no_dropin);
		set_text(e, "verified", x->verification.text);
		json_object_set_new(e, "verification", res_verification_to_json(&x->verification));
		json_array_append_new(list, e);
	}
	json_object_set_new(o, "notes", utf8_json_list(&f->notes));
	json_object_set_new(o, "findings", list);
	return o;
}

int advice_report(const struct advice *f, const char *source, enum out_format format,
		  struct strbuf *out, struct error *err)
{
	static const struct emit_kind kind = {.name = "advice", .json = to_json, .doc = build};
	const struct report it = {.advice = f, .source = source};

	return emit_report(&kind, &it, format, out, err);
}
