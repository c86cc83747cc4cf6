/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the loader makes of rules files: Falco's semantics of lists, macros, redefinition, overrides
 * and exceptions.
 */
#include "rules_fixture.h"

#define E_OPEN "evt.type=open and "

START_TEST(lists_are_text)
{
	/* Substitution does not know quotes, but has its own delimiters. */
	assert_compiles("- list: l\n  items: [a]\n" RULE("R", "proc.name='x l y' or proc.name='l'"),
			"(proc.name = \"x a y\" or proc.name = l)");
	assert_compiles("- list: l\n  items: [a, b c]\n" RULE("R", "proc.name in (l, d)"),
			"proc.name in (a, \"b c\", d)");
	assert_compiles(
		"- list: l\n  items: ['\"x y\"', \"'z w'\"]\n" RULE("R", "proc.name in (l)"),
		"proc.name in (\"x y\", \"z w\")");
	/* One value pasted where no list can be. */
	assert_compiles("- list: l\n  items: [a]\n" RULE("R", "proc.name = l and proc.name in l"),
			"(proc.name = a and proc.name in a)");
	/* > is no delimiter. */
	assert_compiles("- list: l\n  items: [5]\n" RULE("R", "proc.pid > l"), "proc.pid > 5");
	assert_codes("- list: l\n  items: [5]\n" RULE("R", E_OPEN "proc.pid >l"),
		     "!ERR_COMPILE_CONDITION");
}
END_TEST

START_TEST(lists_replace_words)
{
	/* Fields and operators of that name too. */
	assert_compiles("- list: proc.name\n  items: [fd.name]\n" RULE("R", "proc.name = a"),
			"fd.name = a");
	assert_compiles("- list: or\n  items: [and]\n" RULE("R", "fd.name=a or proc.name=b"),
			"(fd.name = a and proc.name = b)");
	/* What a list brings in is seen by later lists only. */
	assert_compiles("- list: l\n  items: [k]\n- list: k\n  items: [a, b]\n" RULE(
				"R", "proc.name in (l)"),
			"proc.name in (a, b)");
	assert_compiles("- list: k\n  items: [l]\n- list: l\n  items: [l]\n" RULE(
				"R", "proc.name in (l, k)"),
			"proc.name in (l, l)");
}
END_TEST

START_TEST(empty_lists)
{
	static const struct {
		const char *in, *out;
	} rows[] = {{"proc.name in (l)", "proc.name in ()"},
		    {"proc.name in (a, l)", "proc.name in (a)"},
		    {"proc.name in (l, a)", "proc.name in (a)"},
		    {"proc.name in (a,l,b)", "proc.name in (a, b)"}};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = xasprintf("- list: l\n  items: []\n- rule: R\n  desc: d\n  condition: "
				       "%s\n  output: o\n  priority: INFO\n",
				       rows[i].in);

		assert_compiles(text, rows[i].out);
		free(text);
	}
	/* An empty first item vanishes, an empty last one breaks the text. */
	assert_compiles("- list: l\n  items: ['', a]\n" RULE("R", "proc.name in (l)"),
			"proc.name in (a)");
	assert_codes("- list: l\n  items: [a, '']\n" RULE("R", E_OPEN "proc.name in (l)"),
		     "!ERR_COMPILE_CONDITION");
}
END_TEST

START_TEST(lists_in_lists)
{
	/* One level, and only lists that were there before the last change. */
	assert_compiles(
		"- list: l\n  items: [a]\n- list: k\n  items: [l]\n- list: j\n  items: [k]\n" RULE(
			"R", "proc.name in (j)"),
		"proc.name in (l)");
	assert_compiles("- list: k\n  items: [x]\n- list: l\n  items: [a]\n- list: k\n  items: "
			"[l]\n  override: {items: append}\n" RULE("R", "proc.name in (k)"),
			"proc.name in (x, a)");
	assert_compiles("- list: l\n  items: [l]\n" RULE("R", "proc.name in (l)"),
			"proc.name in (l)");
	/* Defined after its user. */
	assert_compiles(RULE("R", "proc.name in (l)") "- list: l\n  items: [a]\n",
			"proc.name in (a)");
}
END_TEST

START_TEST(list_names)
{
	assert_codes("- list: a b\n  items: [x]\n" RULE("R", E_OPEN "proc.name in (a b)"),
		     "INVALID_LIST_NAME");
	assert_codes("- list: a.b-c\n  items: [x]\n" RULE("R", E_OPEN "proc.name in (a.b-c)"), "");
	assert_codes("- list: l\n  items: [~]\n", "!ERR_YAML_VALIDATE");
	assert_codes("- list: l\n  items: x\n", "!ERR_YAML_VALIDATE");
	assert_codes("- list: l\n", "!ERR_YAML_VALIDATE");
}
END_TEST

