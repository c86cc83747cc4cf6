/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a plan: dry runs, the idle window, then the repeats of all cases in shuffled rounds; each
 * result goes into the journal before the next step.
 */
#ifndef FT_RUN_RUNNER_H
#define FT_RUN_RUNNER_H

#include "run/journal.h"
#include "run/plan.h"
#include "run/session.h"

/* Make the folders of the cases and write each one's falco.yaml (mode 0600) and
 * commands.txt. Error: ERROR_ENV. */
int runner_prepare(const struct plan *p, struct error *err);
/* Whatever is pending in the plan, which takes the results in. Error: ERROR_ENV when falcotune
 * itself cannot go on (a full disk). When s->caught is set afterwards it was interrupted, and
 * p->res.interrupted says so; that is no error. */
int runner_run(struct plan *p, struct journal *j, struct session *s, struct error *err);
/* Take the events of a journal, of which the first is the plan, into *p: a journal_fn with a
 * struct runner_replay. */
struct runner_replay {
	struct plan *plan;
	const char *dir;  /* where the run is now */
	const char *file; /* of the journal, for messages */
	bool started;	  /* the plan is there and must be released */
};
int runner_replay(void *arg, const json_t *event, size_t line, struct error *err);
/* Forget the verification: what is recommended may change with the live runs that follow. */
void runner_verify_again(struct plan *p);

#endif
