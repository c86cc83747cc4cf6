/* SPDX-License-Identifier: Apache-2.0 */
/* The cost model: prices and short circuit by hand, first match, gains by set, levers, calibration
 * against known parameters, the data file. */
#include "unit.h"

#include "base/fs.h"
#include "base/mem.h"
#include "cost/calibrate.h"
#include "cost/calibrate_counts.h"
#include "cost/model.h"
#include "cost/wake.h"

#include <math.h>

#include "host_maker.h"
#include "rules_fixture.h"

static void near_at(int line, double got, double want)
{
	ck_assert_msg(fabs(got - want) < 1e-9 * (1 + fabs(want)), "line %d: %.12g, expected %.12g",
		      line, got, want);
}
#define NEAR(got, want) near_at(__LINE__, (got), (want))

static const struct ruleset_options options = RULESET_OPTIONS_INIT;

/* ---- a rule set with prices that are easy to add up ---- */

struct fixture {
	struct loaded l;
	struct select_rule active[16];
	struct select_input in;
	struct cost_params params;
	struct host_profile host;
	struct cost_input input;
	struct cost c;
};

static void set(struct cost_params *p, size_t id, double v)
{
	cost_value_set(&p->v[id], v, 1, "test");
}

static void start(struct fixture *f, const char *text)
{
	*f = (struct fixture){.l = load_text(text)};
	ck_assert_msg(!f->l.rc, "%s", f->l.err.msg);
	f->in = (struct select_input){.cat = catalogue_find(NULL), .rules = f->active};
	for (size_t i = 0; i < f->l.rs.n; i++)
		f->active[f->in.n_rules++] =
			(struct select_rule){f->l.rs.rules[i].name, f->l.rs.rules[i].scs};
	for (size_t i = 0; i < CP_N; i++)
		set(&f->params, i, 0);
	f->params.engine = COST_EMBEDDED;
	f->params.error = f->params.check_ns = (double)NAN;
	set(&f->params, CP_OP + COST_EQUAL, 10);
	set(&f->params, CP_FIELD + COST_F_PROCESS, 5);
	set(&f->params, CP_FIELD + COST_F_FD, 7);
	set(&f->params, CP_FIELD + COST_F_ANCESTOR, 90);
	set(&f->params, CP_SEL_OTHER, 0.1);
	set(&f->params, CP_SEL_NOT_EQUAL, 0.9);
	set(&f->params, CP_SEL_ORDER, 0.5);
	set(&f->params, CP_SEL_EXISTS, 0.9);
	host_profile_init(&f->host);
	f->host.n_cpus = 1;
	f->input = (struct cost_input){.rules = &f->l.rs,
				       .opt = &options,
				       .in = &f->in,
				       .host = &f->host,
				       .params = &f->params};
}

static void estimate(struct fixture *f)
{
	static const size_t ks[] = {1, 2, 3, 5};

	cost_release(&f->c);
	cost_estimate(&f->input, ks, ARRAY_SIZE(ks), &f->c);
}

static void end(struct fixture *f)
{
	cost_release(&f->c);
	host_profile_release(&f->host);
	cost_params_release(&f->params);
	ruleset_release(&f->l.rs);
}

static const struct cost_rule *rule_of(const struct fixture *f, const char *name)
{
	for (size_t i = 0; i < f->c.n_rules; i++)
		if (!strcmp(f->c.rules[i].rule->name, name))
			return &f->c.rules[i];
	ck_abort_msg("no rule %s", name);
}

