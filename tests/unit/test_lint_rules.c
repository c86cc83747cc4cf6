/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each lint of rules files: one text over which it speaks, one very like it over which it is
 * silent.
 */
#include "lint_fixture.h"

#define OPEN "evt.type=open and "

static const struct lint_case cases[] = {
	{"FT001", RULE("R", "proc.name=a"), RULE("R", OPEN "proc.name=a")},
	{"FT001", RULE("R", "evt.type=open or proc.name=a"), RULE("R", "evt.type=open")},
	{"FT002", RULE("R", "evt.type in (open, read)"), RULE("R", "evt.type in (open, close)")},
	{"FT003", RULE("R", "evt.type=getcwd"),
	 RULE("R", "evt.type=getcwd and fd.num=1") RULE("S", "evt.type=getcwd and fd.num=2")},
	{"FT003", RULE("R", "evt.type=sysinfo"), RULE("R", "evt.type=execve")},
	{"FT004", RULE("R", "evt.type=pread64"), RULE("R", "evt.type=pread")},
	{"FT004", RULE("R", "evt.type in (open, prlimit64)"), RULE("R", "evt.type in (prlimit)")},
	{"FT004", RULE("R", "evt.type=sched_process_exit"), RULE("R", "evt.type=procexit")},
	{"FT004", RULE("R", "evt.type=setresuid32"), RULE("R", "evt.type=getpid")},
	{"FT004", RULE("R", "evt.type=fcntl64"), RULE("R", "evt.type=fcntl")},
	{"FT005", RULE("R", OPEN "evt.type startswith open"), RULE("R", "evt.type in (open)")},
	{"FT006", RULE("R", OPEN "evt.num=0"), RULE("R", OPEN "evt.num=5")},
	{"FT006", RULE("R", "evt.type=open and evt.type=close"),
	 RULE("R", "evt.type=open or evt.type=close")},
	{"FT006", RULE("R", OPEN "proc.name=a and proc.name=b"),
	 RULE("R", OPEN "proc.name=a and proc.name in (a, b)")},
	{"FT006", "- macro: never\n  condition: (evt.num=0)\n" RULE("R", OPEN "never"),
	 "- macro: never\n  condition: (evt.num=0)\n" RULE("R", OPEN "not never")},
	{"FT007", RULE("R", OPEN "(evt.dir=> or proc.name=a)"), RULE("R", OPEN "evt.dir=<")},
	{"FT008", RULE("R", OPEN "evt.dir=<"), RULE("R", OPEN "proc.name=a")},
	{"FT009", RULE("R", OPEN "evt.latency > 5"), RULE("R", OPEN "evt.rawres > 5")},

	{"FT020", RULE("R", OPEN "proc.cmdline contains x and proc.name=a"),
	 RULE("R", OPEN "proc.name=a and proc.cmdline contains x")},
	{"FT020", RULE("R", OPEN "proc.aname=x and fd.num=1"),
	 /* The place of the event type is no matter. */
	 RULE("R", "proc.aname=x and evt.type=open")},
	{"FT020", RULE("R", OPEN "not fd.name regex a.c and user.name=root"),
	 /* Not selective. */
	 RULE("R", OPEN "not fd.name regex a.c and user.name!=root")},
	{"FT022", RULE("R", OPEN "fd.name startswith anyof (" FIFTY ")"),
	 RULE("R", OPEN "fd.name in (" FIFTY ")")},
	{"FT023", RULE("R", OPEN "fd.name contains /etc/shadow"),
	 RULE("R", OPEN "fd.name contains shadow")},
	{"FT023", RULE("R", OPEN "proc.exepath contains /usr/bin/"),
	 RULE("R", OPEN "proc.cmdline contains /usr/bin/")},
	{"FT024", RULE("R", OPEN "fd.name glob *a?b"), RULE("R", OPEN "fd.name glob a*b")},
	{"FT025", RULE("R", OPEN "fd.name glob /etc/*"), RULE("R", OPEN "fd.name glob /etc/*/x")},
	{"FT026", RULE("R", OPEN "fd.name regex .*shadow.*"),
	 RULE("R", OPEN "fd.name regex .*shadow.*s")},
	{"FT027", RULE("R", OPEN "proc.name in (bash, a-name-of-16-byt)"),
	 RULE("R", OPEN "proc.name in (bash, a-name-of-15-by)")},
	{"FT028", RULE("R", OPEN "proc.name = py*"), RULE("R", OPEN "proc.name glob py*")},
	{"FT028", RULE("R", OPEN "fd.name startswith /etc/*"),
	 RULE("R", OPEN "proc.args startswith /etc/*")},
	{"FT029", "- list: l\n  items: []\n" RULE("R", OPEN "proc.name in (l)"),
	 "- list: l\n  items: [a]\n" RULE("R", OPEN "proc.name in (l)")},

	{"FT040", RULE("R", OPEN "fd.num=1") RULE("S", OPEN "fd.num=1"),
	 RULE("R", OPEN "fd.num=1") RULE("S", OPEN "fd.num=2")},
	{"FT041", RULE("R", OPEN "fd.num=1") RULE("S", OPEN "fd.num=1 and proc.name=a"),
	 /* The narrow one first is as it should be. */
	 RULE("R", OPEN "fd.num=1 and proc.name=a") RULE("S", OPEN "fd.num=1")},
	{"FT041", RULE("R", "evt.type in (open, openat)") RULE("S", OPEN "proc.name=a"),
	 RULE("R", "evt.type=openat") RULE("S", OPEN "proc.name=a")},
	{"FT042", "- macro: m\n  condition: fd.num=1\n" RULE("R", OPEN "fd.num=1"),
	 "- macro: m\n  condition: fd.num=1\n" RULE("R", OPEN "m")},
	{"FT042",
	 "- macro: a\n  condition: fd.num=1\n- macro: b\n  condition: a\n" RULE("R",
										"evt.type=open"),
	 "- macro: a\n  condition: fd.num=1\n- macro: b\n  condition: a\n" RULE("R", OPEN "b")},
	{"FT042", "- list: l\n  items: [a]\n" RULE("R", "evt.type=open"),
	 "- list: l\n  items: [a]\n" RULE("R", OPEN "proc.name in (l, b)")},
	{"FT044", RULE("R", OPEN "proc.name=a and not proc.name in (b, c)"),
	 RULE("R", OPEN "proc.name=a and not proc.pname in (b, c)")},
	{"FT044",
	 RULE("R", OPEN "proc.name in (a, b)") EXCEPTION("[proc.name, fd.name]", "[[c, /x]]"),
	 RULE("R", OPEN "proc.name in (a, b)") EXCEPTION("[proc.name, fd.name]", "[[b, /x]]")},

	{"FT050", RULE("R", "evt.type=open") "- rule: R\n  enabled: false\n",
	 RULE("R",
	      "evt.type=open") "- rule: R\n  enabled: false\n  override: {enabled: replace}\n"},
	{"FT050",
	 RULE("R", "evt.type=open") "- rule: R\n  condition: and fd.num=1\n  append: true\n",
	 RULE("R", "evt.type=open") "- rule: R\n  condition: and fd.num=1\n  override: "
				    "{condition: append}\n"},
	{"FT051", RULE("R", "evt.type=open") "  source: nosuch\n",
	 RULE("R", "evt.type=open") "  source: syscall\n"},
	{"FT052", RULE("R", "evt.type=open") "  skip_events: [read]\n",
	 RULE("R", "evt.type=open") "  tags: [read]\n"},
	{"FT053", OUTPUT("evt.type=open", "f=%(fd.name)"), OUTPUT("evt.type=open", "(f=%fd.name)")},
	{"FT054", OUTPUT("evt.type=open", "%proc.env"), OUTPUT("evt.type=open", "%proc.env[HOME]")},
	{"FT055", OUTPUT("evt.type=open", "something"), OUTPUT("evt.type=open", "a %fd.name")},

	{"FT080",
	 RULE("R", "evt.type=open") "- rule: R\n  exceptions:\n  - {name: e, fields: [fd.name], "
				    "values: [[a]]}\n  override: {exceptions: replace}\n",
	 RULE("R", "evt.type=open") "- rule: R\n  exceptions:\n  - {name: e, fields: [fd.name], "
				    "comps: [=], values: [[a]]}\n  override: {exceptions: "
				    "replace}\n"},
	{"FT081", RULE("R", "evt.type = val(proc.name)"), RULE("R", "evt.type = nosuch")},
	{"FT081", RULE("R", "tolower(evt.type) = open"), RULE("R", "tolower(proc.nosuch) = open")},
	{"FT081", RULE("R", OPEN "tolower(proc.name, fd.name) = a"),
	 RULE("R", OPEN "tolower(proc.name) = a")},
	{"FT081", RULE("R", OPEN "fd.sport = 99999999999"), RULE("R", OPEN "fd.sport = nosuch")},
	{"FT083", "- list: l\n  items: [5]\n" RULE("R", OPEN "proc.pid > l"),
	 "- list: l\n  items: [5]\n" RULE("R", OPEN "proc.pid in (l)")},
};

