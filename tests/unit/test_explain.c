/* SPDX-License-Identifier: Apache-2.0 */
/*
 * falcotune explain: terms, their kinds, and that nothing that Falco writes is without an entry.
 */
#include "unit.h"

#include "advise/advice.h"
#include "base/mem.h"
#include "cost/rate.h"
#include "lint/explain.h"
#include "run/capacity.h"
#include "tune/search.h"
#include "tune/sweep.h"

#include <glob.h>

/* The value of key in the first entry of that kind; NULL when there is none. Static buffer. */
static const char *explained(const char *term, const char *kind, const char *key)
{
	static char text[4096];
	json_t *found = explain_find(term), *o;
	const char *value = NULL;
	size_t i;

	json_array_foreach(found, i, o)
	{
		json_t *v = json_object_get(o, key);

		if (value || strcmp(json_string_value(json_object_get(o, "kind")), kind) != 0 || !v)
			continue;
		if (json_is_string(v))
			snprintf(text, sizeof(text), "%s", json_string_value(v));
		else
			snprintf(text, sizeof(text), "%s",
				 json_is_boolean(v) ? json_is_true(v) ? "yes" : "no" : "other");
		value = text;
	}
	json_decref(found);
	return value;
}

START_TEST(terms_and_kinds)
{
	static const struct {
		const char *term, *kind, *key, *value; /* value NULL: any */
	} rows[] = {
		{"scap.n_drops", "metric", "term", "scap.n_drops"},
		{"n_drops", "metric", "term", "scap.n_drops"},
		{"scap.n_evts_cpu_17", "metric", "term", "scap.n_evts_cpu_N"},
		{"scap.sys_exit.run_time_ns", "metric", "term", "scap.<program>.run_time_ns"},
		{"falco.rules.Terminal_shell_in_container", "metric", "term", "falco.rules.<rule>"},
		{"falco.rules.matches_total", "metric", "term", "falco.rules.matches_total"},
		{"close_exit", "drop", "what", "drops of events of: close"},
		{"custom_set", "option", "term", "base_syscalls.custom_set"},
		{"base_syscalls.all", "option", "what", NULL},
		{"preset 6", "preset", "what", "32 MiB (33554432 bytes) for each ring buffer"},
		{"buf_size_preset=10", "preset", "term", "preset 10"},
		{"4", "preset", "term", "preset 4"},
		{"4", "exit", "what", NULL},
		{"exit 130", "exit", "term", "130"},
		{"ft004", "lint", "term", "FT004"},
		{"blind-name", "lint", "term", "FT004"},
		{"fc301", "trap", "term", "FC301"},
		{"FC104", "trap", "severity", "error"},
		{"LOAD_ERR_VALIDATE", "code", "term", "LOAD_ERR_VALIDATE"},
		{"healthy", "verdict", "term", "HEALTHY"},
		{"START-UP", "verdict", "what", NULL},
		{"own cost", "term", "what", NULL},
		{"residual", "term", "what", NULL},
		{"rules of thumb", "term", "what", NULL},
		{"clone", "syscall", "repair", "always added"},
		{"socket", "syscall", "repair", "added when a network call is wanted"},
		{"bind", "syscall", "repair", "added when accept, accept4 or listen is wanted"},
		{"openat", "syscall", "repair", "never added"},
		{"openat", "syscall", "state", "yes"},
		{"getcwd", "syscall", "state", "no"},
		{"read", "syscall", "high_volume", "yes"},
		{"open", "syscall", "high_volume", "no"},
		{"openat", "syscall", "category", "file"},
		{"procexit", "syscall", "is_syscall", "no"},
		{"getpid", "syscall", "category", "generic"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *got = explained(rows[i].term, rows[i].kind, rows[i].key);

		ck_assert_msg(got && (!rows[i].value || !strcmp(got, rows[i].value)),
			      "%s as %s, %s: '%s', expected '%s'", rows[i].term, rows[i].kind,
			      rows[i].key, got ? got : "(none)",
			      rows[i].value ? rows[i].value : "anything");
	}
}
END_TEST

static size_t n_found(const char *term)
{
	json_t *found = explain_find(term);
	size_t n = json_array_size(found);

	json_decref(found);
	return n;
}

START_TEST(unknown_terms)
{
	static const char *const none[] = {
		"",	 "nosuch", "preset 11", "preset 0",	    "exit 9",
		"FT999", "scap",   "falco.",	"scap.n_evts_cpu_", "a.b.run_cnt.c"};
	static const struct {
		const char *term, *near;
	} rows[] = {{"opennat", "openat"},
		    {"n_dropz", "scap.n_drops"},
		    {"HEALTY", "HEALTHY"},
		    {"FT04", "FT004"}};

	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		ck_assert_msg(!n_found(none[i]), "'%s' is a term", none[i]);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct strvec near = STRVEC_INIT;

		explain_suggest(rows[i].term, 5, &near);
		ck_assert_msg(strvec_has(&near, rows[i].near), "%s: first is %s", rows[i].term,
			      near.n ? near.v[0] : "(none)");
		strvec_release(&near);
	}
}
END_TEST

