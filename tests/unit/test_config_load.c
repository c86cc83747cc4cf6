/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading falco.yaml: merging, -o, environment, values, origins.
 */
#include "test_config_fixture.h"

struct expect {
	const char *key, *value;
};

static void check_values(const char *what, const struct config *c, const struct expect *e)
{
	for (; e->key; e++)
		ck_assert_msg(!strcmp(value_of(c, e->key), e->value), "%s: %s is %s, expected %s",
			      what, e->key, value_of(c, e->key), e->value);
}

START_TEST(test_shipped)
{
	struct config c cleanup_config;
	struct error err = ERROR_INIT;

	ck_assert_msg(!load_with(&c, NULL, NULL, &err), "%s", err.msg);
	ck_assert_int_eq(c.kind, ENGINE_MODERN_EBPF);
	ck_assert_int_eq(c.buf_size_preset, 4);
	ck_assert_uint_eq(c.buffer_bytes, 8u << 20);
	ck_assert_int_eq(c.cpus_for_each_buffer, 2);
	ck_assert_uint_eq(c.custom_set.n, 0);
	ck_assert(!c.repair && !c.all && !c.metrics_enabled);
	ck_assert_int_eq(c.metrics_interval_ns, 3600LL * 1000000000);
	ck_assert_uint_eq(c.rules_files.n, 3);
	ck_assert_str_eq(c.rules_files.v[0], "/etc/falco/falco_rules.yaml");
	ck_assert_uint_eq(c.plugins_loaded.n, 1);
	ck_assert_str_eq(c.plugins_loaded.v[0], "container");
	ck_assert_uint_eq(c.append_output.n, 1);
	ck_assert_int_eq(c.priority, 7);
	ck_assert_int_eq(c.thread_table_size, 262144);
	ck_assert_uint_eq(c.warnings.n, 0);
	ck_assert_str_eq(config_origin(&c, "engine.kind").file, CONFIG_ORIGIN_SHIPPED);
	ck_assert_uint_eq(config_origin(&c, "engine.kind").line, 0);
	ck_assert_str_eq(config_origin(&c, "no.such.key").file, CONFIG_ORIGIN_DEFAULT);
}
END_TEST

/* Every value of our own table is that of the published falco.yaml. */
static void same_tree(const struct yaml_node *ours, const struct yaml_node *theirs, const char *at)
{
	if (ours->kind == YAML_MAP) {
		for (size_t i = 0; i < ours->n; i++) {
			const char *key = ours->pairs[i].key->value;
			const struct yaml_node *t = yaml_get(theirs, key);

			ck_assert_msg(t != NULL, "%s.%s is not in the published file", at, key);
			same_tree(ours->pairs[i].value, t, key);
		}
		return;
	}
	ck_assert_int_eq(ours->kind, theirs->kind);
	if (ours->kind == YAML_SCALAR)
		ck_assert_msg(!strcmp(ours->value, theirs->value), "%s: %s, published %s", at,
			      ours->value, theirs->value);
	ck_assert_uint_eq(ours->n, theirs->n);
	for (size_t i = 0; ours->kind == YAML_SEQ && i < ours->n; i++)
		same_tree(ours->items[i], theirs->items[i], at);
}

START_TEST(test_shipped_as_published)
{
	const char *path = shared_path("upstream/falco-0.44.1.yaml");
	struct config ours cleanup_config = {0}, theirs cleanup_config = {0};
	struct error err = ERROR_INIT;

	SKIP_WITHOUT(path);
	ck_assert_msg(!load_with(&ours, NULL, NULL, &err), "%s", err.msg);
	ck_assert_msg(!load_with(&theirs, path, NULL, &err), "%s", err.msg);
	for (size_t i = 0; i < ours.root->n; i++) {
		const char *key = ours.root->pairs[i].key->value;

		/* config.d of the packages loads the container plugin. */
		if (strcmp(key, "load_plugins") != 0)
			same_tree(ours.root->pairs[i].value, yaml_get(theirs.root, key), key);
	}
	ck_assert_uint_eq(theirs.plugins_loaded.n, 0);
	ck_assert_uint_eq(theirs.warnings.n, 0);
}
END_TEST

