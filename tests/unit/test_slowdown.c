/* SPDX-License-Identifier: Apache-2.0 */
/* Slowdown of the load from made rounds: ratios, intervals, the floor, and what reports say. */
#include "unit.h"

#include "advise/advise.h"
#include "advise/slowdown.h"
#include "report/report.h"
#include "results_maker.h"

/* An open worker, paced unless rate is given. */
static void add_worker(struct res_repeat *r, double p50_ns, double rate)
{
	r->workers = xcalloc(2, sizeof(*r->workers));
	r->n_workers = 1;
	r->workers[0] = (struct res_worker){
		.name = xstrdup("opens"),
		.operation = xstrdup("open"),
		.requested_per_s = isnan(rate) ? 1000 : (double)NAN,
		.achieved_per_s = isnan(rate) ? 1000 : rate,
		.ops = 1000,
		.errors = 0,
		.service_p50_ns = p50_ns,
		.service_p99_ns = (double)NAN,
		.response_p99_ns = (double)NAN,
	};
}

static struct res_rung *add_rung(struct results *r, const char *kind, size_t rounds)
{
	struct res_rung *g;

	r->rungs = xrealloc(r->rungs, r->n_rungs + 1, sizeof(*r->rungs));
	g = &r->rungs[r->n_rungs++];
	*g = (struct res_rung){.name = xstrdup(kind),
			       .kind = xstrdup(kind),
			       .load = xstrdup("quick"),
			       .n_repeats = rounds};
	g->repeats = xcalloc(rounds + 1, sizeof(*g->repeats));
	for (size_t i = 0; i < rounds; i++) {
		res_repeat_init(&g->repeats[i]);
		g->repeats[i].index = (int)i + 1;
		g->repeats[i].status = RES_OK;
	}
	return g;
}

/* Rounds of a host whose speed drifts: every run of round k takes drift[k] times as long. */
static void make_rounds(struct results *r, const double *drift, size_t n, double floor,
			const double *slow)
{
	struct res_rung *g;
	struct res_case *c;

	r->dummy_rules = true;
	c = make_case(r, "open", 11);
	for (size_t k = 0; k < n; k++)
		add_worker(make_repeat(c, 2, 100, 0), 1000 * drift[k] * slow[k], (double)NAN);
	g = add_rung(r, RUNG_BARE, n);
	for (size_t k = 0; k < n; k++)
		add_worker(&g->repeats[k], 1000 * drift[k], (double)NAN);
	g = add_rung(r, RUNG_FLOOR, n);
	for (size_t k = 0; k < n; k++)
		add_worker(&g->repeats[k], 1000 * drift[k] * floor, (double)NAN);
}

static const double drifts[] = {1, 1.75, 1.2, 0.9};

START_TEST(drift_between_rounds_does_not_matter)
{
	const double slow[] = {1.8, 1.8, 1.8, 1.8};
	struct results r = RESULTS_INIT;
	const struct res_slowdown *s;

	make_rounds(&r, drifts, 4, 1.25, slow);
	advise_results(&r);
	ck_assert_uint_eq(r.cases[0].n_slowdown, 1);
	s = &r.cases[0].slowdown[0];
	ck_assert_double_eq_tol(s->slow.ratio, 1.8, 1e-9);
	ck_assert_double_eq_tol(s->slow.lo, 1.8, 1e-9);
	ck_assert_double_eq_tol(s->floor.ratio, 1.25, 1e-9);
	ck_assert_double_eq_tol(s->own.ratio, 1.8 / 1.25, 1e-9);
	ck_assert_str_eq(s->measure, "service_p50");
	ck_assert_int_eq(s->rounds, 4);
	ck_assert(!s->indicative);
	advise_results(&r); /* a second call changes nothing */
	ck_assert_uint_eq(r.cases[0].n_slowdown, 1);
	results_release(&r);
}
END_TEST

START_TEST(the_interval_is_student_s_of_the_logarithms)
{
	/* Logarithms 0.1, 0.2, 0.6: mean 0.3, standard error 0.152753, t(0.975, 2) = 4.302653. */
	const double slow[] = {exp(0.1), exp(0.2), exp(0.6)};
	struct results r = RESULTS_INIT;
	const struct res_slowdown *s;

	make_rounds(&r, drifts, 3, 1, slow);
	advise_results(&r);
	s = &r.cases[0].slowdown[0];
	ck_assert_double_eq_tol(log(s->slow.ratio), 0.3, 1e-9);
	ck_assert_double_eq_tol(log(s->slow.lo), 0.3 - 4.302653 * 0.1527525, 1e-5);
	ck_assert_double_eq_tol(log(s->slow.hi), 0.3 + 4.302653 * 0.1527525, 1e-5);
	results_release(&r);
}
END_TEST

