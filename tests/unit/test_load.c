/* SPDX-License-Identifier: Apache-2.0 */
/* Load profiles, pacing under a clock of our own, histograms, predictions. */
#include "load/hist.h"
#include "load/pace.h"
#include "load/profile.h"
#include "load/replay.h"
#include "load/said.h"

#include "base/mem.h"

#include <math.h>

#include "host_maker.h"
#include "syscalls/catalogue.h"
#include "unit.h"

/* ---- profiles ---- */

static int parse(const char *text, struct load_profile *p, struct error *err)
{
	error_clear(err);
	return load_profile_parse("p.yaml", text, strlen(text), p, err);
}

START_TEST(profile_is_read_whole)
{
	struct load_profile p cleanup_load_profile = {0};
	struct error err = ERROR_INIT;

	ck_assert_msg(!parse("id: mine\n"
			     "title: Mine\n"
			     "duration: 1m30s\n"
			     "workers:\n"
			     "  - operation: spawn\n"
			     "    rate: 0.5\n"
			     "  - {operation: open, rate: max, threads: 4, after: 500ms, "
			     "duration: 2s, arrival: constant}\n"
			     "  - {name: second, operation: open, rate: 1e3}\n"
			     "  - {operation: open, rate: 1}\n"
			     "  - exec: [sleep, '5', '']\n",
			     &p, &err),
		      "%s", err.msg);
	ck_assert_str_eq(p.id, "mine");
	ck_assert_int_eq(p.duration_ns, 90000000000);
	ck_assert_uint_eq(p.n, 5);
	ck_assert_str_eq(p.workers[0].name, "spawn");
	ck_assert(p.workers[0].arrival.rate == 0.5);
	ck_assert_uint_eq(p.workers[0].threads, 1);
	ck_assert_int_eq(p.workers[0].duration_ns, -1);
	ck_assert_ptr_eq(p.workers[1].op, load_op_find("open"));
	ck_assert(p.workers[1].arrival.rate == 0);
	ck_assert_uint_eq(p.workers[1].threads, 4);
	ck_assert_int_eq(p.workers[1].after_ns, 500000000);
	ck_assert_int_eq(p.workers[1].duration_ns, 2000000000);
	ck_assert_str_eq(p.workers[2].name, "second");
	ck_assert_str_eq(p.workers[3].name, "open-2");
	ck_assert_ptr_null(p.workers[4].op);
	ck_assert_uint_eq(p.workers[4].argv.n, 3);
	ck_assert_str_eq(p.workers[4].argv.v[2], "");
	load_profile_scale(&p, 2);
	ck_assert(p.workers[0].arrival.rate == 1 && p.workers[1].arrival.rate == 0);
}
END_TEST

#define HEAD   "id: a\ntitle: b\nworkers:\n"
#define OK_ONE HEAD "  - {operation: open, rate: 1"

