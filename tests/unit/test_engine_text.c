/* SPDX-License-Identifier: Apache-2.0 */
/* What engines print: logs, metrics lines, versions. */
#include "unit.h"

#include "base/fs.h"
#include "base/mem.h"
#include "engine/engine.h"
#include "engine/logparse.h"
#include "engine/metrics.h"

#include <fcntl.h>
#include <math.h>

static const char plain[] = "(2) syscalls in rules: execve, execveat\n"
			    "+(2) syscalls added (base_syscalls override): open, close\n"
			    "(4) syscalls selected in total (final set): close, execve, execveat, "
			    "open\n"
			    "The chosen syscall buffer dimension is: 8388608 bytes (8 MBs)\n"
			    "One ring buffer every '2' CPUs.\n"
			    "Enabled rules:\n"
			    "   A rule: with, commas\n"
			    "(1) enabled rules in total\n";

static void parse(struct engine_log *l, const char *text)
{
	engine_log_init(l);
	engine_log_text(l, text, strlen(text));
}

/* Every line of `plain` with that in front. */
static void check_prefixed(const char *prefix)
{
	struct strbuf sb = STRBUF_INIT;
	struct engine_log l;

	for (const char *p = plain; *p;) {
		size_t n = strcspn(p, "\n");

		strbuf_addstr(&sb, prefix);
		strbuf_add(&sb, p, n + 1);
		p += n + 1;
	}
	parse(&l, sb.buf);
	ck_assert_uint_eq(l.set[LOG_SET_FINAL].n, 4);
	ck_assert_uint_eq(l.set[LOG_SET_RULES].n, 2);
	ck_assert_str_eq(l.set[LOG_SET_ADDED].v[1], "close");
	ck_assert(!l.has[LOG_SET_STATE]);
	ck_assert_int_eq(l.buffer_bytes, 8388608);
	ck_assert_int_eq(l.cpus_per_buffer, 2);
	ck_assert_int_eq(l.n_enabled, 1);
	ck_assert_str_eq(l.enabled_rules.v[0], "A rule: with, commas");
	ck_assert_uint_eq(l.contradictions, 0);
	engine_log_release(&l);
	strbuf_release(&sb);
}

START_TEST(reads_lines_with_any_time)
{
	check_prefixed("");
	check_prefixed("Fri Nov 20 21:24:04 2026: ");
	check_prefixed("Sun Nov  1 01:02:03 2026: ");
	check_prefixed("2026-11-20T21:24:04+0000: ");
	check_prefixed("2026-11-20T21:24:04.123456789Z: ");
	check_prefixed("2026-11-20T21:24:04.123Z ");
}
END_TEST

START_TEST(a_cut_line_is_a_contradiction)
{
	struct engine_log l;

	parse(&l, "(65) syscalls selected in total (final set): accept, accept4, bi");
	ck_assert_uint_eq(l.contradictions, 1);
	ck_assert_msg(strstr(l.contradiction, "says 65 but names 3"), "%s", l.contradiction);
	engine_log_release(&l);
}
END_TEST

START_TEST(garbage_is_tolerated)
{
	unsigned seed = 1;

	for (int round = 0; round < 300; round++) {
		char junk[2000];
		struct engine_log l;
		struct strvec tail = STRVEC_INIT;

		for (size_t i = 0; i < sizeof(junk); i++) {
			seed = seed * 1103515245 + 12345;
			junk[i] = (char)(seed >> 16);
		}
		/* Real text with random bytes over a part of it. */
		memcpy(junk, plain, sizeof(plain) - 1);
		junk[(unsigned)round % sizeof(plain)] = (char)round;
		engine_log_init(&l);
		engine_log_text(&l, junk, sizeof(junk));
		engine_log_release(&l);
		log_tail(junk, sizeof(junk), 20, &tail);
		ck_assert_uint_le(tail.n, 20);
		strvec_release(&tail);
	}
}
END_TEST

