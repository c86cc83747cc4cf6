/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/giveup.h"

#include "base/mem.h"

#include <math.h>
#include <string.h>

struct bitset giveup_set(const struct giveup_input *in, const bool *kept)
{
	struct select_rule *rules cleanup_free = xcalloc(in->n + 1, sizeof(*rules));
	struct select_input sel_in = {
		.cat = in->cat, .rules = rules, .repair = true, .all = in->all};
	struct selection sel = SELECTION_INIT;
	struct bitset set;

	for (size_t i = 0; i < in->n; i++)
		if (kept[i])
			rules[sel_in.n_rules++] = in->rules[i];
	selection_compute(&sel_in, &sel);
	set = sel.final;
	selection_release(&sel);
	return set;
}

double giveup_rate(const struct giveup_input *in, struct bitset set)
{
	double sum = 0;

	bitset_for_each (sc, &set)
		if (sc < in->cat->n_syscalls)
			sum += in->rates[sc];
	return sum;
}

/* A candidate: every kept rule that names the call sc. */
struct candidate {
	size_t sc;
	double weight, gain;
	struct bitset set; /* without them */
};

static bool needs(const struct giveup_input *in, const bool *kept, size_t i, size_t sc)
{
	return kept[i] && bitset_has(&in->rules[i].scs, sc);
}

static bool try_call(const struct giveup_input *in, const bool *kept, size_t sc, double rate,
		     struct candidate *out)
{
	bool *rest cleanup_free = xcalloc(in->n + 1, sizeof(*rest));
	bool any = false;

	*out = (struct candidate){.sc = sc};
	memcpy(rest, kept, in->n * sizeof(*rest));
	for (size_t i = 0; i < in->n; i++) {
		if (!needs(in, kept, i, sc))
			continue;
		any = true;
		rest[i] = false;
		out->weight += in->weights[i];
	}
	if (!any)
		return false;
	out->set = giveup_set(in, rest);
	out->gain = rate - giveup_rate(in, out->set);
	return true;
}

/* The more events a second for each unit of weight; then the more events; then the lighter. */
static bool is_better(const struct candidate *a, const struct candidate *b)
{
	double x = a->gain * b->weight, y = b->gain * a->weight;

	if (x != y)
		return x > y;
	if (a->gain != b->gain)
		return a->gain > b->gain;
	return a->weight < b->weight;
}

static bool best_candidate(const struct giveup_input *in, const bool *kept, double rate,
			   double least, struct candidate *best)
{
	struct bitset named = {0};
	bool found = false;

	for (size_t i = 0; i < in->n; i++)
		if (kept[i])
			named = bitset_or(named, in->rules[i].scs);
	bitset_for_each (sc, &named) {
		struct candidate c;

		if (sc >= in->cat->n_syscalls || !(in->rates[sc] > 0) ||
		    !try_call(in, kept, sc, rate, &c) || !(c.gain > least))
			continue;
		if (!found || is_better(&c, best))
			*best = c;
		found = true;
	}
	return found;
}

static void take(const struct giveup_input *in, bool *kept, const struct candidate *c, double rate,
		 struct bitset before, struct giveup_step *out)
{
	*out = (struct giveup_step){.rules = xcalloc(in->n, sizeof(*out->rules)),
				    .weight = c->weight,
				    .before = rate,
				    .after = rate - c->gain,
				    .gone = bitset_minus(before, c->set),
				    .set = c->set};
	for (size_t i = 0; i < in->n; i++) {
		if (!needs(in, kept, i, c->sc))
			continue;
		kept[i] = false;
		out->rules[out->n++] = i;
	}
}

void giveup_order(const struct giveup_input *in, struct giveup *out)
{
	bool *kept cleanup_free = xcalloc(in->n + 1, sizeof(*kept));
	struct candidate c = {0};
	struct bitset set;
	double rate;

	*out = (struct giveup){.v = xcalloc(in->n + 1, sizeof(*out->v))};
	for (size_t i = 0; i < in->n; i++)
		kept[i] = true;
	set = out->whole = giveup_set(in, kept);
	rate = out->whole_rate = giveup_rate(in, set);
	while (best_candidate(in, kept, rate, GIVEUP_LEAST * out->whole_rate, &c)) {
		take(in, kept, &c, rate, set, &out->v[out->n++]);
		set = c.set;
		rate -= c.gain;
	}
}

void giveup_release(struct giveup *g)
{
	for (size_t i = 0; i < g->n; i++)
		free(g->v[i].rules);
	free(g->v);
	*g = (struct giveup){0};
}
