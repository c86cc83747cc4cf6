/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/profile_priv.h"

#include "base/mem.h"

#include <math.h>
#include <string.h>

static const char *const titles[PROFILE_PHASES] = {
	[PROFILE_EMPTY_POLL] = "look at empty buffers",
	[PROFILE_SLEEP] = "sleep after an empty poll",
	[PROFILE_READ] = "get the next event",
	[PROFILE_STATE] = "process and descriptor state",
	[PROFILE_NOT_BROKEN] = "rules of events that matched none",
	[PROFILE_BROKEN] = "rules of events that matched one",
	[PROFILE_OUTPUT] = "format and queue alerts",
	[PROFILE_HOUSEKEEPING] = "metrics and timers",
};

static json_t *integer(uint64_t v)
{
	return json_integer((json_int_t)v);
}

static json_t *real_if(bool known, double v)
{
	return known && isfinite(v) ? json_real(v) : json_null();
}

static json_t *known(int64_t v)
{
	return v < 0 ? json_null() : json_integer(v);
}

json_t *profile_text(const char *s)
{
	json_t *o = s ? json_string(s) : NULL;

	return o ? o : json_null(); /* a name that is not UTF-8 is not known */
}

static json_t *histogram(const struct profile *p, const struct loghist *h)
{
	json_t *a = json_array();

	for (size_t i = 0; h && i < LOGHIST_BUCKETS; i++)
		if (h->bucket[i])
			json_array_append_new(
				a, json_pack("[f,f,I]", profile_ns(p, (double)loghist_low(i)),
					     profile_ns(p, (double)loghist_low(i + 1)),
					     (json_int_t)h->bucket[i]));
	return a;
}

static json_t *time_json(const struct profile *p, const struct span *s, bool with_histogram)
{
	json_t *o = json_object();
	bool any = s->timed && s->h;

	json_object_set_new(o, "count", integer(s->count));
	json_object_set_new(o, "timed", integer(s->timed));
	json_object_set_new(o, "sum_ns", json_real(s->ns));
	json_object_set_new(o, "mean_ns", real_if(any, any ? s->ns / (double)s->count : 0));
	json_object_set_new(o, "p50_ns",
			    real_if(any, any ? profile_ns(p, loghist_quantile(s->h, .5)) : 0));
	json_object_set_new(o, "p99_ns",
			    real_if(any, any ? profile_ns(p, loghist_quantile(s->h, .99)) : 0));
	json_object_set_new(o, "max_ns", real_if(any, s->max));
	json_object_set_new(o, "interrupted", integer(s->n_interrupted));
	json_object_set_new(o, "interrupted_ns", json_real(profile_ns(p, (double)s->interrupted)));
	if (with_histogram)
		json_object_set_new(o, "histogram", histogram(p, s->h));
	return o;
}
static void measure_json(const struct profile *p, const struct measure *m, json_t *o)
{
	json_object_set_new(o, "offered", integer(m->offered));
	json_object_set_new(o, "evaluations", integer(m->evaluations));
	json_object_set_new(o, "checks", integer(m->checks));
	json_object_set_new(
		o, "mean_checks",
		real_if(m->evaluations,
			m->evaluations ? (double)m->checks / (double)m->evaluations : 0));
	json_object_set_new(o, "matches", integer(m->matches));
	json_object_set_new(o, "not_broken", time_json(p, &m->not_broken, true));
	json_object_set_new(o, "broken", time_json(p, &m->broken, true));
	json_object_set_new(o, "output", time_json(p, &m->output, true));
}

/* --- checks ----------------------------------------------------------------------------------- */

static void check_side(json_t *o, const struct ast *side)
{
	cleanup_strbuf struct strbuf name = STRBUF_INIT;
	const struct ast *at = side;

	json_object_set_new(o, "transformer",
			    profile_text(side->kind == AST_TRANSFORMER ? side->text : NULL));
	while (at->kind == AST_TRANSFORMER && at->n)
		at = at->kids[0];
	if (at->kind == AST_FIELD)
		ast_field_name(at, &name);
	json_object_set_new(o, "field", profile_text(at->kind == AST_FIELD ? name.buf : NULL));
}

static json_t *exit_json(const struct eval_rule *r, int to)
{
	if (to < 0)
		return json_string(to == EVAL_ACCEPT ? "accept" : "reject");
	return json_integer((json_int_t)(r->first_check + r->n_checks - 1) - to);
}

