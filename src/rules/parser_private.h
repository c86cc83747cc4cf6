/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of the parser, shared by its two halves: checks (parse_check.c) and the groups around
 * them (parser.c). Private to these.
 */
#ifndef FT_RULES_PARSER_PRIVATE_H
#define FT_RULES_PARSER_PRIVATE_H

#include "rules/parser.h"

/* Where the result of a parenthesised group goes on: as an operand of `not` (the usual case), or
 * directly behind and( or or(, where no `not` and no further operator of lower rank may follow. */
enum resume { RESUME_OPERAND, RESUME_AND, RESUME_OR };

/* One open group. The operands of its `or` chain, then those of the `and` chain being read, stand
 * on the parser's stack from these positions on. */
struct group {
	enum resume resume; /* of the group around this one */
	bool negated;	    /* the operand being read */
	size_t any, all;
	struct place any_at, all_at, not_at;
};

struct parser {
	struct lexer lx;
	struct ast_pool *pool; /* NULL: malloc */
	struct group *groups;
	size_t n, alloc;
	struct ast **stack; /* finished parts that have no parent yet */
	size_t n_stack, alloc_stack;
	struct error *err;
};

/* Each returns NULL after setting the error. */
struct ast *parse_fail(struct parser *p, const char *msg);
struct ast *parse_node(struct parser *p, enum ast_kind kind, const char *text, struct place at);
/* A check that is no parenthesis. */
struct ast *parse_check(struct parser *p, struct place at);
/* A field or transformer alone. */
struct ast *parse_field(struct parser *p);
void parse_push(struct parser *p, struct ast *a);
/* Give a what stands on the stack from `start` on as its kids. */
struct ast *parse_pop_into(struct parser *p, struct ast *a, size_t start);

#endif
