/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/calls.h"

#include <string.h>

struct call_events call_events_of(const struct catalogue *cat, size_t sc)
{
	struct call_events out = {.name = cat->syscalls[sc].name, .code = CAT_FIRST_OWN_CODE - 1};
	bool current = false;

	for (size_t c = 0; c < cat->n_events; c++) {
		const struct cat_event *e = &cat->events[c];
		bool is_current = !(e->flags & (EVF_OLD_VERSION | EVF_UNUSED));
		bool has = false;

		for (size_t i = 0; i < e->n_sc && !has; i++)
			has = cat_event_scs(cat, e)[i] == sc;
		if (!has)
			continue;
		bitset_add(&out.codes, c);
		if (c < CAT_FIRST_OWN_CODE || (current && !is_current))
			continue;
		out.code = c;
		current = is_current;
		/* A tracepoint goes by the name of its event. */
		if (e->source == EVENT_TRACEPOINT && is_current)
			out.name = e->name;
	}
	return out;
}

void call_rates(const struct host_profile *host, const struct catalogue *cat, bool drop_failed_exit,
		bool enter_events, struct rate *r)
{
	struct selection all = {.cat = cat, .final = cat_all_scs(cat)};
	const struct rate_set set = {
		.sel = &all, .drop_failed_exit = drop_failed_exit, .enter_events = enter_events};

	rate_predict(host, &set, r);
}

double call_rate(const struct rate *r, const char *name)
{
	double rate = 0;

	for (size_t i = 0; i < r->n_parts; i++)
		if (!strcmp(r->parts[i].name, name))
			rate = r->parts[i].per_s;
	return rate;
}

double call_seen(const char *name, double evts, bool enter_events)
{
	return !enter_events && !strcmp(name, "connect") ? evts / 2 : evts;
}