/* Sum over all kinds of event and outcomes. */
static struct profile_leaf check_sum(const struct profile *p, size_t rule, size_t check, double *ns)
{
	struct profile_leaf sum = {0};

	*ns = 0;
	for (size_t nr = 0; nr < PROBE_SYSCALLS; nr++)
		for (size_t i = 0; i < p->e->by_nr[nr].n; i++) {
			if (p->e->by_nr[nr].v[i].rule != rule)
				continue;
			for (int s = 0; s < PROFILE_SLOTS; s++) {
				const struct profile_leaf *leaf =
					&p->by_nr[nr].cells[i].leaves[s][check];

				sum.n += leaf->n;
				sum.n_true += leaf->n_true;
				*ns += profile_leaf_ns(p, leaf, &p->e->rules[rule], check);
			}
		}
	return sum;
}

static json_t *check_json(const struct profile *p, size_t rule, size_t check)
{
	const struct eval_rule *r = &p->e->rules[rule];
	const struct eval_check *c = &p->e->checks[r->first_check + check];
	struct span time = profile_span(p, &p->of_check[r->first_check + check]);
	struct profile_leaf sum = check_sum(p, rule, check, &time.ns);
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	json_t *o = json_object();

	time.count = sum.n;
	ast_print(c->ast, &text);
	json_object_set_new(o, "id", integer(r->n_checks - 1 - check));
	json_object_set_new(o, "text", profile_text(text.buf));
	check_side(o, c->ast->kids[0]);
	json_object_set_new(o, "operator", profile_text(ast_op_name(c->ast->op)));
	json_object_set_new(
		o, "modifier",
		profile_text(c->ast->mod == MOD_NONE ? NULL : ast_modifier_name(c->ast->mod)));
	json_object_set_new(o, "constants", integer(c->m.n));
	json_object_set_new(o, "values_of_event", json_boolean(c->rhs != NULL));
	json_object_set_new(o, "by_event_type", json_boolean(c->by_call));
	json_object_set_new(o, "on_true", exit_json(r, c->on_true));
	json_object_set_new(o, "on_false", exit_json(r, c->on_false));
	json_object_set_new(o, "evaluations", integer(sum.n));
	json_object_set_new(o, "true", integer(sum.n_true));
	json_object_set_new(o, "time", p->checks ? time_json(p, &time, false) : json_null());
	return o;
}

/* --- rules and kinds of event ----------------------------------------------------------------- */

static json_t *rule_json(const struct profile *p, size_t rule, struct measure *total)
{
	const struct eval_rule *r = &p->e->rules[rule];
	json_t *o = json_object(), *events = json_array(), *checks = json_array(),
	       *tags = json_array(), *totals = json_object();

	memset(total, 0, sizeof(*total));
	for (size_t nr = 0; nr < PROBE_SYSCALLS; nr++)
		for (size_t i = 0; i < p->e->by_nr[nr].n; i++) {
			struct measure m = {0};
			json_t *event;

			if (p->e->by_nr[nr].v[i].rule != rule)
				continue;
			measure_add(total, p, nr, i);
			measure_add(&m, p, nr, i);
			if (!m.offered)
				continue;
			event = json_object();
			json_object_set_new(event, "event", profile_text(p->e->calls->nr[nr].name));
			json_object_set_new(event, "nr", integer(nr));
			measure_json(p, &m, event);
			json_array_append_new(events, event);
		}
	/* They are compiled from the last to the first. */
	for (size_t i = r->n_checks; i-- > 0;)
		json_array_append_new(checks, check_json(p, rule, i));
	for (size_t i = 0; i < r->rule->tags.n; i++)
		json_array_append_new(tags, profile_text(r->rule->tags.v[i]));
	measure_json(p, total, totals);
	json_object_set_new(o, "name", profile_text(r->rule->name));
	json_object_set_new(o, "priority", profile_text(rule_priority_names[r->rule->priority]));
	json_object_set_new(o, "source", profile_text(r->rule->source));
	json_object_set_new(o, "tags", tags);
	json_object_set_new(o, "evaluated", json_boolean(!r->why_not));
	json_object_set_new(o, "why_not", profile_text(r->why_not));
	json_object_set_new(o, "totals", totals);
	json_object_set_new(o, "by_event", events);
	json_object_set_new(o, "checks", checks);
	return o;
}

