/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much slower the engine makes the load itself, from the rungs of the ladder (run/ladder.h).
 * Pure.
 *
 * An unpaced worker has two rows: what it achieved, rate without the engine over rate with it,
 * which has the CPU time in it that the engine takes from the load; and the median time of an
 * operation, with over without, which has not. A paced one holds its rate whatever happens, and has
 * the second row alone. Both are factors of time; 1 is no difference.
 *
 * Each round gives one ratio, of runs within that round, because the speed of a host drifts from
 * one round to the next. Over the rounds: the geometric mean, and Student's t interval of the
 * logarithms (95 %). With two rounds that interval is very wide, as it must be; with one there is
 * none.
 */
#ifndef FT_ADVISE_SLOWDOWN_H
#define FT_ADVISE_SLOWDOWN_H

#include "run/results.h"

/* Rounds below which an interval is marked as indicative: Student's factor for 2 is 12.7, for 3
 * 4.3. */
#define SLOWDOWN_MIN_ROUNDS 3

/* Fill slowdown of every case, from the rungs; clears what an earlier call filled. Without rungs
 * there is none. */
void slowdown_results(struct results *r);

/* The rung of that kind (RUNG_BARE, RUNG_FLOOR) for a load, or NULL. */
const struct res_rung *slowdown_rung(const struct results *r, const char *kind, const char *load);
/* The worker that the case slows most, or NULL. */
const struct res_slowdown *slowdown_worst(const struct res_case *c);

#endif
