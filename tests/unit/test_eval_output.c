/* SPDX-License-Identifier: Apache-2.0 */
/* What a match prints, and the queue in front of the outputs. */
#include "unit.h"

#include "probe/format.h"
#include "probe/metrics.h"
#include "probe/output.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

/* --- one made-up event ------------------------------------------------------------------------ */

static struct probe_event ev = {.nr = 257,
				.res = 5,
				.tid = 101,
				.pid = 100,
				.len = sizeof(struct probe_event),
				.ts = 1500000007ULL};
static struct state_image image = {.refs = 1,
				   .exepath = (char *)"/usr/bin/cat",
				   .exe = (char *)"cat",
				   .cmdline = (char *)"cat /etc/shadow",
				   .args_at = 4};
static struct state_thread thread = {.tid = 101,
				     .pid = 100,
				     .ppid = 1,
				     .uid = 1000,
				     .known = true,
				     .comm = "cat",
				     .image = &image};
static struct state_fd fd = {.typechar = 'f', .name = (char *)"/etc/shadow", .name_len = 11};
static const struct state_view view = {.ev = &ev, .thread = &thread, .fd = &fd, .fd_num = 5};
static struct calls calls;
static const struct ruleset_options options = RULESET_OPTIONS_INIT;

static struct field_ctx context(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
	calls_init(&calls, catalogue_find("0.44.1"));
	return (struct field_ctx){.view = &view,
				  .call = &calls.nr[257],
				  .num = 7,
				  /* 2026-11-21 10:00:00 and the 1.500000007 s of the event */
				  .epoch_offset_ns = 1795255200000000000LL};
}

static void expect_text(const char *output, const char *want)
{
	struct field_ctx ctx = context();
	struct strbuf sb = STRBUF_INIT;
	struct format f;

	format_init(&f, &options, output);
	format_text(&ctx, &f, &sb);
	ck_assert_str_eq(sb.buf, want);
	format_release(&f);
	strbuf_release(&sb);
}

START_TEST(tokens)
{
	expect_text("plain", "plain");
	expect_text("", "");
	expect_text("*%proc.name", "cat");
	expect_text("a %proc.name b %fd.name.", "a cat b /etc/shadow.");
	expect_text("(user=%user.uid fd=%fd.num failed=%evt.failed)",
		    "(user=1000 fd=5 failed=false)");
	expect_text("%proc.name%proc.name", "catcat");
	expect_text("[%10proc.name][%2proc.name]", "[cat       ][cat]");
	expect_text("%evt.time", "10:00:01.500000007");
	expect_text("%evt.time.iso8601", "2026-11-21T10:00:01.500000007+0000");
	expect_text("%evt.latency.ns %evt.reltime.s %evt.reltime", "000000000 1 1500000007");
	expect_text("%toupper(proc.name) %basename(fd.name)", "CAT shadow");
	/* the longest beginning that is a field */
	expect_text("%proc.namexx %proc.name.x", "catxx cat.x");
	expect_text("100% sure %", "100% sure %");
}
END_TEST

START_TEST(what_is_not_there)
{
	expect_text("%container.id", "<NA>");
	expect_text("%proc.aname[2] %fd.sip", "<NA> <NA>");
	expect_text("%thread.cgroups", "<NA>");
	expect_text("%basename(proc.pexe)", "<NA>");
}
END_TEST

/* --- alert lines ------------------------------------------------------------------------------ */

static const struct append_list *append; /* what falco.yaml adds to the next ones */

static char *alert(bool json, const char *output, const struct alert_opts *opts)
{
	struct field_ctx ctx = context();
	struct rule rule = {.name = (char *)"A rule",
			    .source = (char *)"syscall",
			    .priority = PRIORITY_WARNING};
	struct alert_opts o = *opts;
	struct strbuf sb = STRBUF_INIT;
	struct rule_format message;
	struct format prefix;

	o.json = json;
	strvec_push(&rule.tags, "t1");
	format_init(&prefix, &options, "%evt.time");
	rule.output_built = (char *)output;
	rule_format_init(&message, &options, &rule, append);
	alert_line(&ctx, &o, &rule, &prefix, &message, &sb);
	format_release(&prefix);
	rule_format_release(&message);
	strvec_release(&rule.tags);
	return sb.buf;
}

static const struct alert_opts everything = {.include_output = true,
					     .include_tags = true,
					     .include_message = true,
					     .include_output_fields = true,
					     .hostname = "box"};

START_TEST(text_line)
{
	char *line = alert(false, "read %fd.name", &everything);

	ck_assert_str_eq(line, "10:00:01.500000007: Warning read /etc/shadow\n");
	free(line);
}
END_TEST

