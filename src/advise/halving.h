/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Successive halving: every candidate is measured for a short time, the better half for twice as
 * long, and so on, so that most of the time goes where the choice is close (K. Jamieson and A.
 * Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization", 2016).
 * Pure.
 */
#ifndef FT_ADVISE_HALVING_H
#define FT_ADVISE_HALVING_H

#include <stddef.h>
#include <stdint.h>

struct halving_round {
	size_t n;	     /* candidates that are measured in it */
	int64_t duration_ns; /* of each one's window */
};

#define HALVING_MAX_ROUNDS 10

/* The rounds for n candidates: n, then half of them (rounded up) for twice as long, until two are
 * left. A window is never longer than longest_ns (at least first_ns). Returns how many rounds; 0
 * for no candidate. */
size_t halving_plan(size_t n, int64_t first_ns, int64_t longest_ns,
		    struct halving_round out[HALVING_MAX_ROUNDS]);

/* Windows of all rounds together, ns. */
int64_t halving_total(const struct halving_round *v, size_t n);

#endif