START_TEST(test_absent_keys)
{
	char *dir = make_dir();
	char *path cleanup_free = put_file(dir, "falco.yaml", "# nothing\n");
	struct config c cleanup_config = {0};
	struct error err = ERROR_INIT;

	ck_assert_msg(!load_with(&c, path, NULL, &err), "%s", err.msg);
	ck_assert_int_eq(c.kind, ENGINE_KMOD);
	ck_assert_int_eq(c.cpus_for_each_buffer, 1);
	ck_assert_int_eq(c.metrics_interval_ns, -1); /* 5000 is no duration */
	ck_assert(c.metrics_kernel_per_cpu);
	ck_assert_str_eq(c.log_level, "info");
	ck_assert_uint_eq(c.warnings.n, 1); /* no output enabled */
	drop_dir(dir);
}
END_TEST

START_TEST(test_strategies)
{
	static const struct {
		const char *strategy;
		struct expect e[6];
	} rows[] = {
		{"append",
		 {{"rules_files", "- main.yaml|- inc.yaml"},
		  {"metrics", "interval: 2h"},
		  {"priority", "error"},
		  {"json_output", "true"},
		  {0}}},
		{"override",
		 {{"rules_files", "- inc.yaml"},
		  {"metrics", "interval: 2h"},
		  {"priority", "error"},
		  {"json_output", "true"},
		  {0}}},
		{"add-only",
		 {{"rules_files", "- main.yaml"},
		  {"metrics", "enabled: false|interval: 1h"},
		  {"priority", "debug"},
		  {"json_output", "true"},
		  {0}}},
		{"Append", {{"rules_files", "- main.yaml|- inc.yaml"}, {0}}},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *dir = make_dir();
		char *text cleanup_free = xasprintf("config_files:\n"
						    "  - path: @/inc.yaml\n"
						    "    strategy: %s\n"
						    "rules_files: [main.yaml]\n"
						    "metrics: {enabled: false, interval: 1h}\n"
						    "priority: debug\n",
						    rows[i].strategy);
		char *path cleanup_free = put_file(dir, "falco.yaml", text);
		char *inc cleanup_free = put_file(dir, "inc.yaml",
						  "rules_files: [inc.yaml]\n"
						  "metrics: {interval: 2h}\n"
						  "priority: error\n"
						  "json_output: true\n");
		struct config c cleanup_config = {0};
		struct error err = ERROR_INIT;

		ck_assert_msg(!load_with(&c, path, NULL, &err), "%s", err.msg);
		check_values(rows[i].strategy, &c, rows[i].e);
		ck_assert_str_eq(config_origin(&c, "json_output").file, inc);
		ck_assert_uint_eq(config_origin(&c, "json_output").line, 4);
		ck_assert_uint_eq(config_origin(&c, "json_output").col, 14);
		ck_assert_str_eq(config_origin(&c, "rules_files[0]").file, i == 1 ? inc : path);
		ck_assert_uint_eq(c.files.n, 2);
		drop_dir(dir);
	}
}
END_TEST

START_TEST(test_folder)
{
	char *dir = make_dir();
	char *path cleanup_free = put_file(dir, "falco.yaml", "config_files: ['@/d', '@/none']\n");
	char *a cleanup_free = put_file(dir, "d/10.txt", "priority: error\njson_output: false\n");
	char *b cleanup_free = put_file(dir, "d/20", "priority: notice\n");
	free(put_file(dir, "d/sub/x.yaml", "priority: debug\n"));
	struct config c cleanup_config = {0};
	struct error err = ERROR_INIT;

	ck_assert_msg(!load_with(&c, path, NULL, &err), "%s", err.msg);
	ck_assert_int_eq(c.priority, 5);
	ck_assert_str_eq(config_origin(&c, "priority").file, b);
	ck_assert_str_eq(config_origin(&c, "json_output").file, a);
	drop_dir(dir);
}
END_TEST

