/* SPDX-License-Identifier: Apache-2.0 */
/* The model against what a profile measured. */
#include "cost/model_private.h"

#include <math.h>
#include <string.h>

static double known_or_0(double v)
{
	return isnan(v) ? 0 : v;
}

static const struct cost_place *place_of(const struct cost_places *p, const char *name, size_t *at)
{
	for (*at = 0; *at < p->n; ++*at)
		if (name && !strcmp(p->v[*at].name, name))
			return &p->v[*at];
	return NULL;
}

static void predict_event(const struct cost_table *t, const struct ep_event *e,
			  struct cost_fit *out)
{
	const struct cost_params *p = t->in->params;
	const double n = (double)e->events;
	double reach = 1;
	size_t at;

	out->state.predicted +=
		n * known_or_0(e->name ? cost_state(p, e->name)->value : p->v[CP_STATE].value);
	if (!place_of(&t->places, e->name, &at) || e->evaluated <= 0)
		return;
	if (t->n_cells[at])
		out->rules.predicted += (double)e->evaluated * known_or_0(p->v[CP_EVALUATED].value);
	for (size_t i = 0; i < t->n_cells[at]; i++) {
		const struct cost_cell *c = &t->cells[at][i];

		out->rules.predicted += (double)e->evaluated * reach * c->ns;
		out->output.predicted += (double)e->evaluated * reach * c->output;
		if (t->in->first)
			reach *= 1 - c->p;
	}
}

static void divide(struct cost_part *p, double n, struct cost_part *total)
{
	p->predicted /= n;
	p->measured /= n;
	total->predicted += p->predicted;
	total->measured += p->measured;
}

void cost_compare(const struct cost_input *in, const struct eprofile *p, struct cost_fit *out)
{
	const struct eprofile *const one[] = {p};
	struct cost_input mine = *in;
	struct cost_table t;

	mine.profiles = one;
	mine.n_profiles = 1;
	mine.host = NULL;
	mine.first = strcmp(p->rule_matching, "first") == 0;
	*out = (struct cost_fit){.events = (double)p->seen};
	cost_table_make(&t, &mine, false);
	for (size_t i = 0; i < p->n_events; i++)
		predict_event(&t, &p->events[i], out);
	for (size_t i = 0; i < p->n_rules; i++) {
		const struct rule *r = ruleset_find(in->rules, p->rules[i].name);

		out->n_missing += p->rules[i].evaluated && !(r && rule_is_active(r, in->opt));
	}
	cost_table_release(&t);
	out->transport.predicted = out->events * known_or_0(in->params->v[CP_TRANSPORT].value);
	out->transport.measured = p->phases[EP_EMPTY_POLL].time.sum_ns +
				  p->phases[EP_READ].time.sum_ns +
				  p->phases[EP_HOUSEKEEPING].time.sum_ns;
	out->state.measured = p->phases[EP_STATE].time.sum_ns;
	out->rules.measured =
		p->phases[EP_NOT_BROKEN].time.sum_ns + p->phases[EP_BROKEN].time.sum_ns;
	out->output.measured = p->phases[EP_OUTPUT].time.sum_ns;
	divide(&out->transport, out->events, &out->total);
	divide(&out->state, out->events, &out->total);
	divide(&out->rules, out->events, &out->total);
	divide(&out->output, out->events, &out->total);
}
