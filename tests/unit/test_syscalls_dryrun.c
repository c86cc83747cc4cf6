/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration, rules and selection together against every recorded dry run of a real Falco
 * 0.44.1: the lines of its log, in order and to the letter, which also compares each set.
 */
#include "unit.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "config/config.h"
#include "rules/ruleset.h"
#include "syscalls/select.h"

#include <jansson.h>

#define MAX_RULES 256

static bool is_selection_line(const char *line)
{
	static const char *const starts[] = {"Invalid (", "Loaded rules match syscalls",
					     "If syscalls in rules"};

	for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
		if (!strncmp(line, starts[i], strlen(starts[i])))
			return true;
	line += *line == '+' || *line == '-';
	if (*line != '(')
		return false;
	line += 1 + strspn(line + 1, "0123456789");
	return !strncmp(line, ") ", 2) && strstr(line, "yscalls");
}

static void read_lines(const char *path, struct strvec *out)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct error err = ERROR_INIT;
	char *save = NULL;

	ck_assert_msg(!fs_read_file(path, &text, 0, &err), "%s", err.msg);
	for (char *l = strtok_r(text.buf, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		if (is_selection_line(l))
			strvec_push(out, l);
}

struct walk {
	const char *name;
	const struct strvec *want;
	size_t n;
};

static void expect_line(void *arg, const char *level, const char *line)
{
	struct walk *w = arg;

	(void)level;
	ck_assert_msg(w->n < w->want->n, "%s: line too many: %s", w->name, line);
	ck_assert_msg(!strcmp(line, w->want->v[w->n]), "%s:\n got %s\nwant %s", w->name, line,
		      w->want->v[w->n]);
	w->n++;
}

/* The rules file of a case: "upstream-stable.yaml" stands for the published stable rules. */
static const char *rules_path(const char *name)
{
	char rel[512];

	if (!strcmp(name, "upstream-stable.yaml"))
		return shared_path("upstream/falco_rules.yaml");
	if (!strcmp(name, "upstream-incubating.yaml"))
		return shared_path("upstream/falco-incubating_rules.yaml");
	snprintf(rel, sizeof(rel), "recorded/dry-run/rules/%s", name);
	return shared_path(rel);
}

/* The case's base_syscalls as the -o option that sets it (JSON is YAML). */
static void load_config(json_t *base, struct config *c)
{
	char *text = json_dumps(base, JSON_COMPACT);
	struct strvec sets cleanup_strvec = STRVEC_INIT;
	struct config_input from = {.sets = &sets};
	struct error err = ERROR_INIT;

	strvec_pushf(&sets, "base_syscalls=%s", text);
	ck_assert_msg(!config_load(c, &from, &err), "%s", err.msg);
	free(text);
}

static size_t load_rules(const char *path, struct ruleset *rs, struct select_rule *active)
{
	struct ruleset_options opt = RULESET_OPTIONS_INIT;
	struct error err = ERROR_INIT;
	size_t n = 0;

	ck_assert_ptr_nonnull(path);
	opt.cat = catalogue_find("0.44.1");
	ck_assert_msg(!ruleset_load(rs, &path, 1, &opt, &err), "%s", err.msg);
	ck_assert_uint_lt(rs->n, MAX_RULES);
	for (size_t i = 0; i < rs->n; i++)
		if (rule_is_active(&rs->rules[i], &opt))
			active[n++] = (struct select_rule){rs->rules[i].name, rs->rules[i].scs};
	return n;
}

static void check_case(const char *dir, const char *name)
{
	char *json_path cleanup_free = xasprintf("%s/%s/case.json", dir, name);
	char *log_path cleanup_free = xasprintf("%s/%s/log.txt", dir, name);
	struct strvec lines cleanup_strvec = STRVEC_INIT;
	json_t *doc = json_load_file(json_path, 0, NULL);
	static struct select_rule active[MAX_RULES];
	struct config c cleanup_config = {0};
	struct ruleset rs cleanup_ruleset = RULESET_INIT;
	struct selection s = SELECTION_INIT;

	ck_assert_ptr_nonnull(doc);
	load_config(json_object_get(doc, "base_syscalls"), &c);
	struct select_input in = {
		.cat = catalogue_find("0.44.1"),
		.rules = active,
		.n_rules = load_rules(rules_path(json_string_value(json_object_get(doc, "rules"))),
				      &rs, active),
		.custom_set = (const char *const *)c.custom_set.v,
		.n_custom = c.custom_set.n,
		.repair = c.repair,
		.all = c.all,
	};
	read_lines(log_path, &lines);
	selection_compute(&in, &s);
	struct walk w = {name, &lines, 0};
	selection_log_lines(&s, expect_line, &w);
	ck_assert_msg(w.n == lines.n, "%s: missing: %s", name, lines.v[w.n]);
	selection_release(&s);
	json_decref(doc);
}

START_TEST(test_recorded)
{
	const char *found = shared_path("recorded/dry-run");
	char *dir cleanup_free = xstrdup(found ? found : "");
	struct strvec names cleanup_strvec = STRVEC_INIT;
	struct error err = ERROR_INIT;
	size_t n = 0;

	SKIP_WITHOUT(found);
	ck_assert_msg(!fs_list(dir, &names, &err), "%s", err.msg);
	for (size_t i = 0; i < names.n; i++) {
		if (!strcmp(names.v[i], "rules"))
			continue;
		check_case(dir, names.v[i]);
		n++;
	}
	ck_assert_uint_eq(n, 90);
	NOTE("%zu recorded dry runs: every selection line of Falco's predicted", n);
}
END_TEST

UNIT_MAIN("dry runs", test_recorded)
