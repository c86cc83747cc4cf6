/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small inputs that ask for much: each is refused at once, with a message that names the place, in
 * bounded time and memory. (Check runs each test in a process of its own.)
 */
#include "rules_fixture.h"

#include "base/fs.h"
#include "config/config.h"
#include "engine/logparse.h"

#include <sys/resource.h>

/* CPU time and memory that a test may take; a machine that is busy or sanitizers make it slower,
 * but what is refused late takes hours and all memory that there is. */
#define CPU_S_MAX  40.0
#define RSS_KB_MAX (3 * 1024 * 1024L)

static void assert_bounded(void)
{
	struct rusage u;

	ck_assert_int_eq(getrusage(RUSAGE_SELF, &u), 0);
	ck_assert_msg((double)u.ru_utime.tv_sec < CPU_S_MAX, "%ld s of CPU",
		      (long)u.ru_utime.tv_sec);
	ck_assert_msg(u.ru_maxrss < RSS_KB_MAX, "%ld KiB of memory", u.ru_maxrss);
}

/* The text is refused with exactly this beginning of the message; takes over text. */
static void assert_refused(struct strbuf *text, const char *want)
{
	struct ruleset rs = RULESET_INIT;
	struct error err = ERROR_INIT;
	int rc = ruleset_load_text(&rs, "t.yaml", text->buf, text->len, NULL, &err);

	ck_assert_msg(rc && !strncmp(err.msg, want, strlen(want)), "\"%s\", expected \"%s\"",
		      err.msg, want);
	ck_assert_int_eq(err.kind, ERROR_INPUT);
	ruleset_release(&rs);
	strbuf_release(text);
	assert_bounded();
}

static void assert_accepted(struct strbuf *text)
{
	struct ruleset rs = RULESET_INIT;
	struct error err = ERROR_INIT;

	ck_assert_msg(!ruleset_load_text(&rs, "t.yaml", text->buf, text->len, NULL, &err), "%s",
		      err.msg);
	ruleset_release(&rs);
	strbuf_release(text);
	assert_bounded();
}

static void repeat(struct strbuf *out, const char *s, size_t n)
{
	while (n--)
		strbuf_addstr(out, s);
}

static void add_rule(struct strbuf *out, const char *name, const char *condition)
{
	strbuf_addf(out, "- rule: %s\n  desc: d\n  output: o\n  priority: INFO\n  condition: %s\n",
		    name, condition);
}

static void add_doubling(struct strbuf *out, int n, const char *first)
{
	strbuf_addf(out, "- macro: m0\n  condition: %s\n", first);
	for (int i = 1; i <= n; i++)
		strbuf_addf(out, "- macro: m%d\n  condition: m%d and m%d\n", i, i - 1, i - 1);
}

START_TEST(macros_that_double)
{
	struct strbuf text = STRBUF_INIT;

	add_doubling(&text, 60, "evt.type = open");
	assert_refused(&text, "t.yaml:40:14: macro m19: too large with its macros: the limits are "
			      "2000000 checks");
}
END_TEST

START_TEST(many_rules_of_doubled_macros)
{
	struct strbuf text = STRBUF_INIT;

	add_doubling(&text, 16, "evt.type = open");
	for (int i = 0; i < 500; i++) {
		char name[16];

		snprintf(name, sizeof(name), "r%d", i);
		add_rule(&text, name, "m16");
	}
	assert_refused(&text, "t.yaml:");
}
END_TEST

START_TEST(long_texts_that_double)
{
	struct strbuf text = STRBUF_INIT, first cleanup_strbuf = STRBUF_INIT;

	strbuf_addstr(&first, "evt.type = open and proc.env[");
	repeat(&first, "A", 100000);
	strbuf_addstr(&first, "] = x");
	add_doubling(&text, 16, first.buf);
	assert_refused(&text, "t.yaml:28:14: macro m13: too large with its macros");
}
END_TEST

START_TEST(macros_that_name_each_other)
{
	struct strbuf text = STRBUF_INIT;

	strbuf_addstr(&text, "- macro: a\n  condition: b or evt.type = open\n"
			     "- macro: b\n  condition: a\n"
			     "- macro: a\n  condition: or evt.type = dup\n  append: true\n"
			     "- macro: b\n  condition: or a\n  append: true\n");
	assert_refused(&text, "t.yaml:2:14: macro a: macro a refers to itself");
}
END_TEST

