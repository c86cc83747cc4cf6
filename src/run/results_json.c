/* SPDX-License-Identifier: Apache-2.0 */
#include "run/results_fields.h"

#include "base/jvalue.h"
#include "base/utf8.h"

static json_t *drops_json(const int64_t *d)
{
	json_t *o = json_object();

	for (size_t i = 0; i < DROP_N; i++)
		json_object_set_new(o, drop_category_names[i], jvalue_whole(d[i]));
	return o;
}

static json_t *field_json(const struct field *f, const void *base)
{
	const void *p = (const char *)base + f->at;

	switch (f->type) {
	case F_STR:
		return utf8_json_exact(*(char *const *)p);
	case F_I64:
		return jvalue_whole(*(const int64_t *)p);
	case F_U64:
		return json_integer((json_int_t)(*(const uint64_t *)p & INT64_MAX));
	case F_INT:
		return json_integer(*(const int *)p);
	case F_DBL:
		return jvalue_real(*(const double *)p);
	case F_BOOL:
		return json_boolean(*(const bool *)p);
	case F_VEC:
		return utf8_json_exact_list(p);
	case F_STATUS:
		return json_string(res_status_names[*(const enum res_status *)p]);
	case F_DROPS:
		return drops_json(p);
	}
	return NULL;
}

static json_t *object_json(const struct field *f, const void *base)
{
	json_t *o = json_object();

	for (; f->name; f++)
		json_object_set_new(o, f->name, field_json(f, base));
	return o;
}

static json_t *cpus_json(const int64_t *v, int64_t n)
{
	json_t *a;

	if (!v)
		return json_null();
	a = json_array();
	for (int64_t i = 0; i < n; i++)
		json_array_append_new(a, jvalue_whole(v[i]));
	return a;
}

static json_t *sample_json(const struct res_sample *s, int64_t n_cpus)
{
	json_t *o = object_json(res_sample_fields, s);

	json_object_set_new(o, "cpu_evts", cpus_json(s->cpu_evts, n_cpus));
	json_object_set_new(o, "cpu_drops", cpus_json(s->cpu_drops, n_cpus));
	return o;
}

json_t *res_repeat_to_json(const struct res_repeat *r, int64_t n_cpus)
{
	json_t *o = object_json(res_repeat_fields, r), *samples = json_array(),
	       *workers = json_array();

	json_object_set_new(o, "reconciliation",
			    r->recon_known ? object_json(res_recon_fields, r) : json_null());
	for (size_t i = 0; i < r->n_workers; i++)
		json_array_append_new(workers, object_json(res_worker_fields, &r->workers[i]));
	json_object_set_new(o, "workers", workers);
	for (size_t i = 0; i < r->n_samples; i++)
		json_array_append_new(samples, sample_json(&r->samples[i], n_cpus));
	json_object_set_new(o, "samples", samples);
	return o;
}

/* The primary one, with the others inside; null without any. */
static json_t *verdict_json(const struct res_case *c)
{
	json_t *o, *others = json_array();

	if (!c->n_verdicts) {
		json_decref(others);
		return json_null();
	}
	o = object_json(res_verdict_fields, &c->verdicts[0]);
	for (size_t i = 1; i < c->n_verdicts; i++)
		json_array_append_new(others, object_json(res_verdict_fields, &c->verdicts[i]));
	json_object_set_new(o, "others", others);
	return o;
}

/* null without --ladder. */
static json_t *slowdown_json(const struct res_case *c)
{
	json_t *a;

	if (!c->n_slowdown)
		return json_null();
	a = json_array();
	for (size_t i = 0; i < c->n_slowdown; i++)
		json_array_append_new(a, object_json(res_slowdown_fields, &c->slowdown[i]));
	return a;
}

static json_t *ladder_json(const struct results *r)
{
	json_t *a;

	if (!r->n_rungs)
		return json_null();
	a = json_array();
	for (size_t i = 0; i < r->n_rungs; i++) {
		const struct res_rung *g = &r->rungs[i];
		json_t *o = object_json(res_rung_fields, g), *repeats = json_array();

		for (size_t k = 0; k < g->n_repeats; k++)
			json_array_append_new(repeats,
					      res_repeat_to_json(&g->repeats[k], r->n_cpus));
		json_object_set_new(o, "repeats", repeats);
		json_array_append_new(a, o);
	}
	return a;
}

static json_t *case_json(const struct res_case *c, int64_t n_cpus)
{
	json_t *o = object_json(res_case_fields, c), *repeats = json_array();

	json_object_set_new(o, "summary", object_json(res_summary_fields, &c->sum));
	json_object_set_new(o, "verdict", verdict_json(c));
	json_object_set_new(o, "slowdown", slowdown_json(c));
	for (size_t i = 0; i < c->n_repeats; i++)
		json_array_append_new(repeats, res_repeat_to_json(&c->repeats[i], n_cpus));
	json_object_set_new(o, "repeats", repeats);
	return o;
}

json_t *res_host_json(const struct results *r)
{
	return object_json(res_host_fields, r);
}

json_t *res_engine_json(const struct results *r)
{
	json_t *o = json_object();

	json_object_set_new(o, "path", utf8_json_exact(r->engine_path));
	json_object_set_new(o, "version", utf8_json_exact(r->engine_version));
	json_object_set_new(o, "embedded", json_boolean(r->engine_embedded));
	return o;
}

json_t *res_verification_to_json(const struct res_verification *v)
{
	return v->state ? object_json(res_verification_fields, v) : json_null();
}

json_t *results_to_json(const struct results *r)
{
	json_t *o = json_object(), *cases = json_array(), *ranking = json_array();
	json_t *comparisons = json_array();

	json_object_set_new(o, "schema", json_integer(1));
	json_object_set_new(o, "host", res_host_json(r));
	json_object_set_new(o, "engine", object_json(res_engine_fields, r));
	json_object_set_new(o, "configuration", object_json(res_run_fields, r));
	json_object_set_new(o, "idle", object_json(res_idle_fields, &r->idle));
	for (size_t i = 0; i < r->n_cases; i++)
		json_array_append_new(cases, case_json(&r->cases[i], r->n_cpus));
	json_object_set_new(o, "cases", cases);
	json_object_set_new(o, "ladder", ladder_json(r));
	for (size_t i = 0; i < r->n_order; i++)
		json_array_append_new(ranking, utf8_json_exact(r->cases[r->order[i]].key));
	json_object_set_new(o, "ranking", ranking);
	for (size_t i = 0; i < r->n_comparisons; i++)
		json_array_append_new(comparisons,
				      object_json(res_comparison_fields, &r->comparisons[i]));
	json_object_set_new(o, "comparisons", comparisons);
	json_object_set_new(o, "recommendation", object_json(res_rec_fields, &r->rec));
	json_object_set_new(o, "verification", res_verification_to_json(&r->verification));
	json_object_set_new(o, "warnings", utf8_json_exact_list(&r->warnings));
	return o;
}
