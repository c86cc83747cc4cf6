/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/meaning.h"

#include "base/mem.h"
#include "base/strbuf.h"
#include "cost/meaning_private.h"
#include "rules/fields.h"

#include <stdlib.h>
#include <string.h>

struct ids {
	uint32_t *v;
	size_t n, alloc;
};

static void ids_release(struct ids *i)
{
	free(i->v);
}
#define cleanup_ids __attribute__((cleanup(ids_release)))

static void ids_add(struct ids *i, uint32_t id)
{
	ALLOC_GROW(i->v, i->n, i->alloc);
	i->v[i->n++] = id;
}

static int compare_ids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void ids_sort_once(struct ids *i)
{
	size_t n = 0;

	if (!i->n)
		return;
	qsort(i->v, i->n, sizeof(*i->v), compare_ids);
	for (size_t k = 0; k < i->n; k++)
		if (!n || i->v[n - 1] != i->v[k])
			i->v[n++] = i->v[k];
	i->n = n;
}

void meanings_release(struct meanings *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->v[i].kids);
	free(m->v);
	strmap_release(&m->index);
	*m = (struct meanings){0};
}

/* The number of that key, a new one with this node when there is none yet. */
static uint32_t intern(struct meanings *m, const char *key, const struct meaning_node *node)
{
	uintptr_t at = (uintptr_t)strmap_get(&m->index, key);
	struct meaning_node *n;

	if (at)
		return (uint32_t)(at - 1);
	ALLOC_GROW(m->v, m->n, m->alloc);
	n = &m->v[m->n++];
	*n = *node;
	n->kids = xcalloc(node->n + 1, sizeof(*n->kids));
	if (node->n)
		memcpy(n->kids, node->kids, node->n * sizeof(*n->kids));
	strmap_put(&m->index, key, (void *)(uintptr_t)m->n);
	n->positive = (uint32_t)(m->n - 1);
	return n->positive;
}

static uint32_t text_id(struct meanings *m, const char *text)
{
	char *key cleanup_free = xasprintf("t%s", text);

	return intern(m, key, &(struct meaning_node){.kind = NODE_TEXT});
}

static uint32_t node_id(struct meanings *m, enum node_kind kind, bool negated, uint32_t head,
			const struct ids *kids)
{
	const struct meaning_node node = {
		.kind = kind, .negated = negated, .head = head, .kids = kids->v, .n = kids->n};
	struct strbuf key cleanup_strbuf = STRBUF_INIT;

	strbuf_addf(&key, "%d%d:%u", (int)kind, negated, head);
	for (size_t i = 0; i < kids->n; i++)
		strbuf_addf(&key, ",%u", kids->v[i]);
	return intern(m, key.buf, &node);
}

static uint32_t leaf_node(struct meanings *m, bool negated, uint32_t head, const struct ids *kids)
{
	uint32_t positive = node_id(m, NODE_LEAF, false, head, kids), id = positive;

	if (negated) {
		id = node_id(m, NODE_LEAF, true, head, kids);
		m->v[id].positive = positive;
	}
	return id;
}

/* ---- checks ---- */

/* One plain value, for which `=` and `in` are the same test: not addresses, ports and nets, which
 * stand for two ends of a connection, nor flags and lists. */
static bool has_one_value(const struct ast *left)
{
	static const enum field_type plain[] = {
		TYPE_BOOL,  TYPE_CHARBUF, TYPE_FSPATH, TYPE_GID,    TYPE_INT16,
		TYPE_INT32, TYPE_INT64,	  TYPE_INT8,   TYPE_PID,    TYPE_PID32,
		TYPE_UID,   TYPE_UINT16,  TYPE_UINT32, TYPE_UINT64, TYPE_UINT8,
	};
	static const struct ruleset_options options = RULESET_OPTIONS_INIT;
	struct error ignored = ERROR_INIT;
	struct field_info info;
	bool unknown;

	if (left->kind != AST_FIELD ||
	    rule_field_find(&options, left->text, left->arg, &info, &unknown, &ignored) ||
	    info.flags & FIELD_LIST)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
		if (info.type == plain[i])
			return true;
	return false;
}

static bool all_values(const struct ast *right)
{
	if (right->kind == AST_VALUE)
		return true;
	for (uint32_t i = 0; i < right->n; i++)
		if (right->kids[i]->kind != AST_VALUE)
			return false;
	return right->kind == AST_LIST;
}

/* The constants of the right side. */
static void constants(struct meanings *m, const struct ast *right, struct ids *out)
{
	if (right->kind == AST_VALUE)
		ids_add(out, text_id(m, right->text));
	for (uint32_t i = 0; right->kind == AST_LIST && i < right->n; i++)
		ids_add(out, text_id(m, right->kids[i]->text));
	ids_sort_once(out);
}

static bool is_membership(const struct ast *a)
{
	return a->kind == AST_BINARY && !a->mod &&
	       (a->op == OP_EQ || a->op == OP_EQEQ || a->op == OP_IN) && all_values(a->kids[1]) &&
	       has_one_value(a->kids[0]);
}

static uint32_t set_id(struct meanings *m, const struct ast *a, bool negated)
{
	struct strbuf left cleanup_strbuf = STRBUF_INIT;
	struct ids values cleanup_ids = {0};

	ast_write(a->kids[0], &left);
	constants(m, a->kids[1], &values);
	return node_id(m, NODE_SET, negated, text_id(m, left.buf), &values);
}

