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

/* Settings that circulate, each with what to write in its place. */
START_TEST(advice_for_what_circulates)
{
	static const struct {
		const char *code, *config, *mend;
	} rows[] = {
		{"FT060", "skip_events: [read]\n", "leave it out; base_syscalls.custom_set"},
		{"FT060", "rules: {enabled: [R]}\n", "write rules: [{enable: {rule: NAME}}]"},
		{"FT060", "rules: {disabled: [R]}\n", "write rules: [{disable: {rule: NAME}}]"},
		{"FT068", "rules: {enabled: [R]}\n", "write rules: [{disable: {rule: \"*\"}}"},
		{"FT068", "rules: [R]\n", "write rules: [{disable: {rule: \"*\"}}"},
		{"FT060", "print_output_to_stdout: true\n", "write stdout_output: {enabled: true}"},
		{"FT060", "metrics: {format: json}\n", "leave it out: metrics.output_file writes"},
		{"FT060", "metrics: {prometheus: true}\n",
		 "write webserver.prometheus_metrics_enabled"},
		{"FT060", "syscall_buf_size_preset: 4\n",
		 "write engine.modern_ebpf.buf_size_preset"},
		{"FT060", "outputs: {rate: 1, max_burst: 1000}\n",
		 "leave it out: there is no rate"},
		{"FT060", "grpc_output: {enabled: true}\n", "write http_output"},
		{"FT060", "min_priority: notice\n", "write priority"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = xasprintf(OUT KIND "%s", rows[i].config);
		struct linted l;
		const struct lint_finding *f;

		lint_text(&l, lint_plain_rule, text);
		f = linted_find(&l, rows[i].code);
		ck_assert_msg(f && !strncmp(f->mend, rows[i].mend, strlen(rows[i].mend)),
			      "%s: %s: %s", rows[i].config, rows[i].code, f ? f->mend : "silent");
		lint_text_release(&l);
		free(text);
	}
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
	  advice_for_what_circulates, places_are_those_of_the_file)