START_TEST(short_circuit)
{
	struct fixture f;

	start(&f,
	      RULE("and", "evt.type = openat and proc.name = x and fd.num = 3")
		      RULE("or", "evt.type = openat and (proc.name = x or fd.num = 3)")
			      RULE("not", "evt.type = openat and not proc.name = x and fd.num = 3")
				      RULE("none", "evt.type = close and proc.name = x"));
	make_call(&f.host, "openat", 200, 0);
	estimate(&f);
	/* 15 for proc.name, 17 for fd.num behind it; the type was answered when compiling. */
	NEAR(rule_of(&f, "and")->ns, 15 + 0.1 * 17);
	NEAR(rule_of(&f, "and")->checks, 1.1);
	NEAR(rule_of(&f, "or")->ns, 15 + 0.9 * 17);
	NEAR(rule_of(&f, "not")->ns, 15 + 0.9 * 17);
	NEAR(rule_of(&f, "and")->offered, 200);
	ck_assert(isnan(rule_of(&f, "none")->ns));
	NEAR(f.c.whole.rules, 200 * (16.7 + 30.3 + 30.3));
	NEAR(f.c.whole.evaluations, 600);
	NEAR(f.c.whole.checks, 200 * (1.1 + 1.9 + 1.9));
	/* Falco evaluates the check on the type too. */
	f.params.engine = COST_FALCO;
	estimate(&f);
	NEAR(rule_of(&f, "and")->checks, 2.1);
	end(&f);
}
END_TEST

START_TEST(first_match)
{
	struct fixture f;
	double all;

	start(&f, RULE("a", "evt.type = openat and proc.name = x")
			  RULE("b", "evt.type = openat and fd.num = 3"));
	make_call(&f.host, "openat", 100, 0);
	set(&f.params, CP_RULE, 2);
	estimate(&f);
	all = f.c.whole.rules;
	NEAR(all, 100 * (17 + 19));
	f.input.first = true;
	estimate(&f);
	NEAR(f.c.whole.rules, 100 * (17 + 0.9 * 19));
	NEAR(f.c.whole.evaluations, 190);
	NEAR(rule_of(&f, "b")->evaluations, 90);
	/* Without a, all events come to b. */
	NEAR(rule_of(&f, "a")->alone, 100 * (17 + 0.9 * 19 - 19));
	end(&f);
}
END_TEST

/* A call goes with the last rule that needs it. */
START_TEST(gains_by_set)
{
	struct fixture f;

	start(&f, RULE("x", "evt.type = mkdir and proc.name = x")
			  RULE("y", "evt.type = mkdir and proc.name = y")
				  RULE("z", "evt.type = rename and proc.name = z"));
	make_call(&f.host, "mkdir", 100, 0);
	make_call(&f.host, "rename", 30, 0);
	set(&f.params, CP_CAPTURE, 300);
	set(&f.params, CP_TRANSPORT, 40);
	set(&f.params, CP_STATE, 60);
	estimate(&f);
	NEAR(f.c.whole.events, 130);
	NEAR(cost_total_ns(&f.c.whole), 130 * 400 + 230 * 15);
	NEAR(rule_of(&f, "x")->alone, 100 * 15);
	NEAR(rule_of(&f, "z")->alone, 30 * 415);
	NEAR(rule_of(&f, "z")->alone_events, 30);
	ck_assert(bitset_empty(rule_of(&f, "x")->gone));
	ck_assert(bitset_has(&rule_of(&f, "z")->gone, cat_sc_by_name(f.in.cat, "rename")));
	ck_assert_uint_eq(f.c.n_steps, 3); /* there are no five rules */
	ck_assert_uint_eq(f.c.steps[0].n, 1);
	ck_assert_uint_eq(f.c.steps[0].rules[0], 2);
	NEAR(f.c.steps[0].left.events, 100);
	/* Of two rules both of mkdir, though each alone saves less than z. */
	ck_assert_uint_eq(f.c.steps[1].n, 2);
	ck_assert_uint_eq(f.c.steps[1].rules[0] + f.c.steps[1].rules[1], 1);
	NEAR(f.c.steps[1].left.events, 30);
	NEAR(cost_total_ns(&f.c.steps[1].left), 30 * 415);
	NEAR(f.c.steps[2].left.events, 0);
	ck_assert_uint_eq(f.c.steps[2].n, 3);
	end(&f);
}
END_TEST

