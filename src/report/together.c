/* SPDX-License-Identifier: Apache-2.0 */
#include "report/together.h"

#include "base/jvalue.h"
#include "base/mem.h"
#include "base/units.h"
#include "base/utf8.h"
#include "report/escape.h"
#include "report/page.h"
#include "report/report.h"

#include <math.h>
#include <string.h>

static size_t count_of(const struct together_part *v, size_t n, const char *word)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		k += !strcmp(v[i].word, word);
	return k;
}

/* Is this the first part of its kind, and are there others to compare it with? */
static bool begins_comparison(const struct together_part *v, size_t n, size_t i)
{
	return count_of(v, i, v[i].word) == 0 && count_of(v, n, v[i].word) > 1;
}

/* 1: some two of them are told apart, 0: none, -1: nothing is known of it. */
static int told_apart(const struct together_row *r, size_t n)
{
	int known = -1;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++) {
			const struct together_value *a = &r->by_part[i], *b = &r->by_part[k];

			if (isnan(a->lo) || isnan(a->hi) || isnan(b->lo) || isnan(b->hi))
				continue;
			known = known < 0 ? 0 : known;
			if (a->lo > b->hi || b->lo > a->hi)
				known = 1;
		}
	return known;
}

/* ---- text, md, html ---- */

/* A profile has the name apart. */
static void engine_cell(const json_t *engine, struct strvec *t)
{
	const char *name = json_string_value(json_object_get(engine, "name"));

	strvec_pushf(t, "%s%s%s", name ? name : "", name ? " " : "",
		     doc_known(json_string_value(json_object_get(engine, "version"))));
}

static void sources(const struct together_part *v, size_t n, struct doc *d)
{
	static const char *const head[] = {"name", "what", "host", "engine", "from"};
	static const bool right[] = {false, false, false, false, false};
	struct strvec *t =
		doc_table_head(d, "Results in this report", head, ARRAY_SIZE(head), right);

	for (size_t i = 0; i < n; i++) {
		const json_t *doc = v[i].doc, *inner = json_object_get(doc, "profile");
		const json_t *host = json_object_get(inner ? inner : doc, "host");
		const json_t *engine = json_object_get(inner ? inner : doc, "engine");

		strvec_push(t, v[i].label);
		strvec_push(t, v[i].word);
		strvec_push(t, doc_known(json_string_value(json_object_get(host, "hostname"))));
		engine_cell(engine, t);
		strvec_push(t, v[i].path);
	}
}

static void value_cell(const struct together_row *r, const struct together_value *v,
		       struct strvec *t)
{
	char a[UNITS_BUF], b[UNITS_BUF], c[UNITS_BUF];

	if (isnan(v->v))
		strvec_push(t, "-");
	else if (isnan(v->lo) || isnan(v->hi))
		strvec_push(t, svg_unit_text(a, r->unit, v->v));
	else
		strvec_pushf(t, "%s [%s, %s]", svg_unit_text(a, r->unit, v->v),
			     svg_unit_text(b, r->unit, v->lo), svg_unit_text(c, r->unit, v->hi));
}

/* Of two: how much the second is above the first. */
static void change_cell(const struct together_row *r, const struct together_value *a,
			const struct together_value *b, struct strvec *t)
{
	char text[UNITS_BUF];
	double change = b->v - a->v;

	if (isnan(change))
		strvec_push(t, "-");
	else if (r->unit == SVG_SHARE)
		strvec_pushf(t, "%+.3g pp", change * 100);
	else if (r->unit == SVG_NUMBER || a->v == 0)
		strvec_pushf(t, "%s%s", change < 0 ? "-" : "+",
			     svg_unit_text(text, r->unit, fabs(change)));
	else if (b->v > 3 * a->v)
		strvec_pushf(t, "%.3gx", b->v / a->v);
	else
		strvec_pushf(t, "%+.3g%%", change / a->v * 100);
}

