/* SPDX-License-Identifier: Apache-2.0 */
#include "tune/json.h"

#include "base/utf8.h"

#include <math.h>

json_t *tune_real(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

json_t *tune_whole(int64_t v)
{
	return v == RES_UNKNOWN ? json_null() : json_integer(v);
}

json_t *tune_text(const char *s)
{
	return s ? utf8_json(s) : json_null();
}

json_t *tune_strings(const struct strvec *v)
{
	json_t *a = json_array();

	for (size_t i = 0; i < v->n; i++)
		json_array_append_new(a, tune_text(v->v[i]));
	return a;
}

json_t *tune_host(const struct results *r)
{
	json_t *o = json_object();

	json_object_set_new(o, "hostname", tune_text(r->hostname));
	json_object_set_new(o, "kernel", tune_text(r->kernel));
	json_object_set_new(o, "arch", tune_text(r->arch));
	json_object_set_new(o, "cpu_model", tune_text(r->cpu_model));
	json_object_set_new(o, "n_cpus", tune_whole(r->n_cpus));
	json_object_set_new(o, "mem_bytes", tune_whole(r->mem_bytes));
	return o;
}

json_t *tune_engine(const struct results *r)
{
	json_t *o = json_object();

	json_object_set_new(o, "path", tune_text(r->engine_path));
	json_object_set_new(o, "version", tune_text(r->engine_version));
	json_object_set_new(o, "embedded", json_boolean(r->engine_embedded));
	return o;
}

json_t *tune_configuration(const struct results *r)
{
	json_t *o = json_object();

	json_object_set_new(o, "falcotune_version", tune_text(r->falcotune_version));
	json_object_set_new(o, "started", tune_text(r->started));
	json_object_set_new(o, "command", tune_text(r->command));
	json_object_set_new(o, "falco_release", tune_text(r->falco_release));
	json_object_set_new(o, "load", tune_text(r->n_cases ? r->cases[0].load : NULL));
	json_object_set_new(o, "warmup_ns", json_integer(r->warmup_ns));
	json_object_set_new(o, "cpu_limit", tune_real(r->cpu_limit));
	json_object_set_new(o, "memory_limit", tune_whole(r->memory_limit));
	return o;
}

json_t *tune_summary(const struct res_summary *s)
{
	json_t *o = json_object();

	json_object_set_new(o, "live_runs", json_integer(s->n_ok));
	json_object_set_new(o, "exercised", json_boolean(s->exercised));
	json_object_set_new(o, "drop_rate", tune_real(s->drop_rate));
	json_object_set_new(o, "drop_lo", tune_real(s->drop_lo));
	json_object_set_new(o, "drop_hi", tune_real(s->drop_hi));
	json_object_set_new(o, "evts_per_s", tune_real(s->evts_per_s));
	json_object_set_new(o, "cpu_share", tune_real(s->cpu_share));
	json_object_set_new(o, "rss_bytes", tune_real(s->rss_bytes));
	return o;
}
