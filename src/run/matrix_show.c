/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The matrix for people and programs.
 */
#include "base/jvalue.h"
#include "base/mem.h"
#include "base/units.h"
#include "base/utf8.h"
#include "run/matrix.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- JSON ---- */

static json_t *rules_json(const struct matrix_case *c)
{
	return json_pack(
		"{s:o, s:o, s:I, s:I, s:I, s:o, s:o}", "label", utf8_json(c->rules_label), "files",
		utf8_json_list(&c->rules_files), "total", (json_int_t)c->rules_total, "complete",
		(json_int_t)c->rules_complete, "blind", (json_int_t)c->rules_blind, "lost",
		utf8_json_list(&c->rules_lost), "repair_set", utf8_json_list(&c->repair_set));
}

static json_t *buffers_json(const struct matrix_case *c)
{
	return json_pack("{s:s, s:i, s:i, s:I, s:I}", "engine_kind", engine_kind_names[c->kind],
			 "buf_size_preset", c->preset, "cpus_for_each_buffer", c->cpus, "bytes",
			 (json_int_t)c->buffer_bytes, "number", (json_int_t)c->n_buffers);
}

static json_t *case_json(const struct matrix *m, const struct matrix_case *c)
{
	struct strvec flags cleanup_strvec = STRVEC_INIT;
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:o, s:b, s:b, s:o}", "case", c->tc->key, "id",
			      c->tc->id, "variant", c->tc->variant, "title", c->tc->title, "file",
			      utf8_json(c->tc->file), "reference", c->tc->reference, "plugins_none",
			      c->tc->plugins_none, "load", utf8_json(c->load));

	matrix_o_flags(m, c, &flags);
	json_object_set_new(o, "base_syscalls",
			    json_pack("{s:o, s:b, s:b}", "custom_set",
				      utf8_json_list(&c->custom_set), "repair", c->repair, "all",
				      c->all));
	json_object_set_new(o, "buffers", buffers_json(c));
	json_object_set_new(o, "rules", rules_json(c));
	json_object_set_new(o, "flags", utf8_json_list(&flags));
	json_object_set_new(o, "skip", utf8_json(c->skip));
	json_object_set_new(o, "expect_failed", utf8_json(c->expect_failed));
	json_object_set_new(o, "set_size",
			    c->skip ? json_null() : json_integer((json_int_t)c->predicted.n));
	json_object_set_new(o, "predicted", c->skip ? json_null() : utf8_json_list(&c->predicted));
	if (m->has_rates) {
		json_object_set_new(o, "predicted_events_per_s", jvalue_real(c->events_per_s));
		json_object_set_new(o, "predicted_per_cpu_per_s", jvalue_real(c->events_per_cpu));
		json_object_set_new(o, "predicted_p99_per_cpu_per_s",
				    jvalue_real(c->events_p99_per_cpu));
	}
	return o;
}

static int show_json(const struct matrix *m, struct strbuf *out, struct error *err)
{
	json_t *cases = json_array(), *doc;
	char *text;

	for (size_t i = 0; i < m->n; i++)
		json_array_append_new(cases, case_json(m, &m->v[i]));
	doc = json_pack("{s:s, s:i, s:o}", "falco", m->cat->falco, "n_cpus", m->n_cpus, "cases",
			cases);
	text = json_dumps(doc, JSON_INDENT(2));
	json_decref(doc);
	if (!text)
		return error_internal(err, "the matrix cannot be written as JSON");
	strbuf_addf(out, "%s\n", text);
	free(text);
	return 0;
}

/* ---- tables ---- */

struct column {
	const char *name; /* heading of text and Markdown, and the name in CSV */
	const char *csv;  /* NULL: not in CSV */
	bool right;	  /* aligned to the right */
	bool people;	  /* shown in text and Markdown */
	void (*cell)(const struct matrix *m, const struct matrix_case *c, struct strbuf *out);
};

static void cell_key(const struct matrix *m, const struct matrix_case *c, struct strbuf *out)
{
	(void)m;
	strbuf_addstr(out, c->tc->key);
}

