/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each lint of rules files: one text over which it speaks, one very like it over which it is
 * silent.
 */
#include "lint_cases.h"

START_TEST(each_lint_speaks_and_is_silent)
{
	for (size_t i = 0; i < ARRAY_SIZE(lint_rule_cases); i++) {
		check_lint(&lint_rule_cases[i], lint_rule_cases[i].fires, NULL, true);
		check_lint(&lint_rule_cases[i], lint_rule_cases[i].silent, NULL, false);
	}
}
END_TEST

START_TEST(made_texts)
{
	for (size_t i = 0; i < ARRAY_SIZE(lint_made_cases); i++) {
		const struct lint_case c = {.code = lint_made_cases[i].code};

		for (int fires = 0; fires < 2; fires++) {
			char *text = lint_made_cases[i].make(fires);

			check_lint(&c, text, NULL, fires);
			free(text);
		}
	}
}
END_TEST

/* No row of the table without a text that makes it speak and one that does not. */
START_TEST(every_lint_has_cases)
{
	size_t n = 0, rows = 0;

	for (const struct lint_row *r = lint_table; r->code; r++) {
		bool fires = false, silent = false;

		for (size_t i = 0; i < ARRAY_SIZE(lint_rule_cases); i++) {
			const struct lint_case *c = &lint_rule_cases[i];

			fires |= !strcmp(c->code, r->code) && c->fires;
			silent |= !strcmp(c->code, r->code) && c->silent;
		}
		for (size_t i = 0; i < ARRAY_SIZE(lint_config_cases); i++) {
			const struct lint_case *c = &lint_config_cases[i].c;

			fires |= !strcmp(c->code, r->code) && c->fires;
			silent |= !strcmp(c->code, r->code) && c->silent;
		}
		for (size_t i = 0; i < ARRAY_SIZE(lint_made_cases); i++)
			if (!strcmp(lint_made_cases[i].code, r->code))
				fires = silent = true;
		ck_assert_msg(fires, "%s: no text makes it speak", r->code);
		ck_assert_msg(silent, "%s: no text leaves it silent", r->code);
		rows++;
	}
	n = ARRAY_SIZE(lint_rule_cases) + ARRAY_SIZE(lint_config_cases) +
	    ARRAY_SIZE(lint_made_cases);
	NOTE("%zu lints, each with a text that fires and one that does not (%zu cases)", rows, n);
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

UNIT_MAIN("lint_rules", each_lint_speaks_and_is_silent, made_texts, every_lint_has_cases,
	  findings_have_places, advice_is_exact, messages_are_one_line, rows_are_complete,
	  upstream_has_no_errors)
