/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For each lint texts over which it speaks, and very like ones over which it is silent.
 */
#ifndef FT_TESTS_LINT_CASES_H
#define FT_TESTS_LINT_CASES_H

#include "lint_fixture.h"

/* ---- of rules files ---- */

#define OPEN "evt.type=open and "

__attribute__((unused)) static const struct lint_case lint_rule_cases[] = {
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
	{"FT020", RULE("R", OPEN "(fd.name contains x or fd.name contains y) and proc.name=a"),
	 RULE("R", OPEN "(fd.num=1 and fd.name contains y) and proc.name=a")},
	{"FT020", "- macro: m\n  condition: fd.name glob a*b\n" RULE("R", OPEN "m and fd.sport=22"),
	 "- macro: m\n  condition: fd.name glob a*b\n" RULE("R", OPEN "fd.sport=22 and m")},
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

	{"FT030", RULE("R", OPEN "proc.name contains bash"),
	 RULE("R", OPEN "proc.name contains -sh")},
	{"FT030", RULE("R", OPEN "fd.type contains ipv4"), RULE("R", OPEN "fd.name contains ipv4")},

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
	{"FT083", RULE("R", OPEN "tolower('a') = a"), RULE("R", OPEN "tolower(proc.name) = a")},
	{"FT083", RULE("R", OPEN "(fd.num=1 or not b64('x') = a)"),
	 RULE("R", OPEN "(fd.num=1 or not join(',', (proc.name, b)) = a)")},
};

/* ---- of falco.yaml; the rules are the same for both ---- */

#define OUT	"stdout_output: {enabled: true}\n"
#define KIND	"engine: {kind: modern_ebpf}\n"
#define BASE(s) OUT KIND "base_syscalls: {" s "}\n"
#define PROCS	"clone, clone3, fork, vfork, execve, execveat"

static const char lint_fd_rule[] __attribute__((unused)) =
	RULE("R", "evt.type=open and fd.name=/x");
static const char lint_proc_rule[] __attribute__((unused)) =
	RULE("R", "evt.type=open and proc.name=x");
static const char lint_plain_rule[] __attribute__((unused)) =
	RULE("R", "evt.type=open and evt.rawres=0");

struct lint_config_case {
	const char *rules;
	struct lint_case c; /* fires and silent are texts of falco.yaml */
};
__attribute__((unused)) static const struct lint_config_case lint_config_cases[] = {
	{lint_plain_rule, {"FT043", OUT KIND "priority: notice\n", OUT KIND "priority: info\n"}},
	{lint_plain_rule,
	 {"FT060", OUT KIND "print_output_to_stdout: true\n", OUT KIND "json_output: true\n"}},
	{lint_plain_rule,
	 {"FT060", OUT KIND "metrics: {format: json}\n",
	  OUT KIND "metrics: {enabled: false, output_rule: true}\n"}},
	{lint_plain_rule, {"FT060", OUT KIND "skip_events: [read]\n", OUT KIND}},
	{lint_plain_rule,
	 {"FT061", OUT KIND "container_engines: {docker: {enabled: true}}\n", OUT KIND}},
	{lint_fd_rule,
	 {"FT062", BASE("custom_set: [open, " PROCS "]"), BASE("custom_set: [open, close]")}},
	{lint_fd_rule, {"FT062", BASE("custom_set: [" PROCS "]"), BASE("repair: true")}},
	{lint_plain_rule, {"FT063", NULL, BASE("custom_set: [close]")}},
	{lint_proc_rule, {"FT063", BASE("custom_set: [close]"), BASE("custom_set: [" PROCS "]")}},
	{lint_plain_rule,
	 {"FT064", BASE("custom_set: [!recvfrom , clone]"),
	  BASE("custom_set: ['!recvfrom', clone]")}},
	{lint_plain_rule, {"FT065", BASE("custom_set: [pread64]"), BASE("custom_set: [pread]")}},
	{lint_plain_rule,
	 {"FT065", BASE("custom_set: ['!setresuid32']"), BASE("custom_set: ['!setresuid']")}},
	{lint_plain_rule,
	 {"FT066", BASE("custom_set: [read]"), BASE("custom_set: [read], all: true")}},
	{lint_plain_rule,
	 {"FT067", BASE("custom_set: ['!clone'], repair: true"), BASE("custom_set: ['!clone']")}},
	{lint_plain_rule,
	 {"FT067", BASE("custom_set: ['!procexit']"), BASE("custom_set: ['!execve']")}},
	{RULE("R", "evt.type in (open, read)"),
	 {"FT002", BASE("custom_set: [read]"), BASE("all: true")}},
	{lint_plain_rule,
	 {"FT060", OUT KIND "rules: {enabled: [R]}\n", OUT KIND "rules: [{enable: {rule: R}}]\n"}},
	{lint_plain_rule,
	 {"FT060", OUT KIND "rules: {disabled: [R]}\n",
	  OUT KIND "rules: [{disable: {rule: R}}]\n"}},
	{lint_plain_rule,
	 {"FT068", OUT KIND "rules: {enabled: [R]}\n", OUT KIND "rules: [{enable: {rule: R}}]\n"}},
	{lint_plain_rule,
	 {"FT068", OUT KIND "rules: [R, S]\n", OUT KIND "rules: [{disable: {tag: T}}]\n"}},
	{lint_plain_rule,
	 {"FT068", OUT KIND "rules: [{enabled: R}]\n", OUT KIND "rules: {enable: {rule: R}}\n"}},
	{lint_plain_rule, {"FT068", OUT "engine: {kind: ebpf}\n", OUT "engine: {kind: kmod}\n"}},
	{lint_plain_rule,
	 {"FT068", OUT KIND "metrics: {enabled: true, output_rule: true}\n",
	  OUT KIND "metrics: {enabled: true, interval: 1h, output_rule: true}\n"}},
};

/* ---- texts too long to write down ---- */

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

__attribute__((unused)) static char *lint_copies(bool fires)
{
	return fires ? with_list(300, 10) : with_list(300, 4);
}

__attribute__((unused)) static char *lint_small_copies(bool fires)
{
	return fires ? with_list(300, 10) : with_list(20, 10);
}

__attribute__((unused)) static char *lint_nested(bool fires)
{
	struct strbuf text = STRBUF_INIT;
	size_t depth = fires ? 9000 : 4000;

	strbuf_addstr(&text, "- rule: R\n  desc: d\n  output: o\n  priority: INFO\n"
			     "  condition: evt.type=open and ");
	for (size_t k = 0; k < depth; k++)
		strbuf_addch(&text, '(');
	strbuf_addstr(&text, "fd.num=1");
	for (size_t k = 0; k < depth; k++)
		strbuf_addch(&text, ')');
	strbuf_addch(&text, '\n');
	return strbuf_detach(&text);
}

__attribute__((unused)) static const struct lint_made_case {
	const char *code;
	char *(*make)(bool fires); /* the caller frees */
} lint_made_cases[] = {
	{"FT021", lint_copies},
	{"FT021", lint_small_copies},
	{"FT082", lint_nested},
};

#endif