static json_t *event_type_json(const struct profile *p, size_t nr)
{
	const struct profile_bucket *b = &p->by_nr[nr];
	struct span state = profile_span(p, &b->state), rules = profile_span(p, &b->rules);
	struct measure sum = {0};
	json_t *o = json_object();

	for (size_t i = 0; i < p->e->by_nr[nr].n; i++)
		measure_add(&sum, p, nr, i);
	rules.count = b->evaluated;
	rules.ns = profile_bucket_ns(p, nr, false) + profile_bucket_ns(p, nr, true);
	json_object_set_new(o, "name", profile_text(p->e->calls->nr[nr].name));
	json_object_set_new(o, "nr", integer(nr));
	json_object_set_new(o, "events", integer(b->events));
	json_object_set_new(o, "rules", integer(p->e->by_nr[nr].n));
	json_object_set_new(o, "evaluated", integer(b->evaluated));
	json_object_set_new(o, "broken", integer(b->broken));
	json_object_set_new(o, "checks", integer(sum.checks));
	json_object_set_new(o, "matches", integer(sum.matches));
	json_object_set_new(o, "state", time_json(p, &state, true));
	json_object_set_new(o, "time", time_json(p, &rules, true));
	return o;
}

static json_t *event_types(const struct profile *p)
{
	json_t *a = json_array();

	for (size_t nr = 0; nr < PROBE_SYSCALLS; nr++)
		if (p->by_nr[nr].events)
			json_array_append_new(a, event_type_json(p, nr));
	return a;
}
/* --- the document ----------------------------------------------------------------------------- */

static json_t *iso_time(int64_t ns)
{
	time_t sec = (time_t)(ns / 1000000000);
	char text[32];
	struct tm tm;

	if (ns < 0 || !gmtime_r(&sec, &tm))
		return json_null();
	strftime(text, sizeof(text), "%FT%TZ", &tm);
	return json_string(text);
}

static json_t *source_json(const struct profile_about *a)
{
	json_t *o = json_object();

	json_object_set_new(o, "kind", json_string(a->replay ? "replay" : "live"));
	json_object_set_new(o, "file", profile_text(a->file));
	json_object_set_new(o, "pids", profile_text(a->pids));
	json_object_set_new(o, "recorded", iso_time(a->recorded_ns));
	json_object_set_new(o, "events_not_recorded", known(a->not_recorded));
	return o;
}

static json_t *events_json(const struct profile *p, const struct profile_about *a, uint64_t *events)
{
	uint64_t evaluated = 0, broken = 0;
	json_t *o = json_object();

	*events = 0;
	for (size_t nr = 0; nr < PROBE_SYSCALLS; nr++) {
		*events += p->by_nr[nr].events;
		evaluated += p->by_nr[nr].evaluated;
		broken += p->by_nr[nr].broken;
	}
	json_object_set_new(o, "seen", integer(*events));
	json_object_set_new(o, "own", integer(p->own));
	json_object_set_new(o, "without_rules", integer(*events - p->own - evaluated));
	json_object_set_new(o, "evaluated", integer(evaluated));
	json_object_set_new(o, "broken", integer(broken));
	json_object_set_new(o, "others", p->picking ? integer(p->others) : json_null());
	json_object_set_new(o, "kernel_events", known(a->kernel_events));
	json_object_set_new(o, "kernel_drops", known(a->kernel_drops));
	return o;
}

static json_t *overhead_json(const struct profile *p, double total, uint64_t events)
{
	json_t *o = json_object();
	double reading = profile_ns(p, p->reading);

	json_object_set_new(o, "reading_ns", json_real(reading));
	json_object_set_new(o, "reading_inside_ns",
			    real_if(p->inside_is_measured, profile_ns(p, p->reading_inside)));
	json_object_set_new(o, "readings", integer(p->n_readings));
	json_object_set_new(o, "readings_ns", json_real(reading * (double)p->n_readings));
	json_object_set_new(o, "total_ns", json_real(total));
	json_object_set_new(o, "per_event_ns",
			    real_if(events, events ? total / (double)events : 0));
	return o;
}

