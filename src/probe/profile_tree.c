/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The profile as a tree of inclusive times: phases, kinds of event, rules, checks.
 */
#include "probe/profile_priv.h"

#include "base/strbuf.h"

static json_t *node(const char *name, const char *kind, uint64_t count, double ns)
{
	json_t *o = json_object();

	json_object_set_new(o, "name", profile_text(name));
	json_object_set_new(o, "kind", json_string(kind));
	json_object_set_new(o, "count", json_integer((json_int_t)count));
	json_object_set_new(o, "sum_ns", json_real(ns));
	json_object_set_new(o, "children", json_array());
	return o;
}

static void give(json_t *parent, json_t *child)
{
	json_array_append_new(json_object_get(parent, "children"), child);
}

/* Checks of one rule; from and to: the slots that belong to the branch. */
static json_t *rule_node(const struct profile *p, size_t nr, size_t cell, enum profile_slot from,
			 enum profile_slot to)
{
	const struct profile_cell *c = &p->by_nr[nr].cells[cell];
	const struct eval_rule *r = profile_rule(p, nr, cell);
	uint64_t count = 0;
	double ns = 0;
	json_t *o;

	for (enum profile_slot s = from; s <= to; s++) {
		count += c->evaluations[s];
		ns += profile_cell_ns(p, nr, cell, s);
	}
	if (!count)
		return NULL;
	o = node(r->rule->name, "rule", count, ns);
	for (size_t i = r->n_checks; i-- > 0;) {
		cleanup_strbuf struct strbuf text = STRBUF_INIT;

		count = 0;
		ns = 0;
		for (enum profile_slot s = from; s <= to; s++) {
			count += c->leaves[s][i].n;
			ns += profile_leaf_ns(p, &c->leaves[s][i], r, i);
		}
		if (!count)
			continue;
		ast_print(p->e->checks[r->first_check + i].ast, &text);
		give(o, node(text.buf, "check", count, ns));
	}
	return o;
}

static void add_rules(const struct profile *p, json_t *phase, bool broken)
{
	for (size_t nr = 0; nr < PROBE_SYSCALLS; nr++) {
		const struct profile_bucket *b = &p->by_nr[nr];
		uint64_t count = broken ? b->broken : b->evaluated - b->broken;
		json_t *event;

		if (!count)
			continue;
		event = node(p->e->calls->nr[nr].name, "event", count,
			     profile_bucket_ns(p, nr, broken));
		for (size_t i = 0; i < p->e->by_nr[nr].n; i++) {
			json_t *rule = rule_node(p, nr, i, broken ? SLOT_OTHER : SLOT_NONE,
						 broken ? SLOT_MATCH : SLOT_NONE);

			if (rule)
				give(event, rule);
		}
		give(phase, event);
	}
}

static void add_states(const struct profile *p, json_t *phase)
{
	for (size_t nr = 0; nr < PROBE_SYSCALLS; nr++) {
		struct span s = profile_span(p, &p->by_nr[nr].state);

		if (p->by_nr[nr].events)
			give(phase,
			     node(p->e->calls->nr[nr].name, "event", p->by_nr[nr].events, s.ns));
	}
}

static void add_outputs(const struct profile *p, json_t *phase)
{
	for (size_t nr = 0; nr < PROBE_SYSCALLS; nr++) {
		json_t *event = node(p->e->calls->nr[nr].name, "event", 0, 0);
		uint64_t count = 0;
		double ns = 0;

		for (size_t i = 0; i < p->e->by_nr[nr].n; i++) {
			struct span s = profile_span(p, &p->by_nr[nr].cells[i].output);

			if (!s.count)
				continue;
			count += s.count;
			ns += s.ns;
			give(event,
			     node(profile_rule(p, nr, i)->rule->name, "rule", s.count, s.ns));
		}
		json_object_set_new(event, "count", json_integer((json_int_t)count));
		json_object_set_new(event, "sum_ns", json_real(ns));
		if (count)
			json_array_append(json_object_get(phase, "children"), event);
		json_decref(event);
	}
}

json_t *profile_tree(const struct profile *p, const struct span *of, double window,
		     double interrupted, uint64_t n_interrupted, double overhead, uint64_t events,
		     const struct span *others)
{
	json_t *root = node("engine", "window", events, window);

	for (int i = 0; i < PROFILE_PHASES; i++) {
		json_t *phase = node(profile_phase_ids[i], "phase", of[i].count, of[i].ns);

		if (i == PROFILE_NOT_BROKEN || i == PROFILE_BROKEN)
			add_rules(p, phase, i == PROFILE_BROKEN);
		else if (i == PROFILE_STATE)
			add_states(p, phase);
		else if (i == PROFILE_OUTPUT)
			add_outputs(p, phase);
		give(root, phase);
	}
	give(root, node("profiling", "overhead", p->n_readings, overhead));
	if (n_interrupted)
		give(root, node("interrupted", "overhead", n_interrupted, interrupted));
	if (p->picking)
		give(root, node("other processes", "overhead", others->count, others->ns));
	return root;
}