START_TEST(names_invalid_and_unsupported)
{
	struct engine_log l;

	parse(&l, "Invalid (positive) syscall names: warning (base_syscalls override): nosuchcall\n"
		  "Invalid (negative) syscall names: warning (base_syscalls override): a, b\n"
		  "Loaded rules match syscalls that are not activated (e.g. x) or unsupported: "
		  "warning (unsupported-evttype): read, readv\nError: no BPF here\n");
	ck_assert_uint_eq(l.set[LOG_SET_INVALID_POSITIVE].n, 1);
	ck_assert_uint_eq(l.set[LOG_SET_INVALID_NEGATIVE].n, 2);
	ck_assert_uint_eq(l.set[LOG_SET_UNSUPPORTED].n, 2);
	ck_assert_str_eq(l.errors.v[0], "Error: no BPF here");
	engine_log_release(&l);
}
END_TEST

START_TEST(reads_every_recorded_dry_run)
{
	const char *dir = shared_path("recorded/dry-run");
	struct strvec names = STRVEC_INIT;
	struct error err = ERROR_INIT;
	size_t seen = 0;

	SKIP_WITHOUT(dir);
	ck_assert_int_eq(fs_list(dir, &names, &err), 0);
	for (size_t i = 0; i < names.n; i++) {
		char *path cleanup_free = xasprintf("%s/%s/log.txt", dir, names.v[i]);
		struct strbuf text cleanup_strbuf = STRBUF_INIT;
		struct engine_log l;

		if (!fs_exists(path))
			continue;
		ck_assert_int_eq(fs_read_file(path, &text, 0, &err), 0);
		engine_log_init(&l);
		engine_log_text(&l, text.buf, text.len);
		ck_assert_msg(l.has[LOG_SET_FINAL] && !l.contradictions, "%s: %s", path,
			      l.contradiction ? l.contradiction : "no final set");
		ck_assert_str_eq(l.version, "0.44.1");
		ck_assert_int_eq(l.buffer_bytes, 8388608);
		ck_assert_int_eq(l.n_enabled, (int64_t)l.enabled_rules.n);
		ck_assert(l.n_enabled > 0 && l.schema.n >= 2);
		engine_log_release(&l);
		seen++;
	}
	strvec_release(&names);
	ck_assert_uint_eq(seen, 90);
}
END_TEST

START_TEST(reads_a_recorded_live_log)
{
	const char *path = shared_path("recorded/metrics/drops-p1-n4.log");
	struct strbuf text = STRBUF_INIT;
	struct strvec tail = STRVEC_INIT;
	struct engine_log l;

	SKIP_WITHOUT(path);
	ck_assert_int_eq(fs_read_file(path, &text, 0, NULL), 0);
	engine_log_init(&l);
	engine_log_text(&l, text.buf, text.len);
	ck_assert(l.opened);
	ck_assert_int_eq(l.buffer_bytes, 1048576);
	ck_assert_int_eq(l.cpus_per_buffer, 2);
	log_tail(text.buf, text.len, 20, &tail);
	ck_assert_uint_eq(tail.n, 20);
	ck_assert_str_eq(tail.v[19], "Triggered rules by rule name:");
	strvec_release(&tail);
	engine_log_release(&l);
	strbuf_release(&text);
}
END_TEST

START_TEST(counts_outputs_that_block)
{
	static const char text[] = "Sat Nov 21 10:00:00 2026: \"http\" output timeout, all output "
				   "channels are blocked\n"
				   "Sat Nov 21 10:00:02 2026: \"http\" output timeout, all output "
				   "channels are blocked\n";
	struct engine_log l;

	engine_log_init(&l);
	engine_log_text(&l, text, strlen(text));
	ck_assert_uint_eq(l.output_timeouts, 2);
	engine_log_release(&l);
}
END_TEST

