/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of made results in every format: what stands in them, and that nothing gets through
 * unescaped. */
#include "unit.h"

#include "advise/advise.h"
#include "report/escape.h"
#include "report/report.h"
#include "results_maker.h"

#include <stdbool.h>

#define EVIL "<script>alert(1)</script>\"'&|`*\x1b[31m\n{{body}}"

static void make_results(struct results *r)
{
	static const struct {
		const char *key;
		size_t size;
		int64_t evts, drops;
	} rows[] = {
		{"spawned-process", 17, 4000, 0}, {"repair", 24, 4060, 0},
		{"accept", 31, 62100, 0},	  {"connect", 33, 64000, 12},
		{"open", 40, 108300, 5400},	  {"default", 65, 116300, 9900},
	};

	r->dummy_rules = true;
	r->hostname = xstrdup("host");
	r->kernel = xstrdup("6.1.0");
	r->arch = xstrdup("x86_64");
	r->cpu_model = xstrdup("A CPU");
	r->n_cpus = 2;
	r->mem_bytes = INT64_C(4) << 30;
	r->engine_path = xstrdup("/usr/bin/falco");
	r->engine_version = xstrdup("Falco version: 0.44.1");
	r->falco_release = xstrdup("0.44.1");
	r->falcotune_version = xstrdup("0.1.0");
	r->started = xstrdup("2025-01-02T03:04:05Z");
	r->command = xstrdup("falcotune run");
	r->seed = 42;
	r->repeats = 3;
	r->duration_ns = INT64_C(30000000000);
	r->warmup_ns = INT64_C(5000000000);
	r->max_drop = 0.01;
	r->idle = (struct res_idle){.known = true, .seconds = 5, .evts_per_s = 120};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct res_case *c = make_case(r, rows[i].key, rows[i].size);

		for (int k = 0; k < 3; k++)
			make_repeat(c, 30, rows[i].evts, rows[i].drops);
		c->reference = !strcmp(rows[i].key, "default");
	}
}

static char *render(struct results *r, enum out_format f)
{
	struct strbuf sb = STRBUF_INIT;
	struct error err = ERROR_INIT;

	ck_assert_msg(!report_write(r, f, &sb, &err), "%s", err.msg);
	return strbuf_detach(&sb);
}

/* The line of a text report that begins with that rank. */
static void check_line(const char *report, const char *start, const char *const *parts)
{
	const char *line = strstr(report, start);

	ck_assert_msg(line != NULL, "no line '%s' in\n%s", start, report);
	for (; *parts; parts++) {
		const char *at = strstr(line, *parts);

		ck_assert_msg(at && at < line + strcspn(line + 1, "\n") + 1,
			      "'%s' after '%s' in\n%s", *parts, start, report);
		line = at + strlen(*parts) - 1;
	}
}

START_TEST(text_has_every_column)
{
	struct results r = RESULTS_INIT;
	char *t cleanup_free = NULL;

	make_results(&r);
	advise_results(&r);
	t = render(&r, FORMAT_TEXT);
	check_line(t, "\n   1  A",
		   (const char *const[]){"spawned-process", " 17 ", " 4000 ", "2000", " 0% ",
					 "[0%, 0.28%]", "12.0%", "55 MiB", "8 MiB", "yes", NULL});
	check_line(t, "\n   5  B",
		   (const char *const[]){"open", " 40 ", "108k", "54.1k", "4.99%", "yes", NULL});
	check_line(t, "\n   6  C",
		   (const char *const[]){"default", "8.51%", "yes", "reference", NULL});
	check_line(
		t, "Window",
		(const char *const[]){"30 s after 5 s of warm-up", "3 repeats", "seed 42", NULL});
	check_line(t, "Engine", (const char *const[]){"Falco version: 0.44.1", NULL});
	check_line(t, "Start-up drops", (const char *const[]){"none", NULL});
	check_line(t, "Events sent and counted", (const char *const[]){"unknown", NULL});
	check_line(t, "Diagnosis", (const char *const[]){NULL});
	ck_assert_ptr_nonnull(strstr(t, "connect with 33"));
	ck_assert_ptr_nonnull(strstr(t, "-o 'base_syscalls={"));
	results_release(&r);
}
END_TEST

