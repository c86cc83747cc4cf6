/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sequential stopping: repeats are spent where the ranking is undecided. Pure, and a function of
 * the results alone, so that a resumed run decides as the first one would have.
 *
 * After rounds 5, 8, 12, 18, 27, ... (each half as many again, and the last one allowed) every pair
 * of cases that still runs is looked at:
 *
 * - apart: Mann and Whitney's exact test gives p <= SEQUENTIAL_LEVEL / looks. The level is spent in
 *   equal parts over all looks that the most repeats allow (Bonferroni's bound on repeated looks),
 *   so that a pair without a difference is told apart in at most 5 % of runs, however often it is
 *   looked at. Five repeats of each can give p = 0.008; pairing by rounds could give 0.06 at best,
 *   and is left to the report.
 * - quiet: neither lost anything: repeats do not rank them.
 * - leans: the one with the smaller set also drops less so far, p <= SEQUENTIAL_LEAN: it ranks
 * first whether the two are told apart or tie.
 * - futile: if they differ by what they seem to, the most repeats allowed would have less than an
 *   even chance to tell.
 * - open: none of these.
 *
 * A case runs on while any pair of it with another running case is open.
 */
#ifndef FT_RUN_SEQUENTIAL_H
#define FT_RUN_SEQUENTIAL_H

#include "run/results.h"

#define SEQUENTIAL_FIRST   5
#define SEQUENTIAL_LEVEL   0.05
#define SEQUENTIAL_LEAN	   0.2
#define SEQUENTIAL_CHANCE  0.5
#define SEQUENTIAL_REPEATS 20 /* the most, unless --repeats says otherwise */

enum sequential {
	SEQUENTIAL_OPEN,
	SEQUENTIAL_APART,
	SEQUENTIAL_QUIET,
	SEQUENTIAL_LEANS,
	SEQUENTIAL_FUTILE,
};

/* Is there a look after that many rounds, of most? */
bool sequential_is_look(int64_t round, int64_t most);
/* p at which a pair is told apart at a look. */
double sequential_level(int64_t most);
/* Told apart, by their ok repeats? *p: of the test, NaN without data. */
bool sequential_apart(const struct res_case *a, const struct res_case *b, int64_t most, double *p);
/* How it stands between two cases. */
enum sequential sequential_pair(const struct res_case *a, const struct res_case *b, int64_t most);

/* Rounds that the furthest case has run. */
int64_t sequential_round(const struct results *r);
/* Which cases need no more repeats after the round that the furthest case has completed: done[i]
 * for each case of r. Between looks only those without a pending repeat. */
void sequential_done(const struct results *r, bool *done);

/* Drop rate of a repeat; 0 without events, NaN unknown or not ok. */
double res_repeat_rate(const struct res_repeat *r);

#endif
