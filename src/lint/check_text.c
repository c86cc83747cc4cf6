/* SPDX-License-Identifier: Apache-2.0 */
#include "lint/check.h"

#include "base/utf8.h"
#include "rules/schema.h"

#include <string.h>

static void add_place(const struct check_entry *e, struct strbuf *out)
{
	if (!e->file)
		return;
	strbuf_addstr(out, e->file);
	if (e->line)
		strbuf_addf(out, ":%zu", e->line);
	if (e->line && e->col)
		strbuf_addf(out, ":%zu", e->col);
	strbuf_addstr(out, ": ");
}

static void add_clean_line(const char *what, const char *text, struct strbuf *out)
{
	if (!text || !*text)
		return;
	strbuf_addf(out, "    %s: ", what);
	utf8_add_clean(out, text, "");
	strbuf_addch(out, '\n');
}

static void add_entry(const struct check_entry *e, struct strbuf *out)
{
	add_place(e, out);
	strbuf_addf(out, "%s %s: ", lint_severity_names[e->severity], e->code);
	check_entry_text(e, out);
	strbuf_addch(out, '\n');
	add_clean_line("costs", e->cost, out);
	add_clean_line("mend", e->mend, out);
}

static void add_count(struct strbuf *out, size_t n, const char *what)
{
	strbuf_addf(out, "%zu %s%s", n, what, n == 1 ? "" : "s");
}

static void add_summary(const struct check_report *r, struct strbuf *out)
{
	const struct catalogue *newest = catalogue_find(NULL);

	strbuf_addf(out, "Falco %s (rules engine %s) would %s %s: ", r->cat->falco,
		    r->cat->rules_engine, r->successful ? "accept" : "reject",
		    r->files->n == 1 ? "this file" : "these files");
	add_count(out, check_count(r, false, LINT_ERROR), "error");
	strbuf_addstr(out, ", ");
	add_count(out, check_count(r, false, LINT_WARNING), "warning");
	strbuf_addstr(out, "; lints: ");
	add_count(out, check_count(r, true, LINT_ERROR), "error");
	strbuf_addstr(out, ", ");
	add_count(out, check_count(r, true, LINT_WARNING), "warning");
	strbuf_addf(out, ", %zu info.\n", check_count(r, true, LINT_INFO));
	strbuf_addf(out, "Field lists are those of Falco %s%s.\n", newest->falco,
		    r->cat == newest ? "" : " for every release");
}

/* Falco's own log line, where it warns; it loads the file all the same. */
static void add_schema(const struct check_report *r, struct strbuf *out)
{
	for (size_t i = 0; r->cat == catalogue_find(NULL) && i < r->files->n; i++) {
		const struct schema_result *s = ruleset_schema(r->rules, i);

		if (!s || schema_is_valid(s))
			continue;
		strbuf_addf(out, "%s: schema validation: ", r->files->v[i]);
		utf8_add_clean(out, s->lines.v[0], "");
		strbuf_addstr(out, " (does not change the verdict)\n");
	}
}

void check_write_text(const struct check_report *r, struct strbuf *out)
{
	for (size_t i = 0; i < r->n; i++)
		if (!r->v[i].repeated)
			add_entry(&r->v[i], out);
	if (r->n)
		strbuf_addch(out, '\n');
	add_schema(r, out);
	add_summary(r, out);
}
