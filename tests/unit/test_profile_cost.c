/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Profiles: figures, sums that must hold, several runs, and what other programs read of them. The
 * numbers of tests/data/profile/small.json are round, so that what is expected can be seen there:
 * of 5.5 us of CPU time, one rule took 3.1 us on 10 events, another 0.2 us on 4.
 */
#include "unit.h"

#include "base/mem.h"
#include "cost/profile.h"
#include "report/profile.h"

#include <jansson.h>
#include <math.h>

#define ODD_NAME "Reads <b>&amp; ; \"x\" \\n </svg>"

static json_t *small_json(void)
{
	char *path cleanup_free = fs_data_path("tests/data/profile/small.json");
	json_error_t je;
	json_t *doc = json_load_file(path, 0, &je);

	ck_assert_msg(doc != NULL, "%s", je.text);
	return doc;
}

/* 0 or -1; takes doc. */
static int parse(json_t *doc, struct eprofile *p, struct error *err)
{
	char *text cleanup_free = json_dumps(doc, JSON_REAL_PRECISION(15));

	json_decref(doc);
	return eprofile_parse("p.json", text, strlen(text), p, err);
}

static struct eprofile small(void)
{
	struct error err = ERROR_INIT;
	struct eprofile p;

	ck_assert_msg(parse(small_json(), &p, &err) == 0, "%s", err.msg);
	return p;
}

static struct profile_shown shown(size_t runs)
{
	struct profile_shown s = {.what = xstrdup("a test"), .command = "falcotune profile"};
	struct eprofile *v = xcalloc(runs, sizeof(*v));
	struct error err = ERROR_INIT;

	for (size_t i = 0; i < runs; i++)
		v[i] = small();
	ck_assert_msg(ep_runs_make(&s.runs, v, runs, &err) == 0, "%s", err.msg);
	return s;
}

static void shown_release(struct profile_shown *s)
{
	ep_runs_release(&s->runs);
	free(s->what);
}

#define NEAR(a, b)                                                                                 \
	ck_assert_msg(fabs((a) - (b)) < 1e-9 * fabs(b) + 1e-12, "%.15g is not %.15g", a, b)

/* ---- figures ---- */

START_TEST(figures_are_those_of_the_numbers)
{
	struct eprofile p = small();
	size_t *order cleanup_free = ep_ranking(&p);

	NEAR(ep_cpu_ns(&p), 5500.0);
	NEAR(ep_rule_share(&p, &p.rules[0]), 3100.0 / 5500);
	NEAR(ep_rule_per_event_ns(&p.rules[0]), 310.0);
	NEAR(ep_rule_per_event_ns(&p.rules[1]), 50.0);
	ck_assert(isnan(ep_rule_per_event_ns(&p.rules[2])));
	ck_assert(isnan(ep_rule_share(&p, &p.rules[2])));
	NEAR(ep_overhead_of_window(&p), 0.05);
	NEAR(ep_overhead_of_cpu(&p), 1000.0 / 5500);
	ck_assert_uint_eq(order[0], 0);
	ck_assert_uint_eq(order[2], 2); /* not evaluated: last */
	eprofile_release(&p);
}
END_TEST

START_TEST(a_profile_is_written_as_it_was_read)
{
	json_t *doc = small_json(), *again;
	struct eprofile p = small();

	again = eprofile_to_json(&p);
	/* Whole numbers may be written as real ones. */
	json_object_set_new(doc, "cpu_ns", json_real(7000));
	json_object_set_new(doc, "interrupted_above_ns", json_real(500000));
	ck_assert(json_object_size(doc) == json_object_size(again));
	for (void *it = json_object_iter(doc); it; it = json_object_iter_next(doc, it)) {
		const char *key = json_object_iter_key(it);
		char *a cleanup_free =
			json_dumps(json_object_iter_value(it),
				   JSON_ENCODE_ANY | JSON_SORT_KEYS | JSON_REAL_PRECISION(12));
		char *b cleanup_free =
			json_dumps(json_object_get(again, key),
				   JSON_ENCODE_ANY | JSON_SORT_KEYS | JSON_REAL_PRECISION(12));

		ck_assert_str_eq(a, b);
	}
	json_decref(doc);
	json_decref(again);
	eprofile_release(&p);
}
END_TEST

/* ---- what does not add up, and what is no profile ---- */

/* A path such as "rules.0.totals.matches" to its owner and last key. */
static json_t *owner_of(json_t *doc, const char *path, char *key, size_t size)
{
	char *copy cleanup_free = xstrdup(path), *rest = copy, *word;
	json_t *at = doc;

	for (word = strsep(&rest, "."); rest; word = strsep(&rest, "."))
		at = json_is_array(at) ? json_array_get(at, (size_t)atoi(word))
				       : json_object_get(at, word);
	snprintf(key, size, "%s", word);
	ck_assert_msg(at != NULL, "%s", path);
	return at;
}