START_TEST(test_options)
{
	static const struct {
		const char *sets, *key, *value;
	} rows[] = {
		{"priority=error priority=notice", "priority", "notice"},
		{"base_syscalls.custom_set[]=open base_syscalls.custom_set[]=close",
		 "base_syscalls.custom_set", "- execve|- open|- close"},
		{"base_syscalls.custom_set[0]=open", "base_syscalls.custom_set", "- open"},
		{"base_syscalls.custom_set[1]=open", "base_syscalls.custom_set", "- execve|- open"},
		{"new.list[5]=x", "new.list", "5: x"},
		{"new.list[0]=x", "new.list", "- x"},
		{"new.list[].deep.key=x", "new.list", "- deep:|    key: x"},
		{"metrics={interval:2h}", "metrics", "\"interval:2h\": null"},
		{"a\\.b\\[c\\]=1", "a", "(absent)"},
		{"a.=1", "a", "1"},
		{"x=a=b", "x", "\"a=b\""},
		{"x=[a,b]", "x", "\"[a,b]\""},
		{"x=${HOME}", "x", "\"$${HOME}\""}, /* not expanded */
	};
	char *dir = make_dir();
	char *path cleanup_free =
		put_file(dir, "falco.yaml",
			 "base_syscalls: {custom_set: [execve]}\nmetrics: {enabled: false}\n");

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct config c cleanup_config = {0};
		struct error err = ERROR_INIT;
		bool ok;

		ok = !load_with(&c, path, rows[i].sets, &err);
		ck_assert_msg(ok, "%s: %s", rows[i].sets, err.msg);
		ck_assert_msg(!strcmp(value_of(&c, rows[i].key), rows[i].value),
			      "%s: %s is %s, expected %s", rows[i].sets, rows[i].key,
			      value_of(&c, rows[i].key), rows[i].value);
	}
	drop_dir(dir);
}
END_TEST

START_TEST(test_option_map_and_origin)
{
	struct strvec sets cleanup_strvec = STRVEC_INIT;
	struct config_input in = {.sets = &sets};
	struct config c cleanup_config = {0};
	struct error err = ERROR_INIT;

	strvec_push(&sets, "base_syscalls={custom_set: [open, \"!clone\"], repair: true}");
	ck_assert_msg(!config_load(&c, &in, &err), "%s", err.msg);
	ck_assert_uint_eq(c.custom_set.n, 2);
	ck_assert_str_eq(c.custom_set.v[1], "!clone");
	ck_assert(c.repair);
	ck_assert_msg(!strncmp(config_origin(&c, "base_syscalls.repair").file, "-o base", 7), "%s",
		      config_origin(&c, "base_syscalls.repair").file);
	ck_assert_uint_eq(config_origin(&c, "base_syscalls.repair").line, 0);
	ck_assert_str_eq(config_origin(&c, "base_syscalls.all").file, CONFIG_ORIGIN_DEFAULT);
}
END_TEST

/* -o beats included files, and -o config_files brings files in. */
START_TEST(test_option_order)
{
	char *dir = make_dir();
	char *path cleanup_free = put_file(dir, "falco.yaml", "priority: debug\n");
	char *inc cleanup_free = put_file(dir, "inc.yaml", "priority: error\njson_output: true\n");
	char *sets cleanup_free = xasprintf("priority=alert config_files[]=%s", inc);
	struct config c cleanup_config = {0};
	struct error err = ERROR_INIT;

	ck_assert_msg(!load_with(&c, path, sets, &err), "%s", err.msg);
	ck_assert_int_eq(c.priority, 1);
	ck_assert(c.json_output);
	drop_dir(dir);
}
END_TEST

START_TEST(test_environment)
{
	static const struct expect e[] = {
		{"a", "one"},
		{"b", "\"x  y\""},
		{"c", "\"$${FT_A}\""}, /* literal, written back escaped */
		{"d", "a$b${FT_A}"},
		{"f", "\"}\""},
		{"g", "one"},
		{"h", "- one|- \"${\""},
		{"i", "\"$$${FT_A}\""},
		{"${FT_A}", "key"},
		{0},
	};
	char *dir = make_dir();
	char *path cleanup_free = put_file(dir, "falco.yaml",
					   "a: ${FT_A}\n"
					   "b: \"x ${FT_UNSET} y\"\n"
					   "c: $${FT_A}\n"
					   "d: a$b${FT_A}\n"
					   "f: '${${FT_UNSET}}'\n"
					   "g: ${FT_W}\n"
					   "h: ['${FT_A}', '${']\n"
					   "i: $$${FT_A}\n"
					   "${FT_A}: key\n"
					   "base_syscalls: {repair: '${FT_T}'}\n");
	struct config c cleanup_config = {0};
	struct error err = ERROR_INIT;

	setenv("FT_A", "one", 1);
	setenv("FT_W", "${FT_A}", 1);
	setenv("FT_T", "true", 1);
	setenv("FT_LOOP", "${FT_LOOP}", 1);
	ck_assert_msg(!load_with(&c, path, NULL, &err), "%s", err.msg);
	ck_assert(c.repair);
	for (const struct expect *x = e; x->key; x++) {
		if (!strcmp(x->key, "d")) {
			ck_assert_str_eq(yaml_get(c.root, "d")->value, x->value);
			continue;
		}
		ck_assert_msg(!strcmp(value_of(&c, x->key), x->value), "%s is %s", x->key,
			      value_of(&c, x->key));
	}
	char *loop cleanup_free = put_file(dir, "loop.yaml", "priority: ${FT_LOOP}\n");
	struct config c2;
	ck_assert_int_eq(load_with(&c2, loop, NULL, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "loop.yaml:1:11: "));
	drop_dir(dir);
}
END_TEST

