/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Condition text -> tree (grammar: reference, 3.2). Lists and exceptions are text that was put in
 * before; macros stay AST_IDENT.
 *
 * Parentheses nest without recursion, up to AST_MAX_DEPTH.
 */
#ifndef FT_RULES_PARSER_H
#define FT_RULES_PARSER_H

#include "base/error.h"
#include "rules/ast.h"
#include "rules/lexer.h"

/* The tree, which the caller frees, or NULL: err then has the message without a place, and *where
 * is the point in the text where reading stopped. */
struct ast *condition_parse(const char *text, size_t len, struct place *where, struct error *err);

/* The same with the tree in a pool, which then owns it. */
struct ast *condition_parse_in(struct ast_pool *pool, const char *text, size_t len,
			       struct place *where, struct error *err);

/* One field or transformer at the start of text, as in an output; *used bytes of it were taken. */
struct ast *condition_parse_field(const char *text, size_t len, size_t *used, struct error *err);

#endif