START_TEST(each_lint_speaks_and_is_silent)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		check_lint(&cases[i], cases[i].fires, NULL, true);
		check_lint(&cases[i], cases[i].silent, NULL, false);
	}
}
END_TEST

/* count copies of a rule that inlines the list, and a list of n values */
static char *with_list(size_t n, size_t count)
{
	struct strbuf text = STRBUF_INIT;

	strbuf_addstr(&text, "- list: l\n  items: [v");
	for (size_t i = 1; i < n; i++)
		strbuf_addf(&text, ", v%zu", i);
	strbuf_addstr(&text, "]\n- macro: m\n  condition: proc.name in (l)\n");
	for (size_t i = 0; i < count; i++)
		strbuf_addf(&text,
			    "- rule: R%zu\n  desc: d\n  output: o\n  priority: INFO\n  condition: "
			    "evt.type=open and fd.num=%zu and %s\n",
			    i, i, i % 2 ? "m" : "proc.name in (l)");
	return strbuf_detach(&text);
}

START_TEST(large_lists_that_are_copied)
{
	static const struct lint_case c = {"FT021", NULL, NULL};
	char *many = with_list(300, 10), *few = with_list(300, 4), *small = with_list(20, 10);

	check_lint(&c, many, NULL, true);
	check_lint(&c, few, NULL, false);
	check_lint(&c, small, NULL, false);
	free(many);
	free(few);
	free(small);
}
END_TEST