START_TEST(levers)
{
	struct fixture f;
	const struct cost_rule *r;

	start(&f, RULE("narrow", "evt.type in (mkdir, symlink) and proc.name = x")
			  RULE("reorder", "evt.type = openat and proc.pname = x and fd.num = 3")
				  RULE("disable", "evt.type = close and fd.num = 3"));
	make_call(&f.host, "mkdir", 100, 0);
	make_call(&f.host, "symlink", 10, 0);
	make_call(&f.host, "openat", 50, 0);
	make_call(&f.host, "close", 5, 0);
	set(&f.params, CP_CAPTURE, 300);
	estimate(&f);
	r = rule_of(&f, "narrow");
	ck_assert_int_eq(r->lever, COST_NARROW);
	ck_assert_uint_eq(r->narrow_sc, cat_sc_by_name(f.in.cat, "mkdir"));
	NEAR(r->narrow, 100 * 315);
	NEAR(r->alone, 110 * 315);
	r = rule_of(&f, "reorder");
	ck_assert_int_eq(r->lever, COST_REORDER);
	/* 100 + 0.1 * 17 as it is, 17 + 0.1 * 100 with fd.num in front. */
	NEAR(r->reorder, 50 * (101.7 - 27));
	ck_assert_str_eq(r->first->kids[0]->text, "fd.num");
	r = rule_of(&f, "disable");
	ck_assert_int_eq(r->lever, COST_DISABLE);
	NEAR(r->reorder, 0);
	end(&f);
}
END_TEST

/* More events, dearer parameters or one more check never cost less; more rules given up never save
 * less. */
START_TEST(monotony)
{
	static const char *const conditions[] = {
		"evt.type in (openat, mkdir) and proc.name = x",
		"evt.type in (openat, mkdir) and proc.name = x and fd.num = 3",
		"evt.type in (openat, mkdir) and proc.name = x and (fd.num = 3 or proc.aname = y)",
	};
	double last = 0;

	for (size_t i = 0; i < ARRAY_SIZE(conditions); i++) {
		char *text cleanup_free =
			xasprintf(RULE("a", "%s") RULE("b", "evt.type = rename and fd.num = 1"),
				  conditions[i]);
		struct fixture f;
		double before;

		start(&f, text);
		make_call(&f.host, "openat", 70, 0);
		make_call(&f.host, "mkdir", 40, 0);
		make_call(&f.host, "rename", 20, 0);
		set(&f.params, CP_CAPTURE, 10);
		estimate(&f);
		before = cost_total_ns(&f.c.whole);
		ck_assert(before >= last);
		last = before;
		for (size_t k = 1; k < f.c.n_steps; k++)
			ck_assert(cost_total_ns(&f.c.steps[k].left) <=
				  cost_total_ns(&f.c.steps[k - 1].left));
		f.host.calls[1].per_s = 50;
		estimate(&f);
		ck_assert(cost_total_ns(&f.c.whole) > before);
		f.host.calls[1].per_s = 40;
		for (size_t k = 0; k < CP_SEL_EXISTS; k++)
			f.params.v[k].value *= 2;
		estimate(&f);
		NEAR(cost_total_ns(&f.c.whole), 2 * before);
		end(&f);
	}
}
END_TEST

START_TEST(without_host)
{
	struct fixture f;

	start(&f, RULE("a", "evt.type = mkdir and proc.name = x"));
	set(&f.params, CP_TRANSPORT, 40);
	f.input.host = NULL;
	estimate(&f);
	ck_assert_int_eq(f.c.mix, COST_MIX_EVEN);
	NEAR(f.c.whole.events, 1);
	NEAR(f.c.whole.transport, 40);
	end(&f);
}
END_TEST

/* ---- profiles ---- */

static struct ep_time time_of(int64_t n, double mean)
{
	return (struct ep_time){
		.count = n, .timed = n, .mean_ns = mean, .sum_ns = (double)n * mean};
}

static struct ep_check check_of(const char *text, const char *field, const char *op,
				const char *transformer, int64_t anyof, int64_t n, int64_t is_true,
				double ns)
{
	return (struct ep_check){.text = (char *)text,
				 .field = (char *)field,
				 .op = (char *)op,
				 .transformer = (char *)transformer,
				 .modifier = anyof ? (char *)"anyof" : NULL,
				 .constants = anyof ? anyof : 1,
				 .evaluations = n,
				 .is_true = is_true,
				 .has_time = true,
				 .time = time_of(n, ns)};
}