START_TEST(wrong_profiles_name_the_place)
{
	static const struct {
		const char *text, *place, *says;
	} bad[] = {
		{"", "p.yaml:1:1: ", "expected one load profile"},
		{"id: a\n---\nid: b\n", "p.yaml:", "2 YAML documents"},
		{"- a\n", "p.yaml:1:1: ", "expected a mapping"},
		{"id: a\ntitle: b\n", "p.yaml:1:1: ", "without workers"},
		{"title: b\nworkers: []\n", "p.yaml:1:1: ", "without id"},
		{"id: a b\ntitle: b\nworkers: []\n", "p.yaml:1:5: ", "expected letters"},
		{"id: a\ntitle: b\nworkers: []\n", "p.yaml:3:10: ", "at least one worker"},
		{"id: a\ntitle: b\nworkers: 3\n", "p.yaml:3:10: ", "a scalar"},
		{"id: a\ntitle: [b]\nworkers: 3\n", "p.yaml:2:8: ", "title is a sequence"},
		{"id: a\ntitle: b\ncolour: red\n", "p.yaml:3:1: ", "unknown key colour"},
		{"id: a\nid: b\n", "p.yaml:2:1: ", "given twice"},
		{"id: a\ntitle: b\nduration: soon\nworkers: []\n", "p.yaml:3:11: ", "a duration"},
		{"id: a\ntitle: b\nduration: 99999h\nworkers: []\n", "p.yaml:3:11: ", "10000h"},
		{HEAD "  - open\n", "p.yaml:4:5: ", "expected a mapping"},
		{HEAD "  - {rate: 1}\n", "p.yaml:4:5: ", "without operation or exec"},
		{HEAD "  - {operation: open}\n", "p.yaml:4:5: ", "without rate"},
		{HEAD "  - {operation: dance, rate: 1}\n",
		 "p.yaml:4:17: ", "expected one of spawn, open, accept, connect, readwrite, stat"},
		{HEAD "  - {operation: open, rate: fast}\n", "p.yaml:4:29: ", "rate is fast"},
		{HEAD "  - {operation: open, rate: 0}\n", "p.yaml:4:29: ", "rate is 0"},
		{HEAD "  - {operation: open, rate: -5}\n", "p.yaml:4:29: ", "rate is -5"},
		{HEAD "  - {operation: open, rate: [1]}\n", "p.yaml:4:29: ", "a sequence"},
		{OK_ONE ", threads: 0}\n", "p.yaml:4:41: ", "from 1 to 1024"},
		{OK_ONE ", threads: 1.5}\n", "p.yaml:4:41: ", "whole number"},
		{OK_ONE ", arrival: gauss}\n",
		 "p.yaml:4:41: ", "expected one of constant, poisson, bursts, ramp"},
		{OK_ONE ", arrival: bursts}\n", "p.yaml:4:41: ", "without 'on'"},
		{OK_ONE ", arrival: {on: 1s}}\n", "p.yaml:4:41: ", "without pattern"},
		{OK_ONE ", arrival: [poisson]}\n", "p.yaml:4:41: ", "arrival is a sequence"},
		{OK_ONE ", arrival: {pattern: bursts, on: 1s}}\n",
		 "p.yaml:4:41: ", "without 'off'"},
		{OK_ONE ", arrival: {pattern: bursts, on: 0s, off: 1s}}\n",
		 "p.yaml:4:63: ", "is 0, expected more"},
		{OK_ONE ", arrival: {pattern: bursts, on: 1s, off: 1s, off_rate: -1}}\n",
		 "p.yaml:4:86: ", "second rate"},
		{OK_ONE ", arrival: {pattern: ramp, over: 1s, on: 3s}}\n",
		 "p.yaml:4:67: ", "unknown key on"},
		{OK_ONE ", arrival: {pattern: poisson, over: 1s}}\n",
		 "p.yaml:4:60: ", "unknown key over"},
		{HEAD "  - {operation: open, rate: max, arrival: poisson}\n",
		 "p.yaml:4:43: ", "with rate max"},
		{OK_ONE ", after: -1s}\n", "p.yaml:4:39: ", "a duration"},
		{OK_ONE ", duration: 0}\n", "p.yaml:4:42: ", "expected more"},
		{OK_ONE ", exec: [ls]}\n", "p.yaml:4:38: ", "exec beside operation"},
		{OK_ONE ", name: x}\n  - {operation: open, rate: 1, name: x}\n",
		 "p.yaml:5:38: ", "given twice"},
		{HEAD "  - {exec: ls}\n", "p.yaml:4:12: ", "a list of the program"},
		{HEAD "  - {exec: []}\n", "p.yaml:4:12: ", "exec is empty"},
		{HEAD "  - {exec: ['']}\n", "p.yaml:4:13: ", "the program of exec is empty"},
		{HEAD "  - {exec: [ls, [a]]}\n", "p.yaml:4:17: ", "an argument of exec"},
		{HEAD "  - {exec: [ls], rate: 4}\n", "p.yaml:4:18: ", "unknown key rate"},
		{HEAD "  - {exec: [ls], unit: x}\n", "p.yaml:4:24: ", "unit without throughput"},
		{HEAD "  - {exec: [ls], throughput: 'a'}\n",
		 "p.yaml:4:30: ", "0 groups, expected one"},
		{HEAD "  - {exec: [ls], throughput: '(a)(b)'}\n", "p.yaml:4:30: ", "2 groups"},
		{HEAD "  - {exec: [ls], throughput: '(a'}\n", "p.yaml:4:30: ", "at offset 2"},
		{"id: [a\n", "p.yaml:", ""},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct load_profile p cleanup_load_profile = {0};
		struct error err = ERROR_INIT;

		ck_assert_msg(parse(bad[i].text, &p, &err) == -1, "accepted: %s", bad[i].text);
		ck_assert_int_eq(err.kind, ERROR_INPUT);
		ck_assert_msg(!strncmp(err.msg, bad[i].place, strlen(bad[i].place)) &&
				      strstr(err.msg, bad[i].says),
			      "for: %s\nsaid: %s\nexpected: %s...%s", bad[i].text, err.msg,
			      bad[i].place, bad[i].says);
	}
}
END_TEST

START_TEST(stock_profiles_are_there)
{
	static const char *const expected[] = {"files", "mixed",       "network",
					       "quick", "spawn-heavy", "storm"};
	struct strvec ids cleanup_strvec = STRVEC_INIT;
	struct error err = ERROR_INIT;

	ck_assert_msg(!load_profile_stock(&ids, &err), "%s", err.msg);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		ck_assert_msg(strvec_has(&ids, expected[i]), "no stock profile %s", expected[i]);
	for (size_t i = 0; i < ids.n; i++) {
		struct load_profile p cleanup_load_profile = {0};

		ck_assert_msg(!load_profile_read(ids.v[i], &p, &err), "%s", err.msg);
		ck_assert_str_eq(p.id, ids.v[i]);
	}
}
END_TEST

START_TEST(quick_has_every_basic_operation)
{
	struct load_profile p cleanup_load_profile = {0};
	struct error err = ERROR_INIT;

	ck_assert_msg(!load_profile_read("quick", &p, &err), "%s", err.msg);
	for (size_t i = 0; i < load_n_ops; i++) {
		bool found = load_ops[i].unfit; /* canaries are asked for apart */

		for (size_t j = 0; j < p.n; j++)
			found |= p.workers[j].op == &load_ops[i];
		ck_assert_msg(found, "quick does not have %s", load_ops[i].name);
	}
}
END_TEST

