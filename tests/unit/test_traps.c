/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fifteen traps of Falco's rules language and configuration (reference, chapter 7), one test
 * each.
 */
#include "rules_fixture.h"
#include "test_config_fixture.h"

#include "syscalls/select.h"

#define OPEN(condition)	       RULE("R", "evt.type=open and " condition)
#define LIST(name, items)      "- list: " name "\n  items: [" items "]\n"
#define MACRO(name, condition) "- macro: " name "\n  condition: " condition "\n"

static void want_codes(const struct loaded *l, const char *want, const char *text)
{
	ck_assert_msg(!strcmp(codes(l), want), "codes \"%s\", expected \"%s\", for:\n%s", codes(l),
		      want, text);
}

/* Two files, one after the other. */
static struct loaded load_two(const char *first, const char *second)
{
	struct loaded l = {.err = ERROR_INIT};
	char *dir = make_dir();
	char *a cleanup_free = put_file(dir, "a.yaml", first);
	char *b cleanup_free = put_file(dir, "b.yaml", second);

	l.rc = ruleset_load(&l.rs, (const char *[]){a, b}, 2, NULL, &l.err);
	drop_dir(dir);
	return l;
}

static void assert_two(const char *first, const char *second, const char *want)
{
	struct loaded l = load_two(first, second);

	want_codes(&l, want, second);
	ruleset_release(&l.rs);
}

/* Rows of a rule with that condition: codes, "" for none. */
static void condition_rows(const char *const (*rows)[2], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		json_t *c = json_string(rows[i][0]);
		char *cs = json_dumps(c, JSON_ENCODE_ANY);
		char *text = xasprintf("- rule: R\n  desc: d\n  condition: %s\n  output: o\n  "
				       "priority: INFO\n",
				       cs);
		struct loaded l = load_text(text);

		want_codes(&l, rows[i][1], text);
		ruleset_release(&l.rs);
		free(text);
		free(cs);
		json_decref(c);
	}
}

#define BAD "!ERR_COMPILE_CONDITION"

/* 1. Lists are text, put in before lexing, one level deep. */
START_TEST(trap_1_lists_are_text)
{
	assert_compiles(LIST("l", "a") OPEN("proc.name = 'x l y'"),
			"(evt.type = open and proc.name = \"x a y\")");
	assert_codes(LIST("l", "a") OPEN("proc.name in ('l')"), "UNUSED_LIST");
	assert_compiles(LIST("l", "a") LIST("k", "l") LIST("j", "k") OPEN("proc.name in (j)"),
			"(evt.type = open and proc.name in (l))");
	/* Textually, an inner list that comes later is still found. */
	assert_compiles(LIST("k", "l") LIST("l", "a") OPEN("proc.name in (k)"),
			"(evt.type = open and proc.name in (a))");
	assert_compiles(LIST("e", "\"a,b\"") OPEN("proc.name in (e)"),
			"(evt.type = open and proc.name in (a, b))");
	assert_codes(LIST("e", "a, ''") OPEN("proc.name in (e)"), BAD);
	assert_codes(LIST("in", "x") OPEN("proc.name in (a)"), BAD);
}
END_TEST

/* 2. Everything is compiled again after each file. */
START_TEST(trap_2_compiled_after_each_file)
{
	assert_two(RULE("R", "m"), MACRO("m", "evt.type=open"), "!ERR_VALIDATE");
	assert_two(OPEN("proc.name in (l)"), LIST("l", "a"), "");
	assert_two(LIST("l", "a"), RULE("R", "evt.type=open"), "UNUSED_LIST UNUSED_LIST");
	assert_two(LIST("l", "a"), OPEN("proc.name in (l)"), "UNUSED_LIST");
	assert_two(RULE("R", "evt.type="), RULE("S", "evt.type=open"), BAD " " BAD);
}
END_TEST

