/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/model_private.h"

#include "base/mem.h"
#include "cost/wake.h"

#include <math.h>
#include <string.h>

/* Default likelihoods may be wrong by this factor in what they make of the checks that are walked;
 * the clock of a measurement by that one. */
#define LIKELIHOOD_FACTOR 2
#define NS_PER_S	  1e9
#define MEASURED_FACTOR	  1.05

/* A lever that is not to disable the rule is proposed when it saves this much of what disabling
 * saves (narrow), or of the rule's evaluation (reorder). */
#define NARROW_LEAST  0.5
#define REORDER_LEAST 0.1

const char *const cost_mix_names[] = {"host", "profile", "even"};
const char *const cost_lever_names[] = {"disable", "narrow", "reorder"};

static double known(double v)
{
	return isnan(v) ? 0 : v;
}

double cost_engine_ns(const struct cost_sum *s)
{
	return s->transport + s->state + s->rules + known(s->wake);
}

double cost_total_ns(const struct cost_sum *s)
{
	return s->capture + cost_engine_ns(s);
}

double cost_cell_ns(const struct cost_cell *c)
{
	return isnan(c->measured) ? c->ns + c->output : c->measured;
}

/* ---- the table ---- */

static void fill_cell(struct cost_table *t, size_t rule, size_t place, bool measured)
{
	const struct cost_params *params = t->in->params;
	const struct cost_place *at = &t->places.v[place];
	const struct rule *r = t->rules[rule];
	struct walk_expected e = walk_expect(&t->walk, r->ast, at->code);
	struct walk_expected best = walk_best(&t->walk, r->ast, at->code);
	const struct ep_work *w = known_work(t->in->profiles, t->in->n_profiles, r->name, at->name);
	struct cost_cell *c = &t->cells[place][t->n_cells[place]++];
	double rule_ns = known(params->v[CP_RULE].value);

	*c = (struct cost_cell){.rule = rule,
				.checks = e.checks,
				.ns = rule_ns + e.ns,
				.best_ns = rule_ns + fmin(best.ns, e.ns),
				.p = e.p,
				.measured = (double)NAN};
	if (!w)
		return;
	c->p = (double)w->matches / (double)w->evaluations;
	c->output = c->p * known(params->v[CP_OUTPUT].value);
	if (measured)
		c->measured = (w->not_broken.sum_ns + w->broken.sum_ns + w->output.sum_ns) /
			      (double)w->evaluations;
	t->measured[rule] = t->measured[rule] || measured;
}

static void fill_rule(struct cost_table *t, struct rule_prices *prices, size_t rule, bool measured)
{
	const struct rule *r = t->rules[rule];

	rule_prices_start(prices, r->name);
	for (size_t i = 0; i < t->places.n; i++)
		if (!bitset_empty(bitset_and(r->codes, t->places.v[i].codes)))
			fill_cell(t, rule, i, measured);
	t->known[rule] = prices->any_known;
}

static struct bitset whole_set(const struct cost_input *in)
{
	struct selection sel = SELECTION_INIT;
	struct bitset final;

	selection_compute(in->in, &sel);
	final = sel.final;
	selection_release(&sel);
	return final;
}

void cost_table_make(struct cost_table *t, const struct cost_input *in, bool measured)
{
	struct rule_prices prices = {.known = &t->likely, .params = in->params};
	const struct walk_prices hooks = rule_prices_hooks(&prices);
	size_t n = 0;

	*t = (struct cost_table){
		.in = in,
		.rules = xcalloc(in->rules->n + 1, sizeof(*t->rules)),
		.known = xcalloc(in->rules->n + 1, sizeof(bool)),
		.measured = xcalloc(in->rules->n + 1, sizeof(bool)),
		.walk = {.cat = in->in->cat, .enter_events = in->enter_events, .prices = &hooks}};
	for (size_t i = 0; i < in->rules->n; i++)
		if (rule_is_active(&in->rules->rules[i], in->opt))
			t->rules[n++] = &in->rules->rules[i];
	t->n_rules = n;
	known_make(&t->likely, in->profiles, in->n_profiles);
	cost_places_make(in, whole_set(in), cost_mix_of(in), &t->places);
	t->cells = xcalloc(t->places.n + 1, sizeof(*t->cells));
	t->n_cells = xcalloc(t->places.n + 1, sizeof(*t->n_cells));
	for (size_t i = 0; i < t->places.n; i++)
		t->cells[i] = xcalloc(n + 1, sizeof(**t->cells));
	for (size_t i = 0; i < n; i++)
		fill_rule(t, &prices, i, measured);
	t->walk.prices = NULL; /* of this function */
	rule_prices_release(&prices);
}

