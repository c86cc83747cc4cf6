/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ladder of a run (--ladder): for each load, two extra runs in every round beside those of the
 * cases, shuffled with them: the load without any engine, and with an engine that traces Test 1's
 * set, which is the floor that no base_syscalls can go below. Where a case of the run is that
 * floor, its repeats count and nothing runs twice.
 *
 * Speeds of a host drift (1.75x between passes were seen), so that only ratios inside one round
 * hold; advise/slowdown.h makes them. bpf_stats, which alone slow every call, are off meanwhile.
 */
#ifndef FT_RUN_LADDER_H
#define FT_RUN_LADDER_H

#include "run/journal.h"
#include "run/plan.h"
#include "run/session.h"

/* Fill res.rungs and p->rungs of a plan whose cases are there. Error: ERROR_INPUT, ERROR_ENV. */
int ladder_make(struct plan *p, const struct run_options *o, struct error *err);
/* p->rungs of a plan from a journal, from what ladder_json() gave; NULL: there is no ladder.
 * -1: it is damaged. */
int ladder_take(struct plan *p, const json_t *rungs);
/* The part of the plan that results do not have; the caller owns the reference. */
json_t *ladder_json(const struct plan *p);

/* Make the folders, write falco.yaml. Error: ERROR_ENV. */
int ladder_prepare(const struct plan *p, struct error *err);
/* Is that repeat (1-based) of the rung still to be run? Never for one that is a case. */
bool ladder_pending(const struct plan *p, size_t rung, int repeat);
/* Run it: events "rung-start" and "rung" go into the journal. -1: interrupted (s->caught; it is
 * pending again) or ERROR_ENV. */
int ladder_run(struct plan *p, struct journal *j, struct session *s, size_t rung, int repeat,
	       double left_s, struct error *err);
/* What is pending will not be run. */
void ladder_skip(struct plan *p, const char *reason);
/* A "rung" event of the journal back. */
int ladder_replay(struct plan *p, const json_t *event, const char *file, size_t line,
		  struct error *err);

/* Switch kernel.bpf_stats_enabled off until ladder_stats_back(), when it is on; written down for
 * the case of a crash. A warning is appended when it stays on. */
void ladder_stats_off(struct session *s, struct strvec *warnings);
void ladder_stats_back(struct session *s);

#endif