/* So that a constant and a field of the same name differ. */
static void write_right(const struct ast *right, struct strbuf *out)
{
	if (right->kind == AST_VALUE)
		strbuf_addf(out, "\"%s", right->text);
	else
		ast_write(right, out);
}

/* Any other check: left side, operator and the right side, a list sorted. */
static uint32_t leaf_id(struct meanings *m, const struct ast *a, bool negated)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;
	struct ids values cleanup_ids = {0};

	if (a->kind != AST_UNARY && a->kind != AST_BINARY) {
		ast_write(a, &text); /* nothing of the kind stands in a resolved condition */
		return leaf_node(m, negated, text_id(m, text.buf), &values);
	}
	ast_write(a->kids[0], &text);
	strbuf_addf(&text, " %s %s ", ast_op_name(a->op == OP_EQEQ ? OP_EQ : a->op),
		    ast_modifier_name(a->mod));
	if (a->kind == AST_BINARY && a->kids[1]->kind == AST_LIST && all_values(a->kids[1]))
		constants(m, a->kids[1], &values);
	else if (a->kind == AST_BINARY)
		write_right(a->kids[1], &text);
	return leaf_node(m, negated, text_id(m, text.buf), &values);
}

static uint32_t check_id(struct meanings *m, const struct ast *a, bool negated)
{
	return is_membership(a) ? set_id(m, a, negated) : leaf_id(m, a, negated);
}

/* ---- and, or, not ---- */

/* Among the operands of `or`, lists of the same left side are one list; so are negated ones among
 * those of `and`. */
static bool may_join(const struct meaning_node *n, enum node_kind of)
{
	return n->kind == NODE_SET && n->negated == (of == NODE_AND);
}

struct by_head {
	uint32_t head, id;
};

static int compare_heads(const void *a, const void *b)
{
	const struct by_head *x = a, *y = b;

	return x->head != y->head ? (x->head < y->head ? -1 : 1)
				  : (x->id < y->id ? -1 : x->id > y->id);
}

/* The union of n lists of one left side. */
static uint32_t join_sets(struct meanings *m, const struct by_head *v, size_t n)
{
	struct ids values cleanup_ids = {0};
	bool negated = m->v[v[0].id].negated;

	if (n == 1)
		return v[0].id;
	for (size_t i = 0; i < n; i++) {
		const struct meaning_node *node = &m->v[v[i].id];

		for (size_t k = 0; k < node->n; k++)
			ids_add(&values, node->kids[k]);
	}
	ids_sort_once(&values);
	return node_id(m, NODE_SET, negated, v[0].head, &values);
}

static void join_all(struct meanings *m, enum node_kind of, struct ids *kids)
{
	struct by_head *sets cleanup_free = xcalloc(kids->n + 1, sizeof(*sets));
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < kids->n; i++) {
		const struct meaning_node *node = &m->v[kids->v[i]];

		if (may_join(node, of))
			sets[n++] = (struct by_head){node->head, kids->v[i]};
		else
			kids->v[kept++] = kids->v[i];
	}
	kids->n = kept;
	if (n)
		qsort(sets, n, sizeof(*sets), compare_heads);
	for (size_t i = 0, k; i < n; i = k) {
		for (k = i + 1; k < n && sets[k].head == sets[i].head;)
			k++;
		ids_add(kids, join_sets(m, sets + i, k - i));
	}
}

static uint32_t combine(struct meanings *m, enum node_kind of, struct ids *kids, bool in_order)
{
	if (!in_order) {
		join_all(m, of, kids);
		ids_sort_once(kids);
	}
	return kids->n == 1 ? kids->v[0] : node_id(m, of, false, 0, kids);
}

/* An operand, opened when it is of the same kind. */
static void add_operand(const struct meanings *m, enum node_kind of, uint32_t id, struct ids *kids)
{
	const struct meaning_node *node = &m->v[id];

	if (node->kind != of) {
		ids_add(kids, id);
		return;
	}
	for (size_t i = 0; i < node->n; i++)
		ids_add(kids, node->kids[i]);
}

static uint32_t form(struct meanings *m, const struct ast *a, bool negated, bool in_order)
{
	struct ids kids cleanup_ids = {0};
	enum node_kind of;

	while (a->kind == AST_NOT) {
		negated = !negated;
		a = a->kids[0];
	}
	if (a->kind != AST_AND && a->kind != AST_OR)
		return check_id(m, a, negated);
	of = (a->kind == AST_AND) != negated ? NODE_AND : NODE_OR;
	for (uint32_t i = 0; i < a->n; i++)
		add_operand(m, of, form(m, a->kids[i], negated, in_order), &kids);
	return combine(m, of, &kids, in_order);
}

uint32_t meaning_of(struct meanings *m, const struct ast *a)
{
	return form(m, a, false, false);
}

uint32_t meaning_in_order(struct meanings *m, const struct ast *a)
{
	return form(m, a, false, true);
}

uint32_t meaning_of_all(struct meanings *m, struct ast *const *trees, size_t n)
{
	struct ids kids cleanup_ids = {0};

	for (size_t i = 0; i < n; i++)
		add_operand(m, NODE_AND, form(m, trees[i], false, false), &kids);
	return combine(m, NODE_AND, &kids, false);
}