void cost_table_release(struct cost_table *t)
{
	for (size_t i = 0; i < t->places.n; i++)
		free(t->cells[i]);
	free(t->cells);
	free(t->n_cells);
	free(t->places.v);
	free(t->rules);
	free(t->known);
	free(t->measured);
	walk_release(&t->walk);
	known_release(&t->likely);
}

/* ---- sums ---- */

static void add_place(const struct cost_table *t, size_t place, const bool *kept,
		      struct cost_sum *s)
{
	const struct cost_params *p = t->in->params;
	const struct cost_place *at = &t->places.v[place];
	double reach = 1;
	bool any = false;

	s->events += at->weight;
	s->capture += at->weight * known(p->v[CP_CAPTURE].value);
	s->transport += at->seen * known(p->v[CP_TRANSPORT].value);
	s->state += at->seen * known(cost_state(p, at->name)->value);
	for (size_t i = 0; i < t->n_cells[place]; i++) {
		const struct cost_cell *c = &t->cells[place][i];

		if (kept && !kept[c->rule])
			continue;
		if (!any)
			s->rules += at->seen * known(p->v[CP_EVALUATED].value);
		any = true;
		s->evaluations += at->seen * reach;
		s->checks += at->seen * reach * c->checks;
		s->rules += at->seen * reach * cost_cell_ns(c);
		if (t->in->first)
			reach *= 1 - c->p;
	}
}

static void add_wake(const struct cost_table *t, struct cost_sum *s)
{
	double wake = known(t->in->params->v[CP_WAKE].value) / NS_PER_S;

	s->wake = cost_mix_of(t->in) == COST_MIX_HOST
			  ? wake_cpu(wake, s->events, cost_engine_ns(s) / NS_PER_S) * NS_PER_S
			  : (double)NAN;
}

struct cost_sum cost_of(const struct cost_table *t, const bool *kept, const struct bitset *scs,
			struct bitset *final)
{
	struct select_rule *rules cleanup_free = xcalloc(t->n_rules + 1, sizeof(*rules));
	struct select_input in = *t->in->in;
	struct selection sel = SELECTION_INIT;
	struct cost_sum s = {0};
	size_t n = 0;

	for (size_t i = 0; i < t->n_rules; i++)
		if (!kept || kept[i])
			rules[n++] = (struct select_rule){t->rules[i]->name,
							  scs ? scs[i] : t->rules[i]->scs};
	in.rules = rules;
	in.n_rules = n;
	selection_compute(&in, &sel);
	for (size_t i = 0; i < t->places.n; i++)
		if (rate_selects(&sel, t->places.v[i].name) ||
		    bitset_has(&sel.final, t->places.v[i].sc))
			add_place(t, i, kept, &s);
	add_wake(t, &s);
	*final = sel.final;
	selection_release(&sel);
	return s;
}

/* ---- rules ---- */

/* The check that is to be looked at first, of the top `and` in the bucket with most events: the one
 * of the best rank that something dearer stands before. */
static const struct ast *check_to_move(struct cost_table *t, size_t rule, size_t code)
{
	const struct ast *a = t->rules[rule]->ast, *found = NULL;
	struct rule_prices prices = {.known = &t->likely, .params = t->in->params};
	const struct walk_prices hooks = rule_prices_hooks(&prices);
	double worst = 0, best = (double)INFINITY;

	rule_prices_start(&prices, t->rules[rule]->name);
	t->walk.prices = &hooks;
	for (uint32_t i = 0; a->kind == AST_AND && i < a->n; i++) {
		struct walk_expected e = walk_expect(&t->walk, a->kids[i], code);
		double rank = e.p < 1 ? e.ns / (1 - e.p) : (double)INFINITY;

		if (e.ns > 0 && rank < worst && rank < best) {
			found = a->kids[i];
			best = rank;
		}
		worst = fmax(worst, rank);
	}
	t->walk.prices = NULL;
	rule_prices_release(&prices);
	return found;
}

