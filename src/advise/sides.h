/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two cases of one run against each other, quantity by quantity: what `falcotune diff --measure`
 * saw. Pure.
 *
 * Each round gives one pair, of runs within that round, because the speed of a host drifts between
 * rounds. Quantities other than drop rates are compared as ratios: geometric mean over the rounds
 * with Student's t interval of the logarithms. Drop rates are compared by their difference. The
 * intervals of all quantities hold together in 95 % of runs (Bonferroni), so that a run without any
 * real difference shows one in at most 1 of 20. A difference is seen when its interval excludes
 * none.
 */
#ifndef FT_ADVISE_SIDES_H
#define FT_ADVISE_SIDES_H

#include "run/results.h"

#define SIDES_LEVEL 0.95
/* Rounds below which an interval is marked as indicative. */
#define SIDES_MIN_ROUNDS 3

enum side_unit { SIDE_RATE, SIDE_SHARE, SIDE_NS, SIDE_BYTES };

struct side_row {
	const char *key; /* "evts_per_s", for JSON; static */
	char *name;	 /* "kernel events/s", "time per operation of open"; owned */
	enum side_unit unit;
	double old, new;       /* medians over the rounds */
	bool is_ratio;	       /* change, lo, hi are new over old, less 1; else new less old */
	double change, lo, hi; /* NaN: too few rounds */
	int rounds;	       /* that were compared: a ratio needs more than 0 on both sides */
	bool seen, indicative;
};

struct sides {
	struct side_row *v; /* owned */
	size_t n;
	int n_old, n_new; /* runs that worked */
};

/* Rows of the quantities that are known of both. keys: those of the cases. */
void sides_compare(const struct results *r, const char *old_key, const char *new_key,
		   struct sides *out);
void sides_release(struct sides *s);
/* By key, the first one; NULL when it is not known. */
const struct side_row *sides_find(const struct sides *s, const char *key);

#define cleanup_sides __attribute__((cleanup(sides_release)))

#endif
