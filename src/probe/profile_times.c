/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/profile_priv.h"

#include "base/mem.h"

#include <math.h>

const char *const profile_phase_ids[PROFILE_PHASES] = {
	[PROFILE_EMPTY_POLL] = "empty_poll",
	[PROFILE_SLEEP] = "sleep",
	[PROFILE_READ] = "read",
	[PROFILE_STATE] = "state",
	[PROFILE_NOT_BROKEN] = "rules_not_broken",
	[PROFILE_BROKEN] = "rules_broken",
	[PROFILE_OUTPUT] = "output",
	[PROFILE_HOUSEKEEPING] = "housekeeping",
};

double profile_ns(const struct profile *p, double ticks)
{
	return ticks / p->ticks_per_ns;
}

/* Net ns of ticks with so many readings, each of which costs so many ticks. */
static double net_ns(const struct profile *p, uint64_t ticks, uint64_t readings, double reading)
{
	double net = (double)ticks - reading * (double)readings;

	return net > 0 ? profile_ns(p, net) : 0;
}

/* What was measured stands for the rest too. */
static double for_all(double ns, uint64_t timed, uint64_t count)
{
	return timed ? ns * (double)count / (double)timed : 0;
}

struct span profile_span(const struct profile *p, const struct profile_time *t)
{
	uint64_t count = t->n + t->n_interrupted;

	return (struct span){
		.count = count,
		.timed = t->n,
		.n_interrupted = t->n_interrupted,
		.interrupted = t->interrupted,
		.ns = for_all(net_ns(p, t->ticks, t->readings, p->reading), t->n, count),
		.max = profile_ns(p, (double)t->max),
		.h = t->h};
}
const struct eval_rule *profile_rule(const struct profile *p, size_t nr, size_t cell)
{
	return &p->e->rules[p->e->by_nr[nr].v[cell].rule];
}

double profile_leaf_ns(const struct profile *p, const struct profile_leaf *leaf,
		       const struct eval_rule *r, size_t check)
{
	const struct profile_time *same =
		p->checks && check < r->n_checks ? &p->of_check[r->first_check + check] : NULL;

	/* One that was never timed is taken for what the check takes elsewhere. */
	if (!leaf->timed && same && same->n)
		return for_all(net_ns(p, same->ticks, same->readings, p->reading_inside), same->n,
			       leaf->n);
	return for_all(net_ns(p, leaf->ticks, leaf->timed, p->reading_inside), leaf->timed,
		       leaf->n);
}

double profile_cell_ns(const struct profile *p, size_t nr, size_t cell, enum profile_slot slot)
{
	const struct profile_cell *c = &p->by_nr[nr].cells[cell];
	const struct eval_rule *r = profile_rule(p, nr, cell);
	double ns = 0;

	for (size_t i = 0; i <= r->n_checks; i++)
		ns += profile_leaf_ns(p, &c->leaves[slot][i], r, i);
	return ns;
}

double profile_bucket_ns(const struct profile *p, size_t nr, bool broken)
{
	double ns = 0;

	for (size_t i = 0; i < p->e->by_nr[nr].n; i++)
		ns += broken ? profile_cell_ns(p, nr, i, SLOT_OTHER) +
				       profile_cell_ns(p, nr, i, SLOT_MATCH)
			     : profile_cell_ns(p, nr, i, SLOT_NONE);
	return ns;
}

static double rules_ns(const struct profile *p, bool broken)
{
	double ns = 0;

	for (size_t nr = 0; nr < PROBE_SYSCALLS; nr++)
		ns += profile_bucket_ns(p, nr, broken);
	return ns;
}

static void span_add(struct span *to, struct loghist *h, const struct profile *p,
		     const struct profile_time *t, uint64_t count, double ns)
{
	to->count += count;
	to->timed += t->n;
	to->n_interrupted += t->n_interrupted;
	to->interrupted += t->interrupted;
	to->ns += ns;
	to->max = fmax(to->max, profile_ns(p, (double)t->max));
	to->h = h;
	if (t->h)
		loghist_merge(h, t->h);
}

void measure_add(struct measure *m, const struct profile *p, size_t nr, size_t cell)
{
	const struct profile_cell *c = &p->by_nr[nr].cells[cell];
	struct span output = profile_span(p, &c->output);

	m->offered += p->by_nr[nr].evaluated;
	for (int s = 0; s < PROFILE_SLOTS; s++)
		m->evaluations += c->evaluations[s];
	m->checks += c->checks;
	m->matches += c->evaluations[SLOT_MATCH];
	span_add(&m->not_broken, &m->h[0], p, &c->not_broken,
		 c->evaluations[SLOT_NONE] + c->evaluations[SLOT_OTHER],
		 profile_cell_ns(p, nr, cell, SLOT_NONE) +
			 profile_cell_ns(p, nr, cell, SLOT_OTHER));
	span_add(&m->broken, &m->h[1], p, &c->broken, c->evaluations[SLOT_MATCH],
		 profile_cell_ns(p, nr, cell, SLOT_MATCH));
	span_add(&m->output, &m->h[2], p, &c->output, output.count, output.ns);
}
/* --- phases ----------------------------------------------------------------------------------- */

void profile_phases(const struct profile *p, struct span *of)
{
	for (int i = 0; i < PROFILE_PHASES; i++)
		of[i] = profile_span(p, &p->phase[i]);
	of[PROFILE_NOT_BROKEN].ns = rules_ns(p, false);
	of[PROFILE_BROKEN].ns = rules_ns(p, true);
	of[PROFILE_STATE].ns = of[PROFILE_OUTPUT].ns = 0;
	of[PROFILE_NOT_BROKEN].count = of[PROFILE_BROKEN].count = 0;
	for (size_t nr = 0; nr < PROBE_SYSCALLS; nr++) {
		of[PROFILE_NOT_BROKEN].count += p->by_nr[nr].evaluated - p->by_nr[nr].broken;
		of[PROFILE_BROKEN].count += p->by_nr[nr].broken;
		of[PROFILE_STATE].ns += profile_span(p, &p->by_nr[nr].state).ns;
		for (size_t i = 0; i < p->e->by_nr[nr].n; i++)
			of[PROFILE_OUTPUT].ns += profile_span(p, &p->by_nr[nr].cells[i].output).ns;
	}
}
