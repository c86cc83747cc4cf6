/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/ast.h"

#include "base/mem.h"

#include <string.h>

static const char *const op_names[AST_N_OPS] = {
	[OP_NONE] = "",
	[OP_EXISTS] = "exists",
	[OP_EQ] = "=",
	[OP_EQEQ] = "==",
	[OP_NE] = "!=",
	[OP_LT] = "<",
	[OP_LE] = "<=",
	[OP_GT] = ">",
	[OP_GE] = ">=",
	[OP_CONTAINS] = "contains",
	[OP_ICONTAINS] = "icontains",
	[OP_BCONTAINS] = "bcontains",
	[OP_STARTSWITH] = "startswith",
	[OP_BSTARTSWITH] = "bstartswith",
	[OP_ENDSWITH] = "endswith",
	[OP_GLOB] = "glob",
	[OP_IGLOB] = "iglob",
	[OP_REGEX] = "regex",
	[OP_IN] = "in",
	[OP_INTERSECTS] = "intersects",
	[OP_PMATCH] = "pmatch",
};

static const char *const modifier_names[AST_N_MODIFIERS] = {"", "oneof", "anyof", "allof"};

const char *ast_op_name(enum ast_op op)
{
	return op_names[op];
}

const char *ast_modifier_name(enum ast_modifier mod)
{
	return modifier_names[mod];
}

char *ast_make_text(struct ast_pool *pool, const char *text)
{
	return pool ? arena_strndup(&pool->arena, text, strlen(text)) : xstrdup(text);
}

static void *get(struct ast_pool *pool, size_t n)
{
	return pool ? arena_alloc(&pool->arena, n) : xmalloc(n);
}

struct ast *ast_make(struct ast_pool *pool, enum ast_kind kind, const char *text)
{
	struct ast *a = get(pool, sizeof(*a));

	*a = (struct ast){.kind = kind, .pooled = pool != NULL};
	a->text = text ? ast_make_text(pool, text) : NULL;
	return a;
}

void ast_make_kids(struct ast_pool *pool, struct ast *a, struct ast *const *kids, uint32_t n)
{
	if (!n)
		return;
	a->kids = get(pool, n * sizeof(*kids));
	memcpy(a->kids, kids, n * sizeof(*kids));
	a->n = a->alloc = n;
}

struct ast *ast_make_copy(struct ast_pool *pool, const struct ast *a)
{
	struct ast *c = ast_make(pool, a->kind, a->text);
	char *text = c->text;

	*c = *a;
	c->refs = 0;
	c->pooled = pool != NULL;
	c->text = text;
	c->arg = a->arg ? ast_make_text(pool, a->arg) : NULL;
	ast_make_kids(pool, c, a->kids, a->n);
	for (uint32_t i = 0; i < a->n; i++)
		c->kids[i] = ast_make_copy(pool, a->kids[i]);
	return c;
}

void ast_pool_release(struct ast_pool *pool)
{
	arena_release(&pool->arena);
	strmap_release(&pool->lists);
}

struct ast *ast_new(enum ast_kind kind, const char *text)
{
	return ast_make(NULL, kind, text);
}

struct ast *ast_ref(struct ast *a)
{
	a->refs++;
	return a;
}

void ast_free(struct ast *a)
{
	if (!a || a->pooled)
		return;
	if (a->refs) {
		a->refs--;
		return;
	}
	for (uint32_t i = 0; i < a->n; i++)
		ast_free(a->kids[i]);
	free(a->kids);
	free(a->text);
	free(a->arg);
	free(a);
}

void ast_add(struct ast *parent, struct ast *kid)
{
	/* Most nodes have one or two kids: grow from two. */
	if (parent->n >= parent->alloc) {
		parent->alloc = parent->alloc ? parent->alloc * 2 : 2;
		parent->kids = xrealloc(parent->kids, parent->alloc, sizeof(*parent->kids));
	}
	parent->kids[parent->n++] = kid;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

bool ast_equal(const struct ast *a, const struct ast *b)
{
	if (a == b)
		return true;
	if (a->kind != b->kind || a->op != b->op || a->mod != b->mod || a->n != b->n ||
	    !same_text(a->text, b->text) || !same_text(a->arg, b->arg))
		return false;
	for (uint32_t i = 0; i < a->n; i++)
		if (!ast_equal(a->kids[i], b->kids[i]))
			return false;
	return true;
}

size_t ast_depth(const struct ast *a)
{
	size_t max = 0;

	for (uint32_t i = 0; i < a->n; i++) {
		size_t d = ast_depth(a->kids[i]);

		max = d > max ? d : max;
	}
	return max + 1;
}

size_t ast_count(const struct ast *a, size_t max_nodes)
{
	size_t n = 1;

	for (uint32_t i = 0; i < a->n && n < max_nodes; i++)
		n += ast_count(a->kids[i], max_nodes - n);
	return n;
}

void ast_field_name(const struct ast *field, struct strbuf *out)
{
	strbuf_addstr(out, field->text);
	if (field->arg && *field->arg)
		strbuf_addf(out, "[%s]", field->arg);
}