static void cell_title(const struct matrix *m, const struct matrix_case *c, struct strbuf *out)
{
	(void)m;
	strbuf_addstr(out, c->tc->title);
}

static void cell_size(const struct matrix *m, const struct matrix_case *c, struct strbuf *out)
{
	(void)m;
	if (!c->skip)
		strbuf_addf(out, "%zu", c->predicted.n);
}

static void cell_buffers(const struct matrix *m, const struct matrix_case *c, struct strbuf *out)
{
	char size[UNITS_BUF];

	(void)m;
	strbuf_addf(out, "%lld x %s", (long long)c->n_buffers,
		    units_fmt_bytes(size, (double)c->buffer_bytes));
}

static void cell_number(const struct matrix *m, const struct matrix_case *c, struct strbuf *out)
{
	(void)m;
	strbuf_addf(out, "%lld", (long long)c->n_buffers);
}

static void cell_bytes(const struct matrix *m, const struct matrix_case *c, struct strbuf *out)
{
	(void)m;
	strbuf_addf(out, "%lld", (long long)c->buffer_bytes);
}

static void cell_preset(const struct matrix *m, const struct matrix_case *c, struct strbuf *out)
{
	(void)m;
	strbuf_addf(out, "%d", c->preset);
}

static void cell_cpus(const struct matrix *m, const struct matrix_case *c, struct strbuf *out)
{
	(void)m;
	strbuf_addf(out, "%d", c->cpus);
}

static void cell_kind(const struct matrix *m, const struct matrix_case *c, struct strbuf *out)
{
	(void)m;
	strbuf_addstr(out, engine_kind_names[c->kind]);
}

static void cell_plugins(const struct matrix *m, const struct matrix_case *c, struct strbuf *out)
{
	(void)m;
	strbuf_addstr(out, c->tc->plugins_none ? "none" : "own");
}

static void cell_rules(const struct matrix *m, const struct matrix_case *c, struct strbuf *out)
{
	(void)m;
	strbuf_addstr(out, c->rules_label);
}

/* Rules that keep all their event types, of those that are evaluated; the dummy tells nothing. */
static void cell_coverage(const struct matrix *m, const struct matrix_case *c, struct strbuf *out)
{
	(void)m;
	if (!c->dummy_rules && !c->skip)
		strbuf_addf(out, "%lld of %lld", (long long)c->rules_complete,
			    (long long)c->rules_total);
	else
		strbuf_addstr(out, "-");
}

static void cell_total(const struct matrix *m, const struct matrix_case *c, struct strbuf *out)
{
	(void)m;
	if (!c->skip)
		strbuf_addf(out, "%lld", (long long)c->rules_total);
}

static void cell_complete(const struct matrix *m, const struct matrix_case *c, struct strbuf *out)
{
	(void)m;
	if (!c->skip)
		strbuf_addf(out, "%lld", (long long)c->rules_complete);
}

static void cell_blind(const struct matrix *m, const struct matrix_case *c, struct strbuf *out)
{
	(void)m;
	if (!c->skip)
		strbuf_addf(out, "%lld", (long long)c->rules_blind);
}

static void cell_load(const struct matrix *m, const struct matrix_case *c, struct strbuf *out)
{
	(void)m;
	strbuf_addstr(out, c->load);
}

static void cell_note(const struct matrix *m, const struct matrix_case *c, struct strbuf *out)
{
	(void)m;
	if (c->skip)
		strbuf_addf(out, "skipped: %s", c->skip);
	else if (c->expect_failed)
		strbuf_addf(out, "expectation failed: %s", c->expect_failed);
}

static void cell_rate(const struct matrix *m, const struct matrix_case *c, struct strbuf *out)
{
	(void)m;
	strbuf_addstr(out, c->skip ? "" : UNITS_RATE(c->events_per_s));
}

static void cell_rate_cpu(const struct matrix *m, const struct matrix_case *c, struct strbuf *out)
{
	(void)m;
	strbuf_addstr(out, c->skip ? "" : UNITS_RATE(c->events_per_cpu));
}

static void cell_rate_p99(const struct matrix *m, const struct matrix_case *c, struct strbuf *out)
{
	(void)m;
	strbuf_addstr(out, c->skip ? "" : UNITS_RATE(c->events_p99_per_cpu));
}

