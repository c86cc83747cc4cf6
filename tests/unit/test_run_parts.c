/* SPDX-License-Identifier: Apache-2.0 */
/* The runner's parts that need no engine. */
#include "unit.h"

#include "base/fs.h"
#include "base/mem.h"
#include "engine/process.h"
#include "run/canary.h"
#include "run/dryrun.h"
#include "run/host.h"
#include "run/journal.h"
#include "run/leftovers.h"
#include "run/loadproc.h"
#include "run/reconcile.h"
#include "run/schedule.h"
#include "run/window.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char dir[64];

static void make_dir(void)
{
	unit_make_dir(dir, sizeof(dir));
}

static void put(const char *name, const char *text)
{
	char *path = fs_join(dir, name);

	ck_assert_int_eq(fs_write_file(path, text, strlen(text), 0644, NULL), 0);
	free(path);
}

/* ---- schedule ---- */

START_TEST(rounds_are_permutations)
{
	struct slot *s = schedule_make(7, 6, 20), *again = schedule_make(7, 6, 20);
	bool shuffled = false;

	for (int r = 0; r < 20; r++) {
		unsigned seen = 0;

		for (int i = 0; i < 6; i++) {
			const struct slot *x = &s[r * 6 + i];

			ck_assert_int_eq(x->repeat, r + 1);
			seen |= 1u << x->case_index;
			shuffled = shuffled || x->case_index != (size_t)i;
			ck_assert_uint_eq(x->case_index, again[r * 6 + i].case_index);
		}
		ck_assert_uint_eq(seen, 63);
	}
	ck_assert(shuffled);
	ck_assert_ptr_nonnull(memcmp(s, s + 6, 6 * sizeof(*s)) ? s : NULL);
	free(s);
	free(again);
}
END_TEST

/* ---- journal ---- */

static int count(void *arg, const json_t *event, size_t line, struct error *err)
{
	(void)line;
	(void)err;
	*(int *)arg = *(int *)arg * 10 + (int)json_integer_value(json_object_get(event, "n"));
	return 0;
}

START_TEST(journal_survives_a_cut_last_line)
{
	struct journal j = JOURNAL_INIT;
	struct error err = ERROR_INIT;
	int seen = 0;
	char *path;

	make_dir();
	path = fs_join(dir, "journal.jsonl");
	ck_assert_int_eq(journal_create(&j, dir, json_pack("{s:i}", "n", 1), &err), 0);
	ck_assert_int_eq(journal_add(&j, json_pack("{s:i}", "n", 2), &err), 0);
	ck_assert_int_eq(write(j.fd, "{\"n\":3,\"x", 9), 9);
	journal_close(&j);
	ck_assert_int_eq(journal_open(&j, dir, count, &seen, &err), 0);
	ck_assert_int_eq(seen, 12);
	ck_assert_int_eq(journal_add(&j, json_pack("{s:i}", "n", 4), &err), 0);
	journal_close(&j);
	seen = 0;
	ck_assert_int_eq(journal_open(&j, dir, count, &seen, &err), 0);
	ck_assert_int_eq(seen, 124);
	journal_close(&j);
	fs_remove_tree(dir, NULL);
	free(path);
}
END_TEST

