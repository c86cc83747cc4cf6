/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Are two conditions the same function of their checks? Both become a reduced ordered binary
 * decision diagram (R. Bryant, "Graph-based algorithms for Boolean function manipulation", 1986),
 * which is one and the same for equal functions. A constant of a list is a check of its own.
 */
#include "base/map.h"
#include "base/mem.h"
#include "cost/meaning_private.h"

#include <string.h>

/* Beyond these a condition is too large: about 50 ms. */
#define VARS_MAX  4096
#define NODES_MAX 60000
#define STEPS_MAX 2000000

enum { FALSE_NODE, TRUE_NODE };

struct dnode {
	uint32_t var, lo, hi; /* lo: where the check is false */
};

struct slot {
	uint32_t a, b, c; /* of a node: var, lo, hi; of a step: operation, operands */
	uint32_t is;	  /* + 1; 0: free */
};

struct diagram {
	const struct meanings *m;
	struct dnode *v;
	size_t n, alloc, steps;
	struct slot *unique, *done; /* hash tables of TABLE entries */
	uint64_t *vars;		    /* checks, in the order of their first use */
	size_t n_vars;
	bool too_large;
};

#define TABLE (1u << 18) /* more than twice NODES_MAX; `done` forgets on a collision */

static size_t hash3(uint32_t a, uint32_t b, uint32_t c)
{
	const uint32_t key[] = {a, b, c};

	return (size_t)hash_bytes(key, sizeof(key)) & (TABLE - 1);
}

static uint32_t make(struct diagram *d, uint32_t var, uint32_t lo, uint32_t hi)
{
	size_t i = hash3(var, lo, hi);

	if (lo == hi)
		return lo;
	while (d->unique[i].is) {
		const struct slot *s = &d->unique[i];

		if (s->a == var && s->b == lo && s->c == hi)
			return s->is - 1;
		i = (i + 1) & (TABLE - 1);
	}
	if (d->n >= NODES_MAX) {
		d->too_large = true;
		return FALSE_NODE;
	}
	ALLOC_GROW(d->v, d->n, d->alloc);
	d->v[d->n++] = (struct dnode){var, lo, hi};
	d->unique[i] = (struct slot){var, lo, hi, (uint32_t)d->n};
	return (uint32_t)(d->n - 1);
}

/* The result where one operand decides it, else UINT32_MAX. */
static uint32_t shortcut(bool all, uint32_t f, uint32_t g)
{
	uint32_t zero = all ? FALSE_NODE : TRUE_NODE, one = all ? TRUE_NODE : FALSE_NODE;

	if (f == zero || g == zero)
		return zero;
	if (f == one || f == g)
		return g;
	return g == one ? f : UINT32_MAX;
}

/* f and g, or f or g. */
static uint32_t join(struct diagram *d, bool all, uint32_t f, uint32_t g)
{
	uint32_t r = shortcut(all, f, g), var, lo, hi;
	struct slot *s;

	if (r != UINT32_MAX || d->too_large)
		return r != UINT32_MAX ? r : FALSE_NODE;
	if (f > g) {
		r = f;
		f = g;
		g = r;
	}
	s = &d->done[hash3(all, f, g)];
	if (s->is && s->a == all && s->b == f && s->c == g)
		return s->is - 1;
	if (d->steps++ > STEPS_MAX) {
		d->too_large = true;
		return FALSE_NODE;
	}
	var = d->v[f].var < d->v[g].var ? d->v[f].var : d->v[g].var;
	lo = join(d, all, d->v[f].var == var ? d->v[f].lo : f, d->v[g].var == var ? d->v[g].lo : g);
	hi = join(d, all, d->v[f].var == var ? d->v[f].hi : f, d->v[g].var == var ? d->v[g].hi : g);
	r = make(d, var, lo, hi);
	*s = (struct slot){all, f, g, r + 1};
	return r;
}

/* A check that is true, or one that is false. */
static uint32_t check(struct diagram *d, uint64_t what, bool negated)
{
	size_t i = 0;

	while (i < d->n_vars && d->vars[i] != what)
		i++;
	if (i == VARS_MAX) {
		d->too_large = true;
		return FALSE_NODE;
	}
	if (i == d->n_vars)
		d->vars[d->n_vars++] = what;
	return negated ? make(d, (uint32_t)i, TRUE_NODE, FALSE_NODE)
		       : make(d, (uint32_t)i, FALSE_NODE, TRUE_NODE);
}

/* What a check is but for its negation. */
static uint64_t leaf_key(const struct meanings *m, uint32_t id)
{
	return 1ULL << 63 | m->v[id].positive;
}

static uint64_t value_key(const struct meaning_node *set, size_t i)
{
	return (uint64_t)set->head << 32 | set->kids[i];
}

static uint32_t build(struct diagram *d, uint32_t id)
{
	const struct meaning_node *n = &d->m->v[id];
	bool all = n->kind == NODE_SET ? n->negated : n->kind == NODE_AND;
	uint32_t r = all ? TRUE_NODE : FALSE_NODE;

	if (d->steps++ > STEPS_MAX)
		d->too_large = true;
	if (n->kind == NODE_LEAF)
		return check(d, leaf_key(d->m, id), n->negated);
	/* From the last, which stands deepest. */
	for (size_t i = n->n; i-- && !d->too_large;)
		r = join(d, all,
			 n->kind == NODE_SET ? check(d, value_key(n, i), n->negated)
					     : build(d, n->kids[i]),
			 r);
	return r;
}

/* Checks get their places in the order of the first use, from the front. */
static void order(struct diagram *d, uint32_t id)
{
	const struct meaning_node *n = &d->m->v[id];

	if (d->steps++ > STEPS_MAX)
		d->too_large = true;
	if (n->kind == NODE_LEAF)
		check(d, leaf_key(d->m, id), false);
	for (size_t i = 0; i < n->n && !d->too_large && n->kind != NODE_LEAF; i++) {
		if (n->kind == NODE_SET)
			check(d, value_key(n, i), false);
		else
			order(d, n->kids[i]);
	}
}

bool meaning_same_logic(const struct meanings *m, uint32_t a, uint32_t b)
{
	struct diagram d = {.m = m};
	uint32_t x, y;

	if (a == b)
		return true;
	d.unique = xcalloc(TABLE, sizeof(*d.unique));
	d.done = xcalloc(TABLE, sizeof(*d.done));
	d.vars = xcalloc(VARS_MAX, sizeof(*d.vars));
	d.v = xcalloc(2, sizeof(*d.v));
	d.alloc = d.n = 2;
	d.v[FALSE_NODE].var = d.v[TRUE_NODE].var = UINT32_MAX; /* behind all checks */
	order(&d, a);
	x = build(&d, a);
	y = build(&d, b);
	free(d.unique);
	free(d.done);
	free(d.vars);
	free(d.v);
	return !d.too_large && x == y;
}