/* Columns: item, measure, a value a part of that kind, with two of them the change, differs. */
static void values_table(const struct together_rows *rows, const struct together_part *v, size_t n,
			 const char *word, struct doc *d)
{
	size_t mine = count_of(v, n, word), cols = 3 + mine + (mine == 2), a = SIZE_MAX, b = 0;
	bool *right cleanup_free = xcalloc(cols, sizeof(*right));
	struct strvec *t;

	for (size_t i = 2; i + 1 < cols; i++)
		right[i] = true;
	t = doc_table(d, "Values, with their intervals", cols, right);
	strvec_push(t, !strcmp(word, "run") ? "case" : "of");
	strvec_push(t, "value");
	for (size_t i = 0; i < n; i++)
		if (!strcmp(v[i].word, word)) {
			strvec_push(t, v[i].label);
			a = a == SIZE_MAX ? i : a;
			b = i;
		}
	if (mine == 2)
		strvec_push(t, "change");
	strvec_push(t, "told apart");
	for (size_t k = 0; k < rows->n; k++) {
		const struct together_row *r = &rows->v[k];
		int told = told_apart(r, n);

		if (strcmp(r->word, word) != 0)
			continue;
		strvec_push(t, r->item);
		strvec_push(t, r->measure);
		for (size_t i = 0; i < n; i++)
			if (!strcmp(v[i].word, word))
				value_cell(r, &r->by_part[i], t);
		if (mine == 2)
			change_cell(r, &r->by_part[a], &r->by_part[b], t);
		strvec_push(t, told < 0 ? "-" : told ? "yes" : "no");
	}
}

static void facts_table(const struct together_part *v, size_t n, const char *word, struct doc *d)
{
	struct together_facts f;
	size_t cols = 1 + count_of(v, n, word);
	bool *right cleanup_free = xcalloc(cols, sizeof(*right));

	together_facts_make(&f, v, n, word);
	if (!f.n) {
		doc_para(d, "Host, engine and configuration are the same.");
	} else {
		struct strvec *t = doc_table(d, "What differs besides", cols, right);

		strvec_push(t, "fact");
		for (size_t i = 0; i < n; i++)
			if (!strcmp(v[i].word, word))
				strvec_push(t, v[i].label);
		for (size_t i = 0; i < f.n; i++) {
			strvec_push(t, f.v[i].name);
			strvec_copy(t, &f.v[i].values);
		}
	}
	together_facts_release(&f);
}

static void comparison(const struct together_part *v, size_t n, struct doc *d)
{
	struct together_rows rows;

	together_rows_make(&rows, v, n);
	for (size_t i = 0; i < n; i++) {
		char *heading cleanup_free = NULL;

		if (!begins_comparison(v, n, i))
			continue;
		heading = xasprintf("Comparison: %s", v[i].word);
		doc_heading(d, 2, heading);
		values_table(&rows, v, n, v[i].word, d);
		doc_para(d, "Told apart: the 95 %% intervals of some two of them do not overlap; - "
			    "where there are none. Values of different hosts, loads or engines "
			    "differ for these reasons too:");
		facts_table(v, n, v[i].word, d);
	}
	together_rows_release(&rows);
}

static void build(const struct together_part *v, size_t n, bool page, struct doc *d)
{
	unsigned present = 0;

	doc_heading(d, 1, "falcotune: report");
	sources(v, n, d);
	comparison(v, n, d);
	for (size_t i = 0; i < n; i++) {
		struct doc part cleanup_doc = DOC_INIT;
		char *name;

		present |= v[i].present;
		if (page)
			free(v[i].kind->page(v[i].it, &part));
		else
			v[i].kind->doc(v[i].it, &part);
		if (part.n && part.v[0].kind == DOC_HEADING) {
			name = xasprintf("%s (%s)", v[i].label, v[i].word);
			free(part.v[0].text);
			part.v[0].text = name;
		}
		doc_append(d, &part, 1);
	}
	if (page)
		report_missing(present, d);
}

/* ---- csv ---- */

