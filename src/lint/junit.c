/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JUnit XML, in the common part of what Jenkins, GitLab and the Ant task's schema take.
 */
#include "lint/check.h"

#include "base/mem.h"

#include <string.h>

static void add_xml(struct strbuf *out, const char *s)
{
	for (; *s; s++) {
		switch (*s) {
		case '&':
			strbuf_addstr(out, "&amp;");
			break;
		case '<':
			strbuf_addstr(out, "&lt;");
			break;
		case '>':
			strbuf_addstr(out, "&gt;");
			break;
		case '"':
			strbuf_addstr(out, "&quot;");
			break;
		default:
			strbuf_addch(out, *s);
		}
	}
}

static void add_attribute(struct strbuf *out, const char *name, const char *value)
{
	strbuf_addf(out, " %s=\"", name);
	add_xml(out, value);
	strbuf_addch(out, '"');
}

static bool same_file(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool belongs(const struct check_entry *e, const char *file)
{
	return !e->repeated && same_file(e->file, file);
}

static void add_case_name(struct strbuf *out, const struct check_entry *e)
{
	strbuf_addstr(out, e->code);
	if (e->item)
		strbuf_addf(out, " %s %s", e->item_type ? e->item_type : "", e->item);
	if (e->line)
		strbuf_addf(out, " line %zu", e->line);
	if (e->line && e->col)
		strbuf_addf(out, ":%zu", e->col);
}

static void add_line(struct strbuf *out, const struct check_entry *e, const char *path)
{
	strbuf_addf(out, "%s:%zu:%zu: %s %s: ", path, e->line, e->col,
		    lint_severity_names[e->severity], e->code);
	check_entry_text(e, out);
	if (e->mend && *e->mend)
		strbuf_addf(out, " To mend it: %s", e->mend);
	strbuf_addch(out, '\n');
}

/* One finding. What does not fail is a passed case, and its text goes to passed. */
static void add_case(const struct check_report *r, const struct check_entry *e, const char *path,
		     struct strbuf *out, struct strbuf *passed)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	add_case_name(&text, e);
	strbuf_addstr(out, "    <testcase");
	add_attribute(out, "classname", path);
	add_attribute(out, "name", text.buf);
	strbuf_addstr(out, " time=\"0\"");
	if (!check_entry_fails(r, e)) {
		strbuf_addstr(out, "/>\n");
		add_line(passed, e, path);
		return;
	}
	strbuf_addstr(out, ">\n      <failure");
	strbuf_reset(&text);
	check_entry_text(e, &text);
	add_attribute(out, "message", text.buf);
	add_attribute(out, "type", e->code);
	strbuf_addch(out, '>');
	strbuf_reset(&text);
	add_line(&text, e, path);
	add_xml(out, text.buf);
	strbuf_addstr(out, "</failure>\n    </testcase>\n");
}

static void add_suite(const struct check_report *r, const char *file, const char *path, size_t id,
		      const char *when, struct strbuf *out)
{
	struct strbuf passed cleanup_strbuf = STRBUF_INIT;
	size_t tests = 1, failures = 0;

	for (size_t i = 0; i < r->n; i++) {
		tests += belongs(&r->v[i], file);
		failures += belongs(&r->v[i], file) && check_entry_fails(r, &r->v[i]);
	}
	strbuf_addstr(out, "  <testsuite");
	add_attribute(out, "name", path);
	add_attribute(out, "package", "falcotune.check");
	strbuf_addf(out,
		    " id=\"%zu\" timestamp=\"%s\" hostname=\"localhost\" tests=\"%zu\" "
		    "failures=\"%zu\" errors=\"0\" time=\"0\">\n    <properties>\n",
		    id, when, tests, failures);
	strbuf_addf(out,
		    "      <property name=\"falco\" value=\"%s\"/>\n"
		    "      <property name=\"rules_engine\" value=\"%s\"/>\n"
		    "      <property name=\"fields\" value=\"%s\"/>\n    </properties>\n",
		    r->cat->falco, r->cat->rules_engine, catalogue_find(NULL)->falco);
	/* So that a file without findings is seen to have been checked. */
	strbuf_addstr(out, "    <testcase");
	add_attribute(out, "classname", path);
	strbuf_addstr(out, " name=\"file is read\" time=\"0\"/>\n");
	for (size_t i = 0; i < r->n; i++)
		if (belongs(&r->v[i], file))
			add_case(r, &r->v[i], path, out, &passed);
	strbuf_addstr(out, "    <system-out>");
	add_xml(out, passed.buf);
	strbuf_addstr(out, "</system-out>\n    <system-err></system-err>\n  </testsuite>\n");
}

static bool is_first(const struct check_report *r, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (same_file(r->v[k].file, r->v[i].file))
			return false;
	return true;
}

void check_write_junit(const struct check_report *r, const char *base, const char *when,
		       struct strbuf *out)
{
	size_t id = 0;

	strbuf_addstr(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
	for (size_t i = 0; i < r->files->n; i++) {
		char *path cleanup_free = check_relative_path(base, r->files->v[i], false);
		bool again = false;

		for (size_t k = 0; k < i && !again; k++)
			again = !strcmp(r->files->v[k], r->files->v[i]);
		if (!again)
			add_suite(r, r->files->v[i], path, id++, when, out);
	}
	/* Findings of the configuration, and of no file. */
	for (size_t i = 0; i < r->n; i++) {
		const char *file = r->v[i].file;
		char *path cleanup_free = NULL;

		if (!is_first(r, i) || (file && strvec_has(r->files, file)))
			continue;
		path = file ? check_relative_path(base, file, false) : xstrdup("configuration");
		add_suite(r, file, path, id++, when, out);
	}
	strbuf_addstr(out, "</testsuites>\n");
}
