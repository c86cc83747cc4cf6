/* SPDX-License-Identifier: Apache-2.0 */
/* host.json: what is written is read back, rates of sets, anonymising, and input that is wrong. */
#include "unit.h"

#include "base/fs.h"

#include <math.h>
#include <spawn.h>
#include <sys/wait.h>

#include "host_maker.h"
#include "survey/fold.h"

extern char **environ;

static char *to_text(const struct host_profile *p)
{
	json_t *doc = host_profile_to_json(p);
	char *text = json_dumps(doc, JSON_SORT_KEYS);

	json_decref(doc);
	ck_assert_ptr_nonnull(text);
	return text;
}

START_TEST(a_profile_is_read_as_it_was_written)
{
	struct host_profile p cleanup_host_profile, q cleanup_host_profile;
	struct error err = ERROR_INIT;
	char *a cleanup_free = NULL, *b cleanup_free = NULL;

	make_host(&p);
	host_profile_sort(&p);
	a = to_text(&p);
	ck_assert_msg(!host_profile_parse("t", a, strlen(a), &q, &err), "%s", err.msg);
	b = to_text(&q);
	ck_assert_str_eq(a, b);
	ck_assert_str_eq(q.calls[0].name, "openat");
	ck_assert_int_eq(q.by_process.v[0].pid, 4711);
	ck_assert_int_eq(q.by_process.v[1].pid, -1);
	ck_assert(isnan(q.by_process.unreadable_per_s));
	ck_assert(q.by_path.unreadable_per_s == 3);
}
END_TEST

START_TEST(rates_of_sets)
{
	struct host_profile p cleanup_host_profile;
	struct strvec set cleanup_strvec = STRVEC_INIT;

	make_host(&p);
	ck_assert(host_profile_rate(&p, &set) == 0);
	strvec_push(&set, "openat");
	strvec_push(&set, "open");
	ck_assert(host_profile_rate(&p, &set) == 200);
	ck_assert(host_profile_rate_quantile(&p, &set, 0.5) == 200);
	ck_assert(host_profile_rate_quantile(&p, &set, 1) == 300);
	/* n_evts has each connect twice. */
	strvec_push(&set, "connect");
	ck_assert(host_profile_rate(&p, &set) == 220);
	ck_assert(host_profile_rate_quantile(&p, &set, 0) == 120);
	ck_assert(host_profile_total(&p) == 212);
	p.n_bins = 0;
	ck_assert(isnan(host_profile_rate_quantile(&p, &set, 0.5)));
}
END_TEST

START_TEST(anonymised_profiles_name_nobody)
{
	struct host_profile p cleanup_host_profile;
	char *a cleanup_free = NULL, *b cleanup_free = NULL;

	make_host(&p);
	host_profile_anonymise(&p);
	a = to_text(&p);
	ck_assert_ptr_null(strstr(a, "secret"));
	ck_assert_ptr_null(strstr(a, "4711"));
	/* By rate: the daemon is the first. */
	ck_assert_str_eq(p.by_process.v[0].name, "process-1");
	ck_assert(p.by_process.v[0].per_s == 200);
	ck_assert_str_eq(p.by_cgroup.v[0].name, "cgroup-1");
	ck_assert_str_eq(p.by_path.v[0].name, "path-1");
	ck_assert_str_eq(p.calls[0].name, "openat");
	host_profile_anonymise(&p);
	b = to_text(&p);
	ck_assert_str_eq(a, b);
}
END_TEST

