/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Made series of dropped and counted events a second whose true drop rate is known, in the ways
 * that drops come: a row of `series_kinds` each. Used by the unit test and by the benchmark of
 * coverage.
 */
#ifndef FT_TESTS_SERIES_H
#define FT_TESTS_SERIES_H

#include "base/mem.h"
#include "stats/ratio.h"
#include "stats/rng.h"

#include <math.h>
#include <stdbool.h>

#define SERIES_REPEATS 10
#define SERIES_SECONDS 120
#define SERIES_EVENTS  1e5

struct series_kind {
	const char *name;
	double on, off;	  /* mean seconds of a burst and between two; off 0: always */
	double share;	  /* mean share lost in a dropping second */
	double second_cv; /* of the seconds' shares inside a burst: 1 exponential, 0 constant */
	double carry;	  /* autocorrelation of the shares from second to second */
	double burst_cv;  /* of a burst's level (log-normal) */
	double repeat_cv; /* of a repeat's level (log-normal) */
	double most;	  /* highest coverage in percent that is expected; 0: SERIES_MOST */
};

/* The coverage of a 95 % interval that is promised, in percent. */
#define SERIES_LEAST 93.0
#define SERIES_MOST  97.0

__attribute__((unused)) static const struct series_kind series_kinds[] = {
	{"independent seconds", 0, 0, .02, 1, 0, 0, 0, 0},
	{"seconds by a coin", 1.25, 5, .05, .6, 0, 0, 0, 0},
	{"waves", 0, 0, .02, .5, .7, 0, 0, 0},
	{"short bursts", 2, 8, .05, .6, 0, 0, 0, 0},
	/* Sizes as of an exponential distribution, for which a log-normal one is a little wide. */
	{"long bursts", 6, 14, .05, .6, 0, 0, 0, 97.5},
	{"long, rare bursts", 6, 30, .05, .6, 0, 0, 0, 97.5},
	/* Less than 3.69 of these in 90 s: conservative, see stats/ratio.h. */
	{"rare bursts", 1.5, 30, .05, .6, 0, 0, 0, 99},
	{"bursts of unequal size", 2, 8, .05, .6, 0, .8, 0, 0},
	{"rare, unequal bursts", 1.5, 30, .05, .6, 0, .8, 0, 0},
	{"repeats that differ a little", 0, 0, .02, 1, 0, 0, .1, 0},
	{"repeats that differ", 0, 0, .02, 1, 0, 0, .3, 0},
	{"short bursts, repeats differ", 2, 8, .05, .6, 0, 0, .3, 0},
	{"rather rare bursts", 3, 20, .05, .6, 0, 0, 0, 0},
	{"bursts of waves", 4, 12, .05, .6, .5, 0, 0, 0},
	{"strong waves", 0, 0, .02, .5, .85, 0, 0, 0},
};

struct series {
	struct ratio_block v[SERIES_REPEATS][SERIES_SECONDS];
	struct ratio_repeat rep[SERIES_REPEATS];
};

static double series_normal(struct rng *r)
{
	return sqrt(-2 * log(1 - rng_double(r))) * cos(2 * M_PI * rng_double(r));
}

/* Log-normal with mean 1. */
static double series_level(struct rng *r, double cv)
{
	double s2 = log1p(cv * cv);

	return cv > 0 ? exp(sqrt(s2) * series_normal(r) - s2 / 2) : 1;
}

__attribute__((unused)) static double series_truth(const struct series_kind *k)
{
	return k->share * (k->off > 0 ? k->on / (k->on + k->off) : 1);
}

__attribute__((unused)) static void series_make(const struct series_kind *k, size_t repeats,
						size_t seconds, struct rng *r, struct series *out)
{
	double s2 = log1p(k->second_cv * k->second_cv);

	for (size_t i = 0; i < repeats; i++) {
		double level = series_level(r, k->repeat_cv), burst = series_level(r, k->burst_cv);
		double z = series_normal(r);
		bool on = k->off <= 0 || rng_double(r) < k->on / (k->on + k->off);

		for (size_t t = 0; t < seconds; t++) {
			double den = SERIES_EVENTS * (0.9 + 0.2 * rng_double(r));
			double x = k->second_cv > 0 ? exp(sqrt(s2) * z - s2 / 2) : 1;

			out->v[i][t].den = den;
			out->v[i][t].num = on ? fmin(k->share * level * burst * x, 1) * den : 0;
			z = k->carry * z + sqrt(1 - k->carry * k->carry) * series_normal(r);
			if (k->off > 0 && rng_double(r) < 1 / (on ? k->on : k->off)) {
				on = !on;
				burst = series_level(r, k->burst_cv);
			}
		}
		out->rep[i] = (struct ratio_repeat){out->v[i], seconds};
	}
}

/* Intervals of `series` made series that hold the truth. */
__attribute__((unused)) static int series_covered(const struct series_kind *k, size_t repeats,
						  size_t seconds, int series, uint64_t seed)
{
	struct rng rng = rng_seed(seed);
	double truth = series_truth(k);
	struct series s;
	int hit = 0;

	for (int i = 0; i < series; i++) {
		struct ratio_interval in;

		series_make(k, repeats, seconds, &rng, &s);
		in = stats_ratio_interval(s.rep, repeats);
		hit += in.lo <= truth && truth <= in.hi;
	}
	return hit;
}

#endif