START_TEST(list_growth_is_limited)
{
	struct strbuf sb = STRBUF_INIT;

	for (int i = 0; i < 60; i++)
		strbuf_addf(&sb, "- list: l%d\n  items: [l%d, x, l%d]\n", i, i + 1, i + 1);
	strbuf_addstr(&sb, RULE("R", E_OPEN "proc.name in (l0)"));
	assert_codes(sb.buf, "!ERR_COMPILE_CONDITION");
	strbuf_release(&sb);
}
END_TEST

START_TEST(macros)
{
	assert_compiles(
		"- macro: m\n  condition: fd.name=a or fd.name=b\n" RULE("R", "m and not m"),
		"((fd.name = a or fd.name = b) and not (fd.name = a or fd.name = b))");
	/* A macro may be named like a word of the grammar. */
	assert_compiles("- macro: or\n  condition: fd.name=a\n" RULE("R", "or or or"),
			"(fd.name = a or fd.name = a)");
	assert_codes("- macro: 1m\n  condition: fd.name=a\n" RULE("R", E_OPEN "fd.name=b"),
		     "INVALID_MACRO_NAME UNUSED_MACRO");
	assert_codes(RULE("R", E_OPEN "m"), "!ERR_VALIDATE");
	/* The text of an unused macro must parse, its fields need not exist. */
	assert_codes("- macro: m\n  condition: a.b=\n" RULE("R", E_OPEN "fd.name=b"),
		     "!ERR_COMPILE_CONDITION");
	assert_codes("- macro: m\n  condition: a.b=c\n" RULE("R", E_OPEN "fd.name=b"),
		     "UNUSED_MACRO");
	assert_codes("- macro: m\n  condition: a.b=c\n" RULE("R", E_OPEN "m"),
		     "!ERR_COMPILE_CONDITION");
}
END_TEST

START_TEST(macro_order)
{
	/* Rules see all macros, macros those before their own last change. */
	assert_compiles(RULE("R", "m") "- macro: m\n  condition: fd.name=a\n", "fd.name = a");
	assert_codes("- macro: a\n  condition: b\n- macro: b\n  condition: fd.name=x\n" RULE(
			     "R", E_OPEN "a"),
		     "!ERR_VALIDATE");
	assert_compiles(
		"- macro: a\n  condition: b\n- macro: b\n  condition: fd.name=x\n- macro: "
		"a\n  condition: or fd.name=y\n  override: {condition: append}\n" RULE("R", "a"),
		"(fd.name = x or fd.name = y)");
	/* Loops: with itself not visible, through an append visible. */
	assert_codes("- macro: a\n  condition: a\n" RULE("R", E_OPEN "a"), "!ERR_VALIDATE");
	assert_codes("- macro: a\n  condition: fd.name=x\n- macro: a\n  condition: or a\n  "
		     "override: {condition: append}\n" RULE("R", E_OPEN "a"),
		     "!ERR_VALIDATE");
	assert_codes(
		"- macro: a\n  condition: fd.name=x\n- macro: b\n  condition: a\n- macro: a\n  "
		"condition: b\n" RULE("R", E_OPEN "a"),
		"!ERR_VALIDATE");
}
END_TEST

START_TEST(macro_growth_is_limited)
{
	struct strbuf sb = STRBUF_INIT;

	strbuf_addstr(&sb, "- macro: m0\n  condition: fd.name=a\n");
	for (int i = 1; i < 64; i++)
		strbuf_addf(&sb, "- macro: m%d\n  condition: m%d or m%d\n", i, i - 1, i - 1);
	strbuf_addstr(&sb, RULE("R", E_OPEN "m63"));
	assert_codes(sb.buf, "!ERR_VALIDATE");
	strbuf_reset(&sb);
	strbuf_addstr(&sb, "- macro: m0\n  condition: fd.name=a\n");
	for (int i = 1; i < 40000; i++)
		strbuf_addf(&sb, "- macro: m%d\n  condition: not m%d\n", i, i - 1);
	strbuf_addstr(&sb, RULE("R", E_OPEN "m39999"));
	assert_codes(sb.buf, "!ERR_VALIDATE");
	strbuf_release(&sb);
}
END_TEST

START_TEST(files_are_compiled_one_after_another)
{
	char a[64], b[64];
	const char *files[] = {a, b};
	struct error err = ERROR_INIT;
	struct ruleset rs;
	FILE *f;

	f = fdopen(unit_make_file(a, sizeof(a)), "w");
	fputs(RULE("R", E_OPEN "later and proc.name in (l)"), f);
	fclose(f);
	f = fdopen(unit_make_file(b, sizeof(b)), "w");
	fputs("- macro: later\n  condition: fd.name=x\n- list: l\n  items: [a]\n", f);
	fclose(f);
	ck_assert_int_eq(ruleset_load(&rs, files, 2, NULL, &err), -1);
	ck_assert_uint_eq(rs.n_findings, 1);
	ck_assert_str_eq(rs.findings[0].code, "LOAD_ERR_VALIDATE");
	ck_assert_uint_eq(rs.findings[0].load, 0);
	ruleset_release(&rs);
	/* The other way round; the warnings of the first file come again with the second. */
	files[0] = b;
	files[1] = a;
	ck_assert_int_eq(ruleset_load(&rs, files, 2, NULL, &err), 0);
	ck_assert_uint_eq(rs.n_findings, 2);
	ck_assert_str_eq(rs.findings[0].code, "LOAD_UNUSED_MACRO");
	ck_assert_str_eq(rs.findings[1].code, "LOAD_UNUSED_LIST");
	ruleset_release(&rs);
	unlink(a);
	unlink(b);
}
END_TEST

