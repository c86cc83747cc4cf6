/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Weighted least squares by normal equations, with unknowns that lean to a value. Pure.
 *
 * Small: up to some hundred unknowns, solved by Gauss with pivots.
 */
#ifndef FT_COST_NORMAL_H
#define FT_COST_NORMAL_H

#include <stdbool.h>
#include <stddef.h>

struct normal {
	size_t n;     /* unknowns */
	double *a;    /* n x n; owned */
	double *b;    /* n; owned */
	double weigh; /* sum of the rows' weights */
};

/* n > 0. Cannot fail. */
void normal_init(struct normal *s, size_t n);
void normal_release(struct normal *s);
#define cleanup_normal __attribute__((cleanup(normal_release)))

/* One observation: the sum of row times the unknowns is y. */
void normal_add(struct normal *s, const double *row, double y, double weight);
/* The unknown i is expected to be value. */
void normal_lean(struct normal *s, size_t i, double value, double weight);
/* x: n; what nothing tells is 0. */
void normal_solve(const struct normal *s, double *x);
/* The same with no unknown below 0: what comes out below is held at 0, and the rest solved again.
 */
void normal_solve_positive(const struct normal *s, double *x);
/* The variance of each unknown for observations whose weights are 1 / variance: n. */
void normal_variances(const struct normal *s, double *v);

#endif