START_TEST(few_rounds_say_little)
{
	const double slow[] = {1.5, 1.6};
	struct results r = RESULTS_INIT, one = RESULTS_INIT;
	const struct res_slowdown *s;

	make_rounds(&r, drifts, 2, 1.1, slow);
	/* A round whose bare run failed has no ratio. */
	r.rungs[0].repeats[1].status = RES_FAILED;
	r.rungs[0].repeats[1].reason = xstrdup("the load exited with code 4");
	advise_results(&r);
	s = &r.cases[0].slowdown[0];
	ck_assert_int_eq(s->rounds, 1);
	ck_assert(s->indicative && isnan(s->slow.lo) && isnan(s->slow.hi));
	ck_assert_double_eq_tol(s->slow.ratio, 1.5, 1e-9);
	ck_assert(!isnan(s->own.lo));
	make_rounds(&one, drifts, 2, 1.1, slow);
	advise_results(&one);
	ck_assert(one.cases[0].slowdown[0].indicative);
	/* t(0.975, 1) = 12.7: wide, as it must be. */
	ck_assert_double_gt(one.cases[0].slowdown[0].slow.hi / 1.55, 1.4);
	results_release(&r);
	results_release(&one);
}
END_TEST

START_TEST(an_unpaced_worker_has_its_rate_too)
{
	struct results r = RESULTS_INIT;
	struct res_case *c = make_case(&r, "open", 11);
	struct res_rung *g;

	add_worker(make_repeat(c, 2, 100, 0), 1500, 40000);
	g = add_rung(&r, RUNG_BARE, 1);
	add_worker(&g->repeats[0], 1000, 100000);
	slowdown_results(&r);
	ck_assert_uint_eq(c->n_slowdown, 2);
	ck_assert_str_eq(c->slowdown[0].measure, "rate");
	ck_assert_double_eq_tol(c->slowdown[0].slow.ratio, 2.5, 1e-9);
	ck_assert_str_eq(c->slowdown[1].measure, "service_p50");
	ck_assert_double_eq_tol(c->slowdown[1].slow.ratio, 1.5, 1e-9);
	ck_assert(isnan(c->slowdown[0].floor.ratio));
	ck_assert_ptr_eq(slowdown_worst(c), &c->slowdown[0]);
	results_release(&r);
}
END_TEST

START_TEST(a_case_can_be_the_floor)
{
	const double slow[] = {1.8, 1.8, 1.8};
	struct results r = RESULTS_INIT;
	struct res_rung *floor;
	struct res_case *t1;

	make_rounds(&r, drifts, 3, 9, slow);
	t1 = make_case(&r, "spawned-process", 7);
	for (size_t k = 0; k < 3; k++)
		add_worker(make_repeat(t1, 2, 100, 0), 1200 * drifts[k], (double)NAN);
	floor = &r.rungs[1];
	for (size_t k = 0; k < 3; k++)
		res_repeat_release(&floor->repeats[k]);
	floor->n_repeats = 0;
	floor->case_key = xstrdup("spawned-process");
	strvec_push(&floor->uses, "opens");
	slowdown_results(&r);
	ck_assert_double_eq_tol(r.cases[0].slowdown[0].floor.ratio, 1.2, 1e-9);
	ck_assert_double_eq_tol(r.cases[1].slowdown[0].own.ratio, 1, 1e-9);
	ck_assert(r.cases[0].slowdown[0].floor_uses);
	results_release(&r);
}
END_TEST

static char *render(struct results *r, enum out_format f)
{
	struct strbuf sb = STRBUF_INIT;
	struct error err = ERROR_INIT;

	ck_assert_msg(!report_write(r, f, &sb, &err), "%s", err.msg);
	return strbuf_detach(&sb);
}

static const struct {
	enum out_format format;
	const char *part;
} parts[] = {
	{FORMAT_TEXT, "1.85x ["},
	{FORMAT_TEXT, "1.28x ["},
	{FORMAT_TEXT, "time with the engine over time without"},
	{FORMAT_MD, "1.85x"},
	{FORMAT_HTML, "1.85x"},
	{FORMAT_CSV, "slowdown,"},
	{FORMAT_CSV, ",opens"},
	{FORMAT_JSON, "\"slowdown_lo\""},
};

START_TEST(reports_show_it)
{
	const double slow[] = {1.85, 1.84, 1.86};
	struct results r = RESULTS_INIT, back;
	struct error err = ERROR_INIT;
	json_t *doc, *again;

	make_rounds(&r, drifts, 3, 1.28, slow);
	r.n_cpus = 2;
	advise_results(&r);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		char *text cleanup_free = render(&r, parts[i].format);

		ck_assert_msg(strstr(text, parts[i].part) != NULL, "no '%s' in\n%s", parts[i].part,
			      text);
	}
	doc = results_to_json(&r);
	ck_assert_msg(!results_from_json(&back, doc, "x.json", &err), "%s", err.msg);
	again = results_to_json(&back);
	ck_assert(json_equal(doc, again));
	/* Documents of before, and of runs without it. */
	json_object_set_new(doc, "ladder", json_null());
	json_object_del(json_array_get(json_object_get(doc, "cases"), 0), "slowdown");
	results_release(&back);
	ck_assert_msg(!results_from_json(&back, doc, "x.json", &err), "%s", err.msg);
	ck_assert_uint_eq(back.n_rungs, 0);
	ck_assert_uint_eq(back.cases[0].n_slowdown, 0);
	json_decref(doc);
	json_decref(again);
	results_release(&back);
	results_release(&r);
}
END_TEST

UNIT_MAIN("slowdown", drift_between_rounds_does_not_matter,
	  the_interval_is_student_s_of_the_logarithms, few_rounds_say_little,
	  an_unpaced_worker_has_its_rate_too, a_case_can_be_the_floor, reports_show_it)
