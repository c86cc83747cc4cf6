/* SPDX-License-Identifier: Apache-2.0 */
/* The document of a search: templates/search.schema.json. */
#include "advise/advise.h"
#include "base/jvalue.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "tune/json.h"
#include "tune/search.h"

static json_t *names_of(const struct search *w, struct bitset set)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;

	cat_scs_to_names(w->matrix.cat, set, &names);
	return utf8_json_list(&names);
}

static json_t *rule_names(const struct search *w, const struct giveup_step *g)
{
	json_t *a = json_array();

	for (size_t i = 0; i < g->n; i++)
		json_array_append_new(a, utf8_json(w->rules[g->rules[i]].name));
	return a;
}

static json_t *order_json(const struct search *w)
{
	json_t *a = json_array();

	for (size_t i = 0; i < w->order.n; i++) {
		const struct giveup_step *g = &w->order.v[i];

		json_array_append_new(a,
				      json_pack("{s:o, s:f, s:f, s:f, s:o}", "rules",
						rule_names(w, g), "weight", g->weight,
						"evts_per_s_before", g->before, "evts_per_s_after",
						g->after, "syscalls_gone", names_of(w, g->gone)));
	}
	return a;
}

static json_t *given_up(const struct search *w, const struct search_step *t)
{
	json_t *a = json_array();

	for (size_t i = 0; i < w->n_rules; i++)
		if (!t->kept[i])
			json_array_append_new(a, utf8_json(w->rules[i].name));
	return a;
}

static json_t *step_json(const struct search *w, const struct search_step *t)
{
	const struct res_case *c = search_case(t);
	json_t *o = json_object();

	json_object_set_new(o, "kind", json_string(search_kind_names[t->kind]));
	json_object_set_new(o, "rules_kept", json_integer((json_int_t)t->n_kept));
	json_object_set_new(o, "weight_kept", json_real(t->weight));
	json_object_set_new(o, "given_up", given_up(w, t));
	json_object_set_new(o, "predicted_evts_per_s", jvalue_real(t->predicted_per_s));
	json_object_set_new(o, "engine_kind", utf8_json(c->engine_kind));
	json_object_set_new(o, "buf_size_preset", json_integer(c->preset));
	json_object_set_new(o, "buffer_bytes", jvalue_whole(c->buffer_bytes));
	json_object_set_new(o, "buffers", jvalue_whole(c->n_buffers));
	json_object_set_new(o, "syscalls", utf8_json_list(&c->predicted));
	json_object_set_new(o, "dry_run_agrees",
			    c->dry_status == RES_OK ? json_boolean(c->agreement) : json_null());
	json_object_set_new(o, "measured", tune_summary(&c->sum));
	json_object_set_new(o, "window_seconds", json_real(res_case_seconds(c)));
	json_object_set_new(o, "outcome", json_string(search_outcome_names[t->outcome]));
	json_object_set_new(o, "decided", json_boolean(t->decided));
	json_object_set_new(o, "reason", utf8_json(t->reason));
	json_object_set_new(o, "result", json_boolean(t == w->result));
	return o;
}

static json_t *lost_json(const struct search *w)
{
	json_t *rules = json_array(), *o = json_object();

	for (size_t i = 0; i < w->n_lost; i++) {
		const struct search_lost *l = &w->lost[i];
		const struct search_rule *r = &w->rules[l->rule];

		json_array_append_new(rules, json_pack("{s:o, s:s, s:f, s:b, s:b, s:o}", "rule",
						       utf8_json(r->name), "priority",
						       rule_priority_names[r->priority], "weight",
						       r->weight, "disabled", l->disabled, "blind",
						       l->blind, "lost", utf8_json_list(&l->lost)));
	}
	json_object_set_new(o, "rules", rules);
	json_object_set_new(o, "state_missing", utf8_json_list(&w->state_missing));
	return o;
}

static json_t *result_json(const struct search *w)
{
	json_t *o = json_object();

	if (!w->result) {
		json_decref(o);
		return json_null();
	}
	json_object_set_new(o, "rules_kept", json_integer((json_int_t)w->result->n_kept));
	json_object_set_new(o, "weight_kept", json_real(w->result->weight));
	json_object_set_new(o, "disabled", given_up(w, w->result));
	json_object_set_new(o, "custom_set", utf8_json_list(&w->custom_set));
	json_object_set_new(o, "yaml", utf8_json(w->yaml));
	json_object_set_new(o, "flags", utf8_json_list(&w->flags));
	json_object_set_new(o, "measured", tune_summary(&search_case(w->result)->sum));
	json_object_set_new(o, "ledger", lost_json(w));
	json_object_set_new(o, "verified", json_boolean(w->verified));
	json_object_set_new(o, "verification", utf8_json(w->verification));
	return o;
}

/* Of every step. */
static json_t *commands_json(const struct search *w)
{
	struct strvec all cleanup_strvec = STRVEC_INIT;

	for (size_t i = 0; i < w->n; i++)
		strvec_copy(&all, &w->v[i]->plan.res.commands);
	return utf8_json_list(&all);
}

json_t *search_to_json(const struct search *w)
{
	const struct results *r = search_facts(w);
	json_t *o = json_object(), *steps = json_array(), *conf = tune_configuration(r);

	for (size_t i = 0; i < w->n; i++)
		json_array_append_new(steps, step_json(w, w->v[i]));
	json_object_set_new(conf, "commands", commands_json(w));
	json_object_set_new(conf, "duration_ns", json_integer(r->duration_ns));
	json_object_set_new(conf, "max_drop", json_real(w->max_drop));
	json_object_set_new(conf, "max_buffer_memory", jvalue_whole(w->max_memory));
	json_object_set_new(conf, "max_buffer_memory_from", utf8_json(w->max_memory_from));
	json_object_set_new(conf, "host_profile", utf8_json(w->host_file));
	json_object_set_new(conf, "rates_from", utf8_json(w->rates_from));
	json_object_set_new(conf, "rules", json_integer((json_int_t)w->n_rules));
	json_object_set_new(conf, "weight", json_real(w->weight));
	json_object_set_new(conf, "interrupted", json_boolean(w->interrupted));
	json_object_set_new(o, "schema", json_integer(1));
	json_object_set_new(o, "kind", json_string("search"));
	json_object_set_new(o, "host", res_host_json(r));
	json_object_set_new(o, "engine", res_engine_json(r));
	json_object_set_new(o, "configuration", conf);
	json_object_set_new(o, "state", json_string(search_state_names[w->state]));
	json_object_set_new(o, "reason", utf8_json(w->reason));
	json_object_set_new(o, "complete", json_boolean(w->complete));
	json_object_set_new(o, "order", order_json(w));
	json_object_set_new(o, "steps", steps);
	json_object_set_new(o, "result", result_json(w));
	json_object_set_new(o, "warnings", utf8_json_list(&w->warnings));
	return o;
}