/* 1,000 openat events, one rule: proc.name = x (40 true), fd.num = 3 (10 true). */
struct profiled {
	struct ep_check checks[2];
	struct ep_rule_event by_event;
	struct ep_rule rule;
	struct ep_event event;
	struct eprofile p;
};

static void make_profile(struct profiled *v)
{
	double ns = 1000 * 20 + 40 * 30;

	*v = (struct profiled){0};
	v->checks[0] = check_of("proc.name = x", "proc.name", "=", NULL, 0, 1000, 40, 20);
	v->checks[1] = check_of("fd.num = 3", "fd.num", "=", NULL, 0, 40, 10, 30);
	v->by_event = (struct ep_rule_event){
		.event = (char *)"openat",
		.work = {.offered = 1000, .evaluations = 1000, .checks = 1040, .matches = 10}};
	v->by_event.work.broken = time_of(10, 50);
	v->by_event.work.not_broken = time_of(990, (ns - 500) / 990);
	v->by_event.work.output = time_of(10, 5000);
	v->rule = (struct ep_rule){.name = (char *)"a",
				   .evaluated = true,
				   .totals = v->by_event.work,
				   .by_event = &v->by_event,
				   .n_events = 1,
				   .checks = v->checks,
				   .n_checks = 2};
	v->event = (struct ep_event){.name = (char *)"openat",
				     .events = 1000,
				     .rules = 1,
				     .evaluated = 1000,
				     .broken = 10,
				     .state = time_of(1000, 60)};
	v->p = (struct eprofile){.rule_matching = (char *)"first",
				 .hostname = (char *)"h",
				 .started = (char *)"2026-01-02T03:04:05Z",
				 .seen = 1000,
				 .evaluated = 1000,
				 .broken = 10,
				 .events = &v->event,
				 .n_events = 1,
				 .rules = &v->rule,
				 .n_rules = 1,
				 .total_matches = 10};
	v->p.phases[EP_READ].time = time_of(1000, 12);
	v->p.phases[EP_STATE].time = time_of(1000, 60);
	v->p.phases[EP_NOT_BROKEN].time = v->by_event.work.not_broken;
	v->p.phases[EP_BROKEN].time = v->by_event.work.broken;
	v->p.phases[EP_OUTPUT].time = v->by_event.work.output;
}

START_TEST(with_a_profile)
{
	struct fixture f;
	struct profiled v;
	const struct eprofile *views[] = {&v.p};
	struct error err = ERROR_INIT;
	struct cost_fit fit;

	make_profile(&v);
	start(&f, RULE("a", "evt.type = openat and proc.name = x and fd.num = 3"));
	make_call(&f.host, "openat", 500, 0);
	f.input.profiles = views;
	f.input.n_profiles = 1;
	estimate(&f);
	/* Counted likelihoods, own prices; the measured time is what ranks. */
	NEAR(f.c.rules[0].ns, 15 + 0.04 * 17);
	NEAR(f.c.rules[0].measured_ns, 20 + 0.04 * 30 + 0.01 * 5000);
	NEAR(f.c.rules[0].cost, 500 * f.c.rules[0].measured_ns);
	ck_assert(f.c.rules[0].known);
	ck_assert_msg(!cost_calibrate(&f.params, views, 1, NULL, 0, &err), "%s", err.msg);
	NEAR(f.params.v[CP_TRANSPORT].value, 12);
	NEAR(cost_state(&f.params, "openat")->value, 60);
	NEAR(f.params.v[CP_OUTPUT].value, 5000);
	/* Then the model is the measurement. */
	cost_compare(&f.input, &v.p, &fit);
	NEAR(fit.total.measured, 12 + 60 + 21.2 + 50);
	ck_assert_msg(fabs(fit.total.predicted / fit.total.measured - 1) < 1e-3, "%g of %g",
		      fit.total.predicted, fit.total.measured);
	ck_assert_uint_eq(fit.n_missing, 0);
	/* The profile's own mix. */
	f.input.host = NULL;
	estimate(&f);
	ck_assert_int_eq(f.c.mix, COST_MIX_PROFILE);
	NEAR(f.c.whole.events, 1);
	end(&f);
}
END_TEST

