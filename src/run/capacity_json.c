/* SPDX-License-Identifier: Apache-2.0 */
/* The capacity document: templates/capacity.schema.json. */
#include "run/capacity.h"

#include "base/jvalue.h"
#include "base/mem.h"
#include "base/utf8.h"

json_t *capacity_round_to_json(const struct capacity_round *r)
{
	json_t *o = json_object();

	json_object_set_new(o, "index", json_integer(r->index));
	json_object_set_new(o, "scale", jvalue_real(r->scale));
	json_object_set_new(o, "t0_ns", jvalue_whole(r->t0_ns));
	json_object_set_new(o, "t1_ns", jvalue_whole(r->t1_ns));
	json_object_set_new(o, "seconds", jvalue_real(r->seconds));
	json_object_set_new(o, "n_evts", jvalue_whole(r->n_evts));
	json_object_set_new(o, "n_drops", jvalue_whole(r->n_drops));
	json_object_set_new(o, "num_evts", jvalue_whole(r->num_evts));
	json_object_set_new(o, "evts_per_s", jvalue_real(r->evts_per_s));
	json_object_set_new(o, "background_per_s", jvalue_real(r->background_per_s));
	json_object_set_new(o, "drop_rate", jvalue_real(r->drop_rate));
	json_object_set_new(o, "backlog", jvalue_real(r->backlog));
	json_object_set_new(o, "loss", jvalue_real(r->loss));
	json_object_set_new(o, "requested_ops_per_s", jvalue_real(r->requested_per_s));
	json_object_set_new(o, "achieved_ops_per_s", jvalue_real(r->achieved_per_s));
	json_object_set_new(o, "load_saturated", json_boolean(r->saturated));
	json_object_set_new(o, "slowest_operation", utf8_json(r->slowest));
	json_object_set_new(o, "cpu_share", jvalue_real(r->cpu_share));
	json_object_set_new(o, "wait_share", jvalue_real(r->wait_share));
	json_object_set_new(o, "rss_bytes", jvalue_whole(r->rss_bytes));
	json_object_set_new(o, "throttled_ns", jvalue_whole(r->throttled_ns));
	json_object_set_new(o, "nr_throttled", jvalue_whole(r->nr_throttled));
	return o;
}

static json_t *level_json(const struct capacity_level *l)
{
	json_t *o = json_object();

	json_object_set_new(o, "drop_rate", jvalue_real(l->drop_rate));
	json_object_set_new(o, "evts_per_s", jvalue_real(l->at.evts_per_s));
	json_object_set_new(o, "lo", jvalue_real(l->at.lo));
	json_object_set_new(o, "hi", jvalue_real(l->at.hi));
	json_object_set_new(o, "basis", utf8_json(capacity_basis_names[l->at.basis]));
	json_object_set_new(o, "ops_per_s", jvalue_real(l->ops_per_s));
	json_object_set_new(o, "headroom", jvalue_real(l->headroom));
	return o;
}

static json_t *resources_json(const struct capacity_resources *q)
{
	json_t *o;

	if (!q->there)
		return json_null();
	o = json_object();
	json_object_set_new(o, "cpu_request_m", jvalue_whole(q->cpu_request_m));
	json_object_set_new(o, "cpu_limit_m", jvalue_whole(q->cpu_limit_m));
	json_object_set_new(o, "memory_request", jvalue_whole(q->mem_request));
	json_object_set_new(o, "memory_limit", jvalue_whole(q->mem_limit));
	json_object_set_new(o, "yaml", utf8_json(q->yaml));
	json_object_set_new(o, "why", utf8_json(q->why));
	return o;
}

