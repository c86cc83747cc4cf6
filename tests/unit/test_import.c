/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Imported data: lines without a document, sessions over more intervals than are kept, rounds.
 */
#include "unit.h"

#include "base/json_skim.h"
#include "base/mem.h"
#include "import/rounds.h"
#include "import/series.h"

#include <math.h>

/* ---- json_skim ---- */

static bool note(void *arg, const struct skim_member *m)
{
	struct strbuf *sb = arg;

	strbuf_addf(sb, "%s%.*s=", m->inside ? "." : "", (int)m->key_len, m->key);
	if (m->value.kind == SKIM_INTEGER)
		strbuf_addf(sb, "%lld", (long long)m->value.integer);
	else if (m->value.kind == SKIM_REAL)
		strbuf_addf(sb, "%g", skim_number(&m->value));
	else if (m->value.kind == SKIM_STRING)
		strbuf_addf(sb, "'%.*s'", (int)m->value.len, m->value.text);
	else
		strbuf_addch(sb, '*');
	strbuf_addch(sb, ' ');
	return true;
}

START_TEST(plain_objects_are_read)
{
	static const struct {
		const char *text, *members;
	} t[] = {
		{"{}", ""},
		{" { \"a\" : 1 , \"b\":\"x y\" }\r", "a=1 b='x y' "},
		{"{\"in\":{\"c\":-7,\"d\":0.5},\"e\":{\"f\":[1,{\"g\":2},[]]},\"h\":null}",
		 "in=* .c=-7 .d=0.5 e=* h=* "},
		{"{\"in\":3,\"t\":9223372036854775807}", "in=3 t=9223372036854775807 "},
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct strbuf sb cleanup_strbuf = STRBUF_INIT;

		ck_assert_msg(json_skim(t[i].text, strlen(t[i].text), "in", note, &sb), "%s",
			      t[i].text);
		ck_assert_str_eq(sb.buf, t[i].members);
	}
}
END_TEST

START_TEST(what_is_not_plain_is_left_to_others)
{
	static const char *const t[] = {
		"",
		"[]",
		"{",
		"{\"a\":1",
		"{\"a\":1}}",
		"{\"a\":1,}",
		"{\"a\":01}",
		"{\"a\":-}",
		"{\"a\":1.}",
		"{\"a\":1e3}",
		"{\"a\":9223372036854775808}",
		"{\"a\":12345678901234567890}",
		"{\"a\":\"\\n\"}",
		"{\"a\":\"\xc3\xa9\"}",
		"{\"a\":\"\t\"}",
		"{\"a\":tru}",
		"{\"a\" 1}",
		"{a:1}",
		"{\"a\":[1 2]}",
	};
	char deep[200] = "{\"a\":";

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct strbuf sb cleanup_strbuf = STRBUF_INIT;

		ck_assert_msg(!json_skim(t[i], strlen(t[i]), "in", note, &sb), "%s", t[i]);
	}
	memset(deep + 5, '[', 190);
	ck_assert(!json_skim(deep, 195, "in", note, &(struct strbuf)STRBUF_INIT));
}
END_TEST

/* ---- sessions ---- */

#define START  INT64_C(1790000000000000000)
#define SECOND INT64_C(1000000000)

static void give(struct import_series *s, int64_t t_ns, int64_t evts, int64_t drops)
{
	struct import_place at = {"f", 1, IMPORT_METRICS, -1};
	struct metrics_line l = {.id = {.host = "h", .start_ns = START, .reload_ns = START}};

	metrics_sample_init(&l.s);
	l.s.t_ns = t_ns;
	l.s.v[METRIC_N_EVTS] = evts;
	l.s.v[METRIC_N_DROPS] = drops;
	import_series_sample(s, &at, &l);
}

/* More intervals than are kept one by one: sums stay exact, rates within the histogram's step. */
START_TEST(many_intervals)
{
	enum { N = 50000, DROPS_AT = 40000 };
	struct import_series s;
	int64_t evts = 0, drops = 0;
	const struct import_session *p;

	import_series_init(&s);
	for (int i = 0; i <= N; i++) {
		give(&s, START + i * SECOND, evts, drops);
		/* One in ten is rest. */
		evts += i % 10 ? 1000 : 10;
		drops += i >= DROPS_AT && i < DROPS_AT + 5 ? 100 : 0;
	}
	import_series_finish(&s);
	ck_assert_uint_eq(s.n, 1);
	p = s.v[0];
	ck_assert_uint_eq(p->n_intervals, N);
	ck_assert_int_eq(p->delta[METRIC_N_DROPS], 500);
	ck_assert_int_eq(p->delta[METRIC_N_EVTS], (int64_t)N * 9 / 10 * 1000 + N);
	ck_assert(p->supported.limited && !p->supported.exact);
	ck_assert_uint_eq(p->supported.n, DROPS_AT * 9 / 10);
	ck_assert_uint_eq(p->supported.left_out, DROPS_AT / 10);
	ck_assert(fabs(p->supported.rate / 1000 - 1) < 0.016);
	ck_assert(p->rates.max == 1000);
	/* Few are kept for verdicts, but those of the drops are among them, and first and last. */
	ck_assert(p->thinned && p->n_kept <= 1024 && p->n_kept >= 256);
	ck_assert_int_eq(p->kept[0].t_ns, START);
	ck_assert_int_eq(p->kept[p->n_kept - 1].t_ns, p->last.t_ns);
	for (int i = 1; i <= 5; i++) {
		bool found = false;

		for (size_t k = 0; k < p->n_kept; k++)
			found |= p->kept[k].t_ns == START + (DROPS_AT + i) * SECOND;
		ck_assert_msg(found, "second %d of the drops is not kept", i);
	}
	import_series_release(&s);
}
END_TEST

