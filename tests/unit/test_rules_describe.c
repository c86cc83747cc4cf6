/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The description of rules, against what `falco -L` of Falco 0.44.1 printed for the stable rules.
 */
#include "rules_fixture.h"

#include "rules/parser.h"

/* Falco leaves the order of these open. */
static const char *const sets[] = {"events",
				   "condition_fields",
				   "condition_operators",
				   "exception_names",
				   "exception_operators",
				   "macros",
				   "lists",
				   "plugins",
				   NULL};

static bool is_set(const char *key)
{
	for (size_t i = 0; sets[i]; i++)
		if (!strcmp(sets[i], key))
			return true;
	return false;
}

/* An array of strings, sorted, without the name that Falco adds to every rule. */
static char *sorted(const json_t *array)
{
	struct strvec v = STRVEC_INIT;
	struct strbuf sb = STRBUF_INIT;
	const json_t *s;
	size_t i;

	json_array_foreach(array, i, s) if (strcmp(json_string_value(s), "asyncevent"))
		strvec_push(&v, json_string_value(s));
	strvec_sort(&v);
	for (i = 0; i < v.n; i++)
		strbuf_addf(&sb, "%s\n", v.v[i]);
	strvec_release(&v);
	return strbuf_detach(&sb);
}

static void compare_part(const char *name, const json_t *got, json_t *want)
{
	const char *key;
	json_t *w;

	ck_assert_uint_eq(json_object_size(got), json_object_size(want));
	json_object_foreach(want, key, w)
	{
		json_t *g = json_object_get(got, key);

		ck_assert_msg(g, "%s: no %s", name, key);
		if (is_set(key)) {
			char *a = sorted(g), *b = sorted(w);

			ck_assert_msg(!strcmp(a, b), "%s %s: %s, expected %s", name, key, a, b);
			free(a);
			free(b);
		} else {
			char *a = json_dumps(g, JSON_ENCODE_ANY | JSON_SORT_KEYS);
			char *b = json_dumps(w, JSON_ENCODE_ANY | JSON_SORT_KEYS);

			ck_assert_msg(json_equal(g, w), "%s %s: %s, expected %s", name, key, a, b);
			free(a);
			free(b);
		}
	}
}

/* Does the printed condition, where it is one (values with parentheses are printed bare), print as
 * itself? */
static bool prints_again(const char *text)
{
	struct strbuf sb cleanup_strbuf = STRBUF_INIT;
	struct error err = ERROR_INIT;
	struct place where;
	struct ast *a = condition_parse(text, strlen(text), &where, &err);

	if (!a)
		return false;
	ast_print(a, &sb);
	ck_assert_str_eq(sb.buf, text);
	ast_free(a);
	return true;
}

START_TEST(stable_rules_as_recorded)
{
	static const char *const kinds[] = {"rules", "macros", "lists"};
	const char *yaml = shared_path("upstream/falco_rules.yaml");
	const char *json = shared_path("recorded/falco-0.44.1/describe-stable.json");
	struct error err = ERROR_INIT;
	struct ruleset rs;
	json_t *got, *want;

	SKIP_WITHOUT(yaml && json ? yaml : NULL);
	want = json_load_file(json, 0, NULL);
	ck_assert_ptr_nonnull(want);
	ck_assert_msg(!ruleset_load(&rs, &yaml, 1, NULL, &err), "%s", err.msg);
	got = ruleset_describe(&rs, NULL);
	ck_assert(json_equal(json_object_get(got, "required_engine_version"),
			     json_object_get(want, "required_engine_version")));
	ck_assert(json_equal(json_object_get(got, "required_plugin_versions"),
			     json_object_get(want, "required_plugin_versions")));
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		json_t *g = json_object_get(got, kinds[k]), *w = json_object_get(want, kinds[k]);

		ck_assert_uint_eq(json_array_size(g), json_array_size(w));
		for (size_t i = 0; i < json_array_size(w); i++) {
			json_t *a = json_array_get(g, i), *b = json_array_get(w, i);
			const char *name = json_string_value(
				json_object_get(json_object_get(b, "info"), "name"));

			compare_part(name, json_object_get(a, "info"), json_object_get(b, "info"));
			compare_part(name, json_object_get(a, "details"),
				     json_object_get(b, "details"));
		}
	}
	ck_assert_uint_eq(json_array_size(json_object_get(got, "rules")), 25);
	NOTE("%zu rules, %zu macros, %zu lists described in the recorded Falco's words",
	     json_array_size(json_object_get(got, "rules")),
	     json_array_size(json_object_get(got, "macros")),
	     json_array_size(json_object_get(got, "lists")));
	json_decref(got);
	json_decref(want);
	ruleset_release(&rs);
}
END_TEST

/* Of the others no Falco's description is recorded: each must be whole, and the text of its
 * condition must be that of the tree that it reads back as. */
START_TEST(all_upstream_rules)
{
	static const char *const files[] = {"upstream/falco_rules.yaml",
					    "upstream/falco-incubating_rules.yaml",
					    "upstream/falco-sandbox_rules.yaml"};
	static const char *const parts[] = {
		"condition_compiled",  "output_compiled", "events", "condition_fields",
		"condition_operators", "output_fields",	  "macros", "lists",
		"exception_names"};
	size_t n = 0, same = 0;

	SKIP_WITHOUT(shared_path(files[0]));
	for (size_t f = 0; f < ARRAY_SIZE(files); f++) {
		const char *path = shared_path(files[f]);
		struct error err = ERROR_INIT;
		struct ruleset rs;
		json_t *j, *rule;
		size_t i;

		ck_assert_msg(!ruleset_load(&rs, &path, 1, NULL, &err), "%s", err.msg);
		j = ruleset_describe(&rs, NULL);
		json_array_foreach(json_object_get(j, "rules"), i, rule)
		{
			json_t *d = json_object_get(rule, "details");
			const char *text = json_string_value(json_object_get(d, parts[0]));

			for (size_t p = 0; p < ARRAY_SIZE(parts); p++)
				ck_assert_msg(json_object_get(d, parts[p]), "%s: no %s",
					      rs.rules[i].name, parts[p]);
			ck_assert_uint_gt(json_array_size(json_object_get(d, "events")), 0);
			same += prints_again(text);
			n++;
		}
		json_decref(j);
		ruleset_release(&rs);
	}
	ck_assert_uint_eq(n, 93);
	ck_assert_uint_ge(same, 85);
	NOTE("%zu upstream rules described; %zu of the printed conditions read back as printed", n,
	     same);
}
END_TEST