START_TEST(test_wrong_types_fall_back)
{
	char *dir = make_dir();
	char *path cleanup_free =
		put_file(dir, "falco.yaml",
			 "json_output: notbool\n"
			 "engine:\n  kind: modern_ebpf\n"
			 "  modern_ebpf: {buf_size_preset: abc, cpus_for_each_buffer: -3}\n"
			 "base_syscalls: {repair: tRue, all: Yes, custom_set: open}\n"
			 "stdout_output: {enabled: true}\n");
	struct config c cleanup_config = {0};
	struct error err = ERROR_INIT;
	size_t at_place = 0;

	ck_assert_msg(!load_with(&c, path, NULL, &err), "%s", err.msg);
	ck_assert(!c.json_output && !c.repair && c.all);
	ck_assert_int_eq(c.buf_size_preset, 4);
	ck_assert_int_eq(c.cpus_for_each_buffer, 2);
	ck_assert_uint_eq(c.custom_set.n, 1);
	for (size_t i = 0; i < c.warnings.n; i++)
		at_place += strstr(c.warnings.v[i], "falco.yaml:1:14: json_output") ||
			    strstr(c.warnings.v[i], "falco.yaml:4:34: engine.modern_ebpf.buf");
	ck_assert_uint_eq(at_place, 2);
	drop_dir(dir);
}
END_TEST

START_TEST(test_values)
{
	char *dir = make_dir();
	char *path cleanup_free = put_file(
		dir, "falco.yaml",
		"engine: {kind: kmod, kmod: {buf_size_preset: 0x6, drop_failed_exit: on},\n"
		"  embedded: {consumer_ns_per_event: 250}}\n"
		"base_syscalls: {custom_set: [open, !close, '!clone', '', 5, ~]}\n"
		"rules:\n- disable: {rule: '*'}\n- enable: {tag: network, rule: a b}\n"
		"priority: INFO\nrule_matching: ALL\n"
		"metrics: {enabled: true, interval: 1h 30m 250ms, output_file: m.jsonl}\n"
		"outputs_queue: {capacity: 10}\nstdout_output: {enabled: true}\n"
		"plugins: [{name: container, library_path: c.so}, {name: json, library_path: j}]\n"
		"append_output: [{extra_output: all}, {match: {rule: x, tags: [t]}, extra_output: "
		"one},\n"
		"  {match: {source: syscall}, extra_output: sys,\n"
		"    extra_fields: [{home: at %evt.time}, proc.name]},\n"
		"  {match: {source: k8s_audit}, extra_output: x}, {suggested_output: true}]\n"
		"rules_file: one.yaml\n");
	struct config c cleanup_config = {0};
	struct error err = ERROR_INIT;

	ck_assert_msg(!load_with(&c, path, NULL, &err), "%s", err.msg);
	ck_assert_int_eq(c.kind, ENGINE_KMOD);
	ck_assert_int_eq(c.buf_size_preset, 6);
	ck_assert_uint_eq(c.buffer_bytes, 32u << 20);
	ck_assert(c.drop_failed_exit);
	ck_assert_int_eq(c.consumer_ns_per_event, 250);
	ck_assert_uint_eq(c.custom_set.n, 6);
	ck_assert_str_eq(c.custom_set.v[1], ""); /* a tag on nothing */
	ck_assert_str_eq(c.custom_set.v[2], "!clone");
	ck_assert_str_eq(c.custom_set.v[5], "null");
	ck_assert_uint_eq(c.n_rules, 2);
	ck_assert(!c.rules[0].enable && c.rules[1].enable);
	ck_assert_str_eq(c.rules[1].rule, "a b");
	ck_assert_str_eq(c.rules[1].tag, "network");
	ck_assert_int_eq(c.priority, 6);
	ck_assert(c.rule_matching_all);
	ck_assert_int_eq(c.metrics_interval_ns, 5400250LL * 1000000);
	ck_assert_int_eq(c.outputs_queue_capacity, 10);
	ck_assert_uint_eq(c.plugins_loaded.n, 2); /* no load_plugins: all */
	ck_assert_uint_eq(c.append_output.n, 4);
	ck_assert_str_eq(c.append_output.v[0].output, "all");
	ck_assert_ptr_null(c.append_output.v[0].rule);
	ck_assert_str_eq(c.append_output.v[1].rule, "x");
	ck_assert_str_eq(c.append_output.v[1].tags.v[0], "t");
	ck_assert_str_eq(c.append_output.v[2].output, "sys");
	ck_assert_uint_eq(c.append_output.v[2].n_fields, 2);
	ck_assert_str_eq(c.append_output.v[2].fields[0].key, "home");
	ck_assert_str_eq(c.append_output.v[2].fields[0].format, "at %evt.time");
	ck_assert(!c.append_output.v[2].fields[0].raw && c.append_output.v[2].fields[1].raw);
	ck_assert_str_eq(c.append_output.v[2].fields[1].format, "%proc.name");
	ck_assert(c.append_output.v[3].suggested);
	ck_assert_str_eq(c.rules_files.v[0], "one.yaml");
	drop_dir(dir);
}
END_TEST