START_TEST(unknown_id_lists_the_known)
{
	struct load_profile p cleanup_load_profile = {0};
	struct error err = ERROR_INIT;

	ck_assert_int_eq(load_profile_read("hurricane", &p, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_INPUT);
	ck_assert(strstr(err.msg, "hurricane") && strstr(err.msg, "spawn-heavy"));
	ck_assert_int_eq(load_profile_read("./no-such.yaml", &p, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_INPUT);
	ck_assert_ptr_nonnull(strstr(err.msg, "no-such.yaml"));
}
END_TEST

static double asked(const struct load_prediction *c, const char *name)
{
	const struct load_predicted *e = load_prediction_find(c, name);

	return e ? e->per_s : -1;
}

START_TEST(prediction_sums_the_workers)
{
	struct load_prediction c cleanup_load_prediction = {0};
	struct load_profile p cleanup_load_profile = {0};
	struct error err = ERROR_INIT;

	ck_assert_msg(!parse(HEAD "  - {operation: open, rate: 100}\n"
				  "  - {operation: connect, rate: 10}\n"
				  "  - {operation: spawn, rate: 5}\n"
				  "  - {operation: stat, rate: max}\n"
				  "  - {operation: stat, rate: 7}\n",
			     &p, &err),
		      "%s", err.msg);
	load_predict(&p, &c);
	ck_assert(asked(&c, "openat") == 100);
	ck_assert(asked(&c, "close") == 120); /* one of open, two of each connection */
	ck_assert(asked(&c, "accept4") == 10);
	ck_assert(asked(&c, "execve") == 5);
	ck_assert(asked(&c, "procexit") == 5);
	/* Parent and child, by whichever call the C library ends up with. */
	ck_assert(fmax(asked(&c, "clone3"), asked(&c, "clone")) == 10);
	ck_assert(asked(&c, "newfstatat") == 7);
	ck_assert(load_prediction_find(&c, "newfstatat")->unbounded);
	ck_assert(!load_prediction_find(&c, "openat")->unbounded);
	ck_assert(asked(&c, "read") == -1);
	ck_assert(!c.unknown);
	for (size_t i = 1; i < c.n; i++)
		ck_assert_int_lt(strcmp(c.calls[i - 1].syscall, c.calls[i].syscall), 0);
}
END_TEST

START_TEST(a_program_makes_the_prediction_unknown)
{
	struct load_prediction c cleanup_load_prediction = {0};
	struct load_profile p cleanup_load_profile = {0};
	struct error err = ERROR_INIT;

	ck_assert_msg(!parse(HEAD "  - exec: [ls]\n", &p, &err), "%s", err.msg);
	load_predict(&p, &c);
	ck_assert(c.unknown);
	ck_assert_uint_eq(c.n, 0);
}
END_TEST

/* ---- pacing: a thread in a world where only operations and sleeps take time ---- */

#define MS 1000000LL
#define S  1000000000LL

struct world {
	int64_t now, begin;
	int64_t cost;		 /* of an operation */
	int64_t oversleep;	 /* how late each sleep ends */
	int64_t stall_at, stall; /* one operation, the first at or after stall_at, takes so long */
	uint64_t ops, sleeps;	 /* what happened */
	int64_t worst_lag;
	double response_sum;
	uint64_t early; /* operations before their intended start: never */
};

static void live(struct world *w, struct pace *p, unsigned block)
{
	int64_t until;
	enum pace_verdict v;

	while ((v = pace_decide(p, w->now, &until)) != PACE_DONE) {
		unsigned n;

		if (v == PACE_SLEEP) {
			ck_assert_int_gt(until, w->now);
			w->now = until + w->oversleep;
			w->sleeps++;
			continue;
		}
		n = pace_batch(p, w->now, block);
		ck_assert(n == 1 || n == block);
		for (unsigned i = 0; i < n; i++) {
			int64_t intended = p->next;

			w->early += intended > w->now;
			if (w->now - intended > w->worst_lag)
				w->worst_lag = w->now - intended;
			w->now += w->cost;
			if (w->stall && w->now >= w->stall_at) {
				w->now += w->stall;
				w->stall = 0;
			}
			w->response_sum += (double)(w->now - intended);
			pace_advance(p, 1);
		}
		w->ops += n;
	}
}

static struct world at(int64_t begin, int64_t cost)
{
	return (struct world){.now = begin, .begin = begin, .cost = cost};
}

static void start(struct pace *p, const struct load_arrival *kind, double rate, unsigned index,
		  unsigned threads, double phase, int64_t begin, int64_t end)
{
	const struct arrival_spec a = {.kind = kind, .rate = rate};
	const struct pace_slot slot = {.index = index, .threads = threads, .phase = phase};

	pace_init(p, &a, &slot, begin, end);
}

START_TEST(rate_is_exact_when_held)
{
	static const double rates[] = {0.5, 1, 3, 200, 999.5, 10000, 100000, 400000};

	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		struct world w = at(77 * S, 1000);
		struct pace p;

		start(&p, &load_arrivals[0], rates[i], 0, 1, 0.3, w.begin, w.begin + 10 * S);
		live(&w, &p, 16);
		ck_assert_uint_eq(w.ops, (uint64_t)(rates[i] * 10 + 0.5));
		ck_assert_uint_eq(w.early, 0);
		/* At most one quantum late, and one wake-up a quantum (or an operation). */
		ck_assert_int_le(w.worst_lag, PACE_QUANTUM_NS + 1000 * w.cost);
		ck_assert_uint_le(w.sleeps, 10 * S / PACE_QUANTUM_NS + 2);
		ck_assert_uint_le(w.sleeps, w.ops + 2);
	}
}
END_TEST

START_TEST(threads_share_one_schedule)
{
	uint64_t ops = 0;

	for (unsigned i = 0; i < 3; i++) {
		struct world w = at(0, 1000);
		struct pace p;

		start(&p, &load_arrivals[0], 1000, i, 3, 0, 0, 10 * S);
		ck_assert_int_eq(p.next, i * MS);
		pace_advance(&p, 1);
		ck_assert_int_eq(p.next, (i + 3) * MS);
		start(&p, &load_arrivals[0], 1000, i, 3, 0, 0, 10 * S);
		live(&w, &p, 1);
		ops += w.ops;
	}
	ck_assert_uint_eq(ops, 10000);
}
END_TEST

START_TEST(late_wake_ups_lose_nothing)
{
	struct world w = at(0, 1000);
	struct pace p;

	w.oversleep = 4 * MS;
	start(&p, &load_arrivals[0], 50000, 0, 1, 0, 0, 5 * S);
	live(&w, &p, 16);
	ck_assert_uint_eq(w.ops, 250000);
	ck_assert_uint_eq(w.early, 0);
}
END_TEST

START_TEST(a_stall_shows_in_every_delayed_operation)
{
	struct world w = at(0, 10000);
	struct pace p;

	/* 1,000/s, a stall of 1 s: the thousand operations due meanwhile waited 0.5 s on average
	 * and are caught up with. A closed loop would report one slow operation. */
	w.stall_at = 2 * S;
	w.stall = S;
	start(&p, &load_arrivals[0], 1000, 0, 1, 0, 0, 10 * S);
	live(&w, &p, 1);
	ck_assert_uint_eq(w.ops, 10000);
	ck_assert_int_ge(w.worst_lag, 990 * MS);
	ck_assert(w.response_sum > 0.49 * 1000 * (double)S);
	ck_assert(w.response_sum < 0.53 * 1000 * (double)S);
}
END_TEST

START_TEST(an_unholdable_rate_ends_in_time)
{
	struct world w = at(0, 10000);
	struct pace p;

	start(&p, &load_arrivals[0], 1e6, 0, 1, 0, 0, 5 * S); /* holds 100,000 */
	live(&w, &p, 8);
	ck_assert_int_le(w.now, 5 * S + PACE_GRACE_NS + 80000);
	ck_assert_uint_ge(w.ops, 499990);
	ck_assert_uint_le(w.ops, 503000);
	ck_assert_int_ge(w.worst_lag, 4 * S);
}
END_TEST

START_TEST(blocks_only_when_far_behind)
{
	struct pace p;

	start(&p, &load_arrivals[0], 100000, 0, 1, 0, 0, 5 * S);
	ck_assert_uint_eq(pace_batch(&p, PACE_QUANTUM_NS, 64), 1);
	ck_assert_uint_eq(pace_batch(&p, 100 * MS, 64), 64);
	/* Never past the end of the schedule. */
	start(&p, &load_arrivals[0], 100, 0, 1, 0, 0, 5 * S);
	pace_advance(&p, 490);
	ck_assert_uint_eq(pace_batch(&p, 100 * S, 64), 1);
	start(&p, NULL, 0, 0, 1, 0, 0, 5 * S);
	ck_assert_uint_eq(pace_batch(&p, 0, 64), 64);
}
END_TEST

START_TEST(unpaced_never_sleeps_and_starts_late_when_told)
{
	struct world w = at(0, 1000);
	struct pace p;
	int64_t until = 0;

	start(&p, NULL, 0, 0, 1, 0, 2 * S, 3 * S);
	ck_assert_int_eq(pace_decide(&p, 0, &until), PACE_SLEEP);
	ck_assert_int_eq(until, 2 * S);
	live(&w, &p, 10);
	ck_assert_uint_eq(w.sleeps, 1);
	ck_assert_uint_eq(w.ops, 1000000);
}
END_TEST

START_TEST(without_an_end_it_goes_on)
{
	struct pace p;
	int64_t until;

	start(&p, &load_arrivals[0], 10, 0, 1, 0, 0, PACE_FOREVER);
	pace_advance(&p, 1000000);
	ck_assert_int_eq(p.next, 100000 * S);
	ck_assert_int_eq(pace_decide(&p, 100000 * S, &until), PACE_RUN);
	pace_advance(&p, 1);
	ck_assert_int_eq(pace_decide(&p, 100000 * S, &until), PACE_SLEEP);
	ck_assert_int_eq(until, 100000 * S + 100 * MS);
}
END_TEST

/* ---- patterns ---- */

/* Arrivals of all threads of a worker in each of `n` bins of `bin` ns, from the pace alone. */
static void arrivals(const struct arrival_spec *a, unsigned threads, uint64_t seed, int64_t bin,
		     size_t n, uint64_t *bins)
{
	memset(bins, 0, n * sizeof(*bins));
	for (unsigned i = 0; i < threads; i++) {
		const struct pace_slot slot = {i, threads, 0.5, seed};
		struct pace p;

		for (pace_init(&p, a, &slot, 5 * S, PACE_FOREVER);
		     p.next < 5 * S + (int64_t)n * bin; pace_advance(&p, 1))
			bins[(p.next - 5 * S) / bin]++;
	}
}

static uint64_t total(const uint64_t *bins, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += bins[i];
	return sum;
}

static const struct arrival_spec BURSTS = {
	.rate = 1000, .other_rate = 50, .on_s = 0.25, .off_s = 0.75};
static const struct arrival_spec RAMP = {.rate = 2000, .other_rate = 0, .on_s = 10};

static struct arrival_spec spec(const struct arrival_spec *a, const char *name)
{
	struct arrival_spec s = *a;

	s.kind = load_arrival_find(name);
	ck_assert_ptr_nonnull(s.kind);
	return s;
}

START_TEST(bursts_have_their_shape_and_their_mean)
{
	for (unsigned threads = 1; threads <= 3; threads++) {
		struct arrival_spec a = spec(&BURSTS, "bursts");
		uint64_t bins[40]; /* a quarter of a second each */

		arrivals(&a, threads, 1, S / 4, 40, bins);
		for (size_t i = 0; i < 40; i++) {
			double want = i % 4 ? 12.5 : 250;

			ck_assert_msg(fabs((double)bins[i] - want) <= 1, "bin %zu: %llu", i,
				      (unsigned long long)bins[i]);
		}
		/* 250 + 37.5 a cycle */
		ck_assert(fabs((double)total(bins, 40) - 2875) <= 1);
		ck_assert(fabs(arrival_count(&a, 0, 10) - 2875) < 1e-9);
		ck_assert(fabs(arrival_count(&a, 0.125, 1.25) - (125 + 37.5 + 250)) < 1e-9);
		ck_assert(arrival_mean(&a) == 287.5 && arrival_peak(&a) == 1000);
	}
}
END_TEST

START_TEST(silence_between_bursts_is_silent)
{
	struct arrival_spec a = spec(&BURSTS, "bursts");
	uint64_t bins[40];

	a.other_rate = 0;
	arrivals(&a, 2, 1, S / 4, 40, bins);
	for (size_t i = 0; i < 40; i++)
		ck_assert_uint_eq(bins[i], i % 4 ? 0 : 250);
}
END_TEST

START_TEST(a_ramp_rises_evenly_and_stays)
{
	static const double from[] = {0, 500, 2000, 6000};

	for (size_t k = 0; k < 4; k++) {
		struct arrival_spec a = spec(&RAMP, "ramp");
		uint64_t bins[15];
		double n = 0;

		a.other_rate = from[k];
		arrivals(&a, 2, 1, S, 15, bins);
		for (size_t i = 0; i < 15; i++) {
			double want =
				i < 10 ? from[k] + (2000 - from[k]) * ((double)i + 0.5) / 10 : 2000;

			ck_assert_msg(fabs((double)bins[i] - want) <= 1.01,
				      "from %g, second %zu: %llu, expected %g", from[k], i,
				      (unsigned long long)bins[i], want);
			n += want;
		}
		ck_assert(fabs(arrival_count(&a, 0, 15) - n) < 1e-6);
		ck_assert(fabs((double)total(bins, 15) - n) <= 1);
	}
}
END_TEST

/* Index of dispersion (variance over mean) of the counts in bins: 1 for a Poisson process, whatever
 * the bin; about 0 for a constant rate. Its standard error is sqrt(2 / bins). */
static double dispersion(const uint64_t *bins, size_t n)
{
	double mean = (double)total(bins, n) / (double)n, ss = 0;

	for (size_t i = 0; i < n; i++)
		ss += ((double)bins[i] - mean) * ((double)bins[i] - mean);
	return ss / (double)(n - 1) / mean;
}

START_TEST(poisson_arrivals_are_poisson)
{
	static uint64_t bins[10000], again[10000];

	for (unsigned threads = 1; threads <= 4; threads += 3) {
		struct arrival_spec a = spec(&(struct arrival_spec){.rate = 2000}, "poisson");

		for (int64_t bin = S / 1000; bin <= S / 10; bin *= 10) {
			size_t n = bin > S / 100 ? 1000 : 10000;
			double mean, d;

			arrivals(&a, threads, 7, bin, n, bins);
			mean = (double)total(bins, n) / ((double)n * (double)bin / 1e9);
			d = dispersion(bins, n);
			/* Four standard errors. */
			ck_assert_msg(fabs(mean / 2000 - 1) <
					      4 / sqrt(2000 * (double)n * (double)bin / 1e9),
				      "mean %g", mean);
			ck_assert_msg(fabs(d - 1) < 4 * sqrt(2.0 / (double)n), "dispersion %g", d);
		}
		arrivals(&a, threads, 7, S / 10, 100, bins);
		arrivals(&a, threads, 7, S / 10, 100, again);
		ck_assert_mem_eq(bins, again, 100 * sizeof(*bins));
		arrivals(&a, threads, 8, S / 10, 100, again);
		ck_assert_mem_ne(bins, again, 100 * sizeof(*bins));
	}
}
END_TEST

START_TEST(every_pattern_is_held_under_a_clock)
{
	static const struct arrival_spec specs[] = {
		{.rate = 50000},
		{.rate = 50000},
		{.rate = 90000, .other_rate = 1000, .on_s = 0.3, .off_s = 0.7},
		{.rate = 50000, .other_rate = 100, .on_s = 7},
	};

	ck_assert_uint_eq(load_n_arrivals, 4);
	for (size_t i = 0; i < load_n_arrivals; i++) {
		struct arrival_spec a = specs[i];
		const struct pace_slot slot = {0, 1, 0.25, 3};
		struct world w = at(9 * S, 2000);
		double want;
		struct pace p;

		a.kind = &load_arrivals[i];
		want = arrival_count(&a, 0, 10);
		w.oversleep = 100000;
		pace_init(&p, &a, &slot, w.begin, w.begin + 10 * S);
		live(&w, &p, 16);
		ck_assert_msg(fabs((double)w.ops / want - 1) < 0.01, "%s: %llu of %g", a.kind->name,
			      (unsigned long long)w.ops, want);
		ck_assert_uint_eq(w.early, 0);
		ck_assert_int_le(w.worst_lag, 2 * PACE_QUANTUM_NS);
	}
}
END_TEST

START_TEST(a_burst_above_what_can_be_held_is_caught_up_with)
{
	struct arrival_spec a = {.rate = 200000, .other_rate = 0, .on_s = 0.2, .off_s = 0.8};
	const struct pace_slot slot = {0, 1, 0, 3};
	struct world w = at(0, 10000); /* 100,000 a second: 400 ms for a burst of 200 ms */
	struct pace p;

	a.kind = load_arrival_find("bursts");
	pace_init(&p, &a, &slot, 0, 10 * S);
	live(&w, &p, 32);
	ck_assert_uint_eq(w.ops, 400000);
	ck_assert_uint_eq(w.early, 0);
	ck_assert_int_ge(w.worst_lag, 190 * MS);
	ck_assert_int_le(w.worst_lag, 210 * MS);
}
END_TEST

START_TEST(patterns_are_read_scaled_and_predicted)
{
	struct load_prediction c cleanup_load_prediction = {0}, win cleanup_load_prediction = {0};
	struct load_profile p cleanup_load_profile = {0};
	struct error err = ERROR_INIT;

	ck_assert_msg(!parse(HEAD
			     "  - operation: open\n"
			     "    rate: 500\n"
			     "    arrival: {pattern: bursts, on: 100ms, off: 300ms, off_rate: 10}\n"
			     "  - operation: stat\n"
			     "    rate: 1000\n"
			     "    arrival: {pattern: ramp, from: 0, over: 10s}\n"
			     "  - {operation: readwrite, rate: 30, arrival: poisson, after: 2s, "
			     "duration: 3s}\n",
			     &p, &err),
		      "%s", err.msg);
	load_profile_scale(&p, 2);
	ck_assert(p.workers[0].arrival.rate == 1000 && p.workers[0].arrival.other_rate == 20);
	ck_assert(p.workers[0].arrival.on_s == 0.1 && p.workers[0].arrival.off_s == 0.3);
	load_predict(&p, &c);
	ck_assert(fabs(asked(&c, "openat") - (1000 * 0.1 + 20 * 0.3) / 0.4) < 1e-9);
	ck_assert(load_prediction_find(&c, "openat")->peak_per_s == 1000);
	ck_assert(asked(&c, "newfstatat") == 2000);
	/* Seconds 4 to 8: the ramp is at 60 % on average, the third worker ends at 5 s. */
	load_predict_window(&p, 4 * S, 8 * S, &win);
	ck_assert(fabs(asked(&win, "newfstatat") - 1200) < 1e-6);
	ck_assert(fabs(asked(&win, "read") - 15) < 1e-6);
	ck_assert(fabs(asked(&win, "openat") - asked(&c, "openat")) < 1e-6);
}
END_TEST

/* ---- replays ---- */

static const struct replay_call *called(const struct load_replay *r, const char *name)
{
	for (size_t i = 0; i < r->n_calls; i++)
		if (!strcmp(r->calls[i].syscall, name))
			return &r->calls[i];
	ck_abort_msg("no %s", name);
}

static double op_rate(const struct load_replay *r, const char *name)
{
	for (size_t i = 0; i < r->n_ops; i++)
		if (!strcmp(r->ops[i].op->name, name))
			return r->ops[i].per_s;
	return 0;
}

START_TEST(a_mix_of_operations_is_found_again)
{
	struct host_profile h cleanup_host_profile = {0};
	struct error err = ERROR_INIT;
	struct load_replay r;

	host_profile_init(&h);
	/* 100 open, 40 open-missing, 25 connections, 10 fork-exec, 300 reads, 7 getpid. */
	make_call(&h, "openat", 140, 40);
	make_call(&h, "close", 150, 0);
	make_call(&h, "socket", 25, 0);
	make_call(&h, "connect", 25, 0);
	make_call(&h, "accept4", 25, 0);
	make_call(&h, "clone", 20, 0);
	make_call(&h, "execve", 10, 0);
	make_call(&h, "procexit", 10, 0);
	make_call(&h, "wait4", 10, 0);
	make_call(&h, "read", 300, (double)NAN);
	make_call(&h, "getpid", 7, 0);
	ck_assert_msg(!load_replay_fit(&h, 2, &r, &err), "%s", err.msg);
	ck_assert(fabs(r.asked - 2 * 722) < 1e-6);
	ck_assert_msg(r.missing < 1e-3 && r.extra < 1e-3, "%g missing, %g extra", r.missing,
		      r.extra);
	for (size_t i = 0; i < r.n_calls; i++)
		ck_assert_msg(
			fabs(r.calls[i].made - r.calls[i].asked) <= 0.005 * r.calls[i].asked + 0.1,
			"%s: %g of %g", r.calls[i].syscall, r.calls[i].made, r.calls[i].asked);
	ck_assert(fabs(op_rate(&r, "open-missing") - 80) < 1);
	ck_assert(fabs(op_rate(&r, "fork-exec") - 20) < 0.5);
	ck_assert(fabs(op_rate(&r, "getpid") - 14) < 0.1);
	load_replay_release(&r);
}
END_TEST

START_TEST(what_cannot_be_replayed_is_said)
{
	struct host_profile h cleanup_host_profile = {0};
	struct error err = ERROR_INIT;
	struct load_replay r;

	host_profile_init(&h);
	make_call(&h, "read", 750, 0);
	make_call(&h, "io_uring_enter", 250, 0);
	ck_assert_msg(!load_replay_fit(&h, 1, &r, &err), "%s", err.msg);
	ck_assert(fabs(r.missing - 0.25) < 1e-3);
	ck_assert_str_eq(r.calls[0].syscall, "io_uring_enter");
	ck_assert(r.calls[0].asked == 250 && r.calls[0].made == 0);
	ck_assert(fabs(called(&r, "read")->made - 750) < 1);
	load_replay_release(&r);
	/* An operation that makes much that nobody asked for is not worth it. */
	host_profile_release(&h);
	host_profile_init(&h);
	make_call(&h, "rt_sigaction", 1000, 0);
	make_call(&h, "procexit", 1, 0);
	ck_assert(!load_replay_fit(&h, 1, &r, &err));
	ck_assert(fabs(called(&r, "rt_sigaction")->made - 1000) < 10);
	ck_assert(op_rate(&r, "spawn") < 2);
	load_replay_release(&r);
	host_profile_release(&h);
	host_profile_init(&h);
	make_call(&h, "io_uring_enter", 250, 0);
	ck_assert_int_eq(load_replay_fit(&h, 1, &r, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_INPUT);
	load_replay_release(&r);
}
END_TEST

/* The calls that hosts make most: each, alone among rarer ones, comes out at its rate. */
START_TEST(frequent_calls_have_operations)
{
	static const char *const names[] = {
		"read",	      "write",	       "pread64",
		"pwrite64",   "readv",	       "writev",
		"lseek",      "openat",	       "open",
		"close",      "newfstatat",    "fstat",
		"stat",	      "lstat",	       "statx",
		"access",     "faccessat",     "faccessat2",
		"readlink",   "readlinkat",    "getdents64",
		"unlink",     "rename",	       "mkdir",
		"fcntl",      "ioctl",	       "dup",
		"dup2",	      "pipe2",	       "eventfd2",
		"futex",      "epoll_wait",    "epoll_pwait",
		"epoll_ctl",  "poll",	       "ppoll",
		"select",     "pselect6",      "timerfd_settime",
		"sendto",     "recvfrom",      "sendmsg",
		"recvmsg",    "socket",	       "bind",
		"listen",     "connect",       "accept4",
		"getsockopt", "setsockopt",    "mmap",
		"munmap",     "mprotect",      "brk",
		"madvise",    "rt_sigaction",  "rt_sigprocmask",
		"tgkill",     "kill",	       "getrandom",
		"getpid",     "getppid",       "gettid",
		"getuid",     "geteuid",       "clock_nanosleep",
		"nanosleep",  "sched_yield",   "prctl",
		"prlimit64",  "clock_gettime", "sendfile",
		"getcwd",
	};
	static const struct {
		const char *name;
		double per_s;
	} with[] = {{"openat", 2000},
		    {"close", 6000},
		    {"rmdir", 2000},
		    {"socket", 2000},
		    {"connect", 2000}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct host_profile h cleanup_host_profile = {0};
		struct error err = ERROR_INIT;
		struct load_replay r;
		const struct replay_call *c;

		host_profile_init(&h);
		/* Calls of which most hosts make some; those that go with others are among them. */
		make_call(&h, names[i], 1000, 0);
		for (size_t k = 0; k < sizeof(with) / sizeof(with[0]); k++)
			if (strcmp(with[k].name, names[i]) != 0)
				make_call(&h, with[k].name, with[k].per_s, 0);
		ck_assert_msg(!load_replay_fit(&h, 1, &r, &err), "%s: %s", names[i], err.msg);
		c = called(&r, names[i]);
		ck_assert_msg(c->made >= 900, "%s: %g of %g", names[i], c->made, c->asked);
		load_replay_release(&r);
	}
}
END_TEST

START_TEST(operations_are_of_the_catalogue)
{
	const struct catalogue *cat = catalogue_find(NULL);
	const struct load_op *op;
	size_t n = 0;

	for (; (op = load_op_at(n)); n++) {
		ck_assert_ptr_eq(load_op_find(op->name), op);
		for (const struct load_truth *t = op->truth; t->syscall; t++)
			ck_assert_msg(!strcmp(t->syscall, "procexit") ||
					      cat_is_sc_name(cat, t->syscall),
				      "%s: no system call %s", op->name, t->syscall);
	}
	ck_assert_uint_gt(n, 100);
}
END_TEST

/* ---- what programs say ---- */

START_TEST(a_programs_rate_is_found_in_its_output)
{
	static struct said s;
	static char big[SAID_LINE_MAX + 100];
	char *why cleanup_free = NULL;

	ck_assert_msg(!said_init(&s, "rate=([0-9.x]+)/s", &why), "%s", why);
	said_feed(&s, "nothing here\nrate=1", 19);
	ck_assert_uint_eq(s.value.n, 0);
	ck_assert(isnan(s.value.mean));
	said_feed(&s, "0.5/s and\rrate=20", 17); /* a line in two parts */
	ck_assert_uint_eq(s.value.n, 1);
	ck_assert(s.value.last == 10.5);
	said_feed(&s, ".5/s\nrate=1x/s\n", 16);
	ck_assert_uint_eq(s.value.n, 2);
	ck_assert_uint_eq(s.value.unreadable, 1);
	ck_assert(s.value.last == 20.5 && s.value.mean == 15.5);
	/* Of a long line the beginning counts, and what follows it is read again. */
	memset(big, 'z', sizeof(big));
	memcpy(big, "rate=5/s", 8);
	said_feed(&s, big, sizeof(big));
	said_feed(&s, " rate=7/s\nrate=9/s", 18);
	ck_assert(s.value.last == 5);
	said_end(&s);
	ck_assert(s.value.last == 9);
	ck_assert_uint_eq(s.value.n, 4);
	said_release(&s);
}
END_TEST

START_TEST(a_pattern_without_end_does_not_hang)
{
	static struct said s;
	char *why cleanup_free = NULL;

	ck_assert(!said_init(&s, "(?:a+)+b([0-9])", &why));
	for (int i = 0; i < 40; i++)
		said_feed(&s, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 40);
	said_end(&s);
	ck_assert_uint_eq(s.value.n, 0);
	said_release(&s);
}
END_TEST

/* ---- histogram ---- */

START_TEST(histogram_is_within_its_error)
{
	static struct hist h, half;
	static const double q[] = {0.01, 0.5, 0.9, 0.99, 1};

	for (int64_t v = 1; v <= 100000; v++)
		hist_add(v % 2 ? &h : &half, v * 10, 1);
	hist_merge(&h, &half);
	ck_assert_uint_eq(h.n, 100000);
	ck_assert_uint_eq(h.max, 1000000);
	ck_assert(fabs(hist_mean(&h) - 500005) < 1);
	for (size_t i = 0; i < sizeof(q) / sizeof(q[0]); i++)
		ck_assert_msg(fabs(hist_quantile(&h, q[i]) / (q[i] * 1e6) - 1) < 1.0 / 64, "%g: %g",
			      q[i], hist_quantile(&h, q[i]));
}
END_TEST

START_TEST(histogram_keeps_odd_values)
{
	static struct hist h;

	ck_assert(isnan(hist_quantile(&h, 0.5)) && isnan(hist_mean(&h)));
	hist_add(&h, -5, 1);
	ck_assert(hist_quantile(&h, 0.5) == 0);
	hist_add(&h, INT64_MAX, 3);
	ck_assert_uint_eq(h.n, 4);
	ck_assert_uint_eq(h.max, INT64_MAX);
	for (uint64_t v = 1; v < 1ULL << 43; v = v * 3 / 2 + 1)
		ck_assert_uint_lt(hist_step(v), HIST_STEPS);
	for (uint64_t v = 1; v < 5000; v++)
		ck_assert_uint_le(hist_step(v - 1), hist_step(v));
}
END_TEST

UNIT_MAIN("load", profile_is_read_whole, wrong_profiles_name_the_place, stock_profiles_are_there,
	  quick_has_every_basic_operation, unknown_id_lists_the_known, prediction_sums_the_workers,
	  a_program_makes_the_prediction_unknown, rate_is_exact_when_held,
	  threads_share_one_schedule, late_wake_ups_lose_nothing,
	  a_stall_shows_in_every_delayed_operation, an_unholdable_rate_ends_in_time,
	  blocks_only_when_far_behind, unpaced_never_sleeps_and_starts_late_when_told,
	  without_an_end_it_goes_on, bursts_have_their_shape_and_their_mean,
	  silence_between_bursts_is_silent, a_ramp_rises_evenly_and_stays,
	  poisson_arrivals_are_poisson, every_pattern_is_held_under_a_clock,
	  a_burst_above_what_can_be_held_is_caught_up_with, patterns_are_read_scaled_and_predicted,
	  a_mix_of_operations_is_found_again, what_cannot_be_replayed_is_said,
	  frequent_calls_have_operations, operations_are_of_the_catalogue,
	  a_programs_rate_is_found_in_its_output, a_pattern_without_end_does_not_hang,
	  histogram_is_within_its_error, histogram_keeps_odd_values)
