/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/mem.h"
#include "run/results.h"

#include <math.h>

/* A run of one case with one repeat in which everything is set, and one with nothing known. */
static void fill(struct results *r)
{
	struct res_case *c;
	struct res_repeat *p;

	*r = (struct results)RESULTS_INIT;
	r->hostname = xstrdup("box");
	r->n_cpus = 2;
	r->mem_bytes = RES_UNKNOWN;
	r->seed = 42;
	r->max_drop = 0.01;
	r->idle = (struct res_idle){.known = true, .seconds = 2, .evts_per_s = 12.5, .n_drops = 0};
	r->cases = xcalloc(2, sizeof(*r->cases));
	r->n_cases = 2;
	c = &r->cases[0];
	res_case_init(c);
	c->key = xstrdup("open/p5");
	c->dry_status = RES_OK;
	c->preset = 5;
	strvec_push(&c->predicted, "procexit");
	c->repeats = xcalloc(1, sizeof(*c->repeats));
	c->n_repeats = 1;
	p = &c->repeats[0];
	res_repeat_init(p);
	p->status = RES_FAILED;
	p->reason = xstrdup("bad \xff byte, \xc3\xbc");
	p->drops[DROP_OPEN] = 7;
	p->recon_known = true;
	p->recon_sent = 1000;
	p->recon_counted = 999.5;
	p->samples = xcalloc(1, sizeof(*p->samples));
	p->n_samples = 1;
	res_sample_init(&p->samples[0]);
	p->samples[0].n_evts = INT64_C(9007199254740993);
	p->samples[0].cpu_evts = xcalloc(2, sizeof(int64_t));
	p->samples[0].cpu_evts[1] = 5;
	p->workers = xcalloc(1, sizeof(*p->workers));
	p->n_workers = 1;
	p->workers[0].name = xstrdup("open");
	p->workers[0].requested_per_s = (double)NAN;
	res_case_init(&r->cases[1]);
	r->cases[1].key = xstrdup("b");
	r->order = xcalloc(1, sizeof(*r->order));
	r->n_order = 1;
	r->order[0] = 1;
}

START_TEST(survives_a_round_trip)
{
	struct results a, b;
	struct error err = ERROR_INIT;
	json_t *doc, *again;

	fill(&a);
	doc = results_to_json(&a);
	ck_assert_msg(results_from_json(&b, doc, "x.json", &err) == 0, "%s", err.msg);
	ck_assert_int_eq(b.cases[0].preset, 5);
	ck_assert_int_eq(b.cases[1].preset, RES_UNKNOWN);
	ck_assert(isnan(b.cases[1].sum.drop_rate));
	ck_assert_int_eq(b.cases[0].repeats[0].status, RES_FAILED);
	ck_assert_str_eq(b.cases[0].repeats[0].reason, "bad \xef\xbf\xbd byte, \xc3\xbc");
	ck_assert_int_eq(b.cases[0].repeats[0].drops[DROP_OPEN], 7);
	ck_assert_int_eq(b.cases[0].repeats[0].drops[DROP_CLOSE], RES_UNKNOWN);
	ck_assert(b.cases[0].repeats[0].recon_known);
	ck_assert_int_eq(b.cases[0].repeats[0].samples[0].n_evts, INT64_C(9007199254740993));
	ck_assert_int_eq(b.cases[0].repeats[0].samples[0].cpu_evts[1], 5);
	ck_assert_uint_eq(b.n_order, 1);
	ck_assert_uint_eq(b.order[0], 1);
	again = results_to_json(&b);
	ck_assert(json_equal(doc, again));
	json_decref(doc);
	json_decref(again);
	results_release(&a);
	results_release(&b);
}
END_TEST

/* Every string of the results, as the JSON text has it. */
START_TEST(text_stays_text)
{
	static const struct {
		const char *in, *out;
	} t[] = {
		{"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", NULL}, /* two, three, four bytes */
		{"a\tb\x1b[0m", NULL},
		{"cut \xc3", "cut \xef\xbf\xbd"},
		{"\xffgr\xc3\xbc\xc3\x9f\xfe", "\xef\xbf\xbdgr\xc3\xbc\xc3\x9f\xef\xbf\xbd"},
		{"\xed\xa0\x80",
		 "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* half a surrogate pair */
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct results r = RESULTS_INIT;
		json_t *doc;

		r.hostname = xstrdup(t[i].in);
		doc = results_to_json(&r);
		ck_assert_str_eq(json_string_value(
					 json_object_get(json_object_get(doc, "host"), "hostname")),
				 t[i].out ? t[i].out : t[i].in);
		json_decref(doc);
		results_release(&r);
	}
}
END_TEST

START_TEST(unknown_is_null)
{
	struct results a;
	json_t *doc, *rep;

	fill(&a);
	doc = results_to_json(&a);
	rep = json_array_get(
		json_object_get(json_array_get(json_object_get(doc, "cases"), 0), "repeats"), 0);
	ck_assert(json_is_null(json_object_get(rep, "n_evts")));
	ck_assert(json_is_null(json_object_get(json_object_get(doc, "host"), "mem_bytes")));
	json_decref(doc);
	results_release(&a);
}
END_TEST

START_TEST(errors_name_the_path)
{
	struct results b;
	struct error err = ERROR_INIT;
	json_t *doc = json_loads("{\"schema\":1,\"host\":{\"n_cpus\":2},\"cases\":[{\"key\":\"a\","
				 "\"repeats\":[{\"samples\":[{\"cpu_evts\":[1]}]}]}]}",
				 0, NULL);

	ck_assert_int_eq(results_from_json(&b, doc, "x.json", &err), -1);
	ck_assert_msg(strstr(err.msg, "x.json: $.cases[0].repeats[0].samples[0].cpu_evts"), "%s",
		      err.msg);
	json_decref(doc);
	doc = json_loads("{\"schema\":2}", 0, NULL);
	ck_assert_int_eq(results_from_json(&b, doc, "x.json", &err), -1);
	ck_assert(strstr(err.msg, "$.schema: expected 1"));
	json_decref(doc);
}
END_TEST

UNIT_MAIN("run_results", survives_a_round_trip, text_stays_text, unknown_is_null,
	  errors_name_the_path)