START_TEST(a_missing_field_is_unknown)
{
	static const char line[] =
		"{\"sample\":3,\"output_fields\":{\"evt.time\":1795209857102000000,"
		"\"scap.n_evts\":10,\"scap.n_drops\":0,\"scap.n_drops_buffer_open_enter\":2,"
		"\"scap.n_drops_buffer_open_exit\":3,\"scap.n_evts_cpu_1\":7,"
		"\"falco.rules.matches_total\":4,\"falco.rules.My_rule\":4,"
		"\"falco.start_ts\":1795209855102000000,\"falco.reload_ts\":1795209853102000000,"
		"\"falco.cpu_usage_perc\":50.0,\"plugins.a.n_drops\":3,\"plugins.b.failed\":4,"
		"\"plugins.b.sent\":9}}";
	struct metrics_sample s;
	struct error err = ERROR_INIT;

	ck_assert_int_eq(metrics_parse_line(&s, line, strlen(line), 2, &err), 0);
	ck_assert_int_eq(s.t_ns, INT64_C(1795209857102000000));
	ck_assert_int_eq(s.v[METRIC_N_EVTS], 10);
	ck_assert_int_eq(s.v[METRIC_N_DROPS], 0);
	ck_assert_int_eq(s.v[METRIC_NUM_EVTS], METRIC_UNKNOWN);
	ck_assert_int_eq(s.v[METRIC_DROPS_OPEN], 5);
	ck_assert_int_eq(s.v[METRIC_DROPS_CLOSE], METRIC_UNKNOWN);
	ck_assert_int_eq(s.cpu_evts[0], METRIC_UNKNOWN);
	ck_assert_int_eq(s.cpu_evts[1], 7);
	ck_assert_ptr_null(s.cpu_drops);
	ck_assert_uint_eq(s.rules.n, 1);
	ck_assert_str_eq(s.rules.v[0], "My_rule=4");
	/* Half of the four seconds since the earlier of the two times. */
	ck_assert_int_eq(s.cpu_ns, 2000000000);
	ck_assert_int_eq(s.cpu_error_ns, 2000000);
	ck_assert_int_eq(s.plugin_losses, 7);
	metrics_sample_release(&s);
}
END_TEST