/* 3. A full definition turns on again and keeps its place; replace makes macros and lists. */
START_TEST(trap_3_redefinition)
{
	struct loaded l = load_text(RULE("A", "evt.type=open") RULE(
		"B", "evt.type=open") "- rule: A\n  enabled: false\n" RULE("A", "evt.type=close"));

	ck_assert_msg(!l.rc, "%s", l.err.msg);
	ck_assert_uint_eq(l.rs.n, 2);
	ck_assert_str_eq(l.rs.rules[0].name, "A");
	ck_assert(l.rs.rules[0].enabled);
	ck_assert_str_eq(compiled(&l, "A"), "evt.type = close");
	ruleset_release(&l.rs);
	assert_codes("- macro: m\n  condition: evt.type=open\n  override: {condition: replace}\n",
		     "UNUSED_MACRO");
	assert_codes("- list: l\n  items: [a]\n  override: {items: replace}\n", "UNUSED_LIST");
	assert_codes("- rule: R\n  condition: evt.type=open\n  override: {condition: replace}\n",
		     "!ERR_VALIDATE");
}
END_TEST

/* 4. append and enabled alone ignore everything else. */
START_TEST(trap_4_append_ignores)
{
	struct loaded l = load_text(RULE(
		"R", "evt.type=open") "- rule: R\n  append: true\n  condition: and proc.name=x\n"
				      "  output: '%nosuch'\n  priority: LOUD\n  enabled: maybe\n");

	want_codes(&l, "DEPRECATED_ITEM", "append");
	ck_assert_str_eq(compiled(&l, "R"), "(evt.type = open and proc.name = x)");
	ck_assert_str_eq(l.rs.rules[0].output, "o");
	ruleset_release(&l.rs);
	l = load_text(RULE("R", "evt.type=open") "- rule: R\n  enabled: false\n  tags: x\n"
						 "  source: nowhere\n  exceptions: x\n");
	want_codes(&l, "DEPRECATED_ITEM", "enabled");
	ck_assert(!l.rs.rules[0].enabled);
	ck_assert_uint_eq(l.rs.rules[0].tags.n, 0);
	ruleset_release(&l.rs);
}
END_TEST

#define EXCEPTION(body) OPEN("proc.name=a or fd.name=b") "  exceptions:\n  - name: e\n" body

/* 5. Exceptions wrap the condition after all appends; only a blank makes Falco quote. */
START_TEST(trap_5_exceptions)
{
	assert_compiles(EXCEPTION("    fields: [proc.name]\n"),
			"((evt.type = open and proc.name = a) or fd.name = b)");
	assert_compiles(EXCEPTION("    fields: [proc.name]\n    values: [[x]]\n") "- rule: R\n  "
										  "condition: or "
										  "fd.name=c\n  "
										  "override: "
										  "{condition: "
										  "append}\n",
			"(((evt.type = open and proc.name = a) or fd.name = b or fd.name = c) and "
			"not proc.name = x)");
	assert_codes(EXCEPTION("    fields: [proc.name]\n    comps: [in]\n    values: [[a b]]\n"),
		     BAD);
	assert_codes(EXCEPTION("    fields: [proc.name]\n    comps: [in]\n    values: [[[a b]]]\n"),
		     "NO_EVTTYPE");
	assert_codes(EXCEPTION("    fields: [proc.name]\n    values: [['a(b']]\n"), BAD);
}
END_TEST

