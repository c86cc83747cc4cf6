/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a set of syscalls would make of a host: the kernel event rate (n_evts a second) that a host
 * profile predicts for the final set of a selection, and which calls and which reasons make it.
 * Pure.
 *
 * The prediction is the sum over the calls of the set of their exits in the profile, with what
 * Falco's kernel side does to them:
 *  - drop_failed_exit takes the failed exits out before they are counted;
 *  - connect counts twice (its entry is hooked too; engine contract);
 *  - a successful execveat is counted as execve (so it is in the profile), by a program that either
 *    of the two brings in;
 *  - releases before 0.42 count the entry of every call too: all twice, but for procexit (once) and
 *    fork and clone (two exits, one entry).
 */
#ifndef FT_COST_RATE_H
#define FT_COST_RATE_H

#include "survey/host.h"
#include "syscalls/select.h"

/* A selection to be priced; all borrowed. */
struct rate_set {
	const struct selection *sel;
	const struct select_input *in; /* that sel was computed from; for the reasons only */
	bool drop_failed_exit;
	bool enter_events; /* of the release; see release.h */
};

/* A call's part of it. */
struct rate_part {
	const char *name; /* borrowed from the profile */
	double per_s, share;
};

struct rate {
	double per_s;	/* events a second over the whole window */
	double per_cpu; /* the same for each CPU of the profile's host; NaN unknown */
	/* Over the bins of the profile, events a second of the whole host; NaN without bins. The
	 * failed part of each bin is taken to be that of the whole window. */
	double p50, p99, max;
	struct rate_part *parts; /* what is made at all, busiest first; owned */
	size_t n_parts;
};

void rate_predict(const struct host_profile *host, const struct rate_set *set, struct rate *out);
void rate_release(struct rate *r);
/* Does a call of that name make events with this set? procexit always does; execve and execveat
 * bring each other in. */
bool rate_selects(const struct selection *sel, const char *name);

/* Why that call is in the set, shortest useful form: "rules 'A', 'B', 'C' and 4 more; state
 * engine". At most `most` rules are named. Appended. */
void rate_reasons(const struct rate_set *set, const char *name, size_t most, struct strbuf *out);

/* The rules of thumb in Falco's page on dropped events (falco.org/docs/troubleshooting/dropping):
 * 1,000, 1,500 and 3,000 kernel events a second and CPU. They were written when every call made an
 * enter and an exit event; since 0.42 there are exit events only, so that the same host now shows
 * about half. */
enum rate_level { RATE_LOW, RATE_MODERATE, RATE_BUSY, RATE_VERY_BUSY, RATE_UNKNOWN };
enum rate_level rate_level(double per_cpu);
/* "below 1K", "1K to 1.5K", "1.5K to 3K", "above 3K", "unknown". */
extern const char *const rate_level_names[];
/* The sentence on them that belongs below a table. */
extern const char rate_level_note[];

#define cleanup_rate __attribute__((cleanup(rate_release)))

#endif