START_TEST(unknown_failed_and_quiet_cases_are_told_apart)
{
	struct results r = RESULTS_INIT;
	struct res_repeat *bad;
	char *t cleanup_free = NULL;
	char *again cleanup_free = NULL;

	make_results(&r);
	for (int k = 0; k < 3; k++) { /* quiet, blind and failed */
		r.cases[0].repeats[k].n_evts = r.cases[0].repeats[k].n_drops = 0;
		r.cases[1].repeats[k].n_drops = RES_UNKNOWN;
		r.cases[1].repeats[k].rss_bytes = RES_UNKNOWN;
		bad = &r.cases[2].repeats[k];
		bad->status = RES_FAILED;
		bad->reason = xstrdup("the engine ended in the window with exit code 7");
		strvec_push(&bad->log_tail, "a last\x1b[2J line");
	}
	r.cases[3].dry_status = RES_FAILED;
	r.cases[3].dry_reason = xstrdup("hangs");
	r.cases[4].agreement = false;
	strvec_push(&r.cases[4].missing, "openat2");
	r.cases[4].repeats[1].startup_drops = 77;
	r.cases[4].repeats[1].recon_known = true;
	r.cases[4].repeats[1].recon_sent = 1640534;
	r.cases[4].repeats[1].recon_counted = 1625769.2;
	r.cases[4].repeats[1].recon_seen = 1620000;
	r.cases[4].repeats[1].recon_dropped = 5769;
	r.cases[4].repeats[1].recon_uncertainty = 1640.5;
	r.cases[4].repeats[1].recon_difference = -0.009;
	r.cases[5].dry_status = RES_SKIPPED;
	r.cases[5].dry_reason = xstrdup("needs a plugin");
	for (int k = 0; k < 3; k++)
		r.cases[5].repeats[k].status = RES_SKIPPED;
	advise_results(&r);
	t = render(&r, FORMAT_TEXT);
	check_line(t, "default ", (const char *const[]){"skipped: needs a plugin", NULL});
	check_line(t, "\n   1  A",
		   (const char *const[]){"spawned-process", " - ", " - ", "not exercised", NULL});
	check_line(t, "repair", (const char *const[]){"unknown", " - ", "unknown", NULL});
	check_line(t, "\n   -  -",
		   (const char *const[]){"accept", " - ", "failed: the engine ended", NULL});
	check_line(t, "connect ", (const char *const[]){"failed", "failed: hangs", NULL});
	check_line(t, "open ", (const char *const[]){" NO", NULL});
	check_line(t, "Start-up drops", (const char *const[]){"open (repeat 2) 77", NULL});
	again = render(&r, FORMAT_MD);
	check_line(
		again, "Events sent and counted",
		(const char *const[]){"open, repeat 2: sent 1,640,534, counted 1,625,769 ± 1,641, "
				      "seen 1,620,000, dropped 5,769: -0.90% ± 0.1%",
				      NULL});
	check_line(again, "Sent and counted differ",
		   (const char *const[]){"more than 0.50%", "in open (repeat 2) -0.90%", NULL});
	/* Within the uncertainty of the background it is none. */
	r.cases[4].repeats[1].recon_uncertainty = 16405;
	free(again);
	again = render(&r, FORMAT_MD);
	check_line(again, "Sent and counted differ", (const char *const[]){"nowhere", NULL});
	check_line(t, "Dry runs  ", (const char *const[]){"3/5 ", NULL});
	ck_assert_ptr_nonnull(strstr(t, "predicted only: openat2"));
	ck_assert_ptr_nonnull(strstr(t, "a last\\x1b[2J line"));
	results_release(&r);
}
END_TEST

START_TEST(nothing_from_outside_is_taken_for_markup)
{
	struct results r = RESULTS_INIT;
	struct res_case *c;

	make_results(&r);
	c = &r.cases[0];
	free(c->key);
	c->key = xstrdup("x" EVIL);
	free(c->rules_label);
	c->rules_label = xstrdup(EVIL);
	free(r.hostname);
	r.hostname = xstrdup(EVIL);
	free(r.command);
	r.command = xstrdup(EVIL);
	strvec_push(&r.warnings, EVIL);
	c->repeats[0].status = RES_FAILED;
	c->repeats[0].reason = xstrdup(EVIL);
	strvec_push(&c->repeats[0].log_tail, EVIL "```\xff\xc2\x9b");
	strvec_push(&c->custom_set, EVIL);
	advise_results(&r);
	for (enum out_format f = FORMAT_TEXT; f <= FORMAT_HTML; f++) {
		char *t cleanup_free = render(&r, f);

		for (const char *p = t; *p; p++)
			ck_assert_msg(escape_char_len(p) || *p == '\n' || *p == '\t' ||
					      *p == '\r' || (*p & 0xc0) == 0x80,
				      "%s: byte %02x", out_format_names[f], (unsigned char)*p);
		if (f == FORMAT_HTML) {
			ck_assert_ptr_null(strstr(t, "<script"));
			ck_assert_ptr_nonnull(strstr(t, "&lt;script&gt;"));
			ck_assert_ptr_nonnull(strstr(t, "{{body}}")); /* data, not a mark */
		}
		if (f == FORMAT_MD) /* outside of code blocks nothing stays */
			ck_assert_ptr_nonnull(strstr(t, "- &#60;script&#62;"));
	}
	results_release(&r);
}
END_TEST

