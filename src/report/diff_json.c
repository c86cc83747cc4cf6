/* SPDX-License-Identifier: Apache-2.0 */
/* The diff as a document of templates/diff.schema.json. */
#include "report/diff_report.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "report/diff_sections.h"
#include "report/emit.h"

#include <math.h>

static json_t *number(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

static json_t *calls(const struct catalogue *cat, struct bitset scs)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;

	cat_scs_to_names(cat, scs, &names);
	return utf8_json_list(&names);
}

static json_t *count(size_t n)
{
	return json_integer((json_int_t)n);
}

/* ---- totals and sets ---- */

static json_t *total_json(const struct diff_total *t)
{
	json_t *o = json_object();

	json_object_set_new(o, "active_rules", count(t->n_rules));
	json_object_set_new(o, "syscalls", count(t->set_size));
	json_object_set_new(o, "evts_per_s", number(t->evts_per_s));
	json_object_set_new(o, "evals_per_s", number(t->evals_per_s));
	json_object_set_new(o, "checks_per_s", number(t->checks_per_s));
	json_object_set_new(o, "engine_cpu", number(t->engine_cpu));
	json_object_set_new(o, "kernel_cpu", number(t->kernel_cpu));
	return o;
}

static json_t *set_json(const struct diff_side *s)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;
	json_t *a = json_array();

	cat_scs_to_names(s->sel->cat, s->sel->final, &names);
	for (size_t i = 0; i < names.n; i++) {
		struct strbuf why cleanup_strbuf = STRBUF_INIT;
		json_t *o = json_object();

		diff_why_in(s, names.v[i], SIZE_MAX, &why);
		json_object_set_new(o, "name", json_string(names.v[i]));
		json_object_set_new(o, "why", utf8_json(why.len ? why.buf : "always traced"));
		json_array_append_new(a, o);
	}
	return a;
}

static json_t *side_json(const struct diff_side *s, const struct diff_total *t)
{
	json_t *o = total_json(t);

	json_object_set_new(o, "label", utf8_json(s->label));
	json_object_set_new(o, "files", utf8_json_list(&s->rules->files));
	json_object_set_new(o, "evts_p99_per_s", number(t->evts_p99));
	json_object_set_new(o, "set", set_json(s));
	return o;
}

/* ---- rows ---- */

static json_t *parts_json(unsigned parts)
{
	json_t *a = json_array();

	for (size_t i = 0; i < DIFF_N_PARTS; i++)
		if (parts & 1u << i)
			json_array_append_new(a, json_string(diff_part_names[i]));
	return a;
}

static json_t *pair(const struct strvec *gained, const struct strvec *lost)
{
	json_t *o = json_object();

	json_object_set_new(o, "gained", utf8_json_list(gained));
	json_object_set_new(o, "lost", utf8_json_list(lost));
	return o;
}

static json_t *call_pair(const struct catalogue *cat, struct bitset gained, struct bitset lost)
{
	json_t *o = json_object();

	json_object_set_new(o, "gained", calls(cat, gained));
	json_object_set_new(o, "lost", calls(cat, lost));
	return o;
}

static json_t *change_of(const struct diff_total *from, const struct diff_total *to)
{
	json_t *o = json_object();

	json_object_set_new(o, "syscalls",
			    json_integer((json_int_t)to->set_size - (json_int_t)from->set_size));
	json_object_set_new(o, "evts_per_s", number(to->evts_per_s - from->evts_per_s));
	json_object_set_new(o, "evals_per_s", number(to->evals_per_s - from->evals_per_s));
	json_object_set_new(o, "checks_per_s", number(to->checks_per_s - from->checks_per_s));
	json_object_set_new(o, "engine_cpu", number(to->engine_cpu - from->engine_cpu));
	json_object_set_new(o, "kernel_cpu", number(to->kernel_cpu - from->kernel_cpu));
	return o;
}

static const char *name_of(const struct rule *r)
{
	return r ? r->name : NULL;
}