START_TEST(redefinition)
{
	struct loaded l = load_text(RULE("R", E_OPEN "fd.name=a") RULE(
		"S", E_OPEN "fd.name=b") "- rule: R\n  enabled: false\n");

	ck_assert_str_eq(codes(&l), "DEPRECATED_ITEM");
	ck_assert(!l.rs.rules[0].enabled);
	ruleset_release(&l.rs);
	/* A complete one turns it on again, keeps its place, forgets tags. */
	l = load_text(RULE("R", E_OPEN "fd.name=a") "  enabled: false\n  tags: [x]\n" RULE(
		"S", E_OPEN "fd.name=b") RULE("R", E_OPEN "fd.name=c"));
	ck_assert_uint_eq(l.rs.n, 2);
	ck_assert_str_eq(l.rs.rules[0].name, "R");
	ck_assert(l.rs.rules[0].enabled);
	ck_assert_uint_eq(l.rs.rules[0].tags.n, 0);
	ck_assert_str_eq(compiled(&l, "R"), "(evt.type = open and fd.name = c)");
	ruleset_release(&l.rs);
	assert_codes("- rule: R\n  enabled: false\n", "DEPRECATED_ITEM !ERR_VALIDATE");
	assert_codes("- rule: R\n  tags: [x]\n", "!ERR_YAML_VALIDATE");
	assert_codes(RULE("R", E_OPEN "fd.name=a") RULE("R", E_OPEN "fd.name=a") "  source: x\n",
		     "!ERR_VALIDATE");
	assert_codes(RULE("R", "zz") "  source: x\n", "UNKNOWN_SOURCE");
}
END_TEST

#define BASE	     RULE("R", E_OPEN "fd.name=a") "  tags: [b, a]\n"
#define CHANGE(text) BASE "- rule: R\n" text

START_TEST(rule_overrides)
{
	struct loaded l;

	l = load_text(CHANGE("  condition: or fd.name=b\n  output: p\n  desc: e\n  tags: [c, a]\n"
			     "  override: {condition: append, output: append, desc: append, tags: "
			     "append}\n"));
	ck_assert_msg(!l.rc, "%s", l.err.msg);
	ck_assert_str_eq(compiled(&l, "R"), "((evt.type = open and fd.name = a) or fd.name = b)");
	ck_assert_str_eq(l.rs.rules[0].output, "o p");
	ck_assert_str_eq(l.rs.rules[0].desc, "d e");
	ck_assert_uint_eq(l.rs.rules[0].tags.n, 3);
	ck_assert_str_eq(l.rs.rules[0].tags.v[0], "a");
	ruleset_release(&l.rs);
	l = load_text(CHANGE("  condition: evt.type=close\n  priority: error\n  enabled: no\n"
			     "  capture: true\n  capture_duration: 0x10\n  tags: [z]\n"
			     "  warn_evttypes: false\n  skip-if-unknown-filter: true\n"
			     "  override: {condition: replace, priority: replace, enabled: "
			     "replace,\n    capture: replace, capture_duration: replace, tags: "
			     "replace,\n    warn_evttypes: replace, skip-if-unknown-filter: "
			     "replace}\n"));
	ck_assert_msg(!l.rc, "%s", l.err.msg);
	ck_assert_str_eq(compiled(&l, "R"), "evt.type = close");
	ck_assert_int_eq(l.rs.rules[0].priority, PRIORITY_ERROR);
	ck_assert(!l.rs.rules[0].enabled);
	ck_assert_uint_eq(l.rs.rules[0].capture_duration, 16);
	ck_assert_uint_eq(l.rs.rules[0].tags.n, 1);
	ruleset_release(&l.rs);
}
END_TEST

