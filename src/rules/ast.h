/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of a Falco condition.
 *
 * Places are of the condition text that was parsed: line and col 1-based, pos a byte offset. A tree
 * owns its children and texts. A macro reference (AST_IDENT) is replaced by the macro's own subtree
 * when the rule set is resolved; that subtree is shared by reference count, so a resolved tree is a
 * DAG that nobody may change. An identifier that stays after `in` is a value (AST_VALUE).
 *
 * Depth is at most AST_MAX_DEPTH everywhere, so recursion with small frames is safe.
 */
#ifndef FT_RULES_AST_H
#define FT_RULES_AST_H

#include "base/arena.h"
#include "base/map.h"
#include "base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A parenthesis can bring three levels (or, and, not); 5,000 of them must do. */
#define AST_MAX_DEPTH 16000
/* Nodes of one resolved condition, macros counted each time they are used. Falco clones them, so it
 * runs out of memory where this says no. */
#define AST_MAX_NODES 2000000

enum ast_kind {
	AST_AND,    /* kids: >= 2 */
	AST_OR,	    /* kids: >= 2 */
	AST_NOT,    /* kids: 1 */
	AST_UNARY,  /* kids[0]: field or transformer; op is always exists */
	AST_BINARY, /* kids[0]: field or transformer; op; kids[1]: value, list, field, transformer
		     */
	AST_IDENT,  /* text: macro name, before resolution only */
	AST_FIELD,  /* text: field name; arg: its [argument] or NULL */
	AST_TRANSFORMER, /* text: its name (val, tolower, ...); arg; kids: arguments */
	AST_VALUE,	 /* text: constant, escapes resolved */
	AST_LIST,	 /* kids: values; inside a transformer also fields and transformers */
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
	AST_N_OPS,
};

enum ast_modifier { MOD_NONE, MOD_ONEOF, MOD_ANYOF, MOD_ALLOF, AST_N_MODIFIERS };

struct ast {
	enum ast_kind kind : 8;
	enum ast_op op : 8;
	enum ast_modifier mod : 8;
	bool quoted;   /* AST_VALUE: was quoted in the source */
	bool pooled;   /* lives in a pool: ast_free leaves it alone */
	bool checked;  /* the loader's own: fields, operators and constants below are fine */
	uint32_t refs; /* owners beside the first */
	uint32_t line; /* here, so that a node takes no more than it must */
	char *text;    /* see ast_kind; NULL where it has none */
	char *arg;
	struct ast **kids;
	uint32_t n, alloc;
	uint32_t col, pos;
};

/* The trees of a rule set live in one, because they are many and end together. */
struct ast_pool {
	struct arena arena;
	struct strmap lists; /* source text -> list, for long ones, which many conditions share */
};
void ast_pool_release(struct ast_pool *pool);
/* Parts of a tree that is being made, in the pool, or with malloc where pool is NULL. */
struct ast *ast_make(struct ast_pool *pool, enum ast_kind kind, const char *text);
char *ast_make_text(struct ast_pool *pool, const char *text);
/* Give a new node its kids: the array is copied, the kids are taken over. */
void ast_make_kids(struct ast_pool *pool, struct ast *a, struct ast *const *kids, uint32_t n);
/* A deep copy with one owner. */
struct ast *ast_make_copy(struct ast_pool *pool, const struct ast *a);

struct ast *ast_new(enum ast_kind kind, const char *text);
struct ast *ast_ref(struct ast *a);			  /* one more owner; returns a */
void ast_free(struct ast *a);				  /* drops one owner; NULL is fine */
void ast_add(struct ast *parent, struct ast *kid);	  /* takes ownership */
bool ast_equal(const struct ast *a, const struct ast *b); /* places and quoting aside */
/* Depth (1 for a leaf) and number of nodes, shared ones counted each time; stops counting at
 * max_nodes. */
size_t ast_depth(const struct ast *a);
size_t ast_count(const struct ast *a, size_t max_nodes);
/* The operator as Falco writes it ("startswith"), and with its modifier ("startswith anyof"). */
const char *ast_op_name(enum ast_op op);
const char *ast_modifier_name(enum ast_modifier mod);
/* The text that `falco -L` prints as condition_compiled. */
void ast_print(const struct ast *a, struct strbuf *out);
/* A condition that reads back as the same tree, which the text above does not where Falco leaves
 * quotes out. */
void ast_write(const struct ast *a, struct strbuf *out);
/* A constant as condition_compiled shows it (quoted and escaped only where Falco does). */
void ast_print_value(const char *text, struct strbuf *out);
/* Field with its argument as Falco names it: name[arg], the argument left out when empty. */
void ast_field_name(const struct ast *field, struct strbuf *out);

#endif
