/* SPDX-License-Identifier: Apache-2.0 */
#include "tune/json.h"

#include "base/jvalue.h"
#include "base/utf8.h"

json_t *tune_configuration(const struct results *r)
{
	json_t *o = json_object();

	json_object_set_new(o, "falcotune_version", utf8_json(r->falcotune_version));
	json_object_set_new(o, "started", utf8_json(r->started));
	json_object_set_new(o, "command", utf8_json(r->command));
	json_object_set_new(o, "commands", utf8_json_list(&r->commands));
	json_object_set_new(o, "falco_release", utf8_json(r->falco_release));
	json_object_set_new(o, "load", utf8_json(r->n_cases ? r->cases[0].load : NULL));
	json_object_set_new(o, "warmup_ns", json_integer(r->warmup_ns));
	json_object_set_new(o, "cpu_limit", jvalue_real(r->cpu_limit));
	json_object_set_new(o, "memory_limit", jvalue_whole(r->memory_limit));
	return o;
}

json_t *tune_summary(const struct res_summary *s)
{
	json_t *o = json_object();

	json_object_set_new(o, "live_runs", json_integer(s->n_ok));
	json_object_set_new(o, "exercised", json_boolean(s->exercised));
	json_object_set_new(o, "drop_rate", jvalue_real(s->drop_rate));
	json_object_set_new(o, "drop_lo", jvalue_real(s->drop_lo));
	json_object_set_new(o, "drop_hi", jvalue_real(s->drop_hi));
	json_object_set_new(o, "evts_per_s", jvalue_real(s->evts_per_s));
	json_object_set_new(o, "cpu_share", jvalue_real(s->cpu_share));
	json_object_set_new(o, "rss_bytes", jvalue_real(s->rss_bytes));
	return o;
}

int tune_read_summary(struct jpath *at, const json_t *o, struct res_case *c)
{
	static const struct field runs[] = {F_AS(F_INT, "live_runs", res_summary, n_ok), F_END};
	const json_t *measured = json_object_get(o, "measured");

	if (!measured || json_is_null(measured))
		return 0;
	return fields_read_part(at, o, "measured", res_summary_fields, &c->sum) ||
			       fields_read_part(at, o, "measured", runs, &c->sum)
		       ? -1
		       : 0;
}