/* Profiles made from parameters give these back, in what they say of each check. */
START_TEST(calibration_recovers)
{
	static const struct {
		const char *field, *op, *transformer;
		int64_t anyof, n;
	} kinds[] = {
		{"proc.name", "=", NULL, 0, 1000},
		{"proc.name", "in", NULL, 0, 4000},
		{"fd.name", "startswith", NULL, 0, 500},
		{"fd.name", "in", NULL, 0, 20},
		{"proc.aname", "in", NULL, 0, 77},
		{"proc.cmdline", "contains", NULL, 0, 300},
		{"fd.name", "contains", NULL, 0, 90},
		{"fd.num", ">=", NULL, 0, 900},
		{"fd.num", "=", NULL, 0, 900},
		{"fd.name", "contains", "tolower", 0, 60},
		{"proc.name", "startswith", NULL, 5, 50},
		{"proc.name", "startswith", NULL, 2, 70},
		{"proc.name", "startswith", NULL, 0, 70},
	};
	struct ep_check checks[ARRAY_SIZE(kinds)];
	struct ep_rule rule = {.name = (char *)"r",
			       .evaluated = true,
			       .checks = checks,
			       .n_checks = ARRAY_SIZE(kinds)};
	struct eprofile p = {.evaluated = 5000, .seen = 5000, .rules = &rule, .n_rules = 1};
	const struct eprofile *views[] = {&p};
	struct cost_params truth = {.engine = COST_EMBEDDED}, got = {.engine = COST_EMBEDDED};
	struct error err = ERROR_INIT;

	for (size_t i = CP_TRANSFORMER; i < CP_SEL_EXISTS; i++) {
		set(&truth, i, 3 + (double)((i * 37) % 50));
		set(&got, i, 20);
	}
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct cost_kind k;

		checks[i] = check_of("c", kinds[i].field, kinds[i].op, kinds[i].transformer,
				     kinds[i].anyof, kinds[i].n, 1, 0);
		k = cost_kind_of_profiled(&checks[i]);
		checks[i].time.mean_ns = cost_check_ns(&truth, &k);
	}
	ck_assert_msg(!cost_calibrate(&got, views, 1, NULL, 0, &err), "%s", err.msg);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct cost_kind k = cost_kind_of_profiled(&checks[i]);

		ck_assert_msg(fabs(cost_check_ns(&got, &k) / checks[i].time.mean_ns - 1) < 0.01,
			      "%s %s: %g, not %g", kinds[i].field, kinds[i].op,
			      cost_check_ns(&got, &k), checks[i].time.mean_ns);
	}
	/* Differences of fields and operators are known too. */
	ck_assert(fabs(got.v[CP_ITEM].value - truth.v[CP_ITEM].value) < 0.05);
	ck_assert(fabs(got.v[CP_TRANSFORMER].value - truth.v[CP_TRANSFORMER].value) < 0.5);
	ck_assert(got.error < 0.01);
	p.evaluated = 0;
	ck_assert_int_eq(cost_calibrate(&got, views, 1, NULL, 0, &err), -1);
	ck_assert_int_eq(err.kind, ERROR_INPUT);
	cost_params_release(&truth);
	cost_params_release(&got);
}
END_TEST

/* ---- files ---- */

/* CPU of whole runs made from three prices gives these back; a price of rules that is not there is
 * left out, and runs that say nothing are refused. */
