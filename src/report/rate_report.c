/* SPDX-License-Identifier: Apache-2.0 */
#include "report/rate_report.h"

#include "base/jvalue.h"
#include "base/mem.h"
#include "base/units.h"
#include "report/emit.h"
#include "report/escape.h"

#include <math.h>
#include <stdlib.h>

#define SHOWN_PARTS  3 /* in the table */
#define WORDED_PARTS 5 /* with their reasons below it */
#define WORTH_WORDS  0.02
#define NAMED_RULES  3

void rate_table_release(struct rate_table *t)
{
	for (size_t i = 0; i < t->n; i++)
		rate_release(&t->v[i].rate);
	free(t->v);
	*t = (struct rate_table){0};
}

static double per_cpu(const struct rate_table *t, double rate)
{
	return t->n_cpus > 0 ? rate / t->n_cpus : (double)NAN;
}

static void add_parts(const struct rate *r, struct strvec *cells)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	for (size_t i = 0; i < r->n_parts && i < SHOWN_PARTS; i++)
		strbuf_addf(&text, "%s%s %s", i ? ", " : "", r->parts[i].name,
			    UNITS_SHARE(r->parts[i].share));
	strvec_push(cells, text.buf);
}

static void add_row(const struct rate_table *t, const struct rate_row *row, struct strvec *cells)
{
	const struct rate *r = &row->rate;

	strvec_push(cells, row->key);
	strvec_pushf(cells, "%zu", row->set_size);
	strvec_push(cells, UNITS_RATE(r->per_s));
	strvec_push(cells, UNITS_RATE(r->per_cpu));
	strvec_push(cells, UNITS_RATE(per_cpu(t, r->p99)));
	strvec_push(cells, UNITS_RATE(per_cpu(t, r->max)));
	strvec_push(cells, rate_level_names[rate_level(r->per_cpu)]);
	add_parts(r, cells);
}

/* "openat is 61.0% of it: rules 'A', 'B', 'C'" */
static void add_words(const struct rate_row *row, struct doc *d)
{
	struct strvec *list;
	size_t n = 0;

	while (n < row->rate.n_parts && n < WORDED_PARTS && row->rate.parts[n].share >= WORTH_WORDS)
		n++;
	if (!n)
		return;
	doc_para(d, "What makes the rate of %s, and why it is there:", row->key);
	list = doc_list(d);
	for (size_t i = 0; i < n; i++) {
		struct strbuf why cleanup_strbuf = STRBUF_INIT;

		rate_reasons(&row->set, row->rate.parts[i].name, NAMED_RULES, &why);
		strvec_pushf(list, "%s is %s of it (%s/s): %s", row->rate.parts[i].name,
			     UNITS_SHARE(row->rate.parts[i].share),
			     UNITS_RATE(row->rate.parts[i].per_s),
			     why.len ? why.buf : "always traced");
	}
}

static const struct rate_row *row_of_words(const struct rate_table *t)
{
	const struct rate_row *best = NULL;

	for (size_t i = 0; i < t->n; i++) {
		if (t->v[i].own)
			return &t->v[i];
		if (!best || t->v[i].rate.per_s > best->rate.per_s)
			best = &t->v[i];
	}
	return best;
}

void rate_report_doc(const struct rate_table *t, struct doc *d)
{
	static const bool right[] = {false, true, true, true, true, true, false, false};
	static const char *const head[] = {"case",	    "syscalls",	   "events/s",
					   "per CPU",	    "p99 per CPU", "max per CPU",
					   "rule of thumb", "most of it"};
	const struct rate_row *words = row_of_words(t);
	struct strvec *cells;

	if (!t->n)
		return;
	doc_heading(d, 2, "Predicted kernel event rates");
	doc_para(d,
		 "Events that Falco %s would count (n_evts) on this host for each case's set, from "
		 "the counts above; nothing was run.",
		 t->falco);
	cells = doc_table_head(d, "Predicted kernel event rates", head, ARRAY_SIZE(head), right);
	for (size_t i = 0; i < t->n; i++)
		add_row(t, &t->v[i], cells);
	add_words(words, d);
	doc_para(d, "%s", rate_level_note);
}

static json_t *parts_json(const struct rate_row *row)
{
	json_t *a = json_array();

	for (size_t i = 0; i < row->rate.n_parts; i++) {
		const struct rate_part *p = &row->rate.parts[i];
		struct strbuf why cleanup_strbuf = STRBUF_INIT;

		rate_reasons(&row->set, p->name, SIZE_MAX, &why);
		json_array_append_new(a, json_pack("{s:s, s:o, s:o, s:s}", "name", p->name, "per_s",
						   jvalue_real(p->per_s), "share",
						   jvalue_real(p->share), "why", why.buf));
	}
	return a;
}

json_t *rate_report_json(const struct rate_table *t)
{
	json_t *a = json_array();

	for (size_t i = 0; i < t->n; i++) {
		const struct rate_row *row = &t->v[i];
		const struct rate *r = &row->rate;
		json_t *o = json_pack("{s:s, s:s, s:b, s:s, s:I}", "case", row->key, "title",
				      row->title, "own", row->own, "falco", t->falco, "set_size",
				      (json_int_t)row->set_size);

		json_object_set_new(o, "events_per_s", jvalue_real(r->per_s));
		json_object_set_new(o, "per_cpu_per_s", jvalue_real(r->per_cpu));
		json_object_set_new(o, "p50_per_s", jvalue_real(r->p50));
		json_object_set_new(o, "p99_per_s", jvalue_real(r->p99));
		json_object_set_new(o, "max_per_s", jvalue_real(r->max));
		json_object_set_new(o, "rule_of_thumb",
				    json_string(rate_level_names[rate_level(r->per_cpu)]));
		json_object_set_new(o, "parts", parts_json(row));
		json_array_append_new(a, o);
	}
	return a;
}

void rate_report_csv(const struct rate_table *t, struct strbuf *out)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct rate *r = &t->v[i].rate;

		strbuf_addstr(out, "case,");
		escape_csv(out, t->v[i].key);
		emit_csv_number(out, r->per_s);
		strbuf_addstr(out, ",,");
		emit_csv_number(out, r->per_cpu);
		emit_csv_number(out, r->p50);
		emit_csv_number(out, r->p99);
		emit_csv_number(out, r->max);
		strbuf_addstr(out, ",,\r\n");
	}
}
