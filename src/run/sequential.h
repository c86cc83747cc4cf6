/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sequential stopping: repeats are spent where the ranking is undecided. Pure, and a function of
 * the results alone, so that a resumed run decides as the first one would have.
 *
 * After rounds 5, 6, 8, 12, 18, 27, ... (each half as many again, and the last one allowed) every
 * pair of cases that still runs is looked at:
 *
 * - apart: Mann and Whitney's exact test, corrected for the pairs and for the looks: each look has
 *   its share of the level (Bonferroni's bound on repeated looks), and Holm's correction over all
 *   pairs of the matrix of the smallest p / share of a pair is at most SEQUENTIAL_LEVEL. So the
 *   chance that any two cases without a difference are told apart, at any look, is at most 5 %,
 *   whatever the others do: before the first false one only true differences left the family.
 *   The first look that is a test is the first at which two cases that never overlap pass with
 *   SEQUENTIAL_FIRST_SHARE of the level or less: round 5 for two cases, 6 for six (15 pairs). It
 *   has the share that this takes, or an equal one if that is more; the later looks share the
 *   rest equally.
 * - quiet: neither lost anything: repeats do not rank them.
 * - leans: the one with the smaller set also drops less so far, p <= SEQUENTIAL_LEAN: it ranks
 * first whether the two are told apart or tie.
 * - futile, from the first look that is a test: if they differ by what they seem to, the most
 *   repeats allowed would have less than an even chance to tell at Holm's mildest level for the
 *   pairs that are left (G. Noether, "Sample size determination for some common nonparametric
 *   tests", 1987: the share of pairs of repeats in which the one drops more).
 * - open: none of these.
 *
 * A case runs on while any pair of it with another running case is open.
 */
#ifndef FT_RUN_SEQUENTIAL_H
#define FT_RUN_SEQUENTIAL_H

#include "run/results.h"

#define SEQUENTIAL_FIRST       5
#define SEQUENTIAL_LEVEL       0.05
#define SEQUENTIAL_FIRST_SHARE (2.0 / 3)
#define SEQUENTIAL_LEAN	       0.2
#define SEQUENTIAL_CHANCE      0.5
#define SEQUENTIAL_REPEATS     20 /* the most, unless --repeats says otherwise */

enum sequential {
	SEQUENTIAL_OPEN,
	SEQUENTIAL_APART,
	SEQUENTIAL_QUIET,
	SEQUENTIAL_LEANS,
	SEQUENTIAL_FUTILE,
};

/* Is there a look after that many rounds, of most? */
bool sequential_is_look(int64_t round, int64_t most);

struct sequential_looks { /* that are tests */
	int64_t first;	  /* rounds */
	size_t n, n_pairs;
	double first_share; /* of the level, that the first has */
};

struct sequential_looks sequential_looks(int64_t most, size_t n_pairs);
/* Share of SEQUENTIAL_LEVEL of a look that is a test, and the p at which it tells the first pair
 * apart. */
double sequential_share(const struct sequential_looks *l, int64_t round);
double sequential_level(const struct sequential_looks *l, int64_t round);
/* Pairs of cases that have repeats to run. */
size_t sequential_pairs(const struct results *r);
/* The tests so far, n_cases x n_cases each: p the smallest of a pair's looks, p_holm corrected for
 * looks and pairs (told apart at SEQUENTIAL_LEVEL or less); NaN before the first look that is a
 * test, and on the diagonal p_holm and p are not set. */
void sequential_test(const struct results *r, double *p, double *p_holm);

/* Rounds that the furthest case has run. */
int64_t sequential_round(const struct results *r);
/* Which cases need no more repeats after the round that the furthest case has completed: done[i]
 * for each case of r. Between looks only those without a pending repeat. */
void sequential_done(const struct results *r, bool *done);

/* Drop rate of a repeat; 0 without events, NaN unknown or not ok. */
double res_repeat_rate(const struct res_repeat *r);

#endif
