/* SPDX-License-Identifier: Apache-2.0 */
/* The document of a sweep: templates/sweep.schema.json. */
#include "tune/json.h"
#include "tune/sweep.h"

#include "base/jvalue.h"
#include "base/mem.h"
#include "base/utf8.h"

static json_t *point_json(const struct sweep *w, const struct sweep_point *t)
{
	const struct res_case *c = &w->plan->res.cases[t->case_index];
	char *yaml cleanup_free = sweep_yaml(w, t);
	json_t *o = json_object();

	json_object_set_new(o, "name", utf8_json(t->name));
	json_object_set_new(o, "case", utf8_json(c->key));
	json_object_set_new(o, "buf_size_preset", json_integer(c->preset));
	json_object_set_new(o, "cpus_for_each_buffer", json_integer(t->cpus));
	json_object_set_new(o, "buffer_bytes", json_integer(c->buffer_bytes));
	json_object_set_new(o, "buffers", json_integer(t->n_buffers));
	json_object_set_new(o, "memory_bytes", json_integer(t->memory));
	json_object_set_new(o, "target_buffers", jvalue_whole(t->n_buffers_for));
	json_object_set_new(o, "target_memory_bytes", jvalue_whole(t->memory_for));
	json_object_set_new(o, "state", json_string(sweep_state_names[t->state]));
	json_object_set_new(o, "why", utf8_json(t->why));
	json_object_set_new(o, "front", json_boolean(t->front));
	json_object_set_new(o, "layer", t->layer ? json_integer(t->layer) : json_null());
	json_object_set_new(o, "place", t->place ? json_integer(t->place) : json_null());
	json_object_set_new(o, "chosen", json_boolean(t->chosen));
	json_object_set_new(o, "rounds", json_integer(t->rounds));
	json_object_set_new(o, "window_seconds", json_real(t->seconds));
	json_object_set_new(o, "coverage", jvalue_real(t->coverage));
	json_object_set_new(o, "syscalls", utf8_json_list(&c->predicted));
	json_object_set_new(o, "measured",
			    t->state == SWEEP_MEASURED ? tune_summary(&c->sum) : json_null());
	json_object_set_new(o, "yaml", utf8_json(yaml));
	return o;
}

json_t *sweep_to_json(const struct sweep *w)
{
	const struct results *r = &w->plan->res;
	json_t *o = json_object(), *rounds = json_array(), *points = json_array();
	json_t *conf = tune_configuration(r);

	for (size_t i = 0; i < w->n_rounds; i++)
		json_array_append_new(rounds, json_pack("{s:I, s:I, s:b}", "settings",
							(json_int_t)w->rounds[i].n, "duration_ns",
							(json_int_t)w->rounds[i].duration_ns,
							"done", i < w->rounds_done));
	for (size_t i = 0; i < w->n; i++)
		json_array_append_new(points, point_json(w, &w->v[w->order[i]]));
	json_object_set_new(conf, "max_buffer_memory", jvalue_whole(w->max_memory));
	json_object_set_new(conf, "max_buffer_memory_from", utf8_json(w->max_memory_from));
	json_object_set_new(conf, "target_cpus",
			    w->n_cpus_for ? json_integer(w->n_cpus_for) : json_null());
	json_object_set_new(conf, "max_drop", jvalue_real(w->max_drop));
	json_object_set_new(conf, "interrupted", json_boolean(w->interrupted));
	json_object_set_new(o, "schema", json_integer(1));
	json_object_set_new(o, "kind", json_string("sweep"));
	json_object_set_new(o, "host", res_host_json(r));
	json_object_set_new(o, "engine", res_engine_json(r));
	json_object_set_new(o, "configuration", conf);
	json_object_set_new(o, "rounds", rounds);
	json_object_set_new(o, "points", points);
	json_object_set_new(o, "verification", res_verification_to_json(&w->verification));
	json_object_set_new(o, "warnings", utf8_json_list(&w->warnings));
	return o;
}
