/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Macros: parsed all first, then resolved in the order of their first definition (reference, 1.5).
 */
#include "rules/loader.h"

#include "base/mem.h"

#include <string.h>

struct resolver {
	struct loader *ld;
	uint32_t visible;
	size_t nodes, depth;
	const struct ast *loop, *unknown; /* the first of each */
	bool too_large;
};

static void resolve(struct resolver *rv, struct ast **slot, size_t depth);

/* A tree of another macro whose own references are not replaced yet. */
static void resolve_copy(struct resolver *rv, struct ast **slot, size_t depth, size_t i)
{
	struct item_info *mi = &rv->ld->priv->macros[i];
	struct ast *copy = ast_make_copy(&rv->ld->priv->pool, rv->ld->rs->macros[i].ast);

	mi->active = true;
	resolve(rv, &copy, depth);
	mi->active = false;
	ast_free(*slot);
	*slot = copy;
}

static void resolve_reference(struct resolver *rv, struct ast **slot, size_t depth)
{
	struct ruleset_private *p = rv->ld->priv;
	long i = collect_find(&p->macro_index, (*slot)->text);
	struct item_info *mi = i < 0 ? NULL : &p->macros[i];

	if (!mi || mi->first >= rv->visible) {
		rv->unknown = rv->unknown ? rv->unknown : *slot;
		return;
	}
	if (mi->active) {
		rv->loop = rv->loop ? rv->loop : *slot;
		return;
	}
	rv->ld->rs->macros[i].used = true;
	if (!mi->resolved) {
		resolve_copy(rv, slot, depth, (size_t)i);
		return;
	}
	ast_free(*slot);
	*slot = ast_ref(rv->ld->rs->macros[i].ast);
	rv->nodes += mi->nodes;
	if (depth + mi->depth > rv->depth)
		rv->depth = depth + mi->depth;
}

/* A node counts for more with a long text, because it is printed as often as it is used. */
static size_t weight(const struct ast *a)
{
	size_t len = (a->text ? strlen(a->text) : 0) + (a->arg ? strlen(a->arg) : 0);

	return 1 + len / 256;
}

/* depth: number of nodes above *slot. */
static void resolve(struct resolver *rv, struct ast **slot, size_t depth)
{
	struct ast *a = *slot;

	if (rv->nodes > AST_MAX_NODES || depth >= AST_MAX_DEPTH || rv->depth > AST_MAX_DEPTH ||
	    rv->ld->priv->pool.arena.bytes > ALL_TREES_MAX) {
		rv->too_large = true;
		return;
	}
	if (a->kind == AST_IDENT) {
		resolve_reference(rv, slot, depth);
		return;
	}
	rv->nodes += weight(a);
	if (depth + 1 > rv->depth)
		rv->depth = depth + 1;
	for (uint32_t i = 0; i < a->n; i++)
		resolve(rv, &a->kids[i], depth + 1);
}

int macros_resolve(struct loader *ld, struct ast **tree, uint32_t visible, struct tree_size *size,
		   const struct ast **bad, struct error *err)
{
	struct resolver rv = {.ld = ld, .visible = visible};

	resolve(&rv, tree, 0);
	*size = (struct tree_size){rv.nodes, rv.depth};
	*bad = rv.loop ? rv.loop : rv.unknown;
	if (rv.loop)
		return error_input(err, "macro %s refers to itself", rv.loop->text);
	if (rv.unknown)
		return error_input(err, "macro %s is not defined before its use", rv.unknown->text);
	if (ld->priv->pool.arena.bytes > ALL_TREES_MAX) {
		*bad = *tree;
		return error_input(err, "too large: the conditions so far take more than %zu bytes",
				   ALL_TREES_MAX);
	}
	if (rv.too_large || rv.nodes > AST_MAX_NODES || rv.depth > AST_MAX_DEPTH) {
		*bad = *tree;
		return error_input(err,
				   "too large with its macros: the limits are %d checks and "
				   "a depth of %d",
				   AST_MAX_NODES, AST_MAX_DEPTH);
	}
	ld->priv->nodes += rv.nodes;
	if (ld->priv->nodes > ALL_NODES_MAX) {
		*bad = *tree;
		return error_input(err,
				   "too large: with their macros, the conditions so far have more "
				   "than %zu checks",
				   ALL_NODES_MAX);
	}
	return 0;
}

static int parse_all(struct loader *ld)
{
	for (size_t i = 0; i < ld->rs->n_macros; i++) {
		struct named_item *m = &ld->rs->macros[i];
		struct item_info *mi = &ld->priv->macros[i];
		struct condition c = {m->condition, &mi->cond, {"macro", m->name}};

		mi->resolved = mi->active = false;
		m->used = false;
		m->ast = condition_compile(ld, &c, NULL);
		if (!m->ast)
			return -1;
	}
	return 0;
}

int macros_compile(struct loader *ld)
{
	if (parse_all(ld))
		return -1;
	for (size_t i = 0; i < ld->rs->n_macros; i++) {
		struct named_item *m = &ld->rs->macros[i];
		struct item_info *mi = &ld->priv->macros[i];
		struct condition c = {m->condition, &mi->cond, {"macro", m->name}};
		struct error err = ERROR_INIT;
		const struct ast *bad;
		struct tree_size size;
		struct ast *tree = m->ast;
		int rc;

		/* A macro that names itself is seen as not defined, unless it was appended to. */
		mi->active = true;
		rc = macros_resolve(ld, &tree, mi->last, &size, &bad, &err);
		mi->active = false;
		m->ast = tree;
		if (rc)
			return loader_fail(ld, CODE_VALIDATE, condition_place(ld, &c, bad->pos),
					   c.item, "%s", err.msg);
		mi->nodes = size.nodes;
		mi->depth = size.depth;
		mi->resolved = true;
	}
	return 0;
}