static json_t *phases_json(const struct profile *p, const struct span *of)
{
	json_t *a = json_array();

	for (int i = 0; i < PROFILE_PHASES; i++) {
		json_t *o = json_object();

		json_object_set_new(o, "id", json_string(profile_phase_ids[i]));
		json_object_set_new(o, "title", json_string(titles[i]));
		json_object_set_new(o, "time", time_json(p, &of[i], true));
		json_array_append_new(a, o);
	}
	return a;
}

json_t *profile_to_json(const struct profile *p, const struct profile_about *a)
{
	struct span of[PROFILE_PHASES], others = profile_span(p, &p->of_others);
	double window = profile_ns(p, (double)(p->ended - p->started)), sum = 0;
	double interrupted = profile_ns(p, (double)p->interrupted);
	double left;
	uint64_t n_interrupted = p->n_interrupted, events, evaluations = 0, checks = 0, matches = 0;
	json_t *o = json_object(), *rules = json_array(), *totals = json_object(), *counts;

	profile_phases(p, of);
	for (int i = 0; i < PROFILE_PHASES; i++) {
		sum += of[i].ns;
		interrupted += profile_ns(p, (double)of[i].interrupted);
		/* What it would have taken by itself is in the phase already. */
		if (of[i].count)
			interrupted -= (double)of[i].n_interrupted * of[i].ns / (double)of[i].count;
		n_interrupted += of[i].n_interrupted;
	}
	interrupted += profile_ns(p, (double)others.interrupted);
	n_interrupted += others.n_interrupted;
	if (others.count)
		interrupted -= (double)others.n_interrupted * others.ns / (double)others.count;
	left = window - sum - interrupted - others.ns;
	for (size_t i = 0; i < p->e->n; i++) {
		struct measure *m = xcalloc(1, sizeof(*m));

		json_array_append_new(rules, rule_json(p, i, m));
		evaluations += m->evaluations;
		checks += m->checks;
		matches += m->matches;
		free(m);
	}
	counts = events_json(p, a, &events);
	json_object_set_new(totals, "events", integer(events));
	json_object_set_new(totals, "evaluations", integer(evaluations));
	json_object_set_new(totals, "checks", integer(checks));
	json_object_set_new(totals, "matches", integer(matches));
	json_object_set_new(totals, "rules_ns",
			    json_real(of[PROFILE_NOT_BROKEN].ns + of[PROFILE_BROKEN].ns));
	json_object_set_new(totals, "output_ns", json_real(of[PROFILE_OUTPUT].ns));
	json_object_set_new(totals, "phases_ns", json_real(sum));
	json_object_set_new(totals, "interrupted_ns", json_real(interrupted));

	json_object_set_new(o, "schema", json_integer(1));
	json_object_set_new(o, "kind", json_string("profile"));
	json_object_set_new(o, "engine",
			    json_pack("{s:s,s:s,s:s}", "name", a->engine, "version", a->version,
				      "selects_as", a->selects_as));
	json_object_set_new(o, "host",
			    json_pack("{s:o,s:o,s:o}", "hostname", profile_text(a->hostname),
				      "kernel", profile_text(a->kernel), "n_cpus",
				      known(a->n_cpus)));
	json_object_set_new(o, "started", iso_time(p->started_ns));
	json_object_set_new(o, "source", source_json(a));
	json_object_set_new(o, "rule_matching", json_string(p->e->all ? "all" : "first"));
	json_object_set_new(o, "detail", json_string(p->checks ? "checks" : "rules"));
	json_object_set_new(o, "clock",
			    json_pack("{s:s,s:f}", "kind", "tsc", "ticks_per_ns", p->ticks_per_ns));
	json_object_set_new(o, "window_ns", json_real(window));
	json_object_set_new(o, "cpu_ns", json_integer(p->cpu_ns));
	json_object_set_new(o, "interrupted_above_ns", json_integer(PROFILE_INTERRUPTED_NS));
	json_object_set_new(o, "events", counts);
	json_object_set_new(o, "overhead", overhead_json(p, left, events));
	json_object_set_new(o, "phases", phases_json(p, of));
	json_object_set_new(o, "event_types", event_types(p));
	json_object_set_new(o, "rules", rules);
	json_object_set_new(
		o, "tree",
		profile_tree(p, of, window, interrupted, n_interrupted, left, events, &others));
	json_object_set_new(o, "totals", totals);
	return o;
}