static void add_number(double v, struct strbuf *out)
{
	if (isfinite(v))
		strbuf_addf(out, "%.9g", v);
}

static void cell_rate_csv(const struct matrix *m, const struct matrix_case *c, struct strbuf *out)
{
	(void)m;
	add_number(c->events_per_s, out);
}

static void cell_cpu_csv(const struct matrix *m, const struct matrix_case *c, struct strbuf *out)
{
	(void)m;
	add_number(c->events_per_cpu, out);
}

static void cell_p99_csv(const struct matrix *m, const struct matrix_case *c, struct strbuf *out)
{
	(void)m;
	add_number(c->events_p99_per_cpu, out);
}

static const struct column columns[] = {
	{"case", "case", false, true, cell_key},
	{"title", "title", false, true, cell_title},
	{"syscalls", "set_size", true, true, cell_size},
	{"buffers", NULL, true, true, cell_buffers},
	{NULL, "n_buffers", true, false, cell_number},
	{NULL, "buffer_bytes", true, false, cell_bytes},
	{NULL, "engine_kind", false, false, cell_kind},
	{NULL, "buf_size_preset", true, false, cell_preset},
	{NULL, "cpus_for_each_buffer", true, false, cell_cpus},
	{"plugins", "plugins", false, true, cell_plugins},
	{"rules", "rules", false, true, cell_rules},
	{"complete", NULL, true, true, cell_coverage},
	{NULL, "rules_total", true, false, cell_total},
	{NULL, "rules_complete", true, false, cell_complete},
	{NULL, "rules_blind", true, false, cell_blind},
	{"load", "load", false, true, cell_load},
	{NULL, "note", false, false, cell_note},
	{"events/s", NULL, true, true, cell_rate},
	{"per CPU", NULL, true, true, cell_rate_cpu},
	{"p99 per CPU", NULL, true, true, cell_rate_p99},
	{NULL, "predicted_events_per_s", true, false, cell_rate_csv},
	{NULL, "predicted_per_cpu_per_s", true, false, cell_cpu_csv},
	{NULL, "predicted_p99_per_cpu_per_s", true, false, cell_p99_csv},
};

/* The last ones are only shown where a host profile gave rates. */
#define HOST_COLUMNS 6

static bool is_known(const struct matrix *m, size_t i)
{
	return m->has_rates || i < ARRAY_SIZE(columns) - HOST_COLUMNS;
}

static bool for_people(const struct matrix *m, size_t i)
{
	return columns[i].people && is_known(m, i);
}

static bool for_csv(const struct matrix *m, size_t i)
{
	return columns[i].csv && is_known(m, i);
}

/* One field of RFC 4180. */
static void add_csv(struct strbuf *out, const char *text)
{
	if (!text[strcspn(text, ",\"\r\n")]) {
		strbuf_addstr(out, text);
		return;
	}
	strbuf_addch(out, '"');
	for (; *text; text++) {
		if (*text == '"')
			strbuf_addch(out, '"');
		strbuf_addch(out, *text);
	}
	strbuf_addch(out, '"');
}

static void show_csv(const struct matrix *m, struct strbuf *out)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		if (for_csv(m, i))
			strbuf_addf(out, "%s%s", n++ ? "," : "", columns[i].csv);
	strbuf_addstr(out, "\r\n");
	for (size_t r = 0; r < m->n; r++) {
		n = 0;
		for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
			struct strbuf cell cleanup_strbuf = STRBUF_INIT;

			if (!for_csv(m, i))
				continue;
			columns[i].cell(m, &m->v[r], &cell);
			strbuf_addstr(out, n++ ? "," : "");
			add_csv(out, cell.buf);
		}
		strbuf_addstr(out, "\r\n");
	}
}

/* A cell of a table for people: control characters become blanks, and what Markdown would take for
 * its own is escaped. */
static void people_cell(const struct matrix *m, const struct matrix_case *c, size_t i, bool md,
			struct strbuf *out)
{
	struct strbuf raw cleanup_strbuf = STRBUF_INIT;

