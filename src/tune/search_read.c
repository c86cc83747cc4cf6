/* SPDX-License-Identifier: Apache-2.0 */
/* The document of a search, read back. */
#include "tune/search_private.h"

#include "base/mem.h"
#include "tune/json.h"

#include <math.h>
#include <strings.h>
#include <string.h>

static const struct field head_fields[] = {
	F_AS(F_I64, "max_buffer_memory", search, max_memory),
	F_AS(F_STR, "max_buffer_memory_from", search, max_memory_from),
	F(F_DBL, search, max_drop),
	F(F_DBL, search, weight),
	F_AS(F_STR, "host_profile", search, host_file),
	F(F_BOOL, search, interrupted),
	F_END,
};

static const struct field whole_fields[] = {
	F(F_STR, search, reason),
	F(F_BOOL, search, complete),
	F(F_VEC, search, warnings),
	F_END,
};

static const struct field result_fields[] = {
	F(F_VEC, search, custom_set), F(F_STR, search, yaml),	      F(F_VEC, search, flags),
	F(F_BOOL, search, verified),  F(F_STR, search, verification), F_END,
};

static const struct field step_fields[] = {
	F_AS(F_DBL, "weight_kept", search_step, weight),
	F_AS(F_DBL, "predicted_evts_per_s", search_step, predicted_per_s),
	F_AS(F_INT, "buf_size_preset", search_step, preset),
	F(F_BOOL, search_step, decided),
	F(F_STR, search_step, reason),
	F_END,
};

static const struct field case_fields[] = {
	F(F_STR, res_case, engine_kind),
	F_AS(F_I64, "buf_size_preset", res_case, preset),
	F(F_I64, res_case, buffer_bytes),
	F_AS(F_I64, "buffers", res_case, n_buffers),
	F_AS(F_VEC, "syscalls", res_case, predicted),
	F_END,
};

/* ---- rules, which are known by what is said of them ---- */

static size_t rule_index(struct search *w, const char *name)
{
	for (size_t i = 0; i < w->n_rules; i++) {
		if (!w->rules[i].name)
			w->rules[i].name = xstrdup(name);
		if (!strcmp(w->rules[i].name, name))
			return i;
	}
	return SIZE_MAX;
}

static int take_rule(struct jpath *at, struct search *w, const json_t *name, size_t *out)
{
	*out = json_is_string(name) ? rule_index(w, json_string_value(name)) : SIZE_MAX;
	return *out == SIZE_MAX
		       ? jpath_bad(at, "rule", "a name of one of as many rules as there are")
		       : 0;
}

/* ---- the order ---- */

static int read_candidate(struct jpath *at, const json_t *j, void *slot)
{
	static const struct field fields[] = {
		F(F_DBL, giveup_step, weight),
		F_AS(F_DBL, "evts_per_s_before", giveup_step, before),
		F_AS(F_DBL, "evts_per_s_after", giveup_step, after),
		F_END,
	};
	struct search *w = (struct search *)at->arg;
	const json_t *rules = json_object_get(j, "rules"), *gone;
	struct giveup_step *g = slot;
	size_t i;
	json_t *e;

	if (fields_read(at, fields, j, g))
		return -1;
	g->rules = xcalloc(json_array_size(rules) + 1, sizeof(*g->rules));
	json_array_foreach(rules, i, e)
	{
		if (take_rule(at, w, e, &g->rules[g->n]))
			return -1;
		g->n++;
	}
	gone = json_object_get(j, "syscalls_gone");
	json_array_foreach(gone, i, e)
	{
		size_t sc =
			json_is_string(e) ? cat_sc_by_name(w->matrix.cat, json_string_value(e)) : 0;

		if (sc)
			bitset_add(&g->gone, sc);
	}
	return 0;
}

/* ---- steps ---- */

static int read_step(struct jpath *at, const json_t *j, struct search *w, struct search_step *t)
{
	struct results *r = &t->plan.res;
	struct res_case *c;
	int kind = 0, outcome = 0;

	t->plan.v = xcalloc(2, sizeof(*t->plan.v));
	r->cases = xcalloc(2, sizeof(*r->cases));
	r->n_cases = 1;
	c = r->cases;
	res_case_init(c);
	t->predicted_per_s = NAN;
	if (fields_read(at, step_fields, j, t) || fields_read(at, case_fields, j, c) ||
	    tune_read_summary(at, j, c) ||
	    fields_read_word(at, j, "kind", search_kind_names, SEARCH_BUFFERS + 1, &kind) ||
	    fields_read_word(at, j, "outcome", search_outcome_names, SEARCH_STEP_FAILED + 1,
			     &outcome))
		return -1;
	t->kind = (enum search_kind)kind;
	t->outcome = (enum search_outcome)outcome;
	t->n_kept = (size_t)json_integer_value(json_object_get(j, "rules_kept"));
	if (json_is_true(json_object_get(j, "result")))
		w->result = t;
	return 0;
}