START_TEST(broken_lines_say_why)
{
	static const struct {
		const char *line, *why;
	} cases[] = {
		{"{\"sample\":1,\"output_fi", "not JSON"},
		{"", "not JSON"},
		{"[1]", "no output_fields"},
		{"{\"output_fields\":7}", "no output_fields"},
		{"{\"output_fields\":{\"scap.n_evts\":1}}", "no evt.time"},
		{"{\"output_fields\":{\"evt.time\":\"x\"}}", "no evt.time"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct metrics_sample s;
		struct error err = ERROR_INIT;

		ck_assert_int_eq(
			metrics_parse_line(&s, cases[i].line, strlen(cases[i].line), 0, &err), -1);
		ck_assert_msg(strstr(err.msg, cases[i].why), "%s: %s", cases[i].line, err.msg);
	}
}
END_TEST

static void remember(void *arg, const struct metrics_sample *s)
{
	*(int64_t *)arg = *(int64_t *)arg * 10 + s->v[METRIC_N_EVTS];
}

START_TEST(a_growing_file_is_read_byte_by_byte)
{
	static const char text[] = "{\"output_fields\":{\"evt.time\":1,\"scap.n_evts\":1}}\n"
				   "oops\n"
				   "{\"output_fields\":{\"evt.time\":2,\"scap.n_evts\":2}}\n"
				   "{\"output_fields\":{\"evt.time\":3,\"scap";
	char path[64];
	int fd = unit_make_file(path, sizeof(path));
	struct metrics_tail t;
	struct error err = ERROR_INIT;
	int64_t seen = 0;

	metrics_tail_init(&t, path, 0);
	for (const char *p = text; *p; p++) {
		ck_assert_int_eq(write(fd, p, 1), 1);
		ck_assert_int_eq(metrics_tail_read(&t, remember, &seen, &err), 0);
	}
	ck_assert_int_eq(seen, 12);
	ck_assert_uint_eq(t.n_lines, 3);
	ck_assert_uint_eq(t.n_broken, 1);
	ck_assert_msg(strstr(t.first_broken, "line 2: not JSON"), "%s", t.first_broken);
	metrics_tail_release(&t);
	close(fd);
	unlink(path);
}
END_TEST

START_TEST(a_file_that_is_not_there_yet_is_fine)
{
	struct metrics_tail t;
	struct error err = ERROR_INIT;

	metrics_tail_init(&t, "/nonexistent/metrics.jsonl", 0);
	ck_assert_int_eq(metrics_tail_read(&t, NULL, NULL, &err), 0);
	metrics_tail_release(&t);
}
END_TEST

struct last {
	int64_t n, drops, t;
	size_t count;
};

static void keep_last(void *arg, const struct metrics_sample *s)
{
	struct last *l = arg;

	ck_assert(s->v[METRIC_N_EVTS] >= l->n && s->t_ns > l->t);
	*l = (struct last){s->v[METRIC_N_EVTS], s->v[METRIC_N_DROPS], s->t_ns, l->count + 1};
}

START_TEST(reads_recorded_metrics)
{
	const char *path = shared_path("recorded/metrics/metrics-drops-p1-n4.jsonl");
	struct metrics_tail t;
	struct error err = ERROR_INIT;
	struct last l = {0};

	SKIP_WITHOUT(path);
	metrics_tail_init(&t, path, 2);
	ck_assert_int_eq(metrics_tail_read(&t, keep_last, &l, &err), 0);
	ck_assert_uint_eq(l.count, 12);
	ck_assert_uint_eq(t.n_broken, 0);
	ck_assert_int_eq(l.n, 13951852);
	ck_assert_int_eq(l.drops, 1595389);
	metrics_tail_release(&t);
}
END_TEST

START_TEST(reads_versions)
{
	static const struct {
		const char *text, *first, *release;
		bool embedded;
	} cases[] = {
		{"Falco version: 0.44.1\nLibs version:  0.25.4\n", "Falco version: 0.44.1",
		 "0.44.1", false},
		{"falcotune-engine 0.1.0 (selects as Falco 0.44.1)\n",
		 "falcotune-engine 0.1.0 (selects as Falco 0.44.1)", "0.44.1", true},
		{"something else\n", "something else", NULL, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct engine e = {.path = xstrdup("x")};
		struct error err = ERROR_INIT;

		ck_assert_int_eq(engine_parse_version(&e, cases[i].text, &err), 0);
		ck_assert_str_eq(e.version, cases[i].first);
		ck_assert_int_eq(e.embedded, cases[i].embedded);
		if (cases[i].release)
			ck_assert_str_eq(e.release, cases[i].release);
		else
			ck_assert_ptr_null(e.release);
		engine_release(&e);
	}
}
END_TEST

START_TEST(quotes_for_pasting)
{
	struct strvec argv = STRVEC_INIT;
	struct strbuf sb = STRBUF_INIT;

	strvec_push(&argv, "falco");
	strvec_push(&argv, "my file.yaml");
	strvec_push(&argv, "it's");
	strvec_push(&argv, "");
	strvec_push(&argv, "$(x)");
	argv_quote(&argv, &sb);
	ck_assert_str_eq(sb.buf, "falco 'my file.yaml' 'it'\\''s' '' '$(x)'");
	strbuf_release(&sb);
	strvec_release(&argv);
}
END_TEST

UNIT_MAIN("engine_text", reads_lines_with_any_time, a_cut_line_is_a_contradiction,
	  garbage_is_tolerated, names_invalid_and_unsupported, reads_every_recorded_dry_run,
	  reads_a_recorded_live_log, counts_outputs_that_block, a_missing_field_is_unknown,
	  broken_lines_say_why, a_growing_file_is_read_byte_by_byte,
	  a_file_that_is_not_there_yet_is_fine, reads_recorded_metrics, reads_versions,
	  quotes_for_pasting)
