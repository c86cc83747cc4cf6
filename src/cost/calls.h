/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The events of one call: their codes, what rules name them by, how often they come on a host.
 */
#ifndef FT_COST_CALLS_H
#define FT_COST_CALLS_H

#include "base/bitset.h"
#include "cost/rate.h"
#include "syscalls/catalogue.h"

#include <stdbool.h>
#include <stddef.h>

struct call_events {
	const char *name;    /* the call's, or its event's for a tracepoint; of the catalogue */
	struct bitset codes; /* of all its events */
	size_t code;	     /* the newest one of its exit, which stands for the call; calls without
			      * an event of their own share the generic one */
};
struct call_events call_events_of(const struct catalogue *cat, size_t sc);

/* Rates of all calls of the catalogue on the host; the caller releases r. */
void call_rates(const struct host_profile *host, const struct catalogue *cat, bool drop_failed_exit,
		bool enter_events, struct rate *r);
/* Kernel events a second of a call by its name; 0 for one that was never made. */
double call_rate(const struct rate *r, const char *name);
/* What rules are tried on of that many: the second event of a connect is counted and never seen. */
double call_seen(const char *name, double evts, bool enter_events);

#endif