static json_t *details(json_t *description, size_t rule)
{
	return json_object_get(json_array_get(json_object_get(description, "rules"), rule),
			       "details");
}

static void assert_strings(json_t *d, const char *key, const char *want)
{
	char *got = sorted(json_object_get(d, key));

	ck_assert_msg(!strcmp(got, want), "%s: %s", key, got);
	free(got);
}

START_TEST(details_of_a_rule)
{
	struct loaded l = load_text(
		"- list: l\n  items: [a]\n- list: k\n  items: [b]\n- macro: m\n  condition: "
		"fd.name=x "
		"and n\n- macro: n\n  condition: fd.num>0\n- macro: m\n  condition: or n\n  "
		"override: {condition: append}\n" RULE(
			"R",
			"evt.type in (open, container) and m and proc.name in (l) and "
			"proc.aname[2] startswith anyof (k)") "  exceptions:\n  - name: e\n    "
							      "fields: [proc.pname]\n    comps: "
							      "[endswith]\n    "
							      "values: [[z]]\n" RULE(
								      "S",
								      "x") "  source: other\n");
	json_t *j, *d;

	ck_assert_msg(!l.rc, "%s", l.err.msg);
	j = ruleset_describe(&l.rs, NULL);
	/* A rule that is skipped is absent. */
	ck_assert_uint_eq(json_array_size(json_object_get(j, "rules")), 1);
	d = details(j, 0);
	assert_strings(d, "macros", "m\n");
	assert_strings(d, "lists", "k\nl\n");
	assert_strings(d, "condition_fields",
		       "evt.type\nfd.name\nfd.num\nproc.aname[2]\nproc.name\nproc.pname\n");
	assert_strings(d, "condition_operators", "=\n>\nendswith\nin\nstartswith anyof\n");
	assert_strings(d, "exception_names", "e\n");
	assert_strings(d, "exception_fields", "proc.pname\n");
	assert_strings(d, "exception_operators", "endswith\n");
	assert_strings(d, "events", "container\nopen\n");
	assert_strings(d, "plugins", "container\n");
	ck_assert_ptr_nonnull(strstr(json_string_value(json_object_get(d, "output_compiled")),
				     "o container_id=%container.id"));
	json_decref(j);
	ruleset_release(&l.rs);
}
END_TEST

START_TEST(without_the_container_plugin)
{
	static const char text[] = RULE("R", "evt.type=open and fd.name=x");
	struct ruleset_options opt = RULESET_OPTIONS_INIT;
	struct error err = ERROR_INIT;
	struct ruleset rs;
	json_t *j;

	opt.container_plugin = false;
	ck_assert_int_eq(ruleset_load_text(&rs, "t", text, strlen(text), &opt, &err), 0);
	j = ruleset_describe(&rs, &opt);
	ck_assert_str_eq(json_string_value(json_object_get(details(j, 0), "output_compiled")), "o");
	assert_strings(details(j, 0), "plugins", "");
	json_decref(j);
	ruleset_release(&rs);
	ck_assert_int_eq(ruleset_load_text(&rs, "t", RULE("R", "container.id=x"),
					   strlen(RULE("R", "container.id=x")), &opt, &err),
			 -1);
	ruleset_release(&rs);
}
END_TEST

START_TEST(extra_fields_of_append_output)
{
	static const char text[] = RULE("R", "evt.type=open and fd.name=x");
	struct append_field fields[] = {{(char *)"fd.num", (char *)"%fd.num", true},
					{(char *)"a", (char *)"on %evt.hostname", false}};
	struct append_entry entry = {.fields = fields, .n_fields = 2};
	struct append_list list = {.v = &entry, .n = 1};
	struct ruleset_options opt = RULESET_OPTIONS_INIT;
	struct ruleset rs;
	json_t *j, *d;

	opt.append_output = &list;
	ck_assert_int_eq(ruleset_load_text(&rs, "t", text, strlen(text), &opt, NULL), 0);
	j = ruleset_describe(&rs, &opt);
	d = details(j, 0);
	assert_strings(d, "output_fields", "%fd.num\non %evt.hostname\n");
	ck_assert_str_eq(json_string_value(json_object_get(
				 json_object_get(d, "extra_output_formatted_fields"), "a")),
			 "on %evt.hostname");
	ck_assert_str_eq(json_string_value(json_object_get(d, "output_compiled")), "o");
	json_decref(j);
	ruleset_release(&rs);
	/* A field that does not exist is refused as in an output. */
	fields[1].format = (char *)"%evt.hos";
	ck_assert_int_eq(ruleset_load_text(&rs, "t", text, strlen(text), &opt, NULL), -1);
	ck_assert_str_eq(rs.findings[0].code, "LOAD_ERR_COMPILE_OUTPUT");
	ruleset_release(&rs);
}
END_TEST

UNIT_MAIN("rules_describe", extra_fields_of_append_output, stable_rules_as_recorded,
	  all_upstream_rules, details_of_a_rule, without_the_container_plugin)