static json_t *row_json(const struct diff_report *rep, const struct diff_row *r, size_t rank)
{
	const struct diff *d = rep->d;
	json_t *o = json_object();

	json_object_set_new(o, "rank", count(rank));
	json_object_set_new(o, "rule", utf8_json(name_of(r->new ? r->new : r->old)));
	json_object_set_new(o, "old_name", utf8_json(name_of(r->old)));
	json_object_set_new(o, "kind", json_string(diff_kind_names[r->kind]));
	json_object_set_new(o, "parts", parts_json(r->parts));
	json_object_set_new(o, "metadata", utf8_json_list(&r->metadata));
	json_object_set_new(o, "through", utf8_json_list(&r->through));
	json_object_set_new(o, "active_before", json_boolean(r->active_old));
	json_object_set_new(o, "active_after", json_boolean(r->active_new));
	json_object_set_new(o, "event_types", pair(&r->events_gained, &r->events_lost));
	json_object_set_new(o, "syscalls_named", pair(&r->calls_gained, &r->calls_lost));
	json_object_set_new(o, "syscalls_traced", call_pair(d->cat, r->gained, r->lost));
	json_object_set_new(o, "fields", pair(&r->fields_gained, &r->fields_lost));
	json_object_set_new(o, "output_fields", pair(&r->output_gained, &r->output_lost));
	json_object_set_new(o, "checks_before", count(r->checks_old));
	json_object_set_new(o, "checks_after", count(r->checks_new));
	json_object_set_new(o, "checks", pair(&r->tests_gained, &r->tests_lost));
	json_object_set_new(o, "checks_per_event_before", number(r->walked_old));
	json_object_set_new(o, "checks_per_event_after", number(r->walked_new));
	json_object_set_new(o, "not_traced", calls(d->cat, r->ignored));
	json_object_set_new(o, "not_traced_evts_per_s", number(r->ignored_per_s));
	json_object_set_new(o, "alone", change_of(&d->old, &r->alone));
	json_object_set_new(o, "in_the_whole", change_of(&r->without, &d->new));
	return o;
}

/* ---- buckets, blind spots ---- */

static json_t *bucket_json(const struct diff_bucket *b)
{
	json_t *o = json_object();

	json_object_set_new(o, "event", json_string(b->name));
	json_object_set_new(o, "traced_before", json_boolean(b->in_old));
	json_object_set_new(o, "traced_after", json_boolean(b->in_new));
	json_object_set_new(o, "evts_per_s", number(b->evts_per_s));
	json_object_set_new(o, "seen_per_s", number(b->seen_per_s));
	json_object_set_new(o, "rules_before", count(b->rules_old));
	json_object_set_new(o, "rules_after", count(b->rules_new));
	json_object_set_new(o, "checks_before", number(b->checks_old));
	json_object_set_new(o, "checks_after", number(b->checks_new));
	json_object_set_new(o, "evals_per_s_before",
			    number(b->in_old ? b->seen_per_s * (double)b->rules_old : 0));
	json_object_set_new(o, "evals_per_s_after",
			    number(b->in_new ? b->seen_per_s * (double)b->rules_new : 0));
	return o;
}

static json_t *spots_json(const struct diff *d, bool gained)
{
	json_t *a = json_array();

	for (size_t i = 0; i < d->n_spots; i++) {
		const struct diff_spot *s = &d->spots[i];
		json_t *o;

		if (s->gained != gained)
			continue;
		o = json_object();
		json_object_set_new(o, "rule", utf8_json(s->rule));
		json_object_set_new(o, "syscalls", calls(d->cat, s->scs));
		json_object_set_new(o, "blind", json_boolean(s->blind));
		json_array_append_new(a, o);
	}
	return a;
}

static json_t *blind_json(const struct diff *d)
{
	json_t *o = json_object();

	json_object_set_new(o, "gained", spots_json(d, true));
	json_object_set_new(o, "closed", spots_json(d, false));
	json_object_set_new(o, "no_rule_looks_at", calls(d->cat, d->unwatched));
	json_object_set_new(o, "first_looked_at", calls(d->cat, d->watched));
	return o;
}

/* ---- budget, measurement ---- */

static json_t *finding_json(const struct diff_report *r, const struct budget_finding *f)
{
	static const char *const units[] = {"plain", "percent", "points"};
	struct strvec names cleanup_strvec = STRVEC_INIT;
	json_t *o = json_object();

	for (size_t i = 0; i < f->n_rows; i++) {
		const struct diff_row *row = &r->d->rows[f->rows[i]];

		strvec_push(&names, name_of(row->new ? row->new : row->old));
	}
	json_object_set_new(o, "key", json_string(budget_key_names[f->limit->key]));
	json_object_set_new(o, "limit", json_string(f->limit->text));
	json_object_set_new(o, "unit", json_string(units[f->limit->unit]));
	json_object_set_new(o, "before", number(f->old));
	json_object_set_new(o, "after", number(f->new));
	json_object_set_new(o, "change", number(f->change));
	json_object_set_new(o, "measured", json_boolean(f->measured));
	json_object_set_new(o, "broken", json_boolean(f->broken));
	json_object_set_new(o, "rules", utf8_json_list(&names));
	json_object_set_new(o, "break_alone", count(f->n_alone));
	return o;
}