/* A second snapshot right behind the first one has no rate, but its events count. */
START_TEST(short_intervals)
{
	struct import_series s;

	import_series_init(&s);
	give(&s, START, 0, 0);
	give(&s, START + SECOND / 100, 5000, 0);
	give(&s, START + SECOND, 5100, 0);
	give(&s, START + SECOND, 9000, 0); /* no newer */
	import_series_finish(&s);
	ck_assert_int_eq(s.v[0]->delta[METRIC_N_EVTS], 5100);
	ck_assert_uint_eq(s.v[0]->rates.n, 1);
	ck_assert_uint_eq(s.v[0]->not_newer, 1);
	ck_assert(s.v[0]->rates.max < 110);
	import_series_release(&s);
}
END_TEST

/* Rates of an hour are worth nothing when Falco was replaced meanwhile. */
START_TEST(counters_that_go_back)
{
	struct import_series s;

	import_series_init(&s);
	give(&s, START + SECOND, 1000, 0);
	give(&s, START + 2 * SECOND, 2000, 0);
	give(&s, START + 3 * SECOND, 10, 0);
	give(&s, START + 4 * SECOND, 30, 0);
	import_series_finish(&s);
	ck_assert_uint_eq(s.n, 2);
	ck_assert(!s.v[0]->restart && s.v[1]->restart);
	ck_assert_int_eq(s.v[0]->delta[METRIC_N_EVTS] + s.v[1]->delta[METRIC_N_EVTS], 1020);
	import_series_release(&s);
}
END_TEST

/* ---- rounds ---- */

static void round_of(struct import_runs *r, int64_t number, int64_t sleep_ns, double eps,
		     double lost, bool unexpected)
{
	struct import_place at = {"f", 1, IMPORT_ROUND, number};
	struct import_round x = {.number = number,
				 .sleep_ns = sleep_ns,
				 .eps = eps,
				 .lost = lost,
				 .unexpected = unexpected,
				 .n_actions = 1};
	char name[] = "a";

	x.actions[0].name = name;
	import_runs_round(r, &at, &x);
}

START_TEST(limits_of_runs)
{
	static const struct {
		double eps[4], lost[4];
		int unexpected; /* round, or -1 */
		enum import_limit limit;
		int64_t limit_round, good;
	} t[] = {
		{{100, 190, 350, 600}, {0, 0, 0, 0}, -1, LIMIT_NONE, -1, 4},
		{{100, 190, 350, 600}, {0, 0.01, 0.02, 0.3}, -1, LIMIT_FALCO, 3, 2},
		{{100, 190, 191, 180}, {0, 0, 0, 0}, -1, LIMIT_LOAD, 3, 4},
		/* Falco's limit came first: that it no longer grows then is no wonder. */
		{{100, 190, 180, 170}, {0, 0.1, 0.01, 0.01}, -1, LIMIT_FALCO, 2, 4},
		/* Alerts that are nobody's: the round is no evidence. */
		{{100, 50, 190, 350}, {0, 0.5, 0, 0}, 1, LIMIT_NONE, -1, 4},
		{{100, 190, 350, 600}, {0.5, 0.5, 0.5, 0.5}, -1, LIMIT_FALCO, 1, -1},
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct import_runs r;

		import_runs_init(&r);
		for (int k = 0; k < 4; k++)
			round_of(&r, k + 1, SECOND >> k, t[i].eps[k], t[i].lost[k],
				 k == t[i].unexpected);
		ck_assert_uint_eq(r.n, 1);
		ck_assert_msg(r.v[0].limit == t[i].limit, "%zu: limit %d", i, r.v[0].limit);
		ck_assert_int_eq(r.v[0].limit_round, t[i].limit_round);
		ck_assert_int_eq(r.v[0].good.number, t[i].good);
		import_runs_release(&r);
	}
}
END_TEST

/* A load that never ends keeps no more rounds than it may. */
START_TEST(endless_runs)
{
	struct import_runs r;

	import_runs_init(&r);
	for (int k = 1; k <= 5000; k++)
		round_of(&r, k, SECOND / k, 100.0 * k, 0, false);
	import_runs_file(&r, "next");
	round_of(&r, 5001, 1, 1e6, 0.5, false);
	ck_assert_uint_eq(r.n, 1);
	ck_assert_uint_eq(r.v[0].n_rounds, 5001);
	ck_assert_uint_eq(r.v[0].n, IMPORT_ROUNDS);
	ck_assert_int_eq(r.v[0].good.number, 5000);
	import_runs_release(&r);
}
END_TEST

UNIT_MAIN("import", plain_objects_are_read, what_is_not_plain_is_left_to_others, many_intervals,
	  short_intervals, counters_that_go_back, limits_of_runs, endless_runs)
