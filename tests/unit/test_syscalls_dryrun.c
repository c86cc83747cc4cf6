/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The selection against every recorded dry run of a real Falco 0.44.1: the lines of its log, in
 * order and to the letter, which also compares each set.
 */
#include "unit.h"

#include "base/fs.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "syscalls/select.h"

#include <jansson.h>

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

/* The set of the rules from the log's own first line. */
static struct bitset rules_of_log(const struct strvec *lines)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;
	struct bitset scs = {0};

	for (size_t i = 0; i < lines->n; i++) {
		char *at = strstr(lines->v[i], ") syscalls in rules: "), *save = NULL;
		char *copy cleanup_free = at ? xstrdup(strchr(at, ':') + 1) : NULL;

		if (!copy)
			continue;
		for (char *w = strtok_r(copy, ", ", &save); w; w = strtok_r(NULL, ", ", &save))
			strvec_push(&names, w);
	}
	cat_names_to_scs(catalogue_find("0.44.1"), &names, &scs);
	return scs;
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

static void check_case(const char *dir, const char *name)
{
	char *json_path cleanup_free = xasprintf("%s/%s/case.json", dir, name);
	char *log_path cleanup_free = xasprintf("%s/%s/log.txt", dir, name);
	struct strvec lines cleanup_strvec = STRVEC_INIT;
	json_t *c = json_load_file(json_path, 0, NULL), *custom, *base;
	const char *entries[64];
	struct select_rule rule = {"all", {{0}}};
	struct select_input in = {.rules = &rule, .n_rules = 1, .custom_set = entries};
	struct selection s = SELECTION_INIT;

	ck_assert_ptr_nonnull(c);
	base = json_object_get(c, "base_syscalls");
	custom = json_object_get(base, "custom_set");
	for (; in.n_custom < json_array_size(custom); in.n_custom++)
		entries[in.n_custom] = json_string_value(json_array_get(custom, in.n_custom));
	in.repair = json_is_true(json_object_get(base, "repair"));
	in.all = json_is_true(json_object_get(base, "all"));
	read_lines(log_path, &lines);
	rule.scs = rules_of_log(&lines);
	selection_compute(&in, &s);
	struct walk w = {name, &lines, 0};
	selection_log_lines(&s, expect_line, &w);
	ck_assert_msg(w.n == lines.n, "%s: missing: %s", name, lines.v[w.n]);
	selection_release(&s);
	json_decref(c);
}

START_TEST(test_recorded)
{
	const char *dir = shared_path("recorded/dry-run");
	struct strvec names cleanup_strvec = STRVEC_INIT;
	struct error err = ERROR_INIT;
	size_t n = 0;

	SKIP_WITHOUT(dir);
	ck_assert_msg(!fs_list(dir, &names, &err), "%s", err.msg);
	for (size_t i = 0; i < names.n; i++) {
		if (!strcmp(names.v[i], "rules"))
			continue;
		check_case(dir, names.v[i]);
		n++;
	}
	ck_assert_uint_eq(n, 90);
}
END_TEST

UNIT_MAIN("dry runs", test_recorded)
