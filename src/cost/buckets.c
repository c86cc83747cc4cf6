/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of a set, and how often each of their events comes. */
#include "cost/model_private.h"

#include "base/mem.h"

#include <string.h>

enum cost_mix cost_mix_of(const struct cost_input *in)
{
	return in->host ? COST_MIX_HOST : in->n_profiles ? COST_MIX_PROFILE : COST_MIX_EVEN;
}

/* The codes of a call's events, and the newest one of its exit. Calls without an event of their own
 * share the generic codes. */
static void find_codes(const struct catalogue *cat, struct cost_place *p)
{
	bool current = false;

	p->code = CAT_FIRST_OWN_CODE - 1;
	for (size_t c = 0; c < cat->n_events; c++) {
		const struct cat_event *e = &cat->events[c];
		bool is_current = !(e->flags & (EVF_OLD_VERSION | EVF_UNUSED));
		bool has = false;

		for (size_t i = 0; i < e->n_sc && !has; i++)
			has = cat_event_scs(cat, e)[i] == p->sc;
		if (!has)
			continue;
		bitset_add(&p->codes, c);
		if (c < CAT_FIRST_OWN_CODE || (current && !is_current))
			continue;
		p->code = c;
		current = is_current;
		/* A tracepoint goes by the name of its event. */
		if (e->source == EVENT_TRACEPOINT && is_current)
			p->name = e->name;
	}
}

static void weigh_by_host(const struct cost_input *in, struct cost_places *out)
{
	struct selection all = {.cat = in->in->cat, .final = cat_all_scs(in->in->cat)};
	const struct rate_set set = {.sel = &all,
				     .drop_failed_exit = in->drop_failed_exit,
				     .enter_events = in->enter_events};
	struct rate r cleanup_rate;

	rate_predict(in->host, &set, &r);
	for (size_t i = 0; i < out->n; i++) {
		struct cost_place *p = &out->v[i];

		for (size_t k = 0; k < r.n_parts; k++)
			if (!strcmp(r.parts[k].name, p->name))
				p->weight = r.parts[k].per_s;
		/* The second event of a connect is counted and never seen. */
		p->seen = !in->enter_events && !strcmp(p->name, "connect") ? p->weight / 2
									   : p->weight;
	}
}

static void weigh_by_profile(const struct eprofile *profile, struct cost_places *out)
{
	for (size_t i = 0; i < out->n; i++)
		for (size_t k = 0; k < profile->n_events; k++)
			if (profile->events[k].name && profile->seen > 0 &&
			    !strcmp(profile->events[k].name, out->v[i].name))
				out->v[i].weight = out->v[i].seen =
					(double)profile->events[k].events / (double)profile->seen;
}

void cost_places_make(const struct cost_input *in, struct bitset set, enum cost_mix mix,
		      struct cost_places *out)
{
	const struct catalogue *cat = in->in->cat;
	size_t n = 0;

	bitset_for_each (sc, &set)
		n++;
	*out = (struct cost_places){.v = xcalloc(n + 1, sizeof(*out->v))};
	bitset_for_each (sc, &set) {
		struct cost_place *p = &out->v[out->n++];

		*p = (struct cost_place){.name = cat->syscalls[sc].name, .sc = sc};
		find_codes(cat, p);
		if (mix == COST_MIX_EVEN)
			p->weight = p->seen = 1 / (double)n;
	}
	if (mix == COST_MIX_HOST)
		weigh_by_host(in, out);
	else if (mix == COST_MIX_PROFILE)
		weigh_by_profile(in->profiles[0], out);
}