/* ---- CSV, read back by RFC 4180 ---- */

/* Next field into buf; returns what ended it: ',', '\n' or '\0'. */
static char csv_field(const char **p, char *buf)
{
	bool quoted = **p == '"';

	*p += quoted;
	while (**p) {
		if (quoted && (*p)[0] == '"' && (*p)[1] != '"') {
			quoted = false;
			(*p)++;
			continue;
		}
		if (!quoted && (**p == ',' || **p == '\r'))
			break;
		ck_assert(quoted || **p != '\n');
		*p += quoted && **p == '"';
		*buf++ = *(*p)++;
	}
	*buf = '\0';
	if (**p == ',')
		return *(*p)++;
	if (!**p)
		return '\0';
	ck_assert(!strncmp(*p, "\r\n", 2));
	*p += 2;
	return '\n';
}

START_TEST(csv_has_the_same_fields_in_every_row)
{
	static const char *const want[][2] = {
		{"rank", "1"},
		{"case", "a,\"b\"\nc"},
		{"syscalls", "17"},
		{"drop_rate", "0"},
		{"cpu_share", "0.12"},
		{"rss_bytes", "57671680"},
		{"events_per_s", "4000"},
		{"exercised", "true"},
		{"rules_total", ""},
		{"reference", "false"},
		{"dry_run_agreement", "yes"},
		{"note", ""},
		{"title", "'=cmd()"},
		{"window_seconds", "90"},
		{"canary_sent", "120"},
		{"canary_seen", "90"},
		{"canary_loss", "0.25"},
		{"canary_hi", ""},
	};
	struct results r = RESULTS_INIT;
	char *t cleanup_free = NULL, head[64][256], cell[4096];
	size_t n_head = 0, rows = 0, found = 0, k = 0;
	const char *p;
	char end;

	make_results(&r);
	free(r.cases[0].key);
	r.cases[0].key = xstrdup("a,\"b\"\nc");
	free(r.cases[0].title);
	r.cases[0].title = xstrdup("=cmd()");
	advise_results(&r);
	r.cases[0].sum.canary_sent = 120;
	r.cases[0].sum.canary_seen = 90;
	r.cases[0].sum.canary_loss = 0.25;
	p = t = render(&r, FORMAT_CSV);
	while ((end = csv_field(&p, head[n_head++])) == ',')
		;
	while (*p) {
		end = csv_field(&p, cell);
		for (size_t i = 0; !rows && i < ARRAY_SIZE(want); i++)
			if (!strcmp(want[i][0], head[k])) {
				ck_assert_msg(!strcmp(cell, want[i][1]), "%s: '%s'", head[k], cell);
				found++;
			}
		k++;
		if (end == '\n') {
			ck_assert_uint_eq(k, n_head);
			k = 0;
			rows++;
		}
	}
	ck_assert_uint_eq(rows, 6);
	ck_assert_uint_eq(found, ARRAY_SIZE(want));
	results_release(&r);
}
END_TEST

START_TEST(json_is_read_back)
{
	struct results r = RESULTS_INIT, back = RESULTS_INIT;
	struct error err = ERROR_INIT;
	char *t cleanup_free = NULL, *again cleanup_free = NULL;
	json_t *doc;

	make_results(&r);
	advise_results(&r);
	t = render(&r, FORMAT_JSON);
	doc = json_loads(t, 0, NULL);
	ck_assert_ptr_nonnull(doc);
	ck_assert_msg(!results_from_json(&back, doc, "results.json", &err), "%s", err.msg);
	advise_results(&back); /* from the samples alone: the same numbers */
	again = render(&back, FORMAT_JSON);
	ck_assert_str_eq(again, t);
	json_decref(doc);
	results_release(&back);
	results_release(&r);
}
END_TEST

