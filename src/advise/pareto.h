/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of several measured configurations are worth considering: the Pareto front over drop rate,
 * buffer memory, CPU and coverage, and why every other one lost. Pure.
 *
 * One point dominates another when it is worse in nothing and better in something. What cannot be
 * told apart is equal: drop rates whose intervals overlap and whose seconds do not differ by Mann
 * and Whitney's test at PARETO_LEVEL (a strict one, because neighbouring seconds are not
 * independent: it takes five seconds of each), and CPU within PARETO_CPU_SHARE of each other or
 * PARETO_CPU_LEAST of a core, which the same configuration shows from run to run. Memory and
 * coverage are known exactly and are compared exactly. What is unknown is equal to everything.
 *
 * Being equal is not transitive when it means "overlaps", so that points could dominate each other
 * in a circle; the first of such a circle (lowest drop rate, then memory, then position) stays.
 */
#ifndef FT_ADVISE_PARETO_H
#define FT_ADVISE_PARETO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PARETO_LEVEL	 0.01
#define PARETO_CPU_SHARE 0.1
#define PARETO_CPU_LEAST 0.02

struct pareto_point {
	const char *name;      /* "p5-c2"; borrowed */
	bool measured;	       /* false: never compared, in no layer */
	double drop;	       /* 0..1; NaN: not exercised, which counts as no drops */
	double lo, hi;	       /* its interval; NaN: drop itself */
	const double *seconds; /* drop rate of each second, n_seconds; borrowed, may be NULL */
	size_t n_seconds;
	int64_t memory;	 /* of the buffers, bytes */
	double cpu;	 /* share of one CPU; NaN unknown */
	double coverage; /* share of the rules that see all they ask for; NaN unknown */
};

struct pareto_place {
	bool front;
	int layer; /* 1: the front; 2: the front without the first, and so on; 0: not measured */
	size_t dominator; /* index of a point that dominates it, of the front where one does; only
			     where measured and not front */
	char *reason;	  /* "dominated by p5-c2: same drop rate within the interval, half the
			     memory"; NULL on the front and where not measured */
};

bool pareto_dominates(const struct pareto_point *a, const struct pareto_point *b);
/* Places of n points; out has room for n. Release them with pareto_release(). */
void pareto_compute(const struct pareto_point *v, size_t n, struct pareto_place *out);
void pareto_release(struct pareto_place *v, size_t n);
/* Indexes, best first: by layer, then drop rate where it can be told apart, then memory, then drop
 * rate; those that were not measured last. order has room for n. */
void pareto_order(const struct pareto_point *v, const struct pareto_place *places, size_t n,
		  size_t *order);

#endif
