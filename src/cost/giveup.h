/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which rules to give up, and in which order, for the kernel event rate to fall: the candidates of
 * `run --search`. Pure.
 *
 * A rule is kept whole or given up. What Falco must trace for the kept ones is repair(rules): the
 * system calls that they name, and what Falco's own repair adds to keep its picture of processes
 * and descriptors true. A call leaves that set only when the last rule that needs it leaves, so a
 * step gives up all kept rules that name some call, and its gain is the difference of the rates of
 * the two sets, never a sum over rules. Each step is the one with the most events a second for
 * each unit of weight given up.
 */
#ifndef FT_COST_GIVEUP_H
#define FT_COST_GIVEUP_H

#include "syscalls/select.h"

/* A step must save at least this share of the whole set's rate. */
#define GIVEUP_LEAST 0.001

struct giveup_input {
	const struct catalogue *cat;
	const struct select_rule *rules; /* active ones; borrowed, as all of this */
	size_t n;
	const double *weights; /* of each rule, >= 0 */
	const double *rates;   /* events a second by sc, cat->n_syscalls of them; 0 unknown */
	bool all;	       /* base_syscalls.all */
};

struct giveup_step {
	size_t *rules; /* given up in this step; owned */
	size_t n;
	double weight;	      /* of these together */
	double before, after; /* rate of the sets */
	struct bitset gone;   /* calls that leave the set */
	struct bitset set;    /* of what is kept after it */
};

struct giveup {
	struct bitset whole; /* set of all rules */
	double whole_rate;
	struct giveup_step *v; /* in order; the last one leaves what costs nothing to keep */
	size_t n;
};

/* Steps until no more rate can be saved. Release *out. */
void giveup_order(const struct giveup_input *in, struct giveup *out);
void giveup_release(struct giveup *g);

/* The set for the kept rules: repair(rules). kept: in->n flags. */
struct bitset giveup_set(const struct giveup_input *in, const bool *kept);
double giveup_rate(const struct giveup_input *in, struct bitset set);

#endif