START_TEST(a_deep_macro)
{
	struct strbuf text = STRBUF_INIT;

	strbuf_addstr(&text, "- macro: m0\n  condition: evt.type = open\n");
	for (int i = 1; i < 20; i++) {
		strbuf_addf(&text, "- macro: m%d\n  condition: ", i);
		repeat(&text, "not (proc.pid = 1 or ", 3000);
		strbuf_addf(&text, "m%d", i - 1);
		repeat(&text, ")", 3000);
		strbuf_addch(&text, '\n');
	}
	assert_refused(&text, "t.yaml:8:14: macro m3: too large with its macros: the limits are "
			      "2000000 checks and a depth of 16000");
}
END_TEST

START_TEST(lists_that_double)
{
	struct strbuf text = STRBUF_INIT;

	/* Only later lists are put in by text, again and again. */
	for (int i = 0; i < 60; i++)
		strbuf_addf(&text, "- list: l%d\n  items: [l%d, l%d]\n", i, i + 1, i + 1);
	strbuf_addstr(&text, "- list: l60\n  items: [a, b]\n");
	add_rule(&text, "R", "evt.type = open and proc.name in (l0)");
	assert_refused(&text, "t.yaml:127:14: rule R: longer than 4194304 bytes with its lists");
}
END_TEST

static void add_big_list(struct strbuf *text, int n)
{
	strbuf_addstr(text, "- list: big\n  items: [a");
	for (int i = 0; i < n; i++)
		strbuf_addf(text, ", a%d", i);
	strbuf_addstr(text, "]\n");
}

START_TEST(many_copies_of_a_list)
{
	struct strbuf text = STRBUF_INIT;

	add_big_list(&text, 100000);
	for (int i = 0; i < 2000; i++)
		strbuf_addf(&text, "- list: l%d\n  items: [big, big]\n", i);
	assert_refused(&text, "t.yaml:89:3: list l43: too large: with the lists in them, the lists "
			      "so far take more than 268435456 bytes");
}
END_TEST

START_TEST(a_list_in_many_rules)
{
	struct strbuf text = STRBUF_INIT;

	add_big_list(&text, 50000);
	for (int i = 0; i < 2000; i++) {
		char name[16], condition[64];

		snprintf(name, sizeof(name), "r%d", i);
		snprintf(condition, sizeof(condition),
			 "evt.type = open and proc.name in (big, x%d)", i);
		add_rule(&text, name, condition);
	}
	assert_refused(&text, "t.yaml:");
}
END_TEST

START_TEST(aliases_that_double)
{
	struct strbuf text = STRBUF_INIT;

	strbuf_addstr(&text, "- list: l\n  items: &a0 [x, x, x, x, x, x, x, x]\n");
	for (int i = 1; i < 30; i++)
		strbuf_addf(&text, "- list: l%d\n  items: &a%d [*a%d, *a%d, *a%d, *a%d]\n", i, i,
			    i - 1, i - 1, i - 1, i - 1);
	assert_refused(&text, "t.yaml:22:");
}
END_TEST

START_TEST(aliases_of_a_long_text)
{
	struct strbuf text = STRBUF_INIT;

	strbuf_addstr(&text, "- list: l\n  items: [&x ");
	repeat(&text, "a", 20000);
	repeat(&text, ", *x", 100000);
	strbuf_addstr(&text, "]\n");
	assert_refused(&text, "t.yaml:2:33436: alias *x expands to too much text");
}
END_TEST

START_TEST(deep_yaml)
{
	struct strbuf text = STRBUF_INIT;

	repeat(&text, "[", 1000000);
	assert_refused(&text, "t.yaml:1:202: nested too deeply, the limit is 200");
	repeat(&text, "- ", 1000000);
	assert_refused(&text, "t.yaml:1:403: nested too deeply, the limit is 200");
	repeat(&text, "{a: ", 1000000);
	assert_refused(&text, "t.yaml:1:805: nested too deeply, the limit is 200");
	/* Flat, but read ahead up to the last bracket. */
	strbuf_addstr(&text, "[");
	repeat(&text, ",", 4u << 20);
	strbuf_addstr(&text, "]");
	assert_refused(&text, "t.yaml:1:4194305: too many YAML nodes, the limit is 4194304");
	strbuf_addstr(&text, "[");
	repeat(&text, "'' ", 13u << 20);
	assert_refused(&text, "t.yaml:1:37748725: too much in one pair of brackets");
}
END_TEST

