/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one consumer of all ring buffers: merges them in time order, keeps the process state, hands
 * every event to a callback.
 *
 * When all buffers are empty it sleeps, 0.5 ms at first and up to 30 ms (Falco's values), because
 * the kernel side submits without wake-up.
 */
#ifndef FT_PROBE_CONSUMER_H
#define FT_PROBE_CONSUMER_H

#include "base/error.h"
#include "probe/capture.h"
#include "probe/state.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct profile;
struct recorder;

struct consumer_opts {
	/* Each event after the state was brought up to it; may be NULL. */
	void (*on_event)(void *ctx, const struct state_view *view);
	/* Now and then: at least every poll_events events and on every wake from sleep; now_ns is
	 * CLOCK_MONOTONIC. For timers (metrics, -M). May be NULL. */
	void (*on_poll)(void *ctx, int64_t now_ns);
	void *ctx;
	uint64_t ns_per_event; /* busy time spent on each event on top, see engine.embedded */
	unsigned poll_events;  /* 0: 4096; with ns_per_event fewer, so that 10 ms hold */
	/* Ends the loop when it becomes non-zero (from a signal handler or on_poll). Borrowed. */
	const volatile sig_atomic_t *stop;
	struct profile *profile;   /* measures the run; NULL: not; borrowed */
	struct recorder *recorder; /* gets every event; NULL: none; borrowed */
	bool drain; /* after stop: detach and read what is left in the buffers (within 1 s) */
};

struct consumer_stats {
	uint64_t n_seen;   /* events handed over; falco.num_evts */
	uint64_t n_sleeps; /* times all buffers were empty */
	uint64_t last_ts;  /* time of the last event, as in its header */
};

/* Runs until *stop. st may be NULL (no state: views have the event only). stats is filled as it
 * goes and may be read from on_poll and on_event; not NULL. Error: ERROR_INTERNAL for a record that
 * is not as the kernel side writes it. */
int consumer_run(struct capture *c, struct state *st, const struct consumer_opts *opts,
		 struct consumer_stats *stats, struct error *err);

#endif