/* Tags that are opened are closed, in order; attributes are quoted. */
static void check_balance(const char *html)
{
	const char *stack[64];
	size_t depth = 0, len[64];

	for (const char *p = strchr(html, '<'); p; p = strchr(p, '<')) {
		bool close = p[1] == '/';
		const char *name = p + 1 + close;
		size_t n = strcspn(name, " >/\n");
		const char *end = strchr(p, '>');

		ck_assert_ptr_nonnull(end);
		p = end;
		if (*name == '!' || end[-1] == '/' || (n == 4 && !strncmp(name, "meta", 4)))
			continue;
		if (close) {
			ck_assert_uint_gt(depth, 0);
			depth--;
			ck_assert_msg(len[depth] == n && !strncmp(stack[depth], name, n),
				      "<%.*s> closed by </%.*s>", (int)len[depth], stack[depth],
				      (int)n, name);
			continue;
		}
		ck_assert_uint_lt(depth, ARRAY_SIZE(stack));
		stack[depth] = name;
		len[depth++] = n;
	}
	ck_assert_uint_eq(depth, 0);
}

/* Links lead to headings of the page, nowhere else, and these have ids of their own. */
static void check_links(const char *t)
{
	size_t n = 0;

	for (const char *at = t; (at = strstr(at, "href=\"")); n++) {
		char *id cleanup_free = NULL;
		const char *found;

		at += strlen("href=\"");
		ck_assert_int_eq(*at, '#');
		id = xasprintf(" id=\"%.*s\"", (int)(strcspn(at, "\"") - 1), at + 1);
		found = strstr(t, id);
		ck_assert_msg(found != NULL, "nothing has%s", id);
		ck_assert_msg(!strstr(found + 1, id), "two have%s", id);
	}
	ck_assert_uint_gt(n, 4);
}

START_TEST(page_stands_alone)
{
	struct results r = RESULTS_INIT;
	char *t cleanup_free = NULL;

	make_results(&r);
	advise_results(&r);
	t = render(&r, FORMAT_HTML);
	check_balance(t);
	ck_assert_ptr_null(strstr(t, "<script"));
	ck_assert_ptr_null(strstr(t, "src="));
	check_links(t);
	ck_assert_ptr_nonnull(strstr(t, "prefers-color-scheme: dark"));
	ck_assert_ptr_nonnull(strstr(t, "<th scope=\"col\""));
	ck_assert_ptr_nonnull(strstr(t, "<svg"));
	ck_assert_ptr_nonnull(strstr(t, "role=\"img\""));
	ck_assert_ptr_nonnull(strstr(t, "open (40 syscalls) 4.99%"));
	results_release(&r);
}
END_TEST

START_TEST(dry_runs_alone_show_no_measurements)
{
	struct results r = RESULTS_INIT;
	char *t cleanup_free = NULL, *h cleanup_free = NULL;

	make_results(&r);
	r.dry_run_only = true;
	for (size_t i = 0; i < r.n_cases; i++)
		for (size_t k = 0; k < 3; k++)
			r.cases[i].repeats[k].status = RES_SKIPPED;
	advise_results(&r);
	t = render(&r, FORMAT_TEXT);
	ck_assert_ptr_null(strstr(t, "95% interval"));
	check_line(t, "Dry runs  ", (const char *const[]){"6/6 ", NULL});
	check_line(t, "default", (const char *const[]){" 65 ", "yes", "reference", NULL});
	h = render(&r, FORMAT_HTML);
	ck_assert_ptr_null(strstr(h, "<svg"));
	results_release(&r);
}
END_TEST

START_TEST(empty_results_are_no_crash)
{
	for (enum out_format f = FORMAT_TEXT; f <= FORMAT_HTML; f++) {
		struct results r = RESULTS_INIT;
		char *t cleanup_free = NULL;

		advise_results(&r);
		t = render(&r, f);
		ck_assert_uint_gt(strlen(t), 0);
		results_release(&r);
	}
}
END_TEST

UNIT_MAIN("report", text_has_every_column, unknown_failed_and_quiet_cases_are_told_apart,
	  nothing_from_outside_is_taken_for_markup, csv_has_the_same_fields_in_every_row,
	  json_is_read_back, page_stands_alone, dry_runs_alone_show_no_measurements,
	  empty_results_are_no_crash)
