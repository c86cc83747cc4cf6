/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The selection against hand-made cases; test_syscalls_dryrun holds it against a real Falco.
 */
#include "unit.h"

#include "base/mem.h"
#include "base/strbuf.h"
#include "syscalls/select.h"

struct lines {
	struct strvec plain, levels;
};

static void keep_line(void *arg, const char *level, const char *line)
{
	struct lines *l = arg;

	strvec_push(&l->plain, line);
	strvec_push(&l->levels, level);
}

static struct bitset scs_of(const char *text)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;
	char *copy cleanup_free = xstrdup(text), *save = NULL;
	struct bitset scs = {0};

	for (char *w = strtok_r(copy, ", \n", &save); w; w = strtok_r(NULL, ", \n", &save))
		strvec_push(&names, w);
	cat_names_to_scs(catalogue_find(NULL), &names, &scs);
	return scs;
}

static void print_set(const struct selection *s, struct bitset set, char out[4096])
{
	struct strvec v cleanup_strvec = STRVEC_INIT;

	*out = '\0';
	cat_scs_to_names(s->cat, set, &v);
	for (size_t i = 0; i < v.n; i++)
		snprintf(out + strlen(out), 4096 - strlen(out), "%s%s", i ? " " : "", v.v[i]);
}

/* What the reference says about corners, each row one input. */
START_TEST(test_corners)
{
	static const struct {
		const char *what, *rules, *custom[4];
		bool repair, all;
		const char *in, *out; /* a name that must, must not be in the final set */
		const char *repaired; /* whole set when not NULL */
	} rows[] = {
		{"nothing at all", "", {0}, false, false, "open", "read", ""},
		{"procexit is always in",
		 "",
		 {"!procexit"},
		 false,
		 false,
		 "procexit",
		 "read",
		 NULL},
		{"a negative is undone by late repair",
		 "execve",
		 {"!clone"},
		 true,
		 false,
		 "clone",
		 "open",
		 NULL},
		{"a negative holds without repair",
		 "execve",
		 {"!clone"},
		 false,
		 false,
		 "open",
		 "clone",
		 NULL},
		{"ignored even if asked for",
		 "read",
		 {"read", "open"},
		 false,
		 false,
		 "open",
		 "read",
		 NULL},
		{"kept with all", "read", {"open"}, false, true, "read", "clone", NULL},
		{"an sc name is no event name",
		 "",
		 {"pread64"},
		 false,
		 true,
		 "open",
		 "pread",
		 NULL},
		{"an empty entry still triggers the late repair",
		 "execve",
		 {""},
		 true,
		 false,
		 "close",
		 "accept",
		 "close"},
		{"repair without custom set", "execve", {0}, true, false, "chdir", "close", ""},
		{"repair of a server", "accept", {0}, true, false, "bind", "connect", ""},
		{"repair of a file rule", "open", {0}, true, false, "close", "socket", ""},
		{"late repair sees the whole set",
		 "execve",
		 {"open"},
		 true,
		 false,
		 "close",
		 "socket",
		 NULL},
	};
	static char text[4096];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct select_rule rule = {"r", scs_of(rows[i].rules)};
		struct select_input in = {.cat = catalogue_find(NULL),
					  .rules = &rule,
					  .n_rules = 1,
					  .custom_set = rows[i].custom,
					  .repair = rows[i].repair,
					  .all = rows[i].all};
		struct selection s = SELECTION_INIT;
		struct strvec names cleanup_strvec = STRVEC_INIT;

		while (in.n_custom < 4 && rows[i].custom[in.n_custom])
			in.n_custom++;
		selection_compute(&in, &s);
		cat_scs_to_names(s.cat, s.final, &names);
		ck_assert_msg(strvec_has(&names, rows[i].in), "%s: no %s", rows[i].what,
			      rows[i].in);
		ck_assert_msg(!strvec_has(&names, rows[i].out), "%s: %s", rows[i].what,
			      rows[i].out);
		print_set(&s, s.repaired, text);
		if (rows[i].repaired)
			ck_assert_msg(!strcmp(text, rows[i].repaired), "%s: repaired %s",
				      rows[i].what, text);
		selection_release(&s);
	}
}
END_TEST

START_TEST(test_invalid_names)
{
	const char *custom[] = {"zz", "aa", "!prlimit64", "aa", "", "!open"};
	struct select_input in = {.custom_set = custom, .n_custom = ARRAY_SIZE(custom)};
	struct selection s = SELECTION_INIT;

	selection_compute(&in, &s);
	ck_assert_uint_eq(s.invalid_positive.n, 2);
	ck_assert_str_eq(s.invalid_positive.v[0], "aa");
	ck_assert_str_eq(s.invalid_positive.v[1], "zz");
	ck_assert_uint_eq(s.invalid_negative.n, 1);
	ck_assert_str_eq(s.invalid_negative.v[0], "prlimit64");
	ck_assert(bitset_empty(s.added));
	ck_assert(!bitset_empty(s.state)); /* all-invalid positives behave like none */
	selection_release(&s);
}
END_TEST

