/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/evtypes.h"

#include "base/mem.h"

#include <string.h>

typedef void (*names_fn)(const struct catalogue *, const struct strvec *, struct bitset *);

struct algebra {
	const struct catalogue *cat;
	struct bitset all;
	names_fn names;
};

bool evtypes_is_field(const struct ast *a)
{
	return a->kind == AST_FIELD && !a->arg &&
	       ((*a->text == 'e' && !strcmp(a->text, "evt.type")) ||
		(*a->text == 's' && !strcmp(a->text, "syscall.type")));
}

bool evtypes_is_async_name(const char *name)
{
	/* Source: the container plugin's list of asynchronous event names. */
	return !strcmp(name, "container") || !strcmp(name, "container_removed");
}

/* The constants on the right side of a check. */
static struct bitset named_set(const struct algebra *al, const struct ast *right)
{
	struct ast *one = (struct ast *)right;
	struct ast *const *values = right->kind == AST_LIST ? right->kids : &one;
	size_t n = right->kind == AST_LIST ? right->n : 1;
	struct strvec names = {.v = xcalloc(n ? n : 1, sizeof(char *)), .n = n};
	struct bitset set = {0};

	for (size_t i = 0; i < n; i++)
		names.v[i] = values[i]->text; /* borrowed: only the array is ours */
	al->names(al->cat, &names, &set);
	free(names.v);
	return set;
}

static bool may_restrict(const struct ast *a)
{
	return a->kind == AST_BINARY && !a->mod &&
	       (a->op == OP_EQ || a->op == OP_EQEQ || a->op == OP_NE || a->op == OP_IN);
}

static bool restricts(const struct ast *a)
{
	return may_restrict(a) && evtypes_is_field(a->kids[0]) &&
	       (a->kids[1]->kind == AST_VALUE || a->kids[1]->kind == AST_LIST);
}

/* The left side ends with a constant, as in concat(proc.name, "x"): Falco then takes the check for
 * one of event types that matches all of them, and for none under `not`. */
static bool ends_in_constant(const struct ast *left)
{
	while (left->kind != AST_VALUE && left->n)
		left = left->kids[left->n - 1];
	return left->kind == AST_VALUE;
}

/* Narrow *acc by a leaf, or widen it (`meet` false). */
static void leaf(const struct algebra *al, const struct ast *a, bool negated, bool meet,
		 struct bitset *acc)
{
	struct bitset set;

	if (restricts(a)) {
		set = named_set(al, a->kids[1]);
		if (negated != (a->op == OP_NE))
			set = bitset_minus(al->all, set);
	} else if (negated &&
		   (a->kind == AST_UNARY ? evtypes_is_field(a->kids[0])
					 : may_restrict(a) && ends_in_constant(a->kids[0]))) {
		set = (struct bitset){0};
	} else {
		if (!meet)
			*acc = bitset_or(*acc, al->all);
		return;
	}
	*acc = meet ? bitset_and(*acc, set) : bitset_or(*acc, set);
}

/* Join the set of a tree into *acc, by intersection or by union. Negation is pushed down to the
 * leaves, so `and` under `not` is a union. */
static void join(const struct algebra *al, const struct ast *a, bool negated, bool meet,
		 struct bitset *acc)
{
	bool own_meet;

	while (a->kind == AST_NOT) {
		negated = !negated;
		a = a->kids[0];
	}
	if (a->kind != AST_AND && a->kind != AST_OR) {
		leaf(al, a, negated, meet, acc);
		return;
	}
	own_meet = (a->kind == AST_AND) != negated;
	if (own_meet == meet) {
		for (uint32_t i = 0; i < a->n; i++)
			join(al, a->kids[i], negated, meet, acc);
		return;
	}
	struct bitset own = own_meet ? al->all : (struct bitset){0};

	for (uint32_t i = 0; i < a->n; i++)
		join(al, a->kids[i], negated, own_meet, &own);
	*acc = meet ? bitset_and(*acc, own) : bitset_or(*acc, own);
}

static struct bitset compute(const struct algebra *al, const struct ast *a)
{
	struct bitset set = al->all;

	join(al, a, false, true, &set);
	return set;
}

static void code_names(const struct catalogue *cat, const struct strvec *names,
		       struct bitset *codes)
{
	cat_names_to_codes(cat, names, codes);
	for (size_t i = 0; i < names->n; i++) {
		if (!evtypes_is_async_name(names->v[i]))
			continue;
		for (size_t c = 0; c < cat->n_events; c++)
			if (!strcmp(cat->events[c].name, "asyncevent"))
				bitset_add(codes, c);
	}
}

struct evtypes_all evtypes_all_of(const struct catalogue *cat)
{
	return (struct evtypes_all){cat, cat_all_codes(cat), cat_all_scs(cat)};
}

struct bitset evtypes_codes_of(const struct evtypes_all *all, const struct ast *a)
{
	struct algebra al = {.cat = all->cat, .all = all->codes, .names = code_names};

	return compute(&al, a);
}

struct bitset evtypes_scs_of(const struct evtypes_all *all, const struct ast *a)
{
	struct algebra al = {.cat = all->cat, .all = all->scs, .names = cat_names_to_scs};

	return compute(&al, a);
}

struct bitset evtypes_codes(const struct catalogue *cat, const struct ast *a)
{
	struct evtypes_all all = evtypes_all_of(cat);

	return evtypes_codes_of(&all, a);
}

struct bitset evtypes_scs(const struct catalogue *cat, const struct ast *a)
{
	struct evtypes_all all = evtypes_all_of(cat);

	return evtypes_scs_of(&all, a);
}