static json_t *side_row_json(const struct side_row *s)
{
	static const char *const units[] = {"per_s", "share", "ns", "bytes"};
	json_t *o = json_object();

	json_object_set_new(o, "key", json_string(s->key));
	json_object_set_new(o, "name", utf8_json(s->name));
	json_object_set_new(o, "unit", json_string(units[s->unit]));
	json_object_set_new(o, "before", number(s->old));
	json_object_set_new(o, "after", number(s->new));
	json_object_set_new(o, "relative", json_boolean(s->is_ratio));
	json_object_set_new(o, "change", number(s->change));
	json_object_set_new(o, "lo", number(s->lo));
	json_object_set_new(o, "hi", number(s->hi));
	json_object_set_new(o, "rounds", json_integer(s->rounds));
	json_object_set_new(o, "seen", json_boolean(s->seen));
	json_object_set_new(o, "indicative", json_boolean(s->indicative));
	return o;
}

static json_t *measured_json(const struct diff_report *r)
{
	struct diff_model_ratio ratios[DIFF_MODEL_RATIOS];
	json_t *o, *rows, *model;

	if (!r->sides)
		return json_null();
	o = json_object();
	rows = json_array();
	model = json_array();
	diff_model_ratios(r, ratios);
	for (size_t i = 0; i < DIFF_MODEL_RATIOS; i++)
		json_array_append_new(model, json_pack("{s:s, s:o, s:o}", "key", ratios[i].key,
						       "before", number(ratios[i].before), "after",
						       number(ratios[i].after)));
	for (size_t i = 0; i < r->sides->n; i++)
		json_array_append_new(rows, side_row_json(&r->sides->v[i]));
	json_object_set_new(o, "engine", utf8_json(r->run->engine_version));
	json_object_set_new(o, "embedded", json_boolean(r->run->engine_embedded));
	json_object_set_new(o, "load", utf8_json(r->run->n_cases ? r->run->cases[0].load : NULL));
	json_object_set_new(o, "duration_ns", json_integer(r->run->duration_ns));
	json_object_set_new(o, "runs_before", json_integer(r->sides->n_old));
	json_object_set_new(o, "runs_after", json_integer(r->sides->n_new));
	json_object_set_new(o, "interrupted", json_boolean(r->run->interrupted));
	json_object_set_new(o, "rows", rows);
	json_object_set_new(o, "model_over_measured", model);
	return o;
}

static json_t *price_json(const struct price *p)
{
	json_t *o = json_object();

	json_object_set_new(o, "source", json_string(p->source));
	json_object_set_new(o, "event_ns", number(p->event_ns));
	json_object_set_new(o, "check_ns", number(p->check_ns));
	json_object_set_new(o, "wake_ns", number(p->wake_ns));
	json_object_set_new(o, "kernel_ns", number(p->kernel_ns));
	return o;
}

json_t *diff_report_json(const struct diff_report *r)
{
	const struct diff *d = r->d;
	json_t *o = emit_head("rules-diff"), *rows = json_array(), *buckets = json_array(),
	       *findings = json_array();

	for (size_t i = 0; i < d->n; i++)
		json_array_append_new(rows, row_json(r, &d->rows[i], i + 1));
	for (size_t i = 0; i < d->n_buckets; i++)
		json_array_append_new(buckets, bucket_json(&d->buckets[i]));
	for (size_t i = 0; i < r->n_findings; i++)
		json_array_append_new(findings, finding_json(r, &r->findings[i]));
	json_object_set_new(o, "falco_release", json_string(r->falco));
	json_object_set_new(o, "host_profile", utf8_json(r->host_file));
	json_object_set_new(o, "prices", price_json(r->in->price ? r->in->price : &price_defaults));
	json_object_set_new(o, "before", side_json(&r->in->old, &d->old));
	json_object_set_new(o, "after", side_json(&r->in->new, &d->new));
	json_object_set_new(o, "overhead_change", json_boolean(!d->same_cost));
	json_object_set_new(o, "unchanged_rules", count(d->n_same));
	json_object_set_new(o, "reordered", json_boolean(d->reordered));
	json_object_set_new(o, "changes", rows);
	json_object_set_new(o, "buckets", buckets);
	json_object_set_new(o, "blind_spots", blind_json(d));
	json_object_set_new(o, "budget", findings);
	json_object_set_new(o, "measured", measured_json(r));
	return o;
}