static void put(json_t *doc, const char *path, json_t *value)
{
	char key[64];
	json_t *at = owner_of(doc, path, key, sizeof(key));

	if (json_is_array(at))
		json_array_set_new(at, (size_t)atoi(key), value);
	else
		json_object_set_new(at, key, value);
}

START_TEST(what_does_not_add_up_is_told)
{
	static const struct {
		const char *path, *value, *message;
	} rows[] = {
		{"schema", "2", "not a profile, expected kind \"profile\" and schema 1"},
		{"kind", "\"run\"", "not a profile"},
		{"window_ns", "null", "$.window_ns: expected a number"},
		{"phases", "[]", "$.phases: expected an array of 8 phases"},
		{"phases.1.id", "\"read\"", "$.phases[1].id: expected sleep"},
		{"rules", "{}", "$.rules: expected an array"},
		{"rules.0.name", "null", "$.rules[0].name: expected a string"},
		{"rules.0.evaluated", "1", "$.rules[0].evaluated: expected true or false"},
		{"rules.0.totals.matches", "-1",
		 "$.rules[0].totals.matches: expected a whole number of 0 or more"},
		{"rules.0.totals.broken.histogram.0", "[1, 2]", "expected [from ns, to ns, count]"},
		{"rules.0.totals.broken", "null", "$.rules[0].totals.broken: expected an object"},
		{"tree.children.3.children.0.count", "0.5",
		 "$.tree.children[3].children[0].count: expected a whole number"},
		{"events.seen", "21", "does not add up: events.seen: 21, expected 20"},
		{"events.broken", "3", "does not add up: events.broken: 3, expected 2"},
		{"totals.checks", "18", "totals.checks: 18, expected 19"},
		{"totals.rules_ns", "1301", "totals.rules_ns: 1301 ns, expected 1300 ns"},
		{"rules.0.totals.matches", "3", "as many broken as matches"},
		{"rules.0.by_event.0.offered", "11", "totals are not the sum over its event types"},
		{"rules.0.checks.1.evaluations", "9", "but 14 one by one"},
		{"rules.0.checks.1.true", "11", "true more often than it is made"},
		{"rules.0.totals.broken.histogram.0.2", "1", "1 in the histogram, expected 2"},
		{"rules.0.totals.broken.interrupted", "1",
		 "more timed and interrupted than counted"},
		{"rules.0.totals.broken.sum_ns", "301", "sum_ns is not mean_ns times count"},
		{"phases.2.time.histogram.0.1", "1", "not in ascending order"},
		{"tree.sum_ns", "20001", "the tree's root: 20001 ns, expected 20000 ns"},
		{"tree.children.3.children.0.sum_ns", "700", "less than its children's"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct error err = ERROR_INIT;
		struct eprofile p;
		json_t *doc = small_json();

		put(doc, rows[i].path, json_loads(rows[i].value, JSON_DECODE_ANY, NULL));
		ck_assert_msg(parse(doc, &p, &err) == -1, "%s", rows[i].path);
		ck_assert_int_eq(err.kind, ERROR_INPUT);
		ck_assert_msg(strstr(err.msg, rows[i].message) != NULL, "%s: %s", rows[i].path,
			      err.msg);
		ck_assert_msg(!strncmp(err.msg, "p.json: ", 8), "%s", err.msg);
	}
}
END_TEST

/* What profiling took is a difference of estimates: in a short window it may come out below 0. */
START_TEST(noise_is_no_fault)
{
	struct profile_shown s = {.what = xstrdup("a test")};
	struct eprofile *v = xcalloc(1, sizeof(*v));
	struct strbuf out cleanup_strbuf = STRBUF_INIT;
	struct error err = ERROR_INIT;
	json_t *doc = small_json();

	put(doc, "overhead.total_ns", json_real(-10));
	put(doc, "overhead.per_event_ns", json_real(-0.5));
	put(doc, "tree.children.8.sum_ns", json_real(-10));
	put(doc, "tree.children.9.sum_ns", json_real(4510));
	ck_assert_msg(parse(doc, v, &err) == 0, "%s", err.msg);
	ck_assert_int_eq(ep_runs_make(&s.runs, v, 1, &err), 0);
	ck_assert_int_eq(profile_report(&s, FORMAT_TEXT, &out, &err), 0);
	ck_assert(strstr(out.buf, "too little to be told from noise"));
	shown_release(&s);
}
END_TEST

START_TEST(what_is_no_json_is_told_with_its_place)
{
	struct error err = ERROR_INIT;
	struct eprofile p;

	ck_assert_int_eq(eprofile_parse("p.json", "{\n \"a\": }", 9, &p, &err), -1);
	ck_assert_msg(strstr(err.msg, "p.json:2:") != NULL, "%s", err.msg);
}
END_TEST

/* ---- several runs ---- */

START_TEST(runs_add_up)
{
	struct profile_shown s = shown(3);
	const struct eprofile *a = &s.runs.all;
	struct ep_spread spread;

	ck_assert(s.runs.same_counts);
	ck_assert_int_eq(a->seen, 60);
	ck_assert_int_eq(a->rules[0].totals.matches, 6);
	NEAR(ep_cpu_ns(a), 16500.0);
	NEAR(a->rules[0].totals.not_broken.mean_ns, 100.0);
	ck_assert_uint_eq(a->rules[0].totals.not_broken.n, 1);
	ck_assert_int_eq(a->rules[0].totals.not_broken.v[0].n, 24);
	/* In the only bucket, and not above the largest. */
	ck_assert(a->rules[0].totals.not_broken.p50_ns >= 96 &&
		  a->rules[0].totals.not_broken.p99_ns <= 100);
	NEAR(ep_rule_share(a, &a->rules[0]), 3100.0 / 5500);
	ep_spread_of(&s.runs, ep_figure_per_event_ns, 0, &spread);
	NEAR(spread.mean, 310.0);
	NEAR(spread.lo, 310.0);
	ck_assert_int_eq(a->tree.v[3].v[0].count, 30);
	shown_release(&s);
}
END_TEST

/* A run whose clock said that a tick is a little longer. */
static json_t *slower(json_t *doc, double factor) /* NOLINT(misc-no-recursion): a document */
{
	const char *key;
	json_t *v;
	size_t i;

	json_object_foreach(doc, key, v)
	{
		bool ns = strlen(key) > 3 && !strcmp(key + strlen(key) - 3, "_ns");

		if (ns && json_is_real(v))
			json_object_set_new(doc, key, json_real(json_real_value(v) * factor));
		else
			slower(v, factor);
	}
	json_array_foreach(doc, i, v)
	{
		if (json_is_real(v))
			json_array_set_new(doc, i, json_real(json_real_value(v) * factor));
		else
			slower(v, factor);
	}
	return doc;
}

START_TEST(runs_differ_in_their_times_alone)
{
	struct eprofile *v = xcalloc(2, sizeof(*v));
	struct error err = ERROR_INIT;
	struct ep_spread spread;
	struct ep_runs r;

	v[0] = small();
	ck_assert_msg(parse(slower(small_json(), 1.002), &v[1], &err) == 0, "%s", err.msg);
	ck_assert_msg(ep_runs_make(&r, v, 2, &err) == 0, "%s", err.msg);
	ck_assert(r.same_counts);
	ck_assert_uint_eq(r.all.rules[0].totals.not_broken.n, 1);
	ep_spread_of(&r, ep_figure_per_event_ns, 0, &spread);
	NEAR(spread.mean, 310 * 1.001);
	/* t(0.975, 1) = 12.706; half of the difference is the standard error. */
	ck_assert(fabs(spread.hi - spread.mean - 12.706 * 0.31) < 1e-3);
	ep_runs_release(&r);
}
END_TEST

START_TEST(replays_that_count_differently_are_an_error)
{
	struct eprofile *v = xcalloc(2, sizeof(*v));
	struct error err = ERROR_INIT;
	struct ep_runs r;
	json_t *doc = small_json();

	put(doc, "rules.0.checks.1.true", json_integer(4));
	v[0] = small();
	ck_assert_int_eq(parse(doc, &v[1], &err), 0);
	ck_assert_int_eq(ep_runs_make(&r, v, 2, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_INTERNAL);
	ck_assert_msg(strstr(err.msg, "replay 2 of the recording counted differently") != NULL &&
			      strstr(err.msg, "is true: 5, then 4") != NULL,
		      "%s", err.msg);
	ep_runs_release(&r);
}
END_TEST

START_TEST(live_runs_may_count_differently)
{
	struct eprofile *v = xcalloc(2, sizeof(*v));
	struct error err = ERROR_INIT;
	struct ep_runs r;
	json_t *a = small_json(), *b = small_json();

	put(a, "source.kind", json_string("live"));
	put(b, "source.kind", json_string("live"));
	put(b, "events.own", json_integer(3));
	put(b, "events.seen", json_integer(22));
	put(b, "totals.events", json_integer(22));
	ck_assert_int_eq(parse(a, &v[0], &err), 0);
	ck_assert_int_eq(parse(b, &v[1], &err), 0);
	ck_assert_msg(ep_runs_make(&r, v, 2, &err) == 0, "%s", err.msg);
	ck_assert(!r.same_counts);
	ck_assert_int_eq(r.all.seen, 42);
	ep_runs_release(&r);
}
END_TEST

START_TEST(profiles_of_other_rules_are_refused)
{
	struct eprofile *v = xcalloc(2, sizeof(*v));
	struct error err = ERROR_INIT;
	struct ep_runs r;
	json_t *doc = small_json();

	put(doc, "rules.1.name", json_string("Other"));
	v[0] = small();
	ck_assert_int_eq(parse(doc, &v[1], &err), 0);
	ck_assert_int_eq(ep_runs_make(&r, v, 2, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_INPUT);
	ck_assert_msg(strstr(err.msg, "then 'Other'") != NULL, "%s", err.msg);
	ep_runs_release(&r);
}
END_TEST

/* ---- for other programs ---- */

START_TEST(folded_lines_parse_and_add_up)
{
	struct strbuf out cleanup_strbuf = STRBUF_INIT;
	struct eprofile p = small();
	char *rest, *line;
	long long sum = 0;
	size_t n = 0;

	/* Fractions of a ns, which single rounding would lose. */
	for (size_t i = 0; i < p.tree.n; i++)
		if (!strcmp(p.tree.v[i].name, "state"))
			for (size_t k = 0; k < p.tree.v[i].n; k++)
				p.tree.v[i].v[k].sum_ns -= 0.4;
	profile_folded(&p, &out);
	ck_assert(strstr(out.buf, ";Reads <b>&amp, , \"x\" \\n </svg>;fd.name = \"a,b c\" 4"));
	rest = out.buf;
	while ((line = strsep(&rest, "\n")) && *line) {
		char *blank = strrchr(line, ' '), *end;
		long long ns = strtoll(blank + 1, &end, 10);

		ck_assert_msg(!*end && ns > 0 && blank > line, "%s", line);
		ck_assert_msg(!strncmp(line, "engine;", 7), "%s", line);
		ck_assert_msg(!strstr(line, "sleep") && !strstr(line, "interrupted") &&
				      !strstr(line, "profiling"),
			      "%s", line);
		sum += ns;
		n++;
	}
	ck_assert_int_eq(sum, 5500);
	ck_assert_uint_eq(n, 14);
	eprofile_release(&p);
}
END_TEST

/* Reads a graph as Graphviz would: quoted strings with escapes, statements, nodes before edges. */
static void check_dot(const char *dot)
{
	char *copy cleanup_free = xstrdup(dot), *rest = copy, *line;
	bool there[256] = {false};
	unsigned nodes = 0, edges = 0, from, to;
	int at;

	ck_assert(!strncmp(dot, "digraph profile {\n", 18));
	ck_assert_str_eq(dot + strlen(dot) - 2, "}\n");
	while ((line = strsep(&rest, "\n"))) {
		bool quoted = false;

		for (const char *c = line; *c; c++) {
			if (quoted && *c == '\\')
				ck_assert_msg(*++c && strchr("\\\"n", *c), "%s", line);
			else if (*c == '"')
				quoted = !quoted;
		}
		ck_assert_msg(!quoted, "%s", line);
		if (sscanf(line, "\tn%u -> n%u [%n", &from, &to, &at) == 2) {
			ck_assert_msg(there[from % 256] && to > from, "%s", line);
			edges++;
		} else if (sscanf(line, "\tn%u [%n", &from, &at) == 1) {
			there[from % 256] = true;
			nodes++;
		} else {
			continue;
		}
		ck_assert_str_eq(line + strlen(line) - 2, "];");
	}
	ck_assert_uint_eq(nodes, edges + 1); /* a tree */
}

START_TEST(the_graph_is_a_tree_with_its_figures)
{
	struct strbuf out cleanup_strbuf = STRBUF_INIT;
	struct eprofile p = small();

	profile_dot(&p, &out);
	check_dot(out.buf);
	ck_assert(strstr(out.buf, "[label=\"Reads <b>&amp;amp; ; \\\"x\\\" \\\\n </svg>\\n8 x "
				  "100 ns\\n800 ns, 14.5% of the CPU time\"]"));
	ck_assert(strstr(out.buf, "\"fd.name = \\\"a;b c\\\"\\n8 x 60 ns"));
	eprofile_release(&p);
}
END_TEST

START_TEST(small_boxes_are_put_together)
{
	struct strbuf out cleanup_strbuf = STRBUF_INIT;
	struct eprofile p = small();
	struct ep_node *state = &p.tree.v[3];

	state->v = xrealloc(state->v, 7, sizeof(*state->v));
	for (int i = 2; i < 7; i++)
		state->v[i] =
			(struct ep_node){xasprintf("event%d", i), xstrdup("event"), 1, 1, NULL, 0};
	state->n = 7;
	profile_dot(&p, &out);
	check_dot(out.buf);
	ck_assert(strstr(out.buf, "5 more, below 0.10% each\\n5 x 1 ns\\n5 ns"));
	ck_assert(!strstr(out.buf, "event4"));
	eprofile_release(&p);
}
END_TEST

/* ---- reports ---- */

static char *report(const struct profile_shown *s, enum out_format f)
{
	struct strbuf out = STRBUF_INIT;
	struct error err = ERROR_INIT;

	ck_assert_msg(profile_report(s, f, &out, &err) == 0, "%s", err.msg);
	return strbuf_detach(&out);
}

START_TEST(the_text_has_the_figures)
{
	struct profile_shown s = shown(1);
	char *text cleanup_free = report(&s, FORMAT_TEXT);

	ck_assert(strstr(text, "50 ns an event, 5.00% of the window, 18.2% on top"));
	ck_assert(strstr(text,
			 "   1  " ODD_NAME "  56.4%     310.0      10      15               1.50"
			 "        2      100 ns"));
	ck_assert(strstr(text, "   2  Spawns "));
	ck_assert(strstr(text, "  - No field: field k8s.ns.name"));
	ck_assert(!strstr(text, "95% interval"));
	shown_release(&s);
	s = shown(3);
	free(text);
	text = report(&s, FORMAT_TEXT);
	ck_assert(strstr(text, "3 replays with the same counts"));
	/* Counts of one of them. */
	ck_assert(strstr(text, "[56.4%, 56.4%]     310.0  [310.0, 310.0]      10      15"));
	shown_release(&s);
}
END_TEST

START_TEST(names_stay_text_in_the_page)
{
	struct profile_shown s = shown(1);
	char *page cleanup_free = report(&s, FORMAT_HTML);
	size_t pictures = 0;

	for (const char *c = page; (c = strstr(c, "<svg")); c++)
		pictures++;
	ck_assert_uint_eq(pictures, 3);
	ck_assert(strstr(page, "Reads &lt;b&gt;&amp;amp; ; &quot;x&quot; \\n &lt;/svg&gt;: 800 ns, "
			       "14.5% of the CPU time, 8 times"));
	ck_assert(!strstr(page, "<b>") && !strstr(page, "<i>"));
	for (const char *c = page; (c = strstr(c, "</svg>")); c++)
		pictures--;
	ck_assert_uint_eq(pictures, 0);
	shown_release(&s);
}
END_TEST

START_TEST(an_empty_profile_is_no_fault)
{
	struct profile_shown s = shown(1);
	struct eprofile *p = &s.runs.all;
	char *text cleanup_free = NULL, *page cleanup_free = NULL;
	struct strbuf out cleanup_strbuf = STRBUF_INIT;

	for (size_t i = 0; i < EP_N_PHASES; i++) {
		free(p->phases[i].time.v);
		p->phases[i].time = (struct ep_time){.mean_ns = NAN, .p50_ns = NAN};
	}
	for (size_t i = 0; i < p->tree.n; i++)
		p->tree.v[i].sum_ns = 0;
	p->evaluated = 0;
	text = report(&s, FORMAT_TEXT);
	page = report(&s, FORMAT_HTML);
	ck_assert(strstr(text, "No rule was offered any event"));
	ck_assert(!strstr(text, "nan") && !strstr(page, "nan") && !strstr(page, "inf\""));
	profile_dot(p, &out);
	check_dot(out.buf);
	shown_release(&s);
}
END_TEST

UNIT_MAIN("profile_cost", figures_are_those_of_the_numbers, a_profile_is_written_as_it_was_read,
	  what_does_not_add_up_is_told, noise_is_no_fault, what_is_no_json_is_told_with_its_place,
	  runs_add_up, runs_differ_in_their_times_alone,
	  replays_that_count_differently_are_an_error, live_runs_may_count_differently,
	  profiles_of_other_rules_are_refused, folded_lines_parse_and_add_up,
	  the_graph_is_a_tree_with_its_figures, small_boxes_are_put_together,
	  the_text_has_the_figures, names_stay_text_in_the_page, an_empty_profile_is_no_fault)