static void add_rule_places(struct cost_table *t, struct cost_rule *out, size_t rule)
{
	double checks = 0, ns = 0, measured = 0, measured_n = 0, most = -1;
	size_t code = 0;

	for (size_t i = 0; i < t->places.n; i++) {
		const struct cost_place *at = &t->places.v[i];
		double reach = 1;

		for (size_t k = 0; k < t->n_cells[i]; k++) {
			const struct cost_cell *c = &t->cells[i][k];
			double n = at->seen * reach;

			if (t->in->first)
				reach *= 1 - c->p;
			if (c->rule != rule)
				continue;
			out->offered += at->seen;
			out->evaluations += n;
			out->cost += n * cost_cell_ns(c);
			out->reorder += n * (c->ns - c->best_ns);
			checks += n * c->checks;
			ns += n * (c->ns + c->output);
			if (!isnan(c->measured)) {
				measured += n * c->measured;
				measured_n += n;
			}
			if (n > most) {
				most = n;
				code = at->code;
			}
		}
	}
	out->checks = checks / out->evaluations;
	out->ns = ns / out->evaluations;
	out->measured_ns = measured / measured_n;
	if (out->reorder > 0)
		out->first = check_to_move(t, rule, code);
	if (!out->first)
		out->reorder = 0;
}

/* What one call less in its condition saves, were its events gone. */
static void find_narrow(const struct cost_table *t, struct cost_rule *out, size_t rule,
			const struct cost_sum *whole)
{
	struct bitset *scs cleanup_free = xcalloc(t->n_rules + 1, sizeof(*scs));
	struct bitset final, left = bitset_minus(out->rule->scs, out->gone);

	if (bitset_empty(left) && bitset_count(out->gone) < 2)
		return; /* nothing would be left of the rule */
	for (size_t i = 0; i < t->n_rules; i++)
		scs[i] = t->rules[i]->scs;
	bitset_for_each (sc, &out->gone) {
		struct cost_sum s;
		double gain;

		if (!bitset_has(&out->rule->scs, sc))
			continue;
		bitset_del(&scs[rule], sc);
		s = cost_of(t, NULL, scs, &final);
		gain = cost_total_ns(whole) - cost_total_ns(&s);
		if (gain > out->narrow) {
			out->narrow = gain;
			out->narrow_sc = sc;
		}
		bitset_add(&scs[rule], sc);
	}
}

static void choose_lever(struct cost_rule *r)
{
	if (r->narrow > 0 && r->narrow >= NARROW_LEAST * r->alone)
		r->lever = COST_NARROW;
	else if (r->reorder > 0 && r->reorder >= REORDER_LEAST * r->cost)
		r->lever = COST_REORDER;
	else
		r->lever = COST_DISABLE;
}

static void fill_rules(struct cost_table *t, struct cost *out, struct bitset whole)
{
	bool *kept cleanup_free = xcalloc(t->n_rules + 1, sizeof(*kept));

	memset(kept, true, t->n_rules);
	for (size_t i = 0; i < t->n_rules; i++) {
		struct cost_rule *r = &out->rules[i];
		struct bitset final;
		struct cost_sum s;

		*r = (struct cost_rule){.rule = t->rules[i], .known = t->known[i]};
		add_rule_places(t, r, i);
		kept[i] = false;
		s = cost_of(t, kept, NULL, &final);
		kept[i] = true;
		r->alone = cost_total_ns(&out->whole) - cost_total_ns(&s);
		r->alone_events = out->whole.events - s.events;
		r->gone = bitset_minus(whole, final);
		find_narrow(t, r, i, &out->whole);
		choose_lever(r);
		out->n_known += t->known[i];
		out->n_measured += t->measured[i];
	}
	out->n_rules = t->n_rules;
}

/* ---- buckets ---- */

