/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an event and a check cost: the few numbers that a comparison of rule sets needs. Pure.
 *
 * The defaults are those of a real Falco 0.44.1 on a machine with 2 cores and kernel 6.18
 * (modern_ebpf), not of this host. They are meant for differences and ratios: a host that is twice
 * as fast halves both sides.
 */
#ifndef FT_COST_PRICE_H
#define FT_COST_PRICE_H

#include "rules/ast.h"

struct price {
	const char *source; /* a few words on where the numbers are from, for reports */
	double event_ns;    /* engine: read, parse and keep state for an event */
	double check_ns;    /* engine: one check of a condition */
	double wake_ns;	    /* engine: looking for events, in a second (cost/wake.h) */
	double kernel_ns;   /* kernel side, in the time of the calling process: a collected call
			       above one that is not */
};

extern const struct price price_defaults;

/* How likely a check is true for an event that gets there, when nothing is known: the stated
 * default of its operator, 0..1. */
double price_selectivity(enum ast_op op);

/* ns of the engine for an event on which so many checks are evaluated. */
double price_event_ns(const struct price *p, double checks);

#endif
