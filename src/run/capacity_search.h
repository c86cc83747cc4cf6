/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search for the knee, over points (event rate, loss). Pure.
 *
 * A consumer that can take C events a second loses 1 - C/x of x > C, so the loss is interpolated
 * linearly in 1/x between two measured rates. Measured losses are noisy; they are made monotone
 * first (pool adjacent violators: Ayer et al., Ann. Math. Stat. 26, 1955), weighted by events.
 * Rounds at one scale count as one, with the median of their losses: the first rate that loses
 * events decides, so it is measured again when other rounds speak against it, or none for it.
 */
#ifndef FT_RUN_CAPACITY_SEARCH_H
#define FT_RUN_CAPACITY_SEARCH_H

#include <stdbool.h>
#include <stddef.h>

struct capacity_point {
	double scale;	   /* that the load ran with */
	double evts_per_s; /* that it made */
	double loss;	   /* share of these */
	double weight;	   /* events */
	bool saturated;	   /* the load could not make what it was asked for */
	bool foreign;	   /* most of the events were not the load's */
};

enum capacity_basis {
	CAPACITY_AT_ROUND,     /* measured: a round was there */
	CAPACITY_INTERPOLATED, /* between the round below and the round above */
	CAPACITY_AT_LEAST,     /* no round lost more: the highest rate measured */
	CAPACITY_BELOW,	       /* every round lost more: the lowest rate measured */
	CAPACITY_UNKNOWN,      /* nothing measured */
};
extern const char *const capacity_basis_names[];

struct capacity_estimate {
	double evts_per_s; /* NaN unknown; a bound for AT_LEAST and BELOW */
	double lo, hi;	   /* rates of the rounds below and above; NaN: none */
	enum capacity_basis basis;
};

/* The rate at which `level` of the events is lost. Level 0: the highest rate without loss. */
struct capacity_estimate capacity_estimate(const struct capacity_point *p, size_t n, double level);

struct capacity_search {
	const double *levels; /* ascending */
	size_t n_levels;
	double start;	  /* first scale */
	double tolerance; /* a bracket hi/lo up to 1 + tolerance is close enough */
	size_t max_rounds;
};

#define CAPACITY_TOLERANCE  0.06
#define CAPACITY_MAX_ROUNDS 24
#define CAPACITY_SCALE_MIN  1e-5
#define CAPACITY_SCALE_MAX  1e5

/* Scale of the next round after those that were measured; 0 when there is nothing more to learn.
 * Doubles until something is lost (a load that cannot go faster is asked once more, and then left
 * at that), goes down when the first rate is too high, and closes in on each level. */
double capacity_next(const struct capacity_search *s, const struct capacity_point *p, size_t n);

#endif