START_TEST(counted_runs)
{
	static const double rules[] = {1, 1, 16, 16, 48}, checks[] = {1, 24, 16, 96, 48};
	static const struct {
		double base, check, rule;
		bool told;
	} engines[] = {{1900, 210, 55, true}, {1900, 210, 0, false}};
	struct cost_counted v[5];
	double ns[5][2];

	for (size_t e = 0; e < ARRAY_SIZE(engines); e++) {
		struct error err = ERROR_INIT;
		struct cost_params p;

		ck_assert(!cost_params_read(NULL, COST_FALCO, &p, &err));
		for (size_t i = 0; i < 5; i++) {
			double all = engines[e].base + engines[e].check * checks[i] +
				     engines[e].rule * rules[i];

			/* A run is a little off, to either side. */
			ns[i][0] = all * (i % 2 ? 1.001 : 0.999);
			ns[i][1] = all * (i % 2 ? 0.999 : 1.001);
			v[i] = (struct cost_counted){"set",	      rules[i], checks[i],
						     checks[i] * 105, ns[i],	(double)NAN};
		}
		ck_assert_msg(!cost_fit_counted(&p, v, 5, 2, "test", &err), "%s", err.msg);
		near_at(__LINE__, round(p.v[CP_TRANSPORT].value + p.v[CP_STATE].value), 1900);
		near_at(__LINE__, round(p.v[CP_OP + COST_IN].value), 210);
		near_at(__LINE__, round(p.check_ns), 210);
		ck_assert_int_eq(!isnan(p.v[CP_RULE].value), engines[e].told);
		ck_assert_int_eq(!isnan(p.fitted[3].value), engines[e].told);
		ck_assert(isnan(p.v[CP_OUTPUT].value)); /* no run had an alert */
		ck_assert_uint_eq(p.n_runs, 5);
		ck_assert(p.whole_error < 0.01);
		cost_params_release(&p);

		for (size_t i = 0; i < 5; i++)
			ns[i][0] = ns[i][1] = 1000; /* whatever the checks */
		ck_assert(!cost_params_read(NULL, COST_FALCO, &p, &err));
		ck_assert(cost_fit_counted(&p, v, 5, 2, "test", &err));
		ck_assert_int_eq(err.kind, ERROR_ENV);
		cost_params_release(&p);
	}
}
END_TEST

/* The same of live runs, the last one under little load: looking for events is told apart. */
START_TEST(counted_live_runs)
{
	static const double rules[] = {1, 1, 16, 16, 48, 1}, checks[] = {1, 24, 16, 96, 48, 1};
	static const double per_s[] = {60000, 60000, 60000, 60000, 60000, 6000};
	const double wake = 0.07;
	struct cost_counted v[6];
	double ns[6][2];
	struct error err = ERROR_INIT;
	struct cost_params p;

	ck_assert(!cost_params_read(NULL, COST_FALCO, &p, &err));
	for (size_t i = 0; i < 6; i++) {
		double work = (1900 + 110 * checks[i] + 55 * rules[i]) * per_s[i] / 1e9;
		double all = (work + wake_cpu(wake, per_s[i], work)) * 1e9 / per_s[i];

		ns[i][0] = all * (i % 2 ? 1.001 : 0.999);
		ns[i][1] = all * (i % 2 ? 0.999 : 1.001);
		v[i] = (struct cost_counted){"set",	      rules[i], checks[i],
					     checks[i] * 105, ns[i],	per_s[i]};
	}
	ck_assert_msg(!cost_fit_counted(&p, v, 6, 2, "test", &err), "%s", err.msg);
	near_at(__LINE__, round(p.v[CP_WAKE].value / 1e6), 70);
	near_at(__LINE__, round((p.v[CP_TRANSPORT].value + p.v[CP_STATE].value) / 10), 190);
	near_at(__LINE__, round(p.check_ns), 110);
	ck_assert_str_eq(p.fitted[2].what, "wake");
	ck_assert(p.fitted[2].lo < 70e6 && p.fitted[2].hi > 70e6);
	ck_assert(p.whole_error < 0.01);
	cost_params_release(&p);
	/* Of one rate it is in the price of an event. */
	ck_assert(!cost_params_read(NULL, COST_FALCO, &p, &err));
	ck_assert_msg(!cost_fit_counted(&p, v, 5, 2, "test", &err), "%s", err.msg);
	NEAR(p.v[CP_WAKE].value, 0);
	ck_assert(isnan(p.fitted[2].value));
	ck_assert(p.v[CP_TRANSPORT].value + p.v[CP_STATE].value > 2700);
	cost_params_release(&p);
}
END_TEST

/* CPU of live runs made from prices, of which the profiles say 40 % too little, as they do when a
 * replay's caches are warm. */