/* Exit code of tests/validate.py with the shipped schema; 77 also when there is no Python. */
static int validate(char *path)
{
	char *schema cleanup_free = fs_data_path("templates/host.schema.json"),
		     *script cleanup_free = fs_data_path("tests/validate.py");
	char *argv[] = {"python3", script, schema, path, NULL};
	int status = 0;
	pid_t pid;

	ck_assert(schema && script);
	if (posix_spawn(&pid, "/usr/bin/python3", NULL, NULL, argv, environ))
		return 77;
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void check_schema(const struct host_profile *p, char *path, int want)
{
	struct error err = ERROR_INIT;
	int got;

	ck_assert_int_eq(host_profile_write(p, path, &err), 0);
	got = validate(path);
	if (got == 77)
		fprintf(stderr, "skipped: no python3-jsonschema\n");
	else
		ck_assert_int_eq(got, want);
}

START_TEST(the_schema_holds)
{
	char dir[64];
	struct host_profile p cleanup_host_profile, none cleanup_host_profile;
	char *path cleanup_free = NULL;

	unit_make_dir(dir, sizeof(dir));
	path = fs_join(dir, "host.json");
	make_host(&p);
	check_schema(&p, path, 0);
	host_profile_anonymise(&p);
	check_schema(&p, path, 0);
	p.calls[0].per_s = -1;
	check_schema(&p, path, 1);
	host_profile_init(&none);
	none.seconds = 1;
	check_schema(&none, path, 0);
	fs_remove_tree(dir, NULL);
}
END_TEST

START_TEST(a_file_is_written_and_read)
{
	char dir[64];
	struct host_profile p cleanup_host_profile, q cleanup_host_profile;
	struct error err = ERROR_INIT;
	char *path cleanup_free = NULL;

	unit_make_dir(dir, sizeof(dir));
	path = fs_join(dir, "host.json");
	make_host(&p);
	ck_assert_int_eq(host_profile_write(&p, path, &err), 0);
	ck_assert_msg(!host_profile_read(path, &q, &err), "%s", err.msg);
	ck_assert_int_eq(q.n_calls, 3);
	fs_remove_tree(dir, NULL);
}
END_TEST

START_TEST(wrong_input_is_named_with_its_place)
{
	static const struct {
		const char *text, *want;
	} t[] = {
		{"", "t:"},
		{"{\n\"schema\": 1,\n oops}", "t:3:"},
		{"[]", "t:1:1: $: expected an object"},
		{"{}", "t:1:1: $.schema: expected 1"},
		{"{\"schema\": 2}", "t:1:12: $.schema: expected 1"},
		{"{\"schema\": 1, \"schema\": 1}", "duplicate"},
		{"{\"schema\": 1}", "t:1:1: $.seconds: expected a number of 0 or more"},
		{"{\"schema\": 1, \"seconds\": 0}", "t:1:26: $.seconds: expected a number above 0"},
		{"{\"schema\": 1, \"seconds\": -2}", "t:1:26: $.seconds: expected"},
		{"{\"schema\": 1, \"seconds\": 1e300}", "t:1:26: $.seconds: expected a number"},
		{"{\"schema\": 1, \"seconds\": 1, \"n_cpus\": 1.5}", "$.n_cpus: expected a whole"},
		{"{\"schema\": 1, \"seconds\": 1, \"hostname\": 7}", "$.hostname: expected a str"},
		{"{\"schema\": 1, \"seconds\": 1, \"cost_ns\": \"x\"}", "$.cost_ns: expected"},
		{"{\"schema\": 1, \"seconds\": 1, \"anonymised\": 1}", "$.anonymised: expected tr"},
		{"{\"schema\": 1, \"seconds\": 1}", "$.n_bins: expected a whole number"},
		{"{\"schema\": 1, \"seconds\": 1, \"n_bins\": 601}", "$.n_bins: expected"},
		{"{\"schema\": 1, \"seconds\": 1, \"n_bins\": 1}", "$.calls: expected an array"},
		{"{\"schema\": 1, \"seconds\": 1,\n\"n_bins\": 1, \"calls\": [3]}",
		 "t:2:24: $.calls[0]: expected an object"},
		{"{\"schema\": 1, \"seconds\": 1, \"n_bins\": 1, \"calls\": [{\"per_s\": 1}]}",
		 "$.calls[0].name: expected a string"},
		{"{\"schema\": 1, \"seconds\": 1, \"n_bins\": 2, \"calls\": [{\"name\": \"a\", "
		 "\"per_s\": 1, \"bins\": [1]}]}",
		 "$.calls[0].bins: expected an array of 2 numbers"},
		{"{\"schema\": 1, \"seconds\": 1, \"n_bins\": 1, \"calls\": [{\"name\": \"a\", "
		 "\"per_s\": 1, \"bins\": [null]}]}",
		 "$.calls[0].bins[0]: expected a number"},
		{"{\"schema\": 1, \"seconds\": 1, \"n_bins\": 0, \"calls\": [{\"name\": \"a\", "
		 "\"per_s\": 1, \"failed_per_s\": 2, \"bins\": []}]}",
		 "$.calls[0].failed_per_s: expected at most"},
		{"{\"schema\": 1, \"seconds\": 1, \"n_bins\": 0, \"calls\": [{\"name\": \"a\", "
		 "\"per_s\": 1, \"bins\": []}, {\"name\": \"a\", \"per_s\": 1, \"bins\": []}]}",
		 "$.calls[1].name: expected each call once"},
		{"{\"schema\": 1, \"seconds\": 1, \"n_bins\": 0, \"calls\": [], \"by_path\": 3}",
		 "$.by_path: expected an object"},
		{"{\"schema\": 1, \"seconds\": 1, \"n_bins\": 0, \"calls\": [], \"by_path\": "
		 "{\"groups\": [{\"name\": \"/x\", \"per_s\": null, \"calls\": []}]}}",
		 "$.by_path.groups[0].per_s: expected"},
		{"{\"schema\": 1, \"seconds\": 1, \"n_bins\": 0, \"calls\": [], \"by_process\": "
		 "{\"groups\": [{\"name\": \"/x\", \"per_s\": 1, \"calls\": [{}]}]}}",
		 "$.by_process.groups[0].calls[0].name: expected"},
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct error err = ERROR_INIT;
		struct host_profile p;

		ck_assert_int_eq(host_profile_parse("t", t[i].text, strlen(t[i].text), &p, &err),
				 -1);
		ck_assert_int_eq(err.kind, ERROR_INPUT);
		ck_assert_msg(strstr(err.msg, t[i].want) != NULL, "%s: got '%s'", t[i].want,
			      err.msg);
	}
}
END_TEST

START_TEST(bins_are_seconds_until_there_are_too_many)
{
	ck_assert_int_eq(host_bin_ns(100000000), 1000000000);
	ck_assert_int_eq(host_bin_ns(600000000000), 1000000000);
	ck_assert_int_eq(host_bin_ns(600000000001), 2000000000);
	/* A week: never more than HOST_BINS_MAX whole bins. */
	ck_assert_int_eq(host_bin_ns(604800000000000), 1008000000000);
}
END_TEST

/* ---- gathering by name ---- */

START_TEST(counts_are_gathered_by_name)
{
	static const char *const names[] = {"openat", "close", NULL};
	struct host_groups g;
	struct host_profile p cleanup_host_profile;
	struct fold f;

	host_profile_init(&p);
	fold_init(&f, 3);
	fold_add(&f, "sh", NULL, 0, 10, 2);
	fold_add(&f, "sh", NULL, 1, 30, 0);
	fold_add(&f, "sh", NULL, 2, 5, 0); /* a call without a name */
	fold_add(&f, "cat", NULL, 0, 4, 4);
	fold_process(&f, "sh", 7);
	fold_process(&f, "sh", 8);
	fold_process(&f, "sh", 7);
	fold_process(&f, "cat", 9);
	fold_finish(&f, 2, names, &g);
	p.by_process = g;
	ck_assert_int_eq(g.n, 2);
	ck_assert_str_eq(g.v[0].name, "sh");
	ck_assert(g.v[0].per_s == 22.5 && g.v[0].failed_per_s == 1);
	ck_assert_int_eq(g.v[0].processes, 2);
	ck_assert_int_eq(g.v[0].pid, -1);
	ck_assert_int_eq(g.v[1].pid, 9);
	ck_assert_int_eq(g.v[0].n_calls, 2);
	ck_assert_str_eq(g.v[0].calls[0].name, "close");
	ck_assert(g.v[0].calls[0].per_s == 15);
	fold_release(&f);
}
END_TEST

START_TEST(a_full_table_loses_no_count)
{
	struct host_profile p cleanup_host_profile;
	struct fold f;
	double sum = 0;

	host_profile_init(&p);
	fold_init(&f, 0);
	fold_add(&f, "/tmp", NULL, 0, 1, 0);
	for (int i = 0; i < FOLD_GROUPS_MAX + 100; i++) {
		char name[32];

		snprintf(name, sizeof(name), "/tmp/%d", i);
		fold_add(&f, name, i % 2 ? "/tmp" : NULL, 0, 1, 0);
	}
	fold_finish(&f, 1, NULL, &p.by_path);
	/* Half of what found no room went to its first part. */
	ck_assert_str_eq(p.by_path.v[0].name, "/tmp");
	ck_assert(p.by_path.v[0].per_s >= 50);
	ck_assert(p.by_path.other_per_s >= 50);
	ck_assert_int_eq(p.by_path.n, FOLD_SHOWN + 1);
	ck_assert_str_eq(p.by_path.v[FOLD_SHOWN].name, "(others)");
	for (size_t i = 0; i < p.by_path.n; i++)
		sum += p.by_path.v[i].per_s;
	ck_assert(sum + p.by_path.other_per_s == FOLD_GROUPS_MAX + 101);
	fold_release(&f);
}
END_TEST

START_TEST(leading_paths)
{
	static const struct {
		const char *raw, *want;
		size_t first;
	} t[] = {
		{"", "(relative)", 10},	       {"/", "/", 1},
		{"/etc", "/etc", 4},	       {"/etc/passwd", "/etc/passwd", 4},
		{"/proc/123", "/proc/PID", 5}, {"/proc/self", "/proc/self", 5},
		{"/proc/", "/proc/", 5},       {"/proc/1a", "/proc/1a", 5},
		{"/srv/42", "/srv/42", 4},
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct strbuf out cleanup_strbuf = STRBUF_INIT;
		size_t first;

		fold_path_name(t[i].raw, &out, &first);
		ck_assert_str_eq(out.buf, t[i].want);
		ck_assert_int_eq(first, t[i].first);
	}
}
END_TEST

UNIT_MAIN("host", a_profile_is_read_as_it_was_written, rates_of_sets,
	  anonymised_profiles_name_nobody, a_file_is_written_and_read, the_schema_holds,
	  wrong_input_is_named_with_its_place, bins_are_seconds_until_there_are_too_many,
	  counts_are_gathered_by_name, a_full_table_loses_no_count, leading_paths)