	columns[i].cell(m, c, &raw);
	for (const char *p = raw.buf; *p; p++) {
		if (md && strchr("|\\`*_<>[]", *p))
			strbuf_addch(out, '\\');
		strbuf_addch(out, (unsigned char)*p < ' ' || *p == 0x7f ? ' ' : *p);
	}
}

static void show_md(const struct matrix *m, struct strbuf *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		if (for_people(m, i))
			strbuf_addf(out, "| %s ", columns[i].name);
	strbuf_addstr(out, "|\n");
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		if (for_people(m, i))
			strbuf_addstr(out, columns[i].right ? "| --: " : "| --- ");
	strbuf_addstr(out, "|\n");
	for (size_t r = 0; r < m->n; r++) {
		for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
			if (!for_people(m, i))
				continue;
			strbuf_addstr(out, "| ");
			people_cell(m, &m->v[r], i, true, out);
			strbuf_addch(out, ' ');
		}
		strbuf_addstr(out, "|\n");
	}
}

/* Characters on the screen, so far as bytes of UTF-8 tell. */
static size_t width(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static void pad(struct strbuf *out, const char *text, size_t to, bool right)
{
	size_t n = width(text), fill = n < to ? to - n : 0;

	if (right)
		strbuf_addf(out, "%*s%s", (int)fill, "", text);
	else
		strbuf_addf(out, "%s%*s", text, (int)fill, "");
}

static void column_widths(const struct matrix *m, size_t *w)
{
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		w[i] = for_people(m, i) ? strlen(columns[i].name) : 0;
		for (size_t r = 0; for_people(m, i) && r < m->n; r++) {
			struct strbuf cell cleanup_strbuf = STRBUF_INIT;
			size_t n;

			people_cell(m, &m->v[r], i, false, &cell);
			n = width(cell.buf);
			w[i] = n > w[i] ? n : w[i];
		}
	}
}

static void trim_end(struct strbuf *out)
{
	while (out->len && out->buf[out->len - 1] == ' ')
		strbuf_setlen(out, out->len - 1);
	strbuf_addch(out, '\n');
}

static void text_row(const struct matrix *m, const struct matrix_case *c, const size_t *w,
		     struct strbuf *out)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		struct strbuf cell cleanup_strbuf = STRBUF_INIT;

		if (!for_people(m, i))
			continue;
		if (c)
			people_cell(m, c, i, false, &cell);
		else
			strbuf_addstr(&cell, columns[i].name);
		strbuf_addstr(out, n++ ? "  " : "");
		pad(out, cell.buf, w[i], columns[i].right);
	}
	trim_end(out);
}

static void show_notes(const struct matrix *m, struct strbuf *out)
{
	for (size_t r = 0; r < m->n; r++) {
		struct strbuf note cleanup_strbuf = STRBUF_INIT;

		cell_note(m, &m->v[r], &note);
		if (note.len)
			strbuf_addf(out, "\n%s: %s\n", m->v[r].tc->key, note.buf);
	}
}

static void show_text(const struct matrix *m, struct strbuf *out)
{
	size_t w[ARRAY_SIZE(columns)];

	column_widths(m, w);
	text_row(m, NULL, w, out);
	for (size_t r = 0; r < m->n; r++)
		text_row(m, &m->v[r], w, out);
	show_notes(m, out);
	strbuf_addf(out, "\n%zu case%s; syscalls as Falco %s selects them, buffers for %d CPU%s.\n",
		    m->n, m->n == 1 ? "" : "s", m->cat->falco, m->n_cpus,
		    m->n_cpus == 1 ? "" : "s");
}

int matrix_show(const struct matrix *m, enum out_format format, struct strbuf *out,
		struct error *err)
{
	switch (format) {
	case FORMAT_JSON:
		return show_json(m, out, err);
	case FORMAT_CSV:
		show_csv(m, out);
		return 0;
	case FORMAT_MD:
		show_md(m, out);
		show_notes(m, out);
		return 0;
	case FORMAT_TEXT:
		show_text(m, out);
		return 0;
	default:
		return error_input(err,
				   "the matrix has no format %s, expected text, json, csv "
				   "or md",
				   out_format_names[format]);
	}
}
