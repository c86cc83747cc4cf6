/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is done with one event, live or from a recording; inlined into both loops.
 */
#ifndef FT_PROBE_HANDLE_H
#define FT_PROBE_HANDLE_H

#include "probe/consumer.h"
#include "probe/profile.h"
#include "probe/record.h"

/* Not zero: TSC ticks that engine.embedded.consumer_ns_per_event asks for on each event. */
static inline void handle_spin(uint64_t ticks)
{
	uint64_t from = tsc_read();

	while (tsc_read() - from < ticks)
		__builtin_ia32_pause();
}

struct handler {
	struct state *st;
	const struct consumer_opts *opts;
	struct consumer_stats *stats;
	uint64_t spin;
};

/* watched: the profile and the recorder are looked at; without, there is no trace of them. */
static inline __attribute__((always_inline)) void
handle_event(const struct handler *h, const struct probe_event *ev, bool watched)
{
	struct state_view view = {.ev = ev, .fd_num = -1};
	struct profile *p = watched ? h->opts->profile : NULL;
	uint64_t read = 0, applied = 0, finished = 0;

	if (p)
		read = tsc_read();
	h->stats->n_seen++;
	h->stats->last_ts = ev->ts;
	if (h->st)
		state_apply(h->st, ev, &view);
	if (p)
		applied = p->evaluated_to = tsc_read();
	if (h->opts->on_event)
		h->opts->on_event(h->opts->ctx, &view);
	if (h->st && view.done) {
		state_finish(h->st, &view);
		if (p)
			finished = tsc_read();
	}
	if (h->spin)
		handle_spin(h->spin);
	if (watched && h->opts->recorder)
		recorder_event(h->opts->recorder, ev);
	if (p)
		profile_event(p, ev->nr, read - p->mark,
			      applied - read + (finished ? finished - p->evaluated_to : 0),
			      finished ? 2 : 1, finished ? finished : p->evaluated_to);
}

static inline void handle_poll(const struct handler *h)
{
	if (h->opts->on_poll)
		h->opts->on_poll(h->opts->ctx, mono_ns());
	if (h->opts->profile)
		profile_phase(h->opts->profile, PROFILE_HOUSEKEEPING);
}

#endif