/* What --list shows can be asked for, and its texts are there. */
START_TEST(every_listed_term_is_explained)
{
	for (int k = 0; k < EXPLAIN_N_KINDS; k++) {
		json_t *list = explain_list((enum explain_kind)k), *o;
		size_t i;

		ck_assert_uint_gt(json_array_size(list), 4);
		json_array_foreach(list, i, o)
		{
			const char *term = json_string_value(json_object_get(o, "term"));
			const char *kind = explain_kind_names[k];

			ck_assert_msg(explained(term, kind, "what") != NULL, "%s %s", kind, term);
		}
		json_decref(list);
	}
}
END_TEST

/* Whatever name a report can print has an entry of that kind. */
static void check_names(const char *const *names, size_t n, const char *kind)
{
	for (size_t i = 0; i < n && names[i]; i++)
		ck_assert_msg(explained(names[i], kind, "what") != NULL, "%s %s", kind, names[i]);
}

START_TEST(every_name_of_the_tables_is_explained)
{
	static const char *const answers[] = {"recommended",   "diagnosis",	"none-within",
					      "no-data",       VERIFIED_PASSED, VERIFIED_DRY_ONLY,
					      VERIFIED_FAILED, VERIFIED_NOT,	"verification"};

	check_names(verdict_names, VERDICT_N, "verdict");
	check_names(advice_kind_names, ADVICE_KINDS, "term");
	check_names(rate_level_names, RATE_UNKNOWN + 1, "term");
	check_names(capacity_state_names, SIZE_MAX, "term");
	check_names(capacity_basis_names, SIZE_MAX, "term");
	check_names(sweep_state_names, SWEEP_NOT_REACHED + 1, "term");
	check_names(search_kind_names, SEARCH_BUFFERS + 1, "term");
	check_names(search_outcome_names, SEARCH_STEP_FAILED + 1, "term");
	check_names(answers, ARRAY_SIZE(answers), "term");
	for (size_t i = 0; i <= SEARCH_NOT_MEASURED; i++)
		if (i == SEARCH_UNFIXABLE)
			check_names(&search_state_names[i], 1, "verdict");
		else
			check_names(&search_state_names[i], 1, "term");
}
END_TEST

static void check_metrics_file(const char *path)
{
	FILE *f = fopen(path, "r");
	char *line = NULL;
	size_t alloc = 0;
	json_t *fields, *v;
	const char *key;

	ck_assert_ptr_nonnull(f);
	while (getline(&line, &alloc, f) > 0) {
		json_t *o = json_loads(line, 0, NULL);

		fields = json_object_get(o, "output_fields");
		json_object_foreach(fields, key, v)
			ck_assert_msg(n_found(key) > 0, "%s: %s is not explained", path, key);
		json_decref(o);
	}
	free(line);
	fclose(f);
}

START_TEST(recorded_metrics_are_explained)
{
	const char *dir = shared_path("recorded/metrics");
	glob_t g;
	char *pattern;

	SKIP_WITHOUT(dir);
	pattern = xasprintf("%s/*.json*", dir);
	if (!glob(pattern, 0, NULL, &g)) {
		for (size_t i = 0; i < g.gl_pathc; i++)
			check_metrics_file(g.gl_pathv[i]);
		globfree(&g);
	} else {
		ck_abort_msg("no file %s", pattern);
	}
	free(pattern);
}
END_TEST

UNIT_MAIN("explain", terms_and_kinds, unknown_terms, every_listed_term_is_explained,
	  every_name_of_the_tables_is_explained, recorded_metrics_are_explained)