START_TEST(a_huge_file)
{
	struct yaml_docs docs;
	struct error err = ERROR_INIT;
	size_t len = (64u << 20) + 1;
	char *text cleanup_free = xmalloc(len);

	memset(text, '#', len);
	ck_assert_int_eq(yaml_parse(&docs, "t.yaml", text, len, NULL, &err), -1);
	ck_assert_str_eq(err.msg,
			 "t.yaml: file of 67108865 bytes is too large, the limit is 67108864");
	assert_bounded();
}
END_TEST

START_TEST(deep_conditions)
{
	static const struct {
		const char *open, *inner, *close, *message;
	} rows[] = {
		{"(", "evt.type = open", ")", "rule R: nested too deeply"},
		{"not (", "evt.type = open", ")", "rule R: nested too deeply"},
		{"tolower(", "proc.name", ")", "rule R: "},
		{"evt.type = open and(", "evt.type = open", ")", "rule R: nested too deeply"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct strbuf text = STRBUF_INIT, c cleanup_strbuf = STRBUF_INIT;
		struct ruleset rs = RULESET_INIT;
		struct error err = ERROR_INIT;

		repeat(&c, rows[i].open, 100000);
		strbuf_addstr(&c, rows[i].inner);
		repeat(&c, rows[i].close, 100000);
		add_rule(&text, "R", c.buf);
		ck_assert_int_ne(ruleset_load_text(&rs, "t.yaml", text.buf, text.len, NULL, &err),
				 0);
		ck_assert_msg(!strncmp(err.msg, "t.yaml:5:", 9), "%s", err.msg);
		ck_assert_msg(strstr(err.msg, rows[i].message) != NULL, "%s", err.msg);
		ruleset_release(&rs);
		strbuf_release(&text);
	}
	assert_bounded();
}
END_TEST

START_TEST(exceptions_without_end)
{
	struct strbuf text = STRBUF_INIT;

	add_rule(&text, "R", "evt.type = open");
	strbuf_addstr(&text, "  exceptions:\n");
	for (int i = 0; i < 110000; i++)
		strbuf_addf(&text, "  - {name: a%d, fields: [proc.name]}\n", i);
	assert_refused(&text, "t.yaml:100007:5: rule R: too many exceptions, the limit is 100000");

	add_rule(&text, "R", "evt.type = open");
	strbuf_addstr(&text, "  exceptions:\n  - name: a\n    fields: [proc.name]\n    values:\n");
	repeat(&text, "    - [aaaa]\n", 400000);
	assert_refused(&text, "t.yaml:5:14: rule R: longer than 4194304 bytes");

	/* Values that one alias multiplies. */
	add_rule(&text, "R", "evt.type = open");
	strbuf_addstr(&text, "  exceptions:\n  - name: a\n    fields: proc.name\n    values: [&v ");
	repeat(&text, "v", 200);
	repeat(&text, ", *v", 30000);
	strbuf_addstr(&text, "]\n");
	assert_refused(&text, "t.yaml:5:14: rule R: longer than 4194304 bytes");
}
END_TEST

/* What a generator of rules may write: Falco takes it, and time grows with the length only. */
START_TEST(many_appends)
{
	struct strbuf text = STRBUF_INIT;

	add_rule(&text, "R", "evt.type = open");
	repeat(&text, "- rule: R\n  append: true\n  condition: and proc.pid = 1\n", 50000);
	assert_accepted(&text);

	strbuf_addstr(&text, "- macro: m\n  condition: evt.type = open\n");
	repeat(&text, "- macro: m\n  append: true\n  condition: and proc.pid = 1\n", 50000);
	assert_accepted(&text);

	add_rule(&text, "R", "evt.type = open");
	for (int i = 0; i < 20000; i++)
		strbuf_addf(&text,
			    "- rule: R\n  tags: [t%d]\n  output: x\n  desc: x\n"
			    "  exceptions: [{name: a%d, fields: [proc.name], values: [[a]]}]\n"
			    "  override: {tags: append, output: append, desc: append, "
			    "exceptions: append}\n",
			    i, i);
	assert_accepted(&text);
}
END_TEST

START_TEST(tags_without_end)
{
	struct strbuf text = STRBUF_INIT;

	add_rule(&text, "R", "evt.type = open");
	strbuf_addstr(&text, "  tags: [t");
	for (int i = 0; i < 110000; i++)
		strbuf_addf(&text, ", t%d", i);
	strbuf_addstr(&text, "]\n");
	assert_refused(&text, "t.yaml:1:3: rule R: too many tags, the limit is 100000");
}
END_TEST

/* Each warning has its place, which must not take a look at the whole condition. */
START_TEST(places_in_long_conditions)
{
	struct strbuf text = STRBUF_INIT;

	for (int r = 0; r < 4; r++) {
		struct strbuf c cleanup_strbuf = STRBUF_INIT;
		char name[16];

		snprintf(name, sizeof(name), "r%d", r);
		strbuf_addstr(&c, "evt.type = open");
		repeat(&c, " and proc.name = proc.exe", 20000);
		add_rule(&text, name, c.buf);
	}
	assert_accepted(&text);
}
END_TEST

START_TEST(warnings_without_end)
{
	struct strbuf text = STRBUF_INIT;

	for (int r = 0; r < 4; r++) {
		char name[16];

		snprintf(name, sizeof(name), "r%d", r);
		add_rule(&text, name, "evt.type = open");
		strbuf_addstr(&text, "  exceptions:\n");
		repeat(&text, "  - {name: a, fields: [proc.name]}\n", 1000);
	}
	assert_refused(&text, "t.yaml:454:5: exception a: too many findings, the limit is 100000");
}
END_TEST

/* What is long but linear is fine. */
START_TEST(long_is_fine)
{
	struct strbuf text = STRBUF_INIT, c cleanup_strbuf = STRBUF_INIT;

	repeat(&c, "not ", 100000);
	strbuf_addstr(&c, "evt.type = open");
	add_rule(&text, "R", c.buf);
	assert_accepted(&text);

	strbuf_reset(&c);
	strbuf_addstr(&c, "evt.type = open and (proc.pid = 1");
	repeat(&c, " or proc.pid = 1", 100000);
	strbuf_addstr(&c, ")");
	add_rule(&text, "R", c.buf);
	assert_accepted(&text);

	add_big_list(&text, 100000);
	add_rule(&text, "R", "evt.type = open and proc.name in (big)");
	assert_accepted(&text);

	repeat(&text, "---\n- list: l\n  items: [a]\n", 50000);
	assert_accepted(&text);
}
END_TEST

/* Message of config_load with one option; "" when it is taken. */
static const char *with_option(const char *option)
{
	static char msg[ERROR_MSG_MAX];
	struct strvec sets cleanup_strvec = STRVEC_INIT;
	struct config_input in = {.sets = &sets};
	struct error err = ERROR_INIT;
	struct config c;

	msg[0] = '\0';
	strvec_push(&sets, option);
	if (config_load(&c, &in, &err)) {
		snprintf(msg, sizeof(msg), "%s", err.msg);
		return msg;
	}
	json_decref(config_describe(&c));
	config_release(&c);
	return msg;
}

START_TEST(options_that_ask_for_much)
{
	struct strbuf key cleanup_strbuf = STRBUF_INIT;
	const char *msg;

	/* A far index is a key, as in Falco, and makes no room. */
	ck_assert_str_eq(with_option("made_up[999999999]=1"), "");
	msg = with_option("made_up[99999999999999999999]=1");
	ck_assert_msg(strstr(msg, "expected a number between [ and ]") != NULL, "%s", msg);

	repeat(&key, "a.", 60000);
	strbuf_addstr(&key, "a=1");
	msg = with_option(key.buf);
	ck_assert_msg(!strncmp(msg, "-o a.a.", 7), "%s", msg);

	strbuf_reset(&key);
	strbuf_addstr(&key, "a={x: ");
	repeat(&key, "[", 5000);
	repeat(&key, "]", 5000);
	strbuf_addstr(&key, "}");
	msg = with_option(key.buf);
	ck_assert_msg(!strncmp(msg, "-o ", 3), "%s", msg);
	assert_bounded();
}
END_TEST

static char folder[64];

static char *write_in_folder(const char *name, const char *text)
{
	char *path = fs_join(folder, name);
	struct error err = ERROR_INIT;

	ck_assert_msg(!fs_write_file(path, text, strlen(text), 0600, &err), "%s", err.msg);
	return path;
}

/* Message of config_load of a main file that includes its folder's d/, which has d/x.yaml. */
static void assert_config(const char *main_text, const char *want)
{
	char *path cleanup_free = write_in_folder("falco.yaml", main_text);
	struct config_input in = {.file = path};
	struct error err = ERROR_INIT;
	struct config c;

	ck_assert_int_eq(config_load(&c, &in, &err), -1);
	ck_assert_msg(strstr(err.msg, want) != NULL, "\"%s\", expected \"%s\"", err.msg, want);
	ck_assert_int_eq(err.kind, ERROR_INPUT);
}

START_TEST(configurations_that_ask_for_much)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	char *included cleanup_free = NULL, *cycle cleanup_free = NULL;
	struct error err = ERROR_INIT;

	unit_make_dir(folder, sizeof(folder));
	included = write_in_folder("x.yaml", "rules_files: [a.yaml]\n");
	cycle = write_in_folder("cycle.yaml", "priority: debug\nconfig_files: [falco.yaml]\n");

	/* The same file again and again, through an alias. */
	strbuf_addf(&text, "config_files: [&x %s", included);
	repeat(&text, ", *x", 10000);
	strbuf_addstr(&text, "]\n");
	assert_config(text.buf, "x.yaml: too many configuration files, the limit is 256");

	strbuf_reset(&text);
	strbuf_addf(&text, "config_files: [%s]\n", cycle);
	assert_config(text.buf, "cycle.yaml:2:1: config_files in an included file");

	strbuf_reset(&text);
	strbuf_addf(&text, "config_files: [%s/falco.yaml]\n", folder);
	assert_config(text.buf, "falco.yaml:1:16: config_files names the main file");

	strbuf_reset(&text);
	strbuf_addf(&text, "config_files: [%s]\n", folder); /* with cycle.yaml and itself in it */
	assert_config(text.buf, "config_files in an included file");

	strbuf_reset(&text);
	strbuf_addstr(&text, "a0: &a0 [x, x, x, x]\n");
	for (int i = 1; i < 30; i++)
		strbuf_addf(&text, "a%d: &a%d [*a%d, *a%d, *a%d]\n", i, i, i - 1, i - 1, i - 1);
	assert_config(text.buf, "expands to too many nodes");
	assert_bounded();
	fs_remove_tree(folder, &err);
}
END_TEST