START_TEST(deep_nesting)
{
	static const struct lint_case c = {"FT082", NULL, NULL};
	static const size_t depths[] = {9000, 4000};

	for (size_t i = 0; i < ARRAY_SIZE(depths); i++) {
		struct strbuf text = STRBUF_INIT;

		strbuf_addstr(&text, "- rule: R\n  desc: d\n  output: o\n  priority: INFO\n"
				     "  condition: evt.type=open and ");
		for (size_t k = 0; k < depths[i]; k++)
			strbuf_addch(&text, '(');
		strbuf_addstr(&text, "fd.num=1");
		for (size_t k = 0; k < depths[i]; k++)
			strbuf_addch(&text, ')');
		strbuf_addch(&text, '\n');
		check_lint(&c, text.buf, NULL, i == 0);
		strbuf_release(&text);
	}
}
END_TEST

START_TEST(findings_have_places)
{
	struct linted l;

	lint_text(
		&l,
		"- macro: m\n  condition: >\n    fd.num=1 and\n    fd.name contains /etc/x\n" RULE(
			"R", OPEN "m"),
		NULL);
	for (size_t i = 0; i < l.f.n; i++) {
		if (strcmp(l.f.v[i].code, "FT023") != 0)
			continue;
		ck_assert_str_eq(l.f.v[i].file, "t.yaml");
		ck_assert_uint_eq(l.f.v[i].line, 4);
		ck_assert_uint_eq(l.f.v[i].col, 5);
		ck_assert_str_eq(l.f.v[i].item_type, "macro");
		ck_assert_str_eq(l.f.v[i].item, "m");
		lint_text_release(&l);
		return;
	}
	ck_abort_msg("no FT023");
}
END_TEST