START_TEST(an_alert_is_one_line)
{
	char *line;

	fd.name = (char *)"/tmp/a\nb\xff";
	line = alert(false, "%fd.name", &everything);
	ck_assert_str_eq(line, "10:00:01.500000007: Warning /tmp/a\\nb\xef\xbf\xbd\n");
	free(line);
	line = alert(true, "%fd.name", &everything);
	ck_assert_ptr_nonnull(strstr(line, "\"fd.name\":\"/tmp/a\\nb\xef\xbf\xbd\""));
	free(line);
	fd.name = (char *)"/etc/shadow";
}
END_TEST

START_TEST(json_line)
{
	char *line = alert(true, "x %proc.name %proc.pid %fd.sip %evt.failed", &everything);

	ck_assert_str_eq(line,
			 "{\"hostname\":\"box\",\"message\":\"x cat 100 <NA> false\","
			 "\"output\":\"10:00:01.500000007: Warning x cat 100 <NA> false\","
			 "\"output_fields\":{\"evt.failed\":false,\"evt.time\":1795255201500000007,"
			 "\"fd.sip\":null,\"proc.name\":\"cat\",\"proc.pid\":100},"
			 "\"priority\":\"Warning\",\"rule\":\"A rule\",\"source\":\"syscall\","
			 "\"tags\":[\"t1\"],\"time\":\"2026-11-21T10:00:01.500000007Z\"}\n");
	free(line);
}
END_TEST

START_TEST(extra_fields)
{
	struct append_field fields[] = {{(char *)"who", (char *)"%proc.name of %fd.sip", false},
					{(char *)"proc.pid", (char *)"%proc.pid", true},
					{(char *)"proc.pidx", (char *)"%proc.pidx", true},
					{(char *)"none", (char *)"", false}};
	struct append_entry entries[] = {
		{.fields = fields, .n_fields = 4},
		{.rule = (char *)"Another", .fields = &fields[1], .n_fields = 1}};
	char *line;

	strvec_push(&entries[0].tags, "t1");
	append = &(struct append_list){.v = entries, .n = 2};
	line = alert(true, "x", &everything);
	ck_assert_ptr_nonnull(strstr(line, "\"message\":\"x\""));
	ck_assert_ptr_nonnull(
		strstr(line, "\"output_fields\":{\"evt.time\":1795255201500000007,"
			     "\"proc.pid\":100,\"proc.pidx\":null,\"who\":\"cat of <NA>\"}"));
	free(line);
	strvec_push(&entries[0].tags, "t2");
	line = alert(true, "x", &everything);
	ck_assert_ptr_nonnull(strstr(line, "\"output_fields\":{\"evt.time\":1795255201500000007}"));
	free(line);
	strvec_release(&entries[0].tags);
	append = NULL;
}
END_TEST

START_TEST(json_switches)
{
	char *line = alert(true, "x %proc.name", &(struct alert_opts){.hostname = "box"});

	ck_assert_str_eq(line, "{\"hostname\":\"box\",\"priority\":\"Warning\",\"rule\":\"A rule\","
			       "\"source\":\"syscall\",\"time\":\"2026-11-21T10:00:01.500000007Z\"}"
			       "\n");
	free(line);
}
END_TEST

