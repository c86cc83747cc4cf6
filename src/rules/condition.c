/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/loader.h"

#include "base/mem.h"
#include "rules/parser.h"

#include <string.h>

struct src condition_place(struct loader *ld, const struct condition *c, size_t pos)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	uint32_t *origin = NULL;
	size_t len = strlen(c->text);

	/* Only findings ask, so the substitution is done once more rather than kept. */
	if (lists_substitute(ld, c->text, &text, &origin)) {
		pos = pos >= text.len ? len : origin[pos];
		free(origin);
	}
	return pieces_find(ld->priv, c->pieces, c->text, pos);
}

/* May a text of that length still be parsed? */
static int too_large(struct loader *ld, size_t len, struct error *err)
{
	struct ruleset_private *p = ld->priv;

	if (len >= CONDITION_MAX)
		return error_input(err, "longer than %zu bytes with its lists and exceptions",
				   CONDITION_MAX);
	p->text_bytes += len;
	if (p->text_bytes > ALL_TEXT_MAX)
		return error_input(err,
				   "too large: with their lists, the conditions so far are "
				   "longer than %zu bytes",
				   ALL_TEXT_MAX);
	if (p->pool.arena.bytes > ALL_TREES_MAX)
		return error_input(err, "too large: the conditions so far take more than %zu bytes",
				   ALL_TREES_MAX);
	return 0;
}

struct ast *condition_compile(struct loader *ld, const struct condition *c, bool *with_lists)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct error err = ERROR_INIT;
	struct place where = {0};
	struct ast *a;
	size_t len;
	bool lists;

	lists = lists_substitute(ld, c->text, &text, NULL);
	if (with_lists)
		*with_lists = lists;
	len = lists ? text.len : strlen(c->text);
	a = too_large(ld, len, &err)
		    ? NULL
		    : condition_parse_in(&ld->priv->pool, lists ? text.buf : c->text, len, &where,
					 &err);
	if (!a) {
		loader_fail(ld, CODE_COMPILE_CONDITION, condition_place(ld, c, where.pos), c->item,
			    "%s", err.msg);
		return NULL;
	}
	return a;
}

/* The macro whose tree this is, or NULL. */
static const struct named_item *macro_of(const struct loader *ld, const struct ast *a)
{
	for (size_t i = 0; a->refs && i < ld->rs->n_macros; i++)
		if (ld->rs->macros[i].ast == a)
			return &ld->rs->macros[i];
	return NULL;
}

/* Is node in the tree a? *macro is the innermost macro around it, NULL for none. */
static bool find_node(const struct loader *ld, const struct ast *a, const struct ast *node,
		      const struct named_item **macro)
{
	if (a == node) {
		*macro = macro_of(ld, a);
		return true;
	}
	for (uint32_t i = 0; i < a->n; i++) {
		if (!find_node(ld, a->kids[i], node, macro))
			continue;
		if (!*macro)
			*macro = macro_of(ld, a);
		return true;
	}
	return false;
}

struct src node_place(struct loader *ld, const struct condition *c, const struct ast *tree,
		      const struct ast *node)
{
	const struct named_item *macro = NULL;
	struct condition m;

	if (!find_node(ld, tree, node, &macro) || !macro)
		return condition_place(ld, c, node->pos);
	m = (struct condition){macro->condition, &ld->priv->macros[macro - ld->rs->macros].cond,
			       c->item};
	return condition_place(ld, &m, node->pos);
}