START_TEST(override_errors)
{
	static const struct {
		const char *change, *codes;
	} rows[] = {
		{"  priority: INFO\n  override: {priority: append}\n", "!ERR_YAML_VALIDATE"},
		{"  source: syscall\n  override: {source: replace}\n", "!ERR_YAML_VALIDATE"},
		{"  condition: x\n  override: {condition: prepend}\n", "!ERR_YAML_VALIDATE"},
		{"  override: {condition: append}\n", "!ERR_YAML_VALIDATE"},
		{"  condition: or fd.name=b\n  output: x\n  override: {condition: append}\n",
		 "!ERR_YAML_VALIDATE"},
		{"  condition: or fd.name=b\n  append: true\n  override: {condition: append}\n",
		 "DEPRECATED_ITEM !ERR_YAML_VALIDATE"},
		{"  condition: or fd.name=b\n  override: [condition]\n", "!ERR_VALIDATE"},
		{"  condition: or fd.name=b\n  override: {condition: [append]}\n", "!ERR_VALIDATE"},
		{"  condition: and fd.name=b\n  zz: 1\n  override: {condition: append}\n",
		 "UNKNOWN_KEY"},
		/* append: true takes condition and exceptions only. */
		{"  condition: and fd.name=b\n  output: '%nosuch'\n  append: true\n",
		 "DEPRECATED_ITEM"},
		{"  output: x\n  append: true\n", "DEPRECATED_ITEM !ERR_VALIDATE"},
		{"  append: maybe\n  condition: x\n", "!ERR_YAML_VALIDATE"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = xasprintf(BASE "- rule: R\n%s", rows[i].change);

		assert_codes(text, rows[i].codes);
		free(text);
	}
	assert_codes("- rule: R\n  condition: x\n  override: {condition: replace}\n",
		     "!ERR_VALIDATE");
	assert_codes("- rule: R\n  condition: x\n  append: true\n",
		     "DEPRECATED_ITEM !ERR_VALIDATE");
	/* An empty override is none: then it is a definition that lacks keys. */
	assert_codes("- rule: R\n  condition: x\n  override: {}\n", "!ERR_YAML_VALIDATE");
}
END_TEST

START_TEST(macro_and_list_overrides)
{
	assert_compiles("- macro: m\n  condition: fd.name=a\n- macro: m\n  condition: or "
			"fd.name=b\n  override: {condition: append}\n" RULE("R", "m"),
			"(fd.name = a or fd.name = b)");
	/* Replacing what is not there defines it; appending is an error. */
	assert_compiles("- macro: m\n  condition: fd.name=b\n  override: {condition: replace}\n"
			"- list: l\n  items: [c]\n  override: {items: replace}\n" RULE(
				"R", "m or fd.name in (l)"),
			"(fd.name = b or fd.name in (c))");
	assert_codes("- macro: m\n  condition: fd.name=b\n  override: {condition: append}\n",
		     "!ERR_VALIDATE");
	assert_codes("- list: l\n  items: [c]\n  append: true\n", "DEPRECATED_ITEM !ERR_VALIDATE");
	assert_codes("- list: l\n  items: [c]\n  override: {condition: append}\n",
		     "!ERR_YAML_VALIDATE");
}
END_TEST

#define EXC(text) RULE("R", "evt.type=open") "  exceptions:\n" text

START_TEST(exception_list_form)
{
	assert_compiles(EXC("  - name: e\n    fields: [proc.name, fd.name]\n    comps: [in, "
			    "startswith]\n    values:\n    - [[b, 'c d'], /y z]\n    - [e, /f]\n"),
			"(evt.type = open and not ((proc.name in (b, \"c d\") and fd.name "
			"startswith \"/y z\") or (proc.name in (e) and fd.name startswith /f)))");
	assert_compiles(EXC("  - name: e\n    fields: [proc.name]\n    comps: ['  startswith oneof "
			    " ']\n    values: [[a], [[b, c]]]\n"),
			"(evt.type = open and not (proc.name startswith oneof (a) or proc.name "
			"startswith oneof (b, c)))");
	/* Without values only the parentheses stay, and they vanish. */
	assert_compiles(EXC("  - name: e\n    fields: [proc.name]\n"), "evt.type = open");
	/* What is in the text is what a list or a quote may be. */
	assert_compiles(
		"- list: l\n  items: [x, y]\n" EXC(
			"  - name: e\n    fields: [proc.name]\n    comps: [in]\n    values: "
			"[[l]]\n"),
		"(evt.type = open and not proc.name in (x, y))");
}
END_TEST

START_TEST(exception_scalar_form)
{
	assert_compiles(EXC("  - name: e\n    fields: proc.name\n    values: [a, 'b c']\n"),
			"(evt.type = open and not proc.name in (a, \"b c\"))");
	assert_compiles(
		EXC("  - name: e\n    fields: fd.name\n    comps: pmatch\n    values: [/a]\n"),
		"(evt.type = open and not fd.name pmatch (/a))");
	assert_compiles(EXC("  - name: e\n    fields: tolower(proc.name)\n    values: [a]\n"),
			"(evt.type = open and not tolower(proc.name) in (a))");
}
END_TEST

START_TEST(exceptions_come_after_appends)
{
	assert_compiles(
		EXC("  - name: e\n    fields: proc.name\n    values: [a]\n") "- rule: R\n  "
									     "condition: or "
									     "evt.type=close\n  "
									     "exceptions:\n  - "
									     "name: e\n    "
									     "values: [b]\n  - "
									     "name: f\n    fields: "
									     "[fd.name]\n    "
									     "values: [[/x]]\n"
									     "  override: "
									     "{condition: append, "
									     "exceptions: "
									     "append}\n",
		"((evt.type = open or evt.type = close) and not proc.name in (a, b) and not "
		"fd.name = /x)");
}
END_TEST

START_TEST(exception_errors)
{
	static const struct {
		const char *text, *codes;
	} rows[] = {
		{"  - fields: [proc.name]\n", "!ERR_YAML_VALIDATE"},
		{"  - name: e\n", "!ERR_YAML_VALIDATE"},
		{"  - name: e\n    fields: []\n", "!ERR_VALIDATE"},
		{"  - name: e\n    fields: ~\n", "!ERR_VALIDATE"},
		{"  - name: e\n    fields: {a: b}\n", "!ERR_VALIDATE"},
		{"  - name: e\n    fields: [proc.nosuch]\n", "!ERR_VALIDATE"},
		{"  - name: e\n    fields: [tolower(proc.pid)]\n", "!ERR_VALIDATE"},
		{"  - name: e\n    fields: ['proc.aname[2]']\n", ""},
		{"  - name: e\n    fields: ['proc.aname[x]']\n", "!ERR_VALIDATE"},
		{"  - name: e\n    fields: [proc.name]\n    comps: [in, in]\n", "!ERR_VALIDATE"},
		{"  - name: e\n    fields: [proc.name]\n    comps: in\n", "!ERR_VALIDATE"},
		{"  - name: e\n    fields: [proc.name]\n    comps: [IN]\n", "!ERR_VALIDATE"},
		{"  - name: e\n    fields: [proc.name]\n    comps: [startswith  oneof]\n",
		 "!ERR_VALIDATE"},
		{"  - name: e\n    fields: proc.name\n    comps: '='\n", "!ERR_VALIDATE"},
		{"  - name: e\n    fields: proc.name\n    comps: [in]\n", "!ERR_VALIDATE"},
		{"  - name: e\n    fields: proc.name\n    values: [[a]]\n", "!ERR_VALIDATE"},
		{"  - name: e\n    fields: [proc.name]\n    values: [a]\n", "!ERR_VALIDATE"},
		{"  - name: e\n    fields: [proc.name]\n    values: [[a, b]]\n", "!ERR_VALIDATE"},
		{"  - name: e\n    fields: [proc.name]\n    values: a\n", "!ERR_YAML_VALIDATE"},
		{"  - name: e\n    fields: [proc.name]\n    values: ~\n", "!ERR_YAML_VALIDATE"},
		{"  - name: e\n    fields: [proc.name]\n    comps: [in]\n    values: [[a b]]\n",
		 "!ERR_COMPILE_CONDITION"},
		{"  - name: e\n    fields: [proc.name]\n    comps: [in]\n    values: [[[a b]]]\n",
		 ""},
		{"  - name: e\n    fields: [proc.name]\n  - name: e\n    fields: [fd.name]\n",
		 "EXCEPTION_NAME_NOT_UNIQUE"},
		{"  - name: e\n    fields: [proc.name]\n    zz: 1\n", ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text =
			xasprintf(RULE("R", "evt.type=open") "  exceptions:\n%s", rows[i].text);

		assert_codes(text, rows[i].codes);
		free(text);
	}
	/* Not checked where the source is unknown; null is no exceptions. */
	assert_codes(RULE("R", "x") "  source: zz\n  exceptions: [{name: e, fields: [a.b]}]\n",
		     "UNKNOWN_SOURCE");
	assert_codes(RULE("R", "evt.type=open") "  exceptions:\n", "");
}
END_TEST

START_TEST(exception_appends)
{
	static const struct {
		const char *text, *codes;
	} rows[] = {
		{"  - name: e\n    fields: [proc.name]\n    values: [[a]]\n", "!ERR_VALIDATE"},
		{"  - name: e\n    comps: [in]\n    values: [[a]]\n", "!ERR_VALIDATE"},
		{"  - name: e\n", "APPEND_NO_VALUES"},
		{"  - name: n\n    values: [[a]]\n", "!ERR_VALIDATE"},
		{"  - name: n\n    fields: [fd.name]\n    values: []\n", "!ERR_VALIDATE"},
		{"  - name: n\n    fields: [fd.name]\n", "APPEND_NO_VALUES !ERR_VALIDATE"},
		{"  - name: n\n    fields: [fd.name]\n    values: [[a]]\n", ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = xasprintf(
			EXC("  - name: e\n    fields: [proc.name]\n") "- rule: R\n  override: "
								      "{exceptions: append}\n  "
								      "exceptions:\n%s",
			rows[i].text);

		assert_codes(text, rows[i].codes);
		free(text);
	}
	/* Falco crashes over the first, and checks neither. */
	assert_codes(EXC("  - name: e\n    fields: [proc.name]\n") "- rule: R\n  override: "
								   "{exceptions: replace}\n  "
								   "exceptions: [{name: f, fields: "
								   "[proc.name], values: [[a]]}]\n",
		     "");
	assert_codes(EXC("  - name: e\n    fields: [proc.name]\n") "- rule: R\n  override: "
								   "{exceptions: replace}\n  "
								   "exceptions: [{name: f, fields: "
								   "[a.b]}]\n",
		     "");
}
END_TEST

START_TEST(documents_and_items)
{
	static const struct {
		const char *text, *codes;
	} rows[] = {
		{"", ""},
		{"# nothing\n", ""},
		/* Reading ends at an empty document. */
		{"---\n---\n- list: l\n  items: [a]\n", ""},
		{"- ~\n- list: l\n  items: [a]\n", "UNUSED_LIST"},
		{"- foo: 1\n", "UNKNOWN_ITEM"},
		{"- {}\n", "UNKNOWN_ITEM"},
		{"- x\n", "!ERR_YAML_VALIDATE"},
		{"x\n", "!ERR_YAML_VALIDATE"},
		{"- rule: [\n", "!ERR_YAML_PARSE"},
		{"- rule: \"\\q\"\n", "!ERR_YAML_PARSE"},
		{"- macro: m\n  rule: R\n  condition: fd.name=a\n", "UNKNOWN_KEY UNUSED_MACRO"},
		{"- list: l\n  list: k\n  items: [a]\n", "UNUSED_LIST"},
		{"[{\"list\": \"l\", \"items\": [\"a\"]}]", "UNUSED_LIST"},
		{"\xef\xbb\xbf- list: l\r\n  items: [a]\r\n", "UNUSED_LIST"},
		{"- rule: \"R\n  desc: [\n", "!ERR_YAML_VALIDATE"},
		{"- list: 'l\n", "INVALID_LIST_NAME !ERR_YAML_VALIDATE"},
		{"- rule:\n", "!ERR_YAML_VALIDATE"},
		{"- rule: ''\n", "!ERR_YAML_VALIDATE"},
		{"- rule: [a]\n", "!ERR_YAML_VALIDATE"},
		{RULE("R", E_OPEN "fd.name=a") "  enabled: tRue\n", "!ERR_YAML_VALIDATE"},
		{RULE("R", E_OPEN "fd.name=a") "  enabled: 1\n", "!ERR_YAML_VALIDATE"},
		{RULE("R", E_OPEN "fd.name=a") "  enabled: 'Yes'\n", ""},
		{RULE("R", E_OPEN "fd.name=a") "  capture_duration: -1\n", "!ERR_YAML_VALIDATE"},
		{RULE("R", E_OPEN "fd.name=a") "  capture_duration: 4294967296\n",
		 "!ERR_YAML_VALIDATE"},
		{RULE("R", E_OPEN "fd.name=a") "  tags: x\n", "!ERR_YAML_VALIDATE"},
		{RULE("R", E_OPEN "fd.name=a") "  tags:\n", "!ERR_YAML_VALIDATE"},
		{RULE("R", E_OPEN "fd.name=a") "  source:\n", "!ERR_YAML_VALIDATE"},
		/* Reading stops at the first error of a file. */
		{RULE("R", "a.b=") "- rule: S\n  condition: x\n", "!ERR_YAML_VALIDATE"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_codes(rows[i].text, rows[i].codes);
}
END_TEST

START_TEST(broken_yaml_leaves_nothing)
{
	struct loaded l = load_text("- list: l\n  items: [a]\n- zz: 1\n- rule: [\n");

	/* The text is looked at whole before its first item. */
	ck_assert_str_eq(codes(&l), "!ERR_YAML_PARSE");
	ck_assert_uint_eq(l.rs.n_lists, 0);
	ruleset_release(&l.rs);
	/* So does a NUL in front of what it cannot escape. */
	ruleset_load_text(&l.rs, "t.yaml", "- list: l\0q\n", 12, NULL, &l.err);
	ck_assert_str_eq(codes(&l), "!ERR_YAML_PARSE");
	ruleset_release(&l.rs);
	l = load_text("- rule: ''\n- macro: {\n");
	ck_assert_str_eq(codes(&l), "!ERR_YAML_PARSE");
	ruleset_release(&l.rs);
}
END_TEST

/* Line and column are those that Falco's YAML library names, but columns count characters. */
START_TEST(broken_yaml_has_its_place)
{
	static const struct {
		const char *text, *place;
	} rows[] = {
		{"- rule: r\n  desc: a: b\n", "2:10"},
		{"- rule: r\n   desc: d\n", "2:8"},
		{"- list: l\n  items: [ba?sh]\n", "2:13"},
		{"- list: l\n  items: [a}\n", "2:12"},
		{"- list: l\n items: [a]\n", "2:2"},
		{"- list: l\n  items: [a\n- list: m\n", "3:7"},
		{"- list: l\r\n  items: *a\r\n", "2:10"},
		{"- list: \"l\\e\\q\"\n", "1:15"},
		{"- a\n- [b,\n  c]\n- d: e\n  f: |\n    g\n   h\n", "7:4"},
		{"- list: \xc3\xa9: b\n", "1:10"},
		{"# \xc3\xa9\n- list: l\n  items: [\xc3\xa9\xc3\xa9, b: }]\n", "3:18"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct loaded l = load_text(rows[i].text);
		char want[32];

		snprintf(want, sizeof(want), "t.yaml:%s: ", rows[i].place);
		ck_assert_str_eq(codes(&l), "!ERR_YAML_PARSE");
		ck_assert_msg(!strncmp(l.err.msg, want, strlen(want)), "%s is not at %s", l.err.msg,
			      rows[i].place);
		ruleset_release(&l.rs);
	}
}
END_TEST

/* Not so for YAML 1.1, nor for libyaml. */
START_TEST(only_returns_and_feeds_end_lines)
{
	assert_codes("- list: l # \xc2\x85 b: c\n  items: [a]\n", "UNUSED_LIST");
	assert_codes("- list: l # \xe2\x80\xa8- x\n  items: [a]\n", "UNUSED_LIST");
	assert_codes("- list: l\r  items: [a]\r", "UNUSED_LIST");
}
END_TEST

START_TEST(broken_yaml_keeps_the_files_before)
{
	static const char *const texts[] = {
		"- macro: m\n  condition: fd.name=a\n- list: l\n  items: [a]\n",
		"- macro: m\n  condition: or fd.name=b\n  override: {condition: append}\n- list: "
		"[\n",
		RULE("R", E_OPEN "m and proc.name in (l)")};
	char paths[3][64];
	const char *files[3];
	struct loaded l = {.err = ERROR_INIT};

	for (int i = 0; i < 3; i++) {
		FILE *f;

		f = fdopen(unit_make_file(paths[i], sizeof(paths[i])), "w");
		fputs(texts[i], f);
		fclose(f);
		files[i] = paths[i];
	}
	ck_assert_int_eq(ruleset_load(&l.rs, files, 3, NULL, &l.err), -1);
	ck_assert_str_eq(codes(&l), "UNUSED_MACRO UNUSED_LIST !ERR_YAML_PARSE");
	ck_assert_str_eq(compiled(&l, "R"),
			 "(evt.type = open and fd.name = a and proc.name in (a))");
	ruleset_release(&l.rs);
	for (int i = 0; i < 3; i++)
		unlink(paths[i]);
}
END_TEST

START_TEST(anchors)
{
	assert_compiles("- list: l\n  items: &i [a, b]\n- list: k\n  items: *i\n" RULE(
				"R", "proc.name in (l, k)"),
			"proc.name in (a, b, a, b)");
}
END_TEST

START_TEST(engine_and_plugin_versions)
{
	static const struct {
		const char *version, *codes;
	} rows[] = {{"62", ""},
		    {"63", "!ERR_VALIDATE"},
		    {"'0x10'", ""},
		    {"017", ""},
		    {"0.62.0", ""},
		    {"0.62.1", "!ERR_VALIDATE"},
		    {"0.57.0-rc1", ""},
		    {"0.62", "!ERR_YAML_VALIDATE"},
		    {"v0.62.0", "!ERR_YAML_VALIDATE"},
		    {"-1", "!ERR_YAML_VALIDATE"},
		    {"1.0.0", "!ERR_VALIDATE"}};
	struct loaded l;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = xasprintf("- required_engine_version: %s\n", rows[i].version);

		assert_codes(text, rows[i].codes);
		free(text);
	}
	l = load_text("- required_engine_version: 0x10\n- required_engine_version: 0.9.7\n");
	ck_assert_str_eq(l.rs.required_engine, "0.16.0");
	ruleset_release(&l.rs);
	assert_codes("- required_plugin_versions: [{name: container, version: 0.4.0}]\n", "");
	assert_codes("- required_plugin_versions: [{name: container, version: 0.4}]\n",
		     "!ERR_VALIDATE");
	assert_codes("- required_plugin_versions: [{name: k8saudit, version: 0.4.0}]\n",
		     "!ERR_VALIDATE");
	assert_codes("- required_plugin_versions: [{name: k8saudit, version: 0.4.0, alternatives: "
		     "[{name: container, version: 0.2.0}]}]\n",
		     "");
	assert_codes("- required_plugin_versions: x\n", "!ERR_YAML_VALIDATE");
	assert_codes("- required_plugin_versions: [{name: container, version: x, alternatives: "
		     "y}]\n",
		     "!ERR_YAML_VALIDATE");
	assert_codes("- required_plugin_versions: [{name: container, version: 0.1.0, alternatives: "
		     "[{name: container, version: 0.2.0}]}]\n",
		     "!ERR_VALIDATE");
}
END_TEST

START_TEST(selection)
{
	struct loaded l = load_text(RULE("one", E_OPEN "fd.name=a") RULE(
		"one and one", E_OPEN "fd.name=a") "  tags: [x]\n" RULE("two", E_OPEN "fd.name=a"));
	struct ruleset_options opt = RULESET_OPTIONS_INIT;

	ruleset_enable(&l.rs, false, "*", NULL);
	ck_assert(!l.rs.rules[0].enabled && !l.rs.rules[2].enabled);
	/* Never goes back: the first "one" is taken, and then there is text left. */
	ruleset_enable(&l.rs, true, "*one", NULL);
	ck_assert(l.rs.rules[0].enabled && !l.rs.rules[1].enabled && !l.rs.rules[2].enabled);
	ruleset_enable(&l.rs, true, NULL, "x");
	ck_assert(l.rs.rules[1].enabled);
	ruleset_enable(&l.rs, true, "TWO", NULL);
	ck_assert(!l.rs.rules[2].enabled);
	ruleset_enable(&l.rs, true, "t*o", NULL);
	ck_assert(l.rs.rules[2].enabled);
	ck_assert(rule_is_active(&l.rs.rules[2], &opt));
	opt.min_priority = PRIORITY_ERROR;
	ck_assert(!rule_is_active(&l.rs.rules[2], &opt));
	ruleset_release(&l.rs);
}
END_TEST

START_TEST(places)
{
	static const struct {
		const char *text;
		size_t line, col;
	} rows[] = {
		{"- rule: R\n  desc: d\n  output: o\n  priority: INFO\n  condition: >\n"
		 "    evt.type=open and\n      fd.nosuch=1\n",
		 7, 7},
		{"- rule: R\n  desc: d\n  output: o\n  priority: INFO\n  condition: |\n"
		 "    evt.type=open and\n    fd.num=abc\n",
		 7, 12},
		{"- rule: R\n  desc: d\n  output: o\n  priority: INFO\n  condition: "
		 "\"fd.name=\\\"x\\\" "
		 "and a.b=c\"\n",
		 5, 33},
		{"- rule: R\n  desc: d\n  output: o\n  priority: INFO\n  condition: "
		 "'fd.name=''\xc3\xa9'' "
		 "and a.b=c'\n",
		 5, 33},
		{"- list: l\n  items: [aaaaaaaa, bbbbbbbbb]\n- rule: R\n  desc: d\n  output: o\n  "
		 "priority: INFO\n  condition: fd.name in (l) and a.b=c\n",
		 7, 33},
		{"- macro: m\n  condition: fd.name=x or a.b=c\n- rule: R\n  desc: d\n  output: o\n "
		 " "
		 "priority: INFO\n  condition: evt.type=open and m\n",
		 2, 27},
		{RULE("R", "evt.type=open") "- rule: R\n  condition: and a.b=c\n  override: "
					    "{condition: append}\n",
		 7, 18},
		{RULE("R", "evt.type=open") "  exceptions:\n  - name: e\n    fields: [proc.name]\n"
					    "    comps: [in]\n    values: [[a b]]\n",
		 7, 5},
		{"- rule: R\n  desc: d\n  output: o\n  priority: LOUD\n  condition: a.b=c\n", 4,
		 13},
		{"- list: l\n  items: []\n- rule: R\n  desc: d\n  output: o\n", 3, 3},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct loaded l = load_text(rows[i].text);
		const struct finding *f = l.rs.findings;
		char want[64];

		ck_assert_int_eq(l.rc, -1);
		ck_assert_msg(f->line == rows[i].line && f->col == rows[i].col,
			      "row %zu: %zu:%zu, expected %zu:%zu: %s", i, f->line, f->col,
			      rows[i].line, rows[i].col, f->message);
		snprintf(want, sizeof(want), "t.yaml:%zu:%zu: ", f->line, f->col);
		ck_assert_msg(!strncmp(l.err.msg, want, strlen(want)), "%s", l.err.msg);
		ruleset_release(&l.rs);
	}
}
END_TEST

UNIT_MAIN("rules_load", lists_are_text, lists_replace_words, empty_lists, lists_in_lists,
	  list_names, list_growth_is_limited, macros, macro_order, macro_growth_is_limited,
	  files_are_compiled_one_after_another, redefinition, rule_overrides, override_errors,
	  macro_and_list_overrides, exception_list_form, exception_scalar_form,
	  exceptions_come_after_appends, exception_errors, exception_appends, documents_and_items,
	  broken_yaml_leaves_nothing, broken_yaml_has_its_place, only_returns_and_feeds_end_lines,
	  broken_yaml_keeps_the_files_before, anchors, engine_and_plugin_versions, selection,
	  places)
