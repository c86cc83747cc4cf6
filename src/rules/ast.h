/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of a Falco condition.
 *
 * Places are of the condition text: line and col 1-based, pos a byte offset. A tree owns its
 * children and texts. A macro reference (AST_IDENT) is replaced by the macro's own subtree when the
 * rule set is resolved; an identifier that stays after `in` is a value (AST_VALUE).
 */
#ifndef FT_RULES_AST_H
#define FT_RULES_AST_H

#include "base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>

enum ast_kind {
	AST_AND,    /* kids: >= 2 */
	AST_OR,	    /* kids: >= 2 */
	AST_NOT,    /* kids: 1 */
	AST_UNARY,  /* kids[0]: field or transformer; op is always exists */
	AST_BINARY, /* kids[0]: field or transformer; op; kids[1]: value, list, field, transformer
		     */
	AST_IDENT,  /* text: macro name, before resolution only */
	AST_FIELD,  /* text: field name; arg: its [argument] or NULL */
	AST_TRANSFORMER, /* text: its name (val, tolower, ...); kids: arguments */
	AST_VALUE,	 /* text: unquoted constant */
	AST_LIST,	 /* kids: values */
};

enum ast_op {
	OP_NONE,
	OP_EXISTS,
	OP_EQ,
	OP_EQEQ,
	OP_NE,
	OP_LT,
	OP_LE,
	OP_GT,
	OP_GE,
	OP_CONTAINS,
	OP_ICONTAINS,
	OP_BCONTAINS,
	OP_STARTSWITH,
	OP_BSTARTSWITH,
	OP_ENDSWITH,
	OP_GLOB,
	OP_IGLOB,
	OP_REGEX,
	OP_IN,
	OP_INTERSECTS,
	OP_PMATCH,
};

enum ast_modifier { MOD_NONE, MOD_ONEOF, MOD_ANYOF, MOD_ALLOF };

struct ast {
	enum ast_kind kind;
	enum ast_op op;
	enum ast_modifier mod;
	char *text; /* see ast_kind; NULL where it has none */
	char *arg;
	bool quoted; /* AST_VALUE: was quoted in the source */
	struct ast **kids;
	size_t n, alloc;
	size_t line, col, pos;
};

struct ast *ast_new(enum ast_kind kind, const char *text);
struct ast *ast_clone(const struct ast *a);
void ast_free(struct ast *a);				  /* NULL is fine */
void ast_add(struct ast *parent, struct ast *kid);	  /* takes ownership */
bool ast_equal(const struct ast *a, const struct ast *b); /* places aside */
/* The operator as Falco writes it ("startswith"), and with its modifier ("startswith anyof"). */
const char *ast_op_name(enum ast_op op);
const char *ast_modifier_name(enum ast_modifier mod);
/* The text that `falco -L` prints as condition_compiled. */
void ast_print(const struct ast *a, struct strbuf *out);

#endif