static void fill_buckets(const struct cost_table *t, struct cost *out)
{
	out->buckets = xcalloc(t->places.n + 1, sizeof(*out->buckets));
	for (size_t i = 0; i < t->places.n; i++) {
		const struct cost_place *at = &t->places.v[i];
		struct cost_bucket *b = &out->buckets[out->n_buckets++];
		double reach = 1;

		*b = (struct cost_bucket){
			.name = at->name,
			.sc = at->sc,
			.weight = at->weight,
			.seen = at->seen,
			.n_rules = t->n_cells[i],
			.state_ns = known(cost_state(t->in->params, at->name)->value),
			.rules_ns =
				t->n_cells[i] ? known(t->in->params->v[CP_EVALUATED].value) : 0};
		for (size_t k = 0; k < t->n_cells[i]; k++) {
			const struct cost_cell *c = &t->cells[i][k];

			b->checks += reach * c->checks;
			b->rules_ns += reach * cost_cell_ns(c);
			if (t->in->first)
				reach *= 1 - c->p;
		}
	}
}

static double bucket_cost(const struct cost_bucket *b)
{
	return b->seen * (b->state_ns + b->rules_ns);
}

static int compare_buckets(const void *a, const void *b)
{
	const struct cost_bucket *x = a, *y = b;
	double p = bucket_cost(x), q = bucket_cost(y);

	return p > q ? -1 : p < q ? 1 : strcmp(x->name, y->name);
}

static int compare_rules(const void *a, const void *b)
{
	const struct cost_rule *x = a, *y = b;

	if (x->alone != y->alone)
		return x->alone > y->alone ? -1 : 1;
	return x->cost > y->cost   ? -1
	       : x->cost < y->cost ? 1
				   : strcmp(x->rule->name, y->rule->name);
}

/* ---- uncertainty ---- */

static void bounds(const struct cost_table *t, struct cost *out)
{
	const struct cost_params *p = t->in->params;
	double rules = cost_check_factor(p), state = 0, hi = 0, lo = 0;
	bool all_known = out->n_known == out->n_rules;

	rules = out->n_measured == out->n_rules ? MEASURED_FACTOR
						: rules * (all_known ? 1 : LIKELIHOOD_FACTOR);
	for (size_t i = 0; i < t->places.n; i++) {
		const struct cost_value *v = cost_state(p, t->places.v[i].name);

		state = t->places.v[i].seen * known(v->value);
		lo += state / v->factor;
		hi += state * v->factor;
	}
	out->lo = out->whole.transport / p->v[CP_TRANSPORT].factor + lo +
		  known(out->whole.wake) / p->v[CP_WAKE].factor + out->whole.rules / rules;
	out->hi = out->whole.transport * p->v[CP_TRANSPORT].factor + hi +
		  known(out->whole.wake) * p->v[CP_WAKE].factor + out->whole.rules * rules;
	out->capture_lo = out->whole.capture / p->v[CP_CAPTURE].factor;
	out->capture_hi = out->whole.capture * p->v[CP_CAPTURE].factor;
}

void cost_estimate(const struct cost_input *in, const size_t *ks, size_t n_ks, struct cost *out)
{
	struct cost_table t;
	struct bitset whole;

	cost_table_make(&t, in, true);
	*out = (struct cost){.cat = in->in->cat,
			     .mix = cost_mix_of(in),
			     .rules = xcalloc(t.n_rules + 1, sizeof(*out->rules))};
	out->whole = cost_of(&t, NULL, NULL, &whole);
	fill_buckets(&t, out);
	fill_rules(&t, out, whole);
	bounds(&t, out);
	cost_worst(&t, ks, n_ks, out);
	qsort(out->buckets, out->n_buckets, sizeof(*out->buckets), compare_buckets);
	qsort(out->rules, out->n_rules, sizeof(*out->rules), compare_rules);
	cost_table_release(&t);
}

void cost_release(struct cost *c)
{
	for (size_t i = 0; i < c->n_steps; i++)
		free(c->steps[i].rules);
	free(c->steps);
	free(c->buckets);
	free(c->rules);
	*c = (struct cost){0};
}
