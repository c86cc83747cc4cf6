/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/loader.h"

#include "base/mem.h"
#include "rules/parser.h"

#include <stdlib.h>
#include <string.h>

struct src condition_place(struct loader *ld, const struct condition *c, size_t pos)
{
	struct place_memo *m = &ld->priv->place;
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	/* Only findings ask, so the substitution is done once more rather than kept for all. */
	if (m->text != c->text) {
		place_forget(m);
		m->text = c->text;
		m->len = strlen(c->text);
		lists_substitute(ld, c->text, &text, &m->origin);
		m->n_origin = text.len;
	}
	if (m->origin)
		pos = pos >= m->n_origin ? m->len : m->origin[pos];
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

/* The nodes around the one at hand, innermost first. */
struct around {
	const struct ast *a;
	struct around *up;
	const struct named_item *macro;
	bool known; /* macro is */
};

static const struct named_item *innermost_macro(const struct loader *ld, struct around *r)
{
	for (; r; r = r->up) {
		if (!r->known)
			r->macro = macro_of(ld, r->a);
		r->known = true;
		if (r->macro)
			return r->macro;
	}
	return NULL;
}

/* Nodes that are looked for. */
struct wanted_node {
	const struct ast *node;
	const struct named_item *macro; /* the innermost around its first place in the tree */
	bool found;
};

static int by_node(const void *a, const void *b)
{
	const struct wanted_node *x = a, *y = b;

	return (x->node > y->node) - (x->node < y->node);
}

struct node_search {
	const struct loader *ld;
	struct wanted_node *v; /* sorted, each once */
	size_t n, left;
};

static void search_nodes(struct node_search *s, const struct ast *a, struct around *up)
{
	struct wanted_node *w =
		bsearch(&(struct wanted_node){.node = a}, s->v, s->n, sizeof(*s->v), by_node);
	struct around here = {.a = a, .up = up};

	if (w && !w->found) {
		w->found = true;
		w->macro = innermost_macro(s->ld, &here);
		s->left--;
	}
	for (uint32_t i = 0; i < a->n && s->left; i++)
		search_nodes(s, a->kids[i], &here);
}

static struct src place_in(struct loader *ld, const struct condition *c,
			   const struct named_item *macro, const struct ast *node)
{
	struct condition m;

	if (!macro)
		return condition_place(ld, c, node->pos);
	m = (struct condition){macro->condition, &ld->priv->macros[macro - ld->rs->macros].cond,
			       c->item};
	return condition_place(ld, &m, node->pos);
}

void node_places(struct loader *ld, const struct condition *c, const struct ast *tree,
		 const struct ast *const *nodes, size_t n, struct src *places)
{
	struct node_search s = {.ld = ld, .v = xcalloc(n, sizeof(*s.v))};

	for (size_t i = 0; i < n; i++)
		s.v[i].node = nodes[i];
	if (n > 1)
		qsort(s.v, n, sizeof(*s.v), by_node);
	for (size_t i = 0; i < n; i++)
		if (!s.n || s.v[s.n - 1].node != s.v[i].node)
			s.v[s.n++] = s.v[i];
	s.left = s.n;
	search_nodes(&s, tree, NULL);
	for (size_t i = 0; i < n; i++) {
		const struct wanted_node *w = bsearch(&(struct wanted_node){.node = nodes[i]}, s.v,
						      s.n, sizeof(*s.v), by_node);

		places[i] = place_in(ld, c, w->macro, nodes[i]);
	}
	free(s.v);
}

struct src node_place(struct loader *ld, const struct condition *c, const struct ast *tree,
		      const struct ast *node)
{
	struct src place;

	node_places(ld, c, tree, &node, 1, &place);
	return place;
}
