/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each lint of falco.yaml: one setting over which it speaks, one very like it over which it is
 * silent. The rules are the same for both.
 */
#include "lint_fixture.h"

#define OUT	"stdout_output: {enabled: true}\n"
#define KIND	"engine: {kind: modern_ebpf}\n"
#define BASE(s) OUT KIND "base_syscalls: {" s "}\n"
#define PROCS	"clone, clone3, fork, vfork, execve, execveat"

static const char fd_rule[] = RULE("R", "evt.type=open and fd.name=/x");
static const char proc_rule[] = RULE("R", "evt.type=open and proc.name=x");
static const char plain_rule[] = RULE("R", "evt.type=open and evt.rawres=0");

static const struct row {
	const char *rules;
	struct lint_case c; /* fires and silent are texts of falco.yaml */
} rows[] = {
	{plain_rule, {"FT043", OUT KIND "priority: notice\n", OUT KIND "priority: info\n"}},
	{plain_rule,
	 {"FT060", OUT KIND "print_output_to_stdout: true\n", OUT KIND "json_output: true\n"}},
	{plain_rule,
	 {"FT060", OUT KIND "metrics: {format: json}\n",
	  OUT KIND "metrics: {enabled: false, output_rule: true}\n"}},
	{plain_rule, {"FT060", OUT KIND "skip_events: [read]\n", OUT KIND}},
	{plain_rule,
	 {"FT061", OUT KIND "container_engines: {docker: {enabled: true}}\n", OUT KIND}},
	{fd_rule,
	 {"FT062", BASE("custom_set: [open, " PROCS "]"), BASE("custom_set: [open, close]")}},
	{fd_rule, {"FT062", BASE("custom_set: [" PROCS "]"), BASE("repair: true")}},
	{plain_rule, {"FT063", NULL, BASE("custom_set: [close]")}},
	{proc_rule, {"FT063", BASE("custom_set: [close]"), BASE("custom_set: [" PROCS "]")}},
	{plain_rule,
	 {"FT064", BASE("custom_set: [!recvfrom , clone]"),
	  BASE("custom_set: ['!recvfrom', clone]")}},
	{plain_rule, {"FT065", BASE("custom_set: [pread64]"), BASE("custom_set: [pread]")}},
	{plain_rule,
	 {"FT065", BASE("custom_set: ['!setresuid32']"), BASE("custom_set: ['!setresuid']")}},
	{plain_rule, {"FT066", BASE("custom_set: [read]"), BASE("custom_set: [read], all: true")}},
	{plain_rule,
	 {"FT067", BASE("custom_set: ['!clone'], repair: true"), BASE("custom_set: ['!clone']")}},
	{plain_rule, {"FT067", BASE("custom_set: ['!procexit']"), BASE("custom_set: ['!execve']")}},
	{RULE("R", "evt.type in (open, read)"),
	 {"FT002", BASE("custom_set: [read]"), BASE("all: true")}},
};

START_TEST(each_lint_speaks_and_is_silent)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].c.fires)
			check_lint(&rows[i].c, rows[i].rules, rows[i].c.fires, true);
		check_lint(&rows[i].c, rows[i].rules, rows[i].c.silent, false);
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

	lint_text(&l, plain_rule,
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