static void write_csv(const struct together_part *v, size_t n, struct strbuf *out)
{
	struct together_rows rows;

	together_rows_make(&rows, v, n);
	strbuf_addstr(out, "kind,item,measure,unit,source,value,lo,hi\r\n");
	for (size_t k = 0; k < rows.n; k++) {
		const struct together_row *r = &rows.v[k];

		for (size_t i = 0; i < n; i++) {
			const struct together_value *x = &r->by_part[i];

			if (strcmp(v[i].word, r->word) != 0)
				continue;
			strbuf_addf(out, "%s,", r->word);
			escape_csv(out, r->item);
			strbuf_addf(out, ",%s,%s,", r->measure, together_unit_names[r->unit]);
			escape_csv(out, v[i].label);
			emit_csv_number(out, x->v);
			emit_csv_number(out, x->lo);
			emit_csv_number(out, x->hi);
			strbuf_addstr(out, "\r\n");
		}
	}
	together_rows_release(&rows);
}

/* ---- json ---- */

static json_t *values_json(const struct together_row *r, const struct together_part *v, size_t n)
{
	json_t *o = json_object();

	for (size_t i = 0; i < n; i++) {
		const struct together_value *x = &r->by_part[i];
		json_t *value;

		if (strcmp(v[i].word, r->word) != 0)
			continue;
		value = json_pack("{s:o, s:o, s:o}", "value", jvalue_real(x->v), "lo",
				  jvalue_real(x->lo), "hi", jvalue_real(x->hi));
		json_object_set_new(o, v[i].label, value);
	}
	return o;
}

static json_t *rows_json(const struct together_part *v, size_t n)
{
	struct together_rows rows;
	json_t *list = json_array();

	together_rows_make(&rows, v, n);
	for (size_t k = 0; k < rows.n; k++) {
		const struct together_row *r = &rows.v[k];
		int told = told_apart(r, n);
		json_t *o = json_object();

		json_object_set_new(o, "kind", json_string(r->word));
		json_object_set_new(o, "item", utf8_json(r->item));
		json_object_set_new(o, "measure", json_string(r->measure));
		json_object_set_new(o, "unit", json_string(together_unit_names[r->unit]));
		json_object_set_new(o, "values", values_json(r, v, n));
		json_object_set_new(o, "told_apart", told < 0 ? json_null() : json_boolean(told));
		json_array_append_new(list, o);
	}
	together_rows_release(&rows);
	return list;
}

static json_t *differences_json(const struct together_part *v, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		struct together_facts f;

		if (!begins_comparison(v, n, i))
			continue;
		together_facts_make(&f, v, n, v[i].word);
		for (size_t k = 0; k < f.n; k++) {
			json_t *o = json_object(), *values = json_object();
			size_t at = 0;

			for (size_t p = 0; p < n; p++)
				if (!strcmp(v[p].word, v[i].word))
					json_object_set_new(values, v[p].label,
							    utf8_json(f.v[k].values.v[at++]));
			json_object_set_new(o, "kind", json_string(v[i].word));
			json_object_set_new(o, "fact", utf8_json(f.v[k].name));
			json_object_set_new(o, "values", values);
			json_array_append_new(list, o);
		}
		together_facts_release(&f);
	}
	return list;
}

static json_t *to_json(const struct together_part *v, size_t n)
{
	json_t *o = emit_head("comparison"), *parts = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(parts,
				      json_pack("{s:o, s:s, s:o}", "name", utf8_json(v[i].label),
						"kind", v[i].word, "path", utf8_json(v[i].path)));
	json_object_set_new(o, "sources", parts);
	json_object_set_new(o, "differences", differences_json(v, n));
	json_object_set_new(o, "rows", rows_json(v, n));
	return o;
}

int together_write(const struct together_part *v, size_t n, enum out_format f, struct strbuf *out,
		   struct error *err)
{
	struct doc d cleanup_doc = DOC_INIT;

	if (f == FORMAT_JSON)
		return emit_json(out, to_json(v, n), 15, "a comparison", err);
	if (f == FORMAT_CSV) {
		write_csv(v, n, out);
		return 0;
	}
	build(v, n, f == FORMAT_HTML, &d);
	if (f == FORMAT_HTML)
		return page_html("falcotune report", &d, out, err);
	(f == FORMAT_MD ? doc_md : doc_text)(&d, out);
	return 0;
}