static json_t *config_json(const struct capacity_config *k, size_t n_levels)
{
	json_t *o = json_object(), *rounds = json_array(), *levels = json_array();

	for (size_t i = 0; i < k->n_rounds; i++)
		json_array_append_new(rounds, capacity_round_to_json(&k->rounds[i]));
	for (size_t i = 0; k->levels && i < n_levels; i++)
		json_array_append_new(levels, level_json(&k->levels[i]));
	json_object_set_new(o, "name", utf8_json(k->name));
	json_object_set_new(o, "case", utf8_json(k->case_key));
	json_object_set_new(o, "title", utf8_json(k->title));
	json_object_set_new(o, "syscalls", utf8_json_list(&k->set));
	json_object_set_new(o, "cpu_limit",
			    k->limits.cpus > 0 ? jvalue_real(k->limits.cpus) : json_null());
	json_object_set_new(o, "memory_limit",
			    k->limits.memory > 0 ? jvalue_whole(k->limits.memory) : json_null());
	json_object_set_new(o, "state", utf8_json(capacity_state_names[k->state]));
	json_object_set_new(o, "reason", utf8_json(k->reason));
	json_object_set_new(o, "engine_ended", json_boolean(k->engine_ended));
	json_object_set_new(o, "levels", levels);
	json_object_set_new(o, "operating_round",
			    k->operating < k->n_rounds ? json_integer(k->rounds[k->operating].index)
						       : json_null());
	json_object_set_new(o, "window_seconds", jvalue_real(k->window_s));
	json_object_set_new(o, "throttled_ns", jvalue_whole(k->throttled_ns));
	json_object_set_new(o, "rss_peak", jvalue_whole(k->rss_peak));
	json_object_set_new(o, "memory_peak", jvalue_whole(k->memory_peak));
	json_object_set_new(o, "oom_kills", jvalue_whole(k->oom_kills));
	json_object_set_new(o, "host_p99_evts_per_s", jvalue_real(k->host_p99));
	json_object_set_new(o, "resources", resources_json(&k->resources));
	json_object_set_new(o, "chosen", json_boolean(k->chosen));
	json_object_set_new(o, "rounds", rounds);
	return o;
}

static json_t *configuration_json(const struct capacity *c)
{
	const struct results *r = &c->plan->res;
	json_t *o = json_object(), *levels = json_array();

	for (size_t i = 0; i < c->n_levels; i++)
		json_array_append_new(levels, jvalue_real(c->levels[i]));
	json_object_set_new(o, "falcotune_version", utf8_json(r->falcotune_version));
	json_object_set_new(o, "started", utf8_json(r->started));
	json_object_set_new(o, "command", utf8_json(r->command));
	json_object_set_new(o, "commands", utf8_json_list(&c->commands));
	json_object_set_new(o, "falco_release", utf8_json(r->falco_release));
	json_object_set_new(o, "load", utf8_json(c->load));
	json_object_set_new(o, "load_title", utf8_json(c->load_title));
	json_object_set_new(o, "levels", levels);
	json_object_set_new(o, "warmup_ns", json_integer(c->warmup_ns));
	json_object_set_new(o, "duration_ns", json_integer(c->duration_ns));
	json_object_set_new(o, "rest_ns", json_integer(c->rest_ns));
	json_object_set_new(o, "host_profile", utf8_json(c->host_file));
	json_object_set_new(o, "interrupted", json_boolean(c->interrupted));
	return o;
}

json_t *capacity_to_json(const struct capacity *c)
{
	const struct results *r = &c->plan->res;
	json_t *o = json_object(), *all = json_array();

	for (size_t i = 0; i < c->n; i++)
		json_array_append_new(all, config_json(&c->v[i], c->n_levels));
	json_object_set_new(o, "schema", json_integer(1));
	json_object_set_new(o, "kind", json_string("capacity"));
	json_object_set_new(o, "host", res_host_json(r));
	json_object_set_new(o, "engine", res_engine_json(r));
	json_object_set_new(o, "configuration", configuration_json(c));
	json_object_set_new(o, "capacities", all);
	json_object_set_new(o, "warnings", utf8_json_list(&c->warnings));
	return o;
}