static int read_steps(struct jpath *at, const json_t *doc, struct search *w)
{
	const json_t *steps = json_object_get(doc, "steps");
	struct results *head;

	if (!json_array_size(steps))
		return jpath_bad(at, "steps", "an array of steps");
	w->v = xcalloc(json_array_size(steps) + 1, sizeof(*w->v));
	for (size_t i = 0; i < json_array_size(steps); i++) {
		size_t back = jpath_enter(at, "steps", i);

		w->v[w->n++] = xcalloc(1, sizeof(**w->v));
		if (read_step(at, json_array_get(steps, i), w, w->v[i]))
			return -1;
		jpath_leave(at, back);
	}
	head = &w->v[0]->plan.res;
	return results_head_from_json(at, doc, head);
}

/* ---- the result ---- */

static int priority_of(struct jpath *at, const json_t *j, enum rule_priority *out)
{
	const char *s = json_string_value(json_object_get(j, "priority"));

	for (int i = 0; s && i <= PRIORITY_DEBUG; i++)
		if (!strcasecmp(s, rule_priority_names[i])) {
			*out = (enum rule_priority)i;
			return 0;
		}
	return jpath_bad(at, "priority", "a priority");
}

static int read_lost(struct jpath *at, const json_t *j, void *slot)
{
	static const struct field fields[] = {F(F_VEC, search_lost, lost),
					      F(F_BOOL, search_lost, blind),
					      F(F_BOOL, search_lost, disabled), F_END};
	struct search *w = (struct search *)at->arg;
	struct search_lost *l = slot;

	if (take_rule(at, w, json_object_get(j, "rule"), &l->rule) ||
	    fields_read(at, fields, j, l) || priority_of(at, j, &w->rules[l->rule].priority))
		return -1;
	w->rules[l->rule].weight = json_number_value(json_object_get(j, "weight"));
	return 0;
}

static int read_result(struct jpath *at, const json_t *doc, struct search *w)
{
	static const struct field state[] = {F(F_VEC, search, state_missing), F_END};
	const json_t *o = json_object_get(doc, "result"), *ledger = json_object_get(o, "ledger");
	size_t back = jpath_enter(at, "result", SIZE_MAX);
	void *lost = NULL;
	int rc;

	if (!json_is_object(o)) {
		jpath_leave(at, back);
		return w->result ? jpath_bad(at, "result", "the result that a step is marked as")
				 : 0;
	}
	if (!w->result)
		return jpath_bad_here(at, "a step that is marked as the result");
	if (fields_read(at, result_fields, o, w) || fields_read_part(at, o, "ledger", state, w))
		return -1;
	rc = jpath_array(at, ledger, "rules", sizeof(*w->lost), read_lost, &lost, &w->n_lost);
	w->lost = lost;
	jpath_leave(at, back);
	return rc;
}

static int read_search(struct jpath *at, const json_t *doc, struct search *w)
{
	const json_t *conf = json_object_get(doc, "configuration");
	json_int_t rules = json_integer_value(json_object_get(conf, "rules"));
	void *order = NULL;
	int state = 0, rc;

	if (rules < 0 || rules > 1000000)
		return jpath_bad(at, "configuration.rules", "the number of rules");
	w->rules = xcalloc((size_t)rules + 1, sizeof(*w->rules));
	w->n_rules = (size_t)rules;
	w->matrix.cat = catalogue_find(json_string_value(json_object_get(conf, "falco_release")));
	if (!w->matrix.cat)
		return jpath_bad(at, "configuration.falco_release", "a release that is known");
	w->rates_from = json_string_value(json_object_get(conf, "rates_from"));
	if (fields_read_part(at, doc, "configuration", head_fields, w) ||
	    fields_read(at, whole_fields, doc, w) ||
	    fields_read_word(at, doc, "state", search_state_names, SEARCH_NOT_MEASURED + 1,
			     &state) ||
	    read_steps(at, doc, w))
		return -1;
	w->state = (enum search_state)state;
	rc = jpath_array(at, doc, "order", sizeof(*w->order.v), read_candidate, &order,
			 &w->order.n);
	w->order.v = order;
	if (rc || read_result(at, doc, w))
		return -1;
	for (size_t i = 0; i < w->n_rules; i++) /* of which nothing is said */
		if (!w->rules[i].name)
			w->rules[i].name = xstrdup("");
	w->v[0]->plan.res.cases[0].load =
		xstrdup(json_string_value(json_object_get(conf, "load"))
				? json_string_value(json_object_get(conf, "load"))
				: "unknown");
	/* What is said of these states needs what was found. */
	if ((w->state == SEARCH_FOUND || w->state == SEARCH_NOTHING_TO_GIVE) && !w->result)
		return jpath_bad(at, "result", "a result in this state");
	return w->state == SEARCH_FOUND && !w->yaml ? jpath_bad(at, "result", "a block to paste")
						    : 0;
}

int search_from_json(struct search *out, const json_t *doc, const char *text, size_t len,
		     const char *file, struct error *err)
{
	struct jpath at = jpath_root(file, text, len, out, err);
	int rc;

	*out = (struct search){.max_memory = RES_UNKNOWN, .max_drop = NAN};
	rc = read_search(&at, doc, out);
	strbuf_release(&at.path);
	return rc;
}