START_TEST(whole_live_runs)
{
	enum { N = 6 };
	const double wake = 0.03;
	struct ep_check checks[N];
	struct ep_rule rules[N];
	struct eprofile profiles[N];
	const struct eprofile *views[N];
	struct cost_whole whole[N + 1];
	struct cost_params p;
	struct error err = ERROR_INIT;

	ck_assert(!cost_params_read(NULL, COST_EMBEDDED, &p, &err));
	for (size_t i = 0; i < N; i++) {
		const int64_t seen = 100000, n = (int64_t)i * 60000;
		double work = 95 + 30 * (double)n / (double)seen;

		checks[i] = check_of("c", "proc.name", "=", NULL, 0, n, 1, 0);
		checks[i].time.mean_ns = 18;
		checks[i].time.sum_ns = 18 * (double)n;
		rules[i] = (struct ep_rule){.name = (char *)"r",
					    .evaluated = true,
					    .checks = &checks[i],
					    .n_checks = 1};
		rules[i].totals.not_broken.sum_ns = checks[i].time.sum_ns;
		profiles[i] = (struct eprofile){
			.evaluated = seen, .seen = seen, .rules = &rules[i], .n_rules = 1};
		profiles[i].phases[EP_READ].time = (struct ep_time){.sum_ns = 57.0 * (double)seen};
		views[i] = &profiles[i];
		whole[i] = (struct cost_whole){.profile = views[i], .per_s = 1e5};
		work *= 1e5 / 1e9;
		whole[i].ns = (work + wake_cpu(wake, 1e5, work)) * 1e9 / 1e5;
	}
	whole[N] = (struct cost_whole){views[0], 95 + wake_cpu(wake, 1e4, 95e-5) * 1e9 / 1e4, 1e4};
	cost_value_set(&p.v[CP_WAKE], 0.025 * 1e9, 1, "where the fit begins");
	ck_assert_msg(!cost_calibrate(&p, views, N, whole, N + 1, &err), "%s", err.msg);
	ck_assert_double_eq_tol(p.v[CP_WAKE].value / 1e9, wake, 0.05 * wake);
	ck_assert(p.whole_error < 0.03);
	for (size_t i = 0; i < N; i++)
		ck_assert_double_eq_tol(cost_whole_ns(&p, views[i], 1e5) / whole[i].ns, 1, 0.05);
	/* At another rate. */
	ck_assert_double_eq_tol(cost_whole_ns(&p, views[0], 2e4),
				95 + wake_cpu(wake, 2e4, 19e-4) * 1e9 / 2e4, 80);
	cost_params_release(&p);
}
END_TEST

START_TEST(the_data_file)
{
	struct error err = ERROR_INIT;

	for (int e = 0; e < COST_N_ENGINES; e++) {
		struct cost_params p;
		struct price price;

		ck_assert_msg(!cost_params_read(NULL, (enum cost_engine)e, &p, &err), "%s",
			      err.msg);
		for (size_t i = 0; i < CP_N; i++)
			ck_assert(*p.v[i].source && p.v[i].factor >= 1);
		for (enum ast_op op = OP_EXISTS; op < AST_N_OPS; op++)
			NEAR(cost_selectivity(&p, op), price_selectivity(op));
		price = cost_price(&p);
		if (e == COST_FALCO) { /* the defaults of the comparison of rule sets */
			NEAR(price.event_ns, price_defaults.event_ns);
			NEAR(price.check_ns, price_defaults.check_ns);
			NEAR(price.wake_ns, price_defaults.wake_ns);
			NEAR(price.kernel_ns, price_defaults.kernel_ns);
		}
		cost_params_release(&p);
	}
}
END_TEST

