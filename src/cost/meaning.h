/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions by their meaning: equal numbers for conditions that are true for the same events,
 * however they are written. Pure.
 *
 * The resolved tree (macros, lists and exceptions in place) is brought into one form: negation
 * pushed down to the checks (a check is true or false, so De Morgan's laws hold), nested `and` in
 * `and` and `or` in `or` opened, operands and constants of a list sorted and each kept once, and
 * for fields with one plain value `f = a or f in (b, c)` joined into one list. What stays different
 * although it is the same by logic (a factored-out operand) is for meaning_same_logic(). What is
 * the same by what its checks say (one that another one implies) counts as different: never the
 * other way round.
 *
 * The second number is the same without sorting, joining and leaving out of operands: equal means
 * that the same checks come in the same order, so that the condition costs the same.
 */
#ifndef FT_COST_MEANING_H
#define FT_COST_MEANING_H

#include "base/map.h"
#include "rules/ast.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct meaning_node;

/* Numbers are those of one struct meanings; others cannot be compared with them. */
struct meanings {
	struct strmap index; /* what a node is made of -> its number + 1 */
	struct meaning_node *v;
	size_t n, alloc;
};

#define MEANINGS_INIT                                                                              \
	{                                                                                          \
		0                                                                                  \
	}
void meanings_release(struct meanings *m);
#define cleanup_meanings __attribute__((cleanup(meanings_release)))

/* By meaning. */
uint32_t meaning_of(struct meanings *m, const struct ast *a);
/* The same checks in the same order. */
uint32_t meaning_in_order(struct meanings *m, const struct ast *a);
/* Is it proven that two conditions, by their meaning_of(), are true for the same events whatever
 * their checks give? False: they differ, or are too large to tell. */
bool meaning_same_logic(const struct meanings *m, uint32_t a, uint32_t b);
/* Several trees joined by `and`, none: true. */
uint32_t meaning_of_all(struct meanings *m, struct ast *const *trees, size_t n);

#endif
