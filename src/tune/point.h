/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One measured configuration of a search: a case of a plan, run dry once and then live for as long
 * and as often as the search decides. Every live run is one more repeat of the case, so that
 * summaries, intervals and verdicts are those of `run`.
 */
#ifndef FT_TUNE_POINT_H
#define FT_TUNE_POINT_H

#include "run/journal.h"
#include "run/plan.h"
#include "run/session.h"

struct bench {
	struct plan *p; /* borrowed, as all of this */
	struct journal *j;
	struct session *s;
	/* Set when the engine says that the environment cannot do it (exit code 3, base/error.h):
	 * every other case would fail the same way. */
	bool hopeless;
};

/* The case's dry run, once; the result is in the case. 0, or -1: interrupted, or ERROR_ENV. */
int point_dry(struct bench *b, size_t i, struct error *err);
/* One live run with a window of duration_ns; the new repeat is ok or failed. round, rounds and
 * left_s are for the progress line. 0, or -1: interrupted (then there is no new repeat), or
 * ERROR_ENV. */
int point_live(struct bench *b, size_t i, int64_t duration_ns, int round, int rounds, double left_s,
	       struct error *err);
/* The newest repeat, or NULL. */
const struct res_repeat *point_last(const struct res_case *c);
/* Why the case has no ok repeat: of the dry run or the last live run; NULL: it has one. */
const char *point_failure(const struct res_case *c);
/* Drop rate of a summary in words: "1.2% (0.9% to 1.6%)", "not exercised". The caller frees. */
char *point_drop_text(const struct res_summary *s);

#endif