/* The engine looks for events every 0.5 ms at most, and every 30 ms at least. */
START_TEST(looking_for_events)
{
	const double wake = 0.03, ns = 400e-9;
	struct wake_point p[2] = {{116000, 0}, {5800, 0}};

	NEAR(wake_share(0), 1.0 / 60);
	NEAR(wake_share(2000), 1);
	NEAR(wake_share(1e6), 1);
	ck_assert_double_eq_tol(wake_share(100), 0.05 * log2(21), 1e-12);
	NEAR(wake_cpu(wake, 1e5, 0), wake);
	NEAR(wake_cpu(wake, 1e6, 1.2), 0); /* no time is left for it */
	for (int i = 0; i < 2; i++) {
		double work = p[i].per_s * ns;

		p[i].cpu = work + wake_cpu(wake, p[i].per_s, work);
		NEAR(wake_work(wake, p[i].per_s, p[i].cpu), work);
	}
	near_at(__LINE__, wake_solve(&p[0], &p[1]), wake);
	p[1].per_s = 50; /* so few that it looks less often */
	p[1].cpu = 50 * ns + wake_cpu(wake, 50, 50 * ns);
	near_at(__LINE__, wake_solve(&p[0], &p[1]), wake);
	p[1] = (struct wake_point){5800, p[0].cpu / 20};
	near_at(__LINE__, wake_solve(&p[0], &p[1]), 0);
}
END_TEST

START_TEST(calibration_files)
{
	char path[] = "/tmp/falcotune-cost-XXXXXX";
	struct cost_params p, q;
	struct error err = ERROR_INIT;
	enum cost_engine engine;

	close(mkstemp(path));
	ck_assert(!cost_params_read(NULL, COST_EMBEDDED, &p, &err));
	set(&p, CP_TRANSPORT, 77.5);
	cost_value_set(cost_state_make(&p, "mkdir"), 123, 1.5, "test");
	p.host = xstrdup("me");
	p.error = 0.07;
	ck_assert_msg(!cost_params_write(&p, path, &err), "%s", err.msg);
	ck_assert(!cost_calibration_engine(path, &engine, &err) && engine == COST_EMBEDDED);
	ck_assert(!cost_params_read(NULL, COST_EMBEDDED, &q, &err));
	ck_assert_msg(!cost_params_calibrate(&q, path, &err), "%s", err.msg);
	NEAR(q.v[CP_TRANSPORT].value, 77.5);
	NEAR(cost_state(&q, "mkdir")->value, 123);
	NEAR(q.error, 0.07);
	ck_assert_str_eq(q.host, "me");
	cost_params_release(&q);
	ck_assert(!cost_params_read(NULL, COST_FALCO, &q, &err));
	ck_assert_int_eq(cost_params_calibrate(&q, path, &err), -1);
	ck_assert(strstr(err.msg, "expected one of falco"));
	cost_params_release(&q);
	cost_params_release(&p);
	unlink(path);
}
END_TEST

START_TEST(bad_files)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"[]\n", "cost parameters"},
		{"schema: 2\nparameters: []\n", ":1:9: "},
		{"schema: 1\nparameters:\n  - {engine: falco, id: x, value: 1, unit: y, factor: 1, "
		 "source: s}\n",
		 ":3:25: unknown parameter 'x'"},
		{"schema: 1\nparameters:\n  - {engine: falco, id: rule, value: 1, unit: ns/event, "
		 "factor: 1, source: s}\n",
		 "expected ns/evaluation"},
		{"schema: 1\nparameters:\n  - {engine: falco, id: rule, value: -1, unit: "
		 "ns/evaluation, factor: 1, source: s}\n",
		 ":3:38: "},
		{"schema: 1\nparameters:\n  - {engine: falco, id: rule, value: 1}\n",
		 "a parameter without unit"},
		{"schema: 1\nparameters: []\n", "no parameter capture for engine falco"},
	};
	char path[] = "/tmp/falcotune-cost-XXXXXX";

	close(mkstemp(path));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct cost_params p;
		struct error err = ERROR_INIT;

		ck_assert(!fs_write_file(path, cases[i].text, strlen(cases[i].text), 0600, &err));
		ck_assert_int_eq(cost_params_read(path, COST_FALCO, &p, &err), -1);
		ck_assert_int_eq(err.kind, ERROR_INPUT);
		ck_assert_msg(strstr(err.msg, cases[i].want) != NULL, "%s", err.msg);
		cost_params_release(&p);
	}
	unlink(path);
}
END_TEST

UNIT_MAIN("cost", short_circuit, first_match, gains_by_set, levers, monotony, without_host,
	  with_a_profile, calibration_recovers, counted_runs, counted_live_runs, whole_live_runs,
	  the_data_file, looking_for_events, calibration_files, bad_files)