START_TEST(journal_errors)
{
	struct journal j = JOURNAL_INIT, k = JOURNAL_INIT;
	struct error err = ERROR_INIT;
	int seen = 0;

	make_dir();
	ck_assert_int_eq(journal_open(&j, dir, count, &seen, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_INPUT);
	ck_assert(strstr(err.msg, "nothing to resume"));
	put("journal.jsonl", "{\"n\":1}\nnoise\n{\"n\":2}\n");
	ck_assert_int_eq(journal_open(&j, dir, count, &seen, &err), -1);
	ck_assert_msg(strstr(err.msg, "journal.jsonl:2: is not JSON"), "%s", err.msg);
	ck_assert_int_eq(journal_create(&j, dir, json_object(), &err), -1);
	ck_assert(strstr(err.msg, "exists already"));
	/* A living owner keeps others out. */
	put("journal.jsonl", "{\"n\":1}\n");
	ck_assert_int_eq(journal_open(&j, dir, count, &seen, &err), 0);
	ck_assert_int_eq(journal_open(&k, dir, count, &seen, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_ENV);
	ck_assert_msg(strstr(err.msg, "another falcotune"), "%s", err.msg);
	journal_close(&j);
	fs_remove_tree(dir, NULL);
}
END_TEST

/* ---- leftovers ---- */

static pid_t sleeper(void)
{
	pid_t pid = fork();

	if (!pid) {
		setpgid(0, 0);
		for (;;)
			pause();
	}
	setpgid(pid, pid);
	return pid;
}

static void write_record(pid_t owner, uint64_t owner_start, pid_t pid, uint64_t start,
			 const char *rest)
{
	char *text = xasprintf("{\"owner\":{\"pid\":%d,\"start\":%llu},\"dir\":\"/x\","
			       "\"engine\":{\"pid\":%d,\"start\":%llu}%s}",
			       (int)owner, (unsigned long long)owner_start, (int)pid,
			       (unsigned long long)start, rest);

	put("1-1.json", text);
	free(text);
}

START_TEST(what_a_dead_run_left_is_removed)
{
	pid_t pid = sleeper();
	struct strvec done = STRVEC_INIT, live = STRVEC_INIT;
	struct error err = ERROR_INIT;
	char *load, *rest, *keep;
	int status;

	make_dir();
	load = fs_join(dir, "falcotune-load.2147483000.abc");
	keep = fs_join(dir, "precious");
	ck_assert_int_eq(fs_mkdirs(load, &err), 0);
	ck_assert_int_eq(fs_mkdirs(keep, &err), 0);
	rest = xasprintf(",\"load\":{\"pid\":2147483000,\"start\":1},\"tmp\":\"%s\","
			 "\"cgroups\":[\"%s\"]",
			 dir, keep);
	/* The owner's pid lives, but is another process by now: pid 1 with a wrong start time. */
	write_record(getppid(), 1, pid, process_start_time(pid), rest);
	ck_assert_int_eq(leftovers_clean(dir, &done, &live, &err), 0);
	ck_assert_uint_eq(live.n, 0);
	ck_assert_uint_eq(done.n, 2);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	ck_assert(!fs_exists(load));
	ck_assert(fs_exists(keep)); /* no control group of ours by its name */
	ck_assert_int_eq(leftovers_clean(dir, &done, &live, &err), 0);
	ck_assert_uint_eq(done.n, 2);
	fs_remove_tree(dir, NULL);
	free(load);
	free(keep);
	free(rest);
	strvec_release(&done);
	strvec_release(&live);
}
END_TEST

START_TEST(a_recycled_pid_is_spared)
{
	pid_t pid = sleeper();
	struct strvec done = STRVEC_INIT, live = STRVEC_INIT;
	struct error err = ERROR_INIT;

	make_dir();
	write_record(getppid(), 1, pid, process_start_time(pid) + 1, "");
	ck_assert_int_eq(leftovers_clean(dir, &done, &live, &err), 0);
	ck_assert_uint_eq(done.n, 0);
	ck_assert_int_eq(waitpid(pid, NULL, WNOHANG), 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	fs_remove_tree(dir, NULL);
}
END_TEST

START_TEST(a_living_owner_keeps_its_processes)
{
	struct strvec done = STRVEC_INIT, live = STRVEC_INIT;
	struct leftovers l = LEFTOVERS_INIT;
	struct error err = ERROR_INIT;
	pid_t pid = sleeper();

	make_dir();
	ck_assert_int_eq(leftovers_begin(&l, dir, "/x", &err), 0);
	l.process[LEFTOVER_ENGINE].pid = pid;
	l.process[LEFTOVER_ENGINE].start = process_start_time(pid);
	l.bpf_stats = 0;
	ck_assert_int_eq(leftovers_save(&l, &err), 0);
	put("noise.json", "not json");
	put("README", "x");
	ck_assert_int_eq(leftovers_clean(dir, &done, &live, &err), 0);
	ck_assert_uint_eq(done.n, 0);
	ck_assert_uint_eq(live.n, 1);
	ck_assert_int_eq(waitpid(pid, NULL, WNOHANG), 0);
	leftovers_end(&l);
	strvec_release(&live);
	ck_assert(fs_exists(dir)); /* others' files are in it */
	ck_assert_int_eq(leftovers_clean(dir, &done, &live, &err), 0);
	ck_assert_uint_eq(live.n, 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	fs_remove_tree(dir, NULL);
}
END_TEST

/* ---- samples and windows ---- */

static void add(struct live_samples *l, int64_t t_s, int64_t n, int64_t drops, const char *rule)
{
	struct metrics_sample m;
	struct proc_facts f;

	proc_facts_init(&f);
	f.cpu_ns = t_s * NS_PER_S / 10;
	f.rss_bytes = 1000 * t_s;
	metrics_sample_init(&m);
	m.t_ns = t_s * NS_PER_S;
	m.v[METRIC_N_EVTS] = n;
	m.v[METRIC_N_DROPS] = drops;
	m.v[METRIC_DROPS_OPEN] = drops;
	strvec_push(&m.rules, rule);
	live_samples_add(l, &m, &f);
	metrics_sample_release(&m);
}

START_TEST(a_window_is_differences)
{
	struct live_samples l = {0};
	struct res_repeat r;

	res_repeat_init(&r);
	add(&l, 1, 100, 5, "a=1");
	add(&l, 2, 300, 5, "a=1");
	add(&l, 3, 1300, 105, "a=4");
	add(&l, 4, 2300, 205, "a=5");
	ck_assert_uint_eq(live_samples_at(&l, 2 * NS_PER_S), 1);
	ck_assert_uint_eq(live_samples_at(&l, 5 * NS_PER_S), 4);
	ck_assert_ptr_null(live_samples_check(&l));
	window_fill(&r, &l, 1, 3, 2);
	ck_assert_int_eq(r.n_evts, 2000);
	ck_assert_int_eq(r.n_drops, 200);
	ck_assert_int_eq(r.drops[DROP_OPEN], 200);
	ck_assert_int_eq(r.drops[DROP_CLOSE], RES_UNKNOWN);
	ck_assert_int_eq(r.num_evts, RES_UNKNOWN);
	ck_assert_int_eq(r.startup_drops, 5);
	ck_assert_int_eq(r.cpu_ns, NS_PER_S / 5);
	ck_assert_int_eq(r.rss_bytes, 4000);
	ck_assert_uint_eq(r.n_samples, 3);
	ck_assert_str_eq(r.rules_matched.v[0], "a=4");
	ck_assert(fabs(samples_rate(&l, 0, 1) - 200) < 1e-9);
	res_repeat_release(&r);
	/* 100 events that n_evts counts and nobody saw: connects counted twice, or still waiting.
	 */
	l.v[0].s.num_evts = 95;
	l.v[3].s.num_evts = 1995;
	ck_assert(samples_drained(&l, 0, 3, 1500, 100));
	ck_assert(!samples_drained(&l, 0, 3, 1500, 50));
	live_samples_release(&l);
}
END_TEST

START_TEST(a_backlog_is_what_is_neither_seen_nor_dropped)
{
	struct live_samples l = {0};
	/* n_evts, n_drops, num_evts */
	static const int64_t rows[][3] = {
		{1000, 0, 1000}, {3000, 100, 2100}, {3000, 100, 2600}, {3100, 100, 3000}};

	for (int i = 0; i < 4; i++) {
		add(&l, i, rows[i][0], rows[i][1], "r=1");
		l.v[i].s.num_evts = rows[i][2];
	}
	ck_assert_double_eq(samples_backlog_share(&l, 0, 1), 0.4); /* 800 of 2000 */
	ck_assert(isnan(samples_backlog_share(&l, 1, 2)));	   /* no events */
	ck_assert(!samples_settled(&l, 1, 2));			   /* 500 of 800 worked off */
	ck_assert(!samples_settled(&l, 2, 3));
	ck_assert(samples_settled(&l, 0, 1)); /* it grows: nothing to wait for */
	l.v[3].s.num_evts = RES_UNKNOWN;
	ck_assert(samples_settled(&l, 2, 3));
	ck_assert(isnan(samples_backlog_share(&l, 0, 3)));
	live_samples_release(&l);
}
END_TEST

START_TEST(canaries_are_counted_once)
{
	char *path cleanup_free = NULL;
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	static const char *const lines[] = {
		"{\"rule\":\"Falcotune canary\",\"output\":\"x falcotune-canary-ab-0 y\"}",
		"{\"rule\":\"Falcotune canary\",\"output\":\"x falcotune-canary-ab-7\"}",
		/* again, by a rule of the user's, of another run, not a number, not JSON */
		"{\"rule\":\"Falcotune canary\",\"output\":\"x falcotune-canary-ab-7\"}",
		"{\"rule\":\"Any exec\",\"output\":\"x falcotune-canary-ab-8\"}",
		"{\"rule\":\"Falcotune canary\",\"output\":\"x falcotune-canary-cd-9\"}",
		"{\"rule\":\"Falcotune canary\",\"output\":\"x falcotune-canary-ab-z\"}",
		"falcotune-canary-ab-10",
		("{\"rule\":\"Falcotune canary\",\"output\":\"falcotune-canary-ab-1000000 "
		 "z\"}"),
	};

	make_dir();
	path = fs_join(dir, "alerts.jsonl");
	ck_assert_int_eq(canary_count(path, "falcotune-canary-ab"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		strbuf_addf(&text, "%s\n", lines[i]);
	ck_assert(!fs_write_file(path, text.buf, text.len, 0600, NULL));
	ck_assert_int_eq(canary_count(path, "falcotune-canary-ab"), 3);
	fs_remove_tree(dir, NULL);
}
END_TEST

START_TEST(a_canary_must_not_change_the_set)
{
	struct strvec before = STRVEC_INIT, with = STRVEC_INIT;
	char *why;

	strvec_push(&before, "clone");
	strvec_push(&before, "clone3");
	strvec_copy(&with, &before);
	strvec_push(&with, "execve");
	why = canary_obstacle(&before, &with);
	ck_assert_ptr_nonnull(strstr(why, "add execve"));
	free(why);
	why = canary_obstacle(&before, &before);
	ck_assert_ptr_nonnull(strstr(why, "execve is not in the set"));
	free(why);
	ck_assert_ptr_null(canary_obstacle(&with, &with));
	strvec_release(&before);
	strvec_push(&before, "execve");
	why = canary_obstacle(&before, &before);
	ck_assert_ptr_nonnull(strstr(why, "clone"));
	free(why);
	strvec_release(&before);
	strvec_release(&with);
}
END_TEST

START_TEST(sent_and_counted_reconcile)
{
	struct live_samples l = {0};
	struct background own = {0}, none = {0};
	struct reconcile_input in = {.sent = 1592, .own = &own};
	struct res_repeat r;

	/* A second of background, three of load, a second of background. */
	add(&l, 1, 100, 5, "a=1");
	add(&l, 2, 300, 5, "a=1");
	add(&l, 5, 2500, 105, "a=5");
	add(&l, 6, 2700, 105, "a=5");
	background_add(&own, &l, 0, 1);
	background_add(&own, &l, 2, 3);
	ck_assert_uint_eq(own.n, 2);
	ck_assert(background_rate(&own) == 200);
	/* Two equal intervals: the spread of a Poisson process is the least there is. */
	ck_assert(fabs(background_spread(&own) - sqrt(200)) < 1e-9);
	res_repeat_init(&r);
	reconcile(&r, &l, 1, 2, &in);
	ck_assert(r.recon_known);
	ck_assert(fabs(r.recon_counted - 1600) < 1e-6);
	ck_assert(fabs(r.recon_background - 600) < 1e-6);
	ck_assert(fabs(r.recon_difference - 8.0 / 1592) < 1e-9);
	ck_assert(isnan(r.recon_seen));
	ck_assert_int_eq(r.recon_dropped, 100);
	/* 3 s of load, 2 s of background: t s sqrt(3 + 9 / 2), t of one degree of freedom.
	 */
	ck_assert(fabs(r.recon_uncertainty - 12.7062047 * sqrt(200 * 7.5)) < 1e-3);
	res_repeat_release(&r);

	/* 100 connects that n_evts counts twice; user space saw all that was not dropped.
	 */
	for (size_t i = 0; i < l.n; i++)
		l.v[i].s.num_evts = l.v[i].s.n_evts - l.v[i].s.n_drops - (i >= 2 ? 100 : 0);
	own = none;
	background_add(&own, &l, 0, 1);
	background_add(&own, &l, 2, 3);
	in.uncounted = 100;
	in.sent = 1500;
	res_repeat_init(&r);
	reconcile(&r, &l, 1, 2, &in);
	ck_assert(fabs(r.recon_counted - 1500) < 1e-6 && fabs(r.recon_difference) < 1e-9);
	ck_assert(fabs(r.recon_seen - 1400) < 1e-6); /* 100 of 1500 were dropped */
	res_repeat_release(&r);

	/* Nothing is said of a load whose calls are not known, or beside an unknown
	 * background. */
	in.sent = RES_UNKNOWN;
	res_repeat_init(&r);
	reconcile(&r, &l, 1, 2, &in);
	ck_assert(!r.recon_known);
	in.sent = 5;
	in.own = &none;
	reconcile(&r, &l, 1, 2, &in);
	ck_assert(!r.recon_known);
	res_repeat_release(&r);
	live_samples_release(&l);
}
END_TEST

START_TEST(an_uneven_background_is_uncertain)
{
	struct background own = {0}, all = {0};
	struct live_samples l = {0};

	add(&l, 1, 0, 0, "a=1");
	add(&l, 2, 1000, 0, "a=1");
	add(&l, 4, 7000, 0, "a=1");
	add(&l, 5, 8000, 0, "a=1");
	background_add(&own, &l, 0, 1);
	ck_assert(background_spread(&own) == 1000); /* one interval: as large as the mean */
	background_add(&own, &l, 1, 3);
	ck_assert(background_rate(&own) == 2000);
	/* 1000 + 2 * 3000^2 / 3000... : sum of t (rate - mean)^2 = 1e6 + 2e6 + 1e6, by n
	 * - 1. */
	ck_assert(fabs(background_spread(&own) - sqrt(2e6)) < 1e-6);
	background_join(&all, &own);
	background_join(&all, &own);
	ck_assert(all.n == 6 && background_rate(&all) == 2000);
	live_samples_release(&l);
}
END_TEST

START_TEST(impossible_counters_are_noticed)
{
	struct live_samples l = {0};
	char *why;

	add(&l, 1, 100, 5, "a=1");
	add(&l, 2, 99, 5, "a=1");
	why = live_samples_check(&l);
	ck_assert_msg(why && strstr(why, "n_evts went back"), "%s", why ? why : "nothing");
	free(why);
	add(&l, 3, 200, 201, "a=1");
	why = live_samples_check(&l);
	ck_assert_msg(why && strstr(why, "larger than"), "%s", why ? why : "nothing");
	free(why);
	add(&l, 4, RES_UNKNOWN, 201, "a=1");
	why = live_samples_check(&l);
	ck_assert_msg(why && strstr(why, "no scap.n_evts"), "%s", why ? why : "nothing");
	free(why);
	live_samples_release(&l);
}
END_TEST

/* ---- the load's report ---- */

static void line(struct loadproc *l, const char *text)
{
	loadproc_line(l, text, strlen(text));
}

START_TEST(the_load_is_read)
{
	struct loadproc l = LOADPROC_INIT;
	struct strvec set = STRVEC_INIT;
	struct sent_kind kind = {0};
	struct res_repeat r;

	res_repeat_init(&r);
	line(&l, "{\"type\":\"ready\",\"t\":1,\"dir\":\"/tmp/falcotune-load.1.x\"}");
	ck_assert(l.ready && !l.started);
	line(&l, "{\"type\":\"start\",\"t\":1000000000}");
	line(&l, "{\"type\":\"tick\",\"t\":2000000000,\"workers\":[{\"ops\":100,\"errors\":"
		 "0}]}");
	line(&l, "{\"type\":\"tick\",\"t\":3000000000,\"workers\":[{\"ops\":300,\"errors\":"
		 "2}]}");
	ck_assert(!l.ended);
	line(&l, "{\"type\":\"end\",\"t\":4000000000,\"truth\":\"known\",\"workers\":[{"
		 "\"name\":"
		 "\"w\",\"operation\":\"open\",\"requested_per_s\":null,\"ops\":400,"
		 "\"errors\":2,"
		 "\"service_ns\":{\"p50\":10.5,\"p99\":20},\"response_ns\":null}],"
		 "\"syscalls\":{\"openat\":400,\"close\":390,\"read\":7,\"clone3\":20,"
		 "\"procexit\":10},\"failing\":{\"openat\":30}}");
	ck_assert(l.ended && !l.broken);
	loadproc_workers(&l, INT64_C(1500000000), INT64_C(3500000000), &r);
	ck_assert_uint_eq(r.n_workers, 1);
	ck_assert_int_eq(r.workers[0].ops, 300); /* 350 - 50 */
	ck_assert_int_eq(r.workers[0].errors, 2);
	ck_assert(fabs(r.workers[0].achieved_per_s - 150) < 1e-9);
	ck_assert(isnan(r.workers[0].requested_per_s) && isnan(r.workers[0].response_p99_ns));
	ck_assert(fabs(r.workers[0].service_p50_ns - 10.5) < 1e-9);
	strvec_push(&set, "openat");
	strvec_push(&set, "close");
	ck_assert_int_eq(loadproc_sent(&l, &set, &kind), 790);
	kind.drop_failed_exit = true;
	ck_assert_int_eq(loadproc_sent(&l, &set, &kind), 760);
	/* With enter events: one for each call, one for the two returns of a clone, none
	 * for the end of a process. */
	strvec_push(&set, "clone3");
	strvec_push(&set, "procexit");
	kind = (struct sent_kind){.enter_events = true};
	ck_assert_int_eq(loadproc_sent(&l, &set, &kind), 790 + 30 + 790 + 10);
	json_object_set_new(l.end, "truth", json_string("unknown"));
	ck_assert_int_eq(loadproc_sent(&l, &set, &kind), RES_UNKNOWN);
	line(&l, "what?");
	ck_assert_ptr_nonnull(l.broken);
	loadproc_release(&l);
	strvec_release(&set);
	res_repeat_release(&r);
}
END_TEST

/* ---- dry runs ---- */

START_TEST(a_mismatch_names_both_sides)
{
	static const char log[] = "(3) syscalls selected in total (final set): a, b, x\n";
	struct res_case c;

	res_case_init(&c);
	strvec_push(&c.predicted, "a");
	strvec_push(&c.predicted, "b");
	strvec_push(&c.predicted, "c");
	dryrun_read(&c, log, strlen(log), NULL);
	ck_assert_int_eq(c.dry_status, RES_OK);
	ck_assert(!c.agreement);
	ck_assert_str_eq(c.missing.v[0], "c");
	ck_assert_str_eq(c.extra.v[0], "x");
	dryrun_read(&c, "noise\nError: no such rule\n", 26, "exited with code 1");
	ck_assert_int_eq(c.dry_status, RES_FAILED);
	ck_assert_str_eq(c.dry_reason, "the dry run exited with code 1: Error: no such rule");
	ck_assert_uint_eq(c.dry_log_tail.n, 2);
	dryrun_read(&c, log, strlen(log) - 4, NULL);
	ck_assert_msg(strstr(c.dry_reason, "says 3 but names 2"), "%s", c.dry_reason);
	res_case_release(&c);
}
END_TEST

/* ---- host ---- */

START_TEST(other_falcos_are_found)
{
	struct strvec out = STRVEC_INIT;
	struct results r = RESULTS_INIT;
	static const char *const procs[][2] = {
		{"12", "falco\n"}, {"13", "falcoctl\n"}, {"self", "falco\n"}, {"14", "bash\n"}};

	make_dir();
	for (size_t i = 0; i < ARRAY_SIZE(procs); i++) {
		char *sub = fs_join(dir, procs[i][0]), *name = fs_join(procs[i][0], "comm");

		fs_mkdirs(sub, NULL);
		put(name, procs[i][1]);
		free(sub);
		free(name);
	}
	put("meminfo", "MemTotal:        2048 kB\nMemFree: 1 kB\n");
	put("cpuinfo", "processor\t: 0\nmodel name\t: Fine CPU @ 3 GHz\n");
	host_other_falcos(dir, &out);
	ck_assert_uint_eq(out.n, 1);
	ck_assert_str_eq(out.v[0], "12 falco");
	host_facts(&r, dir);
	ck_assert_int_eq(r.mem_bytes, 2048 * 1024);
	ck_assert_str_eq(r.cpu_model, "Fine CPU @ 3 GHz");
	ck_assert_int_ge(r.n_cpus, 1);
	results_release(&r);
	strvec_release(&out);
	fs_remove_tree(dir, NULL);
}
END_TEST

UNIT_MAIN("run_parts", rounds_are_permutations, journal_survives_a_cut_last_line, journal_errors,
	  what_a_dead_run_left_is_removed, a_recycled_pid_is_spared,
	  a_living_owner_keeps_its_processes, a_window_is_differences,
	  a_backlog_is_what_is_neither_seen_nor_dropped, impossible_counters_are_noticed,
	  the_load_is_read, a_mismatch_names_both_sides, other_falcos_are_found,
	  sent_and_counted_reconcile, an_uneven_background_is_uncertain, canaries_are_counted_once,
	  a_canary_must_not_change_the_set)