static void collect(void *arg, enum why_kind kind, const char *name)
{
	char *text = arg;

	snprintf(text + strlen(text), 512 - strlen(text), "%s:%s ", why_kind_names[kind], name);
}

START_TEST(test_why)
{
	static const struct {
		bool repair;
		const char *custom, *name, *why;
	} rows[] = {
		{false, NULL, "open", "rule:first rule:second state:state "},
		{false, NULL, "getpid", "rule:second "},
		{false, NULL, "accept", "state:state "},
		{false, NULL, "procexit", "state:state always:always "},
		{true, NULL, "execve", "rule:second repair:repair "},
		{true, NULL, "chdir", "repair:repair "},
		{true, "!clone", "clone", "repair:repair "}, /* taken out, then put back */
		{true, "!clone", "open", "rule:first rule:second "},
		{false, "!clone", "open", "rule:first rule:second state:state "},
		{false, "accept4", "accept", "custom:accept4 "},
		{false, "accept4", "procexit", "always:always "},
		{true, "accept4", "bind", "repair:repair "},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct select_rule rules[] = {{"first", scs_of("open clone")},
					      {"second", scs_of("open execve getpid")}};
		struct select_input in = {.rules = rules,
					  .n_rules = 2,
					  .custom_set = &rows[i].custom,
					  .n_custom = rows[i].custom != NULL,
					  .repair = rows[i].repair};
		struct selection s = SELECTION_INIT;
		char text[512] = "";

		selection_compute(&in, &s);
		selection_why(&in, &s, rows[i].name, collect, text);
		ck_assert_msg(!strcmp(text, rows[i].why), "row %zu %s: %s", i, rows[i].name, text);
		selection_release(&s);
	}
}
END_TEST

/* Every name of the final set has a reason, whatever the settings. */
START_TEST(test_why_is_complete)
{
	const char *custom[] = {"!clone", "open", "", "!zz", "read", "accept4"};
	const struct catalogue *c = catalogue_find(NULL);

	for (unsigned bits = 0; bits < 4 * (1u << ARRAY_SIZE(custom)); bits++) {
		const char *some[ARRAY_SIZE(custom)];
		struct select_rule rule = {"r", scs_of(bits % 3 ? "open listen read" : "execve")};
		struct select_input in = {.cat = c,
					  .rules = &rule,
					  .n_rules = bits % 5 != 0,
					  .custom_set = some,
					  .repair = bits & 1,
					  .all = bits & 2};
		struct selection s = SELECTION_INIT;
		struct strvec names cleanup_strvec = STRVEC_INIT;

		for (size_t i = 0; i < ARRAY_SIZE(custom); i++)
			if (bits >> (2 + i) & 1)
				some[in.n_custom++] = custom[i];
		selection_compute(&in, &s);
		cat_scs_to_names(c, s.final, &names);
		for (size_t i = 0; i < names.n; i++) {
			char text[512] = "";

			selection_why(&in, &s, names.v[i], collect, text);
			ck_assert_msg(*text, "%u: %s has no reason", bits, names.v[i]);
		}
		selection_release(&s);
	}
}
END_TEST

/* Which lines Falco prints, and in which order. */
START_TEST(test_lines)
{
	static const char *const want[] = {
		"debug (3) syscalls in rules: read, readv, write",
		"debug +(1) syscalls added (base_syscalls override): open",
		"warning Invalid (positive) syscall names: warning (base_syscalls override): "
		"nosuchcall",
		"warning Invalid (negative) syscall names: warning (base_syscalls override): "
		"alsonot",
		"debug -(3) ignored syscalls (-> activate via `-A` flag): read, readv, write",
		"debug (2) syscalls selected in total (final set): open, procexit",
		"plain Loaded rules match",
		"plain If syscalls in rules",
	};
	const char *custom[] = {"open", "nosuchcall", "!alsonot"};
	struct select_rule rule = {"r", scs_of("read readv write")};
	struct select_input in = {
		.rules = &rule, .n_rules = 1, .custom_set = custom, .n_custom = 3};
	struct selection s = SELECTION_INIT;
	struct lines l = {0};

	selection_compute(&in, &s);
	selection_log_lines(&s, keep_line, &l);
	ck_assert_uint_eq(l.plain.n, ARRAY_SIZE(want));
	for (size_t i = 0; i < l.plain.n; i++) {
		char *line cleanup_free = xasprintf("%s %s", l.levels.v[i], l.plain.v[i]);

		if (!strncmp(want[i], "plain", 5))
			line[strlen(want[i])] = '\0';
		ck_assert_str_eq(line, want[i]);
	}
	strvec_release(&l.plain);
	strvec_release(&l.levels);
	selection_release(&s);
}
END_TEST

UNIT_MAIN("select", test_corners, test_invalid_names, test_why, test_why_is_complete, test_lines)
