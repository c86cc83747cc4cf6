/* SPDX-License-Identifier: Apache-2.0 */
#include "report/cost_words.h"

#include "base/jvalue.h"
#include "base/utf8.h"

#include <math.h>

static json_t *names_of(const struct cost_report *r, struct bitset scs)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;
	json_t *out = json_array();

	cat_scs_to_names(r->c->cat, scs, &names);
	for (size_t i = 0; i < names.n; i++)
		json_array_append_new(out, json_string(names.v[i]));
	return out;
}

static json_t *text_or_null(const char *s)
{
	return s ? utf8_json(s) : json_null();
}

static json_t *sum_json(const struct cost_sum *s)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "events",
			 jvalue_real(s->events), "capture_ns", jvalue_real(s->capture),
			 "transport_ns", jvalue_real(s->transport), "state_ns",
			 jvalue_real(s->state), "rules_ns", jvalue_real(s->rules), "wake_ns",
			 jvalue_real(s->wake), "engine_ns", jvalue_real(cost_engine_ns(s)),
			 "total_ns", jvalue_real(cost_total_ns(s)), "evaluations",
			 jvalue_real(s->evaluations), "checks", jvalue_real(s->checks));
}

static json_t *rule_json(const struct cost_report *r, const struct cost_rule *v)
{
	struct strbuf advice cleanup_strbuf = STRBUF_INIT, first cleanup_strbuf = STRBUF_INIT,
			     call cleanup_strbuf = STRBUF_INIT;
	struct bitset one = {0};

	cost_words_lever(r, v, &advice);
	if (v->first)
		ast_print(v->first, &first);
	if (v->narrow > 0) {
		bitset_add(&one, v->narrow_sc);
		cost_words_calls(r, one, 1, &call);
	}
	return json_pack(
		"{s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, "
		"s:o}",
		"rule", utf8_json(v->rule->name), "known_by",
		!isnan(v->measured_ns) ? "measured"
		: v->known	       ? "counted"
				       : "estimated",
		"alone_ns", jvalue_real(v->alone), "alone_events", jvalue_real(v->alone_events),
		"gone", names_of(r, v->gone), "cost_ns", jvalue_real(v->cost), "offered",
		jvalue_real(v->offered), "evaluations", jvalue_real(v->evaluations), "checks",
		jvalue_real(v->checks), "estimated_ns", jvalue_real(v->ns), "measured_ns",
		jvalue_real(v->measured_ns), "narrow_ns", jvalue_real(v->narrow), "narrow_call",
		text_or_null(call.len ? call.buf : NULL), "reorder_ns", jvalue_real(v->reorder),
		"reorder_check", text_or_null(first.len ? first.buf : NULL), "lever",
		cost_lever_names[v->lever], "advice", utf8_json(advice.buf));
}

static json_t *step_json(const struct cost_report *r, const struct cost_step *s)
{
	json_t *rules = json_array();

	for (size_t i = 0; i < s->n; i++)
		json_array_append_new(rules, utf8_json(cost_step_rule(r, s->rules[i])));
	return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o}", "k", (json_int_t)s->k, "rules", rules,
			 "saves_ns",
			 jvalue_real(cost_total_ns(&r->c->whole) - cost_total_ns(&s->left)),
			 "saves_events", jvalue_real(r->c->whole.events - s->left.events), "left",
			 sum_json(&s->left), "gone", names_of(r, s->gone));
}

static json_t *bucket_json(const struct cost_bucket *b)
{
	return json_pack("{s:s, s:o, s:o, s:I, s:o, s:o, s:o}", "event", b->name, "events",
			 jvalue_real(b->weight), "seen", jvalue_real(b->seen), "rules",
			 (json_int_t)b->n_rules, "checks", jvalue_real(b->checks), "state_ns",
			 jvalue_real(b->state_ns), "rules_ns", jvalue_real(b->rules_ns));
}

static json_t *part_json(const struct cost_part *p)
{
	return json_pack("{s:o, s:o, s:o}", "model_ns", jvalue_real(p->predicted), "measured_ns",
			 jvalue_real(p->measured), "ratio",
			 p->measured > 0 ? jvalue_real(p->predicted / p->measured) : json_null());
}

static json_t *fit_json(const struct cost_report *r, size_t i)
{
	const struct cost_fit *f = &r->fits[i];

	return json_pack("{s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:o}", "profile",
			 utf8_json(r->profile_files[i]), "events", jvalue_real(f->events),
			 "rules_missing", (json_int_t)f->n_missing, "transport",
			 part_json(&f->transport), "state", part_json(&f->state), "rules",
			 part_json(&f->rules), "output", part_json(&f->output), "total",
			 part_json(&f->total));
}

/* The parameters that were used, with what they are from. */
static json_t *params_json(const struct cost_params *p)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < CP_N; i++)
		json_array_append_new(
			rows,
			json_pack("{s:s, s:s, s:o, s:f, s:o}", "id", cost_param_name(i), "unit",
				  cost_param_unit(i), "value", jvalue_real(p->v[i].value), "factor",
				  p->v[i].factor, "source", utf8_json(p->v[i].source)));
	for (size_t i = 0; i < p->n_states; i++) {
		struct strbuf id cleanup_strbuf = STRBUF_INIT;

		strbuf_addf(&id, "state.%s", p->states[i].event);
		json_array_append_new(rows, json_pack("{s:o, s:s, s:o, s:f, s:o}", "id",
						      utf8_json(id.buf), "unit",
						      cost_param_unit(CP_STATE), "value",
						      jvalue_real(p->states[i].v.value), "factor",
						      p->states[i].v.factor, "source",
						      utf8_json(p->states[i].v.source)));
	}
	return rows;
}

json_t *cost_json(const void *it)
{
	const struct cost_report *r = it;
	const struct cost_params *p = r->in->params;
	json_t *rules = json_array(), *steps = json_array(), *buckets = json_array(),
	       *fits = json_array();

	for (size_t i = 0; i < r->c->n_rules; i++)
		json_array_append_new(rules, rule_json(r, &r->c->rules[i]));
	for (size_t i = 0; i < r->c->n_steps; i++)
		json_array_append_new(steps, step_json(r, &r->c->steps[i]));
	for (size_t i = 0; i < r->c->n_buckets; i++)
		json_array_append_new(buckets, bucket_json(&r->c->buckets[i]));
	for (size_t i = 0; i < r->in->n_profiles; i++)
		json_array_append_new(fits, fit_json(r, i));
	return json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:{s:o, s:o, s:o, s:o}, "
			 "s:o, s:o, s:o, s:o, s:o, s:o}",
			 "schema", 1, "kind", "cost", "engine", cost_engine_names[p->engine],
			 "falco", r->falco, "rule_matching", r->in->first ? "first" : "all", "mix",
			 cost_mix_names[r->c->mix], "host", text_or_null(r->host_file),
			 "calibration", text_or_null(r->calibration_file), "calibration_error",
			 jvalue_real(p->error), "uncertainty", "engine_low_ns",
			 jvalue_real(r->c->lo), "engine_high_ns", jvalue_real(r->c->hi),
			 "capture_low_ns", jvalue_real(r->c->capture_lo), "capture_high_ns",
			 jvalue_real(r->c->capture_hi), "total", sum_json(&r->c->whole), "rules",
			 rules, "worst", steps, "event_types", buckets, "against_measurement", fits,
			 "parameters", params_json(p));
}
