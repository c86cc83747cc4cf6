/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A side of a comparison (or a token of an output): a field, a constant, or a transformer over
 * those.
 */
#ifndef FT_PROBE_EVAL_OPERAND_H
#define FT_PROBE_EVAL_OPERAND_H

#include "base/strbuf.h"
#include "probe/fields.h"
#include "rules/ast.h"

#include <stdbool.h>
#include <stddef.h>

enum operand_kind { OPERAND_FIELD, OPERAND_CONST, OPERAND_LIST, OPERAND_TRANSFORMER };

struct operand {
	enum operand_kind kind;
	enum value_type type;
	unsigned bits, flags; /* of the field; flags of all fields below a transformer */
	struct field_ref ref; /* OPERAND_FIELD */
	char *text;	      /* OPERAND_CONST, or the argument of a transformer; owned */
	size_t len;	      /* of text */
	const struct transformer *fn;
	struct operand *args; /* OPERAND_TRANSFORMER, OPERAND_LIST; owned */
	size_t n;
	struct strbuf buf;   /* result of a transformer */
	struct strbuf items; /* values of a list, with a NUL after each */
};

/* Prepare. False: the engine cannot read it, and *why (when it was NULL) gets what it is, such as
 * "field proc.tty"; the caller frees. *op must be released in either case. */
bool operand_init(struct operand *op, const struct ast *a, char **why);
void operand_release(struct operand *op);
/* False: the event has no such value. The value lives until the next read of op. */
bool operand_read_slow(const struct field_ctx *ctx, struct operand *op, struct value *out);

/* The values of a list in op->items; false when one is absent. */
bool operand_items(const struct field_ctx *ctx, struct operand *op);
bool operand_item_slow(const struct field_ctx *ctx, struct operand *op, size_t at,
		       struct value *out);

/* With FIELD_LIST or FIELD_EACH in flags: value number at, from 1 on and in order; false behind the
 * last. The caller sets ref.at to 0 in the end. */
static inline bool operand_item(const struct field_ctx *ctx, struct operand *op, size_t at,
				struct value *out)
{
	if (op->kind != OPERAND_FIELD)
		return operand_item_slow(ctx, op, at, out);
	op->ref.at = at;
	return field_read(ctx, &op->ref, out);
}

static inline bool operand_read(const struct field_ctx *ctx, struct operand *op, struct value *out)
{
	if (op->kind == OPERAND_FIELD)
		return field_read(ctx, &op->ref, out);
	return operand_read_slow(ctx, op, out);
}

#endif