START_TEST(utf8)
{
	static const char *const rows[][2] = {
		{"abc", "abc"},
		{"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80",
		 "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80"},
		{"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},		  /* overlong */
		{"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* surrogate */
		{"a\xe2\x82", "a\xef\xbf\xbd\xef\xbf\xbd"},		  /* cut */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct strbuf sb = STRBUF_INIT;

		strbuf_addstr(&sb, rows[i][0]);
		utf8_clean(&sb);
		ck_assert_str_eq(sb.buf, rows[i][1]);
		strbuf_release(&sb);
	}
}
END_TEST

START_TEST(counter_names)
{
	static const char *const rows[][2] = {
		{"Read sensitive file", "Read_sensitive_file"},
		{"a  --b (c)", "a_b_c"},
		{"/etc/falco_rules.yaml", "_etc_falco_rules_yaml"},
		{"x::y", "x::y"},
		{"!", ""},
		{"", ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *name = metrics_name(rows[i][0]);

		ck_assert_str_eq(name, rows[i][1]);
		free(name);
	}
}
END_TEST

/* --- the queue -------------------------------------------------------------------------------- */

static char folder[64];

static const char *in_folder(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void make_folder(void)
{
	unit_make_dir(folder, sizeof(folder));
}

static bool push(struct outputs *o, const char *text)
{
	return outputs_push(o, strdup(text), strlen(text));
}

static void expect_file(const char *path, const char *want)
{
	char got[256] = "";
	FILE *f = fopen(path, "r");

	ck_assert_ptr_nonnull(f);
	got[fread(got, 1, sizeof(got) - 1, f)] = '\0';
	fclose(f);
	ck_assert_str_eq(got, want);
	unlink(path);
}

START_TEST(everything_queued_is_written)
{
	struct error err = ERROR_INIT;
	struct outputs *o;

	make_folder();
	for (int keep = 0; keep < 2; keep++) {
		struct output_opts opts = {.filename = in_folder("alerts"), .keep_alive = keep};

		ck_assert_int_eq(outputs_open(&o, &opts, &err), 0);
		ck_assert(push(o, "one\n") && push(o, "two\n") && push(o, "three\n"));
		ck_assert_uint_eq(outputs_n_drops(o), 0);
		outputs_close(o, 5000);
		expect_file(in_folder("alerts"), "one\ntwo\nthree\n");
	}
	rmdir(folder);
}
END_TEST

START_TEST(a_full_queue_loses_and_counts)
{
	struct error err = ERROR_INIT;
	struct outputs *o;
	char first[65536 + 1] = "", buf[65536];
	const char *blocked = NULL;
	size_t lost = 0, kept = 0, got = 0;
	int reader;

	make_folder();
	ck_assert_int_eq(mkfifo(in_folder("fifo"), 0600), 0);
	reader = open(in_folder("fifo"), O_RDONLY | O_NONBLOCK);
	ck_assert_int_eq(outputs_open(&o,
				      &(struct output_opts){.filename = in_folder("fifo"),
							    .keep_alive = true,
							    .capacity = 4},
				      &err),
			 0);
	/* Nobody reads: the pipe takes 64 KiB, then the writer waits and the queue fills up. */
	memset(first, 'x', sizeof(first) - 1);
	ck_assert(push(o, first));
	for (int i = 0; i < 100; i++)
		*(push(o, first) ? &kept : &lost) += 1;
	ck_assert_uint_ge(lost, 90);
	ck_assert_uint_ge(kept, 2);
	ck_assert_uint_eq(outputs_n_drops(o), lost);
	/* The write that waits is told of, once. */
	for (int i = 0; i < 10000 && !blocked; i++, usleep(1000))
		blocked = outputs_blocked(o, 20000000);
	ck_assert_ptr_nonnull(blocked);
	ck_assert_str_eq(blocked, "file");
	ck_assert_ptr_null(outputs_blocked(o, 20000000));
	/* What was kept arrives whole. */
	fcntl(reader, F_SETFL, 0);
	while (got < (kept + 1) * (sizeof(first) - 1)) {
		ssize_t n = read(reader, buf, sizeof(buf));

		ck_assert_int_gt(n, 0);
		got += (size_t)n;
	}
	outputs_close(o, 5000);
	close(reader);
	unlink(in_folder("fifo"));
	rmdir(folder);
}
END_TEST

START_TEST(reopening_after_a_rotation)
{
	struct error err = ERROR_INIT;
	struct outputs *o;
	struct stat st;
	char moved[128];

	make_folder();
	ck_assert_int_eq(outputs_open(&o,
				      &(struct output_opts){.filename = in_folder("alerts"),
							    .keep_alive = true},
				      &err),
			 0);
	push(o, "before\n");
	while (stat(in_folder("alerts"), &st) || st.st_size == 0)
		usleep(1000);
	snprintf(moved, sizeof(moved), "%s/moved", folder);
	rename(in_folder("alerts"), moved);
	outputs_reopen(o);
	push(o, "after\n");
	outputs_close(o, 5000);
	expect_file(moved, "before\n");
	expect_file(in_folder("alerts"), "after\n");
	rmdir(folder);
}
END_TEST

START_TEST(a_file_that_cannot_be_opened)
{
	struct error err = ERROR_INIT;
	struct outputs *o;

	ck_assert_int_eq(
		outputs_open(&o, &(struct output_opts){.filename = "/nonexistent/alerts"}, &err),
		-1);
	ck_assert_int_eq(err.kind, ERROR_INPUT);
	ck_assert_ptr_nonnull(strstr(err.msg, "/nonexistent/alerts: cannot be opened for alerts"));
}
END_TEST

UNIT_MAIN("eval_output", tokens, what_is_not_there, text_line, an_alert_is_one_line, json_line,
	  extra_fields, json_switches, utf8, counter_names, everything_queued_is_written,
	  a_full_queue_loses_and_counts, reopening_after_a_rotation, a_file_that_cannot_be_opened)
