/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of a set, and how often each of their events comes. */
#include "cost/model_private.h"

#include "base/mem.h"
#include "cost/calls.h"

#include <string.h>

enum cost_mix cost_mix_of(const struct cost_input *in)
{
	return in->host ? COST_MIX_HOST : in->n_profiles ? COST_MIX_PROFILE : COST_MIX_EVEN;
}

static void weigh_by_host(const struct cost_input *in, struct cost_places *out)
{
	struct rate r cleanup_rate;

	call_rates(in->host, in->in->cat, in->drop_failed_exit, in->enter_events, &r);
	for (size_t i = 0; i < out->n; i++) {
		struct cost_place *p = &out->v[i];

		p->weight = call_rate(&r, p->name);
		p->seen = call_seen(p->name, p->weight, in->enter_events);
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
		const struct call_events e = call_events_of(cat, sc);

		*p = (struct cost_place){
			.name = e.name, .sc = sc, .code = e.code, .codes = e.codes};
		if (mix == COST_MIX_EVEN)
			p->weight = p->seen = 1 / (double)n;
	}
	if (mix == COST_MIX_HOST)
		weigh_by_host(in, out);
	else if (mix == COST_MIX_PROFILE)
		weigh_by_profile(in->profiles[0], out);
}