START_TEST(a_log_of_one_long_line)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct strvec tail cleanup_strvec = STRVEC_INIT;
	struct engine_log l;

	engine_log_init(&l);
	strbuf_addstr(&text, "(3) syscalls selected in total (final set): ");
	repeat(&text, "a, ", 300000);
	repeat(&text, "\nEnabled rules:", 50000);
	engine_log_text(&l, text.buf, text.len);
	ck_assert_uint_eq(l.contradictions, 1);
	engine_log_release(&l);
	log_tail(text.buf, text.len, 50001, &tail);
	ck_assert_uint_eq(tail.n, 50001);
	ck_assert_uint_lt(strlen(tail.v[0]), 420);
	assert_bounded();
}
END_TEST

/* Errors quote what the user gave: one line, nothing that steers a terminal. */
START_TEST(messages_are_one_line)
{
	const char *msg = with_option("a\n\x1b[31m.b\r\tc");

	ck_assert_msg(!strpbrk(msg, "\n\r\t\x1b") && strstr(msg, "expected key=value"), "%s", msg);
}
END_TEST

UNIT_MAIN("limits", macros_that_double, many_rules_of_doubled_macros, long_texts_that_double,
	  macros_that_name_each_other, a_deep_macro, lists_that_double, many_copies_of_a_list,
	  a_list_in_many_rules, aliases_that_double, aliases_of_a_long_text, deep_yaml, a_huge_file,
	  deep_conditions, exceptions_without_end, many_appends, tags_without_end,
	  places_in_long_conditions, warnings_without_end, long_is_fine, options_that_ask_for_much,
	  configurations_that_ask_for_much, a_log_of_one_long_line, messages_are_one_line)
