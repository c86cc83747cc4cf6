/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One check, inlined into the evaluators; nobody else includes it.
 */
#ifndef FT_PROBE_EVAL_TEST_H
#define FT_PROBE_EVAL_TEST_H

#include "probe/eval.h"

/* eval.c: of a field of several values. */
bool eval_test_each(const struct field_ctx *ctx, struct eval_check *c);

static inline bool eval_test_values(const struct field_ctx *ctx, struct eval_check *c)
{
	struct value a, b;

	if (c->each)
		return eval_test_each(ctx, c);
	if (!operand_read(ctx, &c->lhs, &a))
		return false;
	if (c->rhs)
		return operand_read(ctx, c->rhs, &b) && match_values(c->m.op, c->lhs.type, &a, &b);
	return matcher_test(&c->m, &a);
}

static inline bool eval_test_check(const struct eval *e, struct eval_check *c, size_t nr)
{
	return c->by_call ? bitset_has(&c->calls, nr) : eval_test_values(&e->ctx, c);
}

#endif
