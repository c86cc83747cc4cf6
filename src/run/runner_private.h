/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a run: its course (runner.c), and its journal (runner_journal.c). */
#ifndef FT_RUN_RUNNER_PRIVATE_H
#define FT_RUN_RUNNER_PRIVATE_H

#include "run/runner.h"

/* Events for the journal, each a new reference; an event has its name and time, and its case where
 * case_key is given. */
json_t *runner_event(const char *name, const char *case_key);
json_t *runner_dry_event(const struct res_case *c);
json_t *runner_idle_event(const struct res_idle *idle, const char *reason);
json_t *runner_repeat_event(const struct res_case *c, const struct res_repeat *r, int64_t n_cpus,
			    double background, double took_s);

/* A dry run that failed takes its live runs along. */
void runner_after_dry(struct res_case *c);
/* Leave the pending repeats out, which are the last ones. */
void runner_end_case(struct res_case *c);

#endif