/* 6. The compiled text: what is quoted, and what stays. */
START_TEST(trap_6_compiled_text)
{
	static const char *const rows[][2] = {
		{"proc.name = \"\"", "proc.name = "},
		{"proc.name in (\"a,b\", \"(c)\")", "proc.name in (a,b, (c))"},
		{"proc.name == \"a=b\"", "proc.name == \"a=b\""},
		{"proc.name = \"it's\"", "proc.name = \"it's\""},
		{"not not proc.name=a", "proc.name = a"},
		{"not(not(proc.name=a))", "not not proc.name = a"},
		{"((proc.name=a))", "proc.name = a"},
		{"(proc.name=a and proc.name=b) and proc.name=c",
		 "((proc.name = a and proc.name = b) and proc.name = c)"},
		{"m and proc.name=c", "((proc.pid = 1 and proc.pid = 2) and proc.name = c)"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		json_t *c = json_string(rows[i][0]);
		char *cs = json_dumps(c, JSON_ENCODE_ANY);
		char *text = xasprintf(
			MACRO("m", "proc.pid=1 and proc.pid=2") "- rule: R\n  desc: d\n  "
								"condition: %s\n  "
								"output: o\n  priority: INFO\n",
			cs);

		assert_compiles(text, rows[i][1]);
		free(text);
		free(cs);
		json_decref(c);
	}
}
END_TEST

/* 7. 255 bytes, no hexadecimal numbers, deep nesting. */
START_TEST(trap_7_limits)
{
	char value[257], text[400];
	struct strbuf deep cleanup_strbuf = STRBUF_INIT;

	for (size_t n = 255; n <= 256; n++) {
		const char *const row[1][2] = {{text, n == 255 ? "" : BAD}};

		memset(value, 'a', n);
		value[n] = '\0';
		snprintf(text, sizeof(text), "evt.type=open and proc.name=%s", value);
		condition_rows(row, 1);
	}
	condition_rows((const char *const[][2]){{"evt.type=open and proc.pid=0x10", BAD},
						{"evt.type=open and proc.pid=16", ""}},
		       2);
	for (int i = 0; i < 5000; i++)
		strbuf_addch(&deep, '(');
	strbuf_addstr(&deep, "evt.type=open");
	for (int i = 0; i < 5000; i++)
		strbuf_addch(&deep, ')');
	condition_rows((const char *const[][2]){{deep.buf, ""}}, 1);
}
END_TEST

/* 8. Backslashes in quotes; POSIX regexes. */
START_TEST(trap_8_quotes_and_regexes)
{
	static const char *const rows[][2] = {
		{"evt.type=open and proc.name=\"a\\\\\"", BAD}, /* never ends */
		{"evt.type=open and proc.name=\"a\\\\b\"", ""},
		{"evt.type=open and proc.name regex \"a\\.b\"", BAD},
		{"evt.type=open and proc.name regex a\\.b", ""},
		{"evt.type=open and proc.name regex \"a\\\\.b\"", ""},
		{"evt.type=open and proc.name regex \\d+", BAD},
		{"evt.type=open and proc.name regex \"(?:a|b)\"", BAD},
		{"evt.type=open and proc.name regex \"(a|b)\"", ""},
	};

	condition_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

/* 9. What may follow a parenthesis right behind an operator. */
START_TEST(trap_9_blanks_around_operators)
{
	static const char *const rows[][2] = {
		{"evt.type=open and (proc.name=a or(proc.name=b) and proc.name=c)", BAD},
		{"evt.type=open and (proc.name=a or (proc.name=b) and proc.name=c)", ""},
		{"evt.type=open and (proc.name=a and(proc.name=b) or proc.name=c)", ""},
		{"evt.type=open and proc.name existsand proc.name=a", ""},
		{"evt.type=open and proc.name inabc", ""},
		{"evt.type=open and proc.name startswithabc", BAD},
	};

	condition_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

/* 10. The algebra of event types. */
START_TEST(trap_10_event_types)
{
	static const char *const rows[][2] = {
		{"evt.type=open or proc.name=a", "NO_EVTTYPE"},
		{"evt.type=open and not proc.name=a", ""},
		{"evt.type startswith open", "NO_EVTTYPE"},
		{"not evt.type!=open", ""},
		{"not evt.type exists", "NO_EVTTYPE"},
		{"evt.type=getpid and not evt.type=time", "NO_EVTTYPE"},
	};
	struct loaded l = load_text(RULE("R", "not proc.name=a"));

	ck_assert_uint_eq(bitset_count(l.rs.rules[0].scs),
			  bitset_count(cat_all_scs(catalogue_find(NULL))));
	ruleset_release(&l.rs);
	l = load_text(RULE("R", "evt.type=getpid and not evt.type=time"));
	ck_assert_uint_eq(bitset_count(l.rs.rules[0].scs), 1);
	ruleset_release(&l.rs);
	condition_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

/* The final set of a custom_set (blanks between names) and a rule on those events; names, or the
 * invalid ones. */
static void select_with(const char *custom, const char *events, bool repair, bool all, bool invalid,
			char out[8192])
{
	struct strvec entries cleanup_strvec = STRVEC_INIT, names cleanup_strvec = STRVEC_INIT;
	char *copy cleanup_free = xstrdup(custom), *save = NULL;
	char *text cleanup_free =
		xasprintf(RULE("R", "evt.type in (%s)"), *events ? events : "asyncevent");
	struct loaded l = load_text(text);
	struct select_rule rule = {"R", l.rs.rules[0].scs};
	struct select_input in = {.cat = catalogue_find(NULL),
				  .rules = &rule,
				  .n_rules = 1,
				  .repair = repair,
				  .all = all};
	struct selection s = SELECTION_INIT;

	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
		strvec_push(&entries, strcmp(w, "\"\"") ? w : "");
	in.custom_set = (const char *const *)entries.v;
	in.n_custom = entries.n;
	selection_compute(&in, &s);
	if (invalid)
		strvec_copy(&names, &s.invalid_positive);
	else
		cat_scs_to_names(s.cat, s.final, &names);
	strcpy(out, " ");
	for (size_t i = 0; i < names.n; i++)
		snprintf(out + strlen(out), 8192 - strlen(out), "%s ", names.v[i]);
	selection_release(&s);
	ruleset_release(&l.rs);
}

/* 11. Names are event names. */
START_TEST(trap_11_names_are_event_names)
{
	static const char *const odd[] = {"pread64", "prlimit64", "setresuid32", "fcntl64",
					  "sched_process_exit"};
	struct strvec printed cleanup_strvec = STRVEC_INIT;
	struct bitset accept4 = {0};
	char out[8192];

	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		char *text cleanup_free = xasprintf(RULE("R", "evt.type=%s"), odd[i]);
		char *want cleanup_free = xasprintf(" %s ", odd[i]);
		struct loaded l = load_text(text);

		want_codes(&l, "", text);
		ck_assert_msg(bitset_empty(l.rs.rules[0].scs), "%s", odd[i]);
		ruleset_release(&l.rs);
		select_with(odd[i], "open", false, false, true, out);
		ck_assert_str_eq(out, want);
	}
	bitset_add(&accept4, cat_sc_by_name(catalogue_find(NULL), "accept4"));
	cat_scs_to_names(catalogue_find(NULL), accept4, &printed);
	ck_assert_uint_eq(printed.n, 2);
	ck_assert_str_eq(printed.v[0], "accept");
}
END_TEST

/* 12. The order of the selection. */
START_TEST(trap_12_order_of_selection)
{
	char out[8192];

	select_with("read", "read", false, false, false, out);
	ck_assert_ptr_null(strstr(out, " read "));
	select_with("read", "read", false, true, false, out);
	ck_assert_ptr_nonnull(strstr(out, " read "));
	select_with("!clone", "open", true, false, false, out);
	ck_assert_ptr_nonnull(strstr(out, " clone "));
	select_with("!clone", "open", false, false, false, out);
	ck_assert_ptr_null(strstr(out, " clone "));
	select_with("!procexit", "open", false, false, false, out);
	ck_assert_ptr_nonnull(strstr(out, " procexit "));
	/* Positives replace the state set. */
	select_with("close", "open", false, false, false, out);
	ck_assert_str_eq(out, " close open procexit ");
}
END_TEST

/* 13. YAML and -o values that are not what they seem. */
START_TEST(trap_13_custom_set_texts)
{
	char *dir = make_dir();
	char *path cleanup_free = put_file(
		dir, "falco.yaml",
		"stdout_output: {enabled: true}\nbase_syscalls: {custom_set: [!recvfrom]}\n");
	struct config c = {0};
	struct error err = ERROR_INIT;

	ck_assert_msg(!load_with(&c, path, NULL, &err), "%s", err.msg);
	ck_assert_uint_eq(c.custom_set.n, 1);
	ck_assert_str_eq(c.custom_set.v[0], "");
	config_release(&c);
	ck_assert_msg(!load_with(&c, NULL, "base_syscalls.custom_set=[a,b]", &err), "%s", err.msg);
	ck_assert_uint_eq(c.custom_set.n, 1);
	ck_assert_str_eq(c.custom_set.v[0], "[a,b]");
	config_release(&c);
	ck_assert_msg(!load_with(&c, NULL, "foo[]=a foo[5]=b", &err), "%s", err.msg);
	ck_assert_msg(strstr(value_of(&c, "foo"), "5"), "%s", value_of(&c, "foo"));
	ck_assert_int_eq(yaml_get(c.root, "foo")->kind, YAML_MAP);
	config_release(&c);
	drop_dir(dir);
}
END_TEST

/* 14. Shallow includes, lone dollars, wrong types, the default interval. */
START_TEST(trap_14_configuration)
{
	char *dir = make_dir();
	char *path cleanup_free =
		put_file(dir, "falco.yaml",
			 "stdout_output: {enabled: true}\nconfig_files: ['@/d']\n"
			 "engine: {kind: modern_ebpf, modern_ebpf: {buf_size_preset: 7}}\n"
			 "priority: debug\njson_output: notbool\nlog_level: info\nx: a$b${HOME}\n");
	char *include cleanup_free = put_file(dir, "d/any.txt", "engine: {kind: modern_ebpf}\n");
	struct config c = {0};
	struct error err = ERROR_INIT;

	ck_assert_msg(include != NULL && !load_with(&c, path, NULL, &err), "%s", err.msg);
	ck_assert_int_eq(c.buf_size_preset, 4);
	ck_assert(!c.json_output);
	ck_assert_str_eq(value_of(&c, "x"), "\"a$b${HOME}\"");
	config_release(&c);
	free(path);
	path = put_file(dir, "metrics.yaml",
			"stdout_output: {enabled: true}\n"
			"metrics: {enabled: true, output_rule: true}\n");
	ck_assert(load_with(&c, path, NULL, &err));
	ck_assert_msg(strstr(err.msg, "interval"), "%s", err.msg);
	drop_dir(dir);
}
END_TEST

/* 15. Matching without going back; what does not fail, and what fails without a report. */
START_TEST(trap_15_matching)
{
	struct loaded l = load_text(RULE("one and one", "evt.type=open")
					    RULE("just one", "evt.type=open") "  unknown_key: 1\n");
	char *dir = make_dir();
	char *hidden cleanup_free = put_file(dir, "x.yaml.d/r.yaml", "[]\n");
	char *shown cleanup_free = put_file(dir, "x/r.yaml", "[]\n");
	struct strvec files cleanup_strvec = STRVEC_INIT;
	struct config c cleanup_config = {0};
	struct error err = ERROR_INIT;

	want_codes(&l, "UNKNOWN_KEY", "an unknown key");
	ck_assert_int_eq(l.rc, 0);
	ruleset_enable(&l.rs, false, "*one", NULL);
	ck_assert(l.rs.rules[0].enabled);
	ck_assert(!l.rs.rules[1].enabled);
	ruleset_release(&l.rs);
	assert_codes("- required_plugin_versions:\n  - {name: json, version: 0.7.0}\n",
		     "!ERR_VALIDATE");
	ck_assert(!load_with(&c, NULL, NULL, &err));
	ck_assert(!config_rules_files(&c, (const char *[]){hidden, shown}, 2, &files, &err));
	ck_assert_uint_eq(files.n, 1);
	ck_assert_str_eq(files.v[0], shown);
	drop_dir(dir);
}
END_TEST

UNIT_MAIN("traps", trap_1_lists_are_text, trap_2_compiled_after_each_file, trap_3_redefinition,
	  trap_4_append_ignores, trap_5_exceptions, trap_6_compiled_text, trap_7_limits,
	  trap_8_quotes_and_regexes, trap_9_blanks_around_operators, trap_10_event_types,
	  trap_11_names_are_event_names, trap_12_order_of_selection, trap_13_custom_set_texts,
	  trap_14_configuration, trap_15_matching)