START_TEST(advice_is_exact)
{
	static const struct {
		const char *code, *rules, *mend;
	} rows[] = {
		{"FT004", RULE("R", "evt.type=pread64"), "write pread"},
		{"FT026", RULE("R", OPEN "fd.name regex ^/etc/.*$"), "write startswith /etc/"},
		{"FT025", RULE("R", OPEN "fd.name glob /x"), "write = /x"},
		{"FT024", RULE("R", OPEN "fd.name glob *.so"), "write endswith .so"},
		{"FT052", RULE("R", "evt.type=open") "  description: x\n", "write desc"},
		{"FT053", OUTPUT("evt.type=open", "f=%(fd.name)"), "write %fd.name"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct linted l;
		const struct lint_finding *f;

		lint_text(&l, rows[i].rules, NULL);
		f = linted_find(&l, rows[i].code);
		ck_assert_msg(f && !strncmp(f->mend, rows[i].mend, strlen(rows[i].mend)), "%s: %s",
			      rows[i].code, f ? f->mend : "no finding");
		lint_text_release(&l);
	}
}
END_TEST

START_TEST(messages_are_one_line)
{
	struct linted l;
	const struct lint_finding *f;

	lint_text(&l, RULE("R", "\"evt.type=open and proc.name = 'a\\n\\x1b[1m*'\""), NULL);
	f = linted_find(&l, "FT028");
	ck_assert(f != NULL);
	ck_assert(!strpbrk(f->message, "\n\x1b"));
	lint_text_release(&l);
}
END_TEST

START_TEST(rows_are_complete)
{
	const char *before = "";

	for (const struct lint_row *r = lint_table; r->code; r++) {
		ck_assert_str_gt(r->code, before);
		ck_assert(r->slug && r->summary && r->cost && r->mend && r->more);
		ck_assert(r->whole || r->rule || r->node);
		ck_assert_ptr_eq(lint_find(r->slug), r);
		before = r->code;
	}
}
END_TEST

/* Upstream's rules are in order: nothing that stops Falco, and none that shadows another. */
START_TEST(upstream_has_no_errors)
{
	static const char *const files[] = {"upstream/falco_rules.yaml",
					    "upstream/falco-incubating_rules.yaml",
					    "upstream/falco-sandbox_rules.yaml"};
	const char *paths[ARRAY_SIZE(files)];
	struct ruleset rs = RULESET_INIT;
	struct lint_findings f;
	struct error err = ERROR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		paths[i] = shared_path(files[i]);
		SKIP_WITHOUT(paths[i]);
	}
	ck_assert_msg(!ruleset_load(&rs, paths, ARRAY_SIZE(paths), NULL, &err), "%s", err.msg);
	ck_assert_int_eq(lint_run(&(struct lint_input){.rules = &rs}, &f, &err), 0);
	ck_assert_uint_eq(lint_count(&f, LINT_ERROR), 0);
	ck_assert_uint_gt(f.n, 0);
	lint_findings_release(&f);
	ruleset_release(&rs);
}
END_TEST

UNIT_MAIN("lint_rules", each_lint_speaks_and_is_silent, large_lists_that_are_copied, deep_nesting,
	  findings_have_places, advice_is_exact, messages_are_one_line, rows_are_complete,
	  upstream_has_no_errors)
