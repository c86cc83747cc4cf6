/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each lint of falco.yaml: one setting over which it speaks, one very like it over which it is
 * silent. The rules are the same for both.
 */
#include "lint_cases.h"

START_TEST(each_lint_speaks_and_is_silent)
{
	for (size_t i = 0; i < ARRAY_SIZE(lint_config_cases); i++) {
		if (lint_config_cases[i].c.fires)
			check_lint(&lint_config_cases[i].c, lint_config_cases[i].rules,
				   lint_config_cases[i].c.fires, true);
		check_lint(&lint_config_cases[i].c, lint_config_cases[i].rules,
			   lint_config_cases[i].c.silent, false);
	}
}
END_TEST

/* With rule_matching: all a wider rule does not keep the others from firing, and the finding says
 * so. */
START_TEST(matching_of_all_rules)
{
	static const char rules[] = RULE("R", "evt.type=open and fd.num=1")
		RULE("S", "evt.type=open and fd.num=1 and proc.name=a");
	struct linted l;
	const struct lint_finding *f;

	lint_text(&l, rules, OUT KIND "rule_matching: all\n");
	f = linted_find(&l, "FT041");
	ck_assert(f && strstr(f->message, "fires too"));
	lint_text_release(&l);
	lint_text(&l, rules, OUT KIND "rule_matching: first\n");
	f = linted_find(&l, "FT041");
	ck_assert(f && strstr(f->message, "never fires"));
	lint_text_release(&l);
}
END_TEST

START_TEST(places_are_those_of_the_file)
{
	struct linted l;
	const struct lint_finding *f;

	lint_text(&l, lint_plain_rule,
		  OUT KIND "base_syscalls:\n  custom_set:\n    - clone\n    - pread64\n"
			   "modern_bpf: {cpus_for_each_syscall_buffer: 2}\n");
	f = linted_find(&l, "FT065");
	ck_assert(f && f->file);
	ck_assert_str_eq(f->file, l.path);
	ck_assert_uint_eq(f->line, 6);
	ck_assert_str_eq(f->mend, "write pread, the name of its event");
	f = linted_find(&l, "FT060");
	ck_assert(f && f->file);
	ck_assert_str_eq(f->file, l.path);
	ck_assert_uint_eq(f->line, 7);
	ck_assert_str_eq(f->item, "modern_bpf");
	lint_text_release(&l);
}
END_TEST

UNIT_MAIN("lint_config", each_lint_speaks_and_is_silent, matching_of_all_rules,
	  places_are_those_of_the_file)
