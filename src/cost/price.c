/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/price.h"

/*
 * event_ns, wake_ns: the line through the CPU of live runs of one mixed load with rules that never
 * look at its events: 7.0 % of a core at 4,000 events/s, 9.2 % at 62,100, 11 % at 108,300, 12 % at
 * 116,300. (Events that wait in large buffers take half of it, 190 ns: drain of 3 million.)
 * check_ns: the drain with the 25 stable rules of falco_rules.yaml takes 860 ns; the difference of
 * 670 ns an event is shared by the checks that the default selectivities below expect of those
 * rules, 12.7 for an open and none for a close (tests/unit/test_diff.c holds the two together).
 * kernel_ns: bpf_stats of the sys_exit program,
 * 333 ns for each collected event and 43 ns for a call that is not selected.
 */
const struct price price_defaults = {
	.source = "defaults, not calibrated",
	.event_ns = 390,
	.check_ns = 105,
	.wake_ns = 68e6,
	.kernel_ns = 290,
};

/* Rules look for the rare: a comparison with something definite is seldom true, its opposite
 * mostly, an order is even. */
double price_selectivity(enum ast_op op)
{
	switch (op) {
	case OP_NE:
		return 0.9;
	case OP_EXISTS:
		return 0.9;
	case OP_LT:
	case OP_LE:
	case OP_GT:
	case OP_GE:
		return 0.5;
	default:
		return 0.1;
	}
}

double price_event_ns(const struct price *p, double checks)
{
	return p->event_ns + checks * p->check_ns;
}