/* Where Falco would not start: the place and the offending text are in the message. */
START_TEST(test_refused)
{
	static const struct {
		const char *text, *sets, *message;
	} rows[] = {
		{"a: [\n", NULL, "f.yaml:2:1: not valid YAML"},
		{"just text\n", NULL, "f.yaml:1:1: the configuration is a scalar"},
		{"- a\n", NULL, "f.yaml:1:1: the configuration is a sequence"},
		{"engine: {kind: ebpf}\n", NULL, "f.yaml:1:16: engine.kind ebpf went with"},
		{"engine: {kind: Kmod}\n", NULL, "f.yaml:1:16: engine.kind is 'Kmod'"},
		{"engine: modern\n", NULL, "f.yaml:1:9: 'modern' stands where a mapping"},
		{"engine:\n  kmod:\n    buf_size_preset: 11\n", NULL,
		 "f.yaml:3:22: engine.kmod.buf_size_preset is 11"},
		{"engine: {kind: replay}\n", NULL, "capture_file"},
		{"priority: warn\n", NULL, "f.yaml:1:11: priority is 'warn'"},
		{"rule_matching: some\n", NULL, "f.yaml:1:16: rule_matching"},
		{"log_level: INFO\n", NULL, "f.yaml:1:12: log_level is 'INFO'"},
		{"libs_logger: {severity: loud}\n", NULL, "f.yaml:1:25: libs_logger.severity"},
		{"metrics: {enabled: true}\n", NULL, "'5000' by default"},
		{"metrics: {enabled: true, interval: 50ms, output_rule: true}\n", NULL,
		 "f.yaml:1:36: metrics.interval is '50ms'"},
		{"metrics: {enabled: true, interval: 30m1h, output_rule: true}\n", NULL,
		 "f.yaml:1:36: metrics.interval"},
		{"metrics: {enabled: true, interval: 1h}\n", NULL, "without an output"},
		{"rules: [{disable: {}}]\n", NULL, "f.yaml:1:9: an entry of rules"},
		{"rules: [x]\n", NULL, "f.yaml:1:9: an entry of rules"},
		{"rules_file: a\nrules_files: [b]\n", NULL, "f.yaml:1:13: rules_file and"},
		{"load_plugins: [json]\n", NULL, "f.yaml:1:16: load_plugins names 'json'"},
		{"plugins: [{name: x}]\n", NULL, "f.yaml:1:11: an entry of plugins lacks"},
		{"syscall_event_drops: {actions: [ignore, log]}\n", NULL, "log after ignore"},
		{"syscall_event_drops: {threshold: 1.5}\n", NULL, "f.yaml:1:34: "},
		{"syscall_event_timeouts: {max_consecutives: 0}\n", NULL, "f.yaml:1:44: "},
		{"config_files: '@/f.yaml'\n", NULL, "f.yaml:1:15: config_files names the main"},
		{"config_files: '@/inc.yaml'\n", NULL, "inc.yaml:1:1: config_files in an included"},
		{"config_files: [{strategy: append}]\n", NULL, "f.yaml:1:16: an entry of"},
		{"config_files: '@/seq.yaml'\npriority: debug\n", NULL, "seq.yaml:1:11: priority"},
		{"base_syscalls: {custom_set: [[a]]}\n", NULL, "f.yaml:1:30: an entry of"},
		{"", "noequals", "-o noequals: expected key=value"},
		{"", "=x", "empty name"},
		{"", "a..b=x", "empty name"},
		{"", "a[x]=1", "number between"},
		{"", "a[1=2", "without ']'"},
		{"", "a[0]b=1", "expected '.'"},
		{"", "a\\n=1", "backslash"},
		{"", "a\\=1", "backslash"},
		{"", "priority.x=1", "below a value that is a scalar"},
		{"", "priority[0]=1", "below a value that is a scalar"},
		{"", "engine={kind:[}", "not valid YAML"},
		{"", "engine.kind=gvisor", "-o engine.kind=gvisor: engine.kind gvisor went"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *dir = make_dir();
		char *text cleanup_free =
			*rows[i].text ? xstrdup(rows[i].text) : xstrdup("priority: debug\n");
		char *path cleanup_free = put_file(dir, "f.yaml", text);
		free(put_file(dir, "inc.yaml", "config_files: []\n"));
		free(put_file(dir, "seq.yaml", "priority: [a]\n"));
		struct config c = {0};
		struct error err = ERROR_INIT;

		ck_assert_msg(load_with(&c, path, rows[i].sets, &err) == -1, "row %zu loads", i);
		ck_assert_int_eq(err.kind, ERROR_INPUT);
		ck_assert_msg(strstr(err.msg, rows[i].message) != NULL, "row %zu: %s, expected %s",
			      i, err.msg, rows[i].message);
		drop_dir(dir);
	}
}
END_TEST

START_TEST(test_ignored_keys_are_named)
{
	static const char *const want[] = {
		"f.yaml:1:1: unknown key syscall_buf_size_preset; Falco 0.44.1 ignores it: it is "
		"engine.KIND.buf_size_preset since 0.38",
		"f.yaml:3:3: unknown key engine.ebpf; Falco 0.44.1 ignores it: this engine went "
		"with 0.44",
		"f.yaml:4:28: unknown key rules[].enabel; Falco 0.44.1 ignores it",
		"f.yaml:4:39: rules[].enable is given twice; Falco takes the first one",
	};
	char *dir = make_dir();
	char *path cleanup_free =
		put_file(dir, "f.yaml",
			 "syscall_buf_size_preset: 4\n"
			 "engine:\n  ebpf: {}\n"
			 "rules: [{enable: {tag: a}, enabel: 1, enable: {tag: b}}]\n"
			 "static_fields: {mine: 1}\nstdout_output: {enabled: on}\n");
	struct config c cleanup_config = {0};
	struct error err = ERROR_INIT;

	ck_assert_msg(!load_with(&c, path, NULL, &err), "%s", err.msg);
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		ck_assert_uint_lt(i, c.warnings.n);
		ck_assert_msg(strstr(c.warnings.v[i], want[i]) != NULL, "%s", c.warnings.v[i]);
	}
	ck_assert_uint_eq(c.warnings.n, ARRAY_SIZE(want));
	drop_dir(dir);
}
END_TEST

START_TEST(test_missing_files)
{
	struct config c = {0};
	struct error err = ERROR_INIT;

	ck_assert_int_eq(load_with(&c, "/nonexistent/falco.yaml", NULL, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "/nonexistent/falco.yaml"));
	ck_assert_int_eq(err.kind, ERROR_INPUT);
	ck_assert_int_eq(load_with(&c, "/tmp", NULL, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_INPUT);
}
END_TEST

UNIT_MAIN("config", test_shipped, test_shipped_as_published, test_absent_keys, test_strategies,
	  test_folder, test_options, test_option_map_and_origin, test_option_order,
	  test_environment, test_wrong_types_fall_back, test_values, test_refused,
	  test_ignored_keys_are_named, test_missing_files)
