/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be said of a condition without an event: constant checks, contradictions, conjuncts.
 */
#include "lint/private.h"

#include <string.h>

const struct ast *lint_left(const struct ast *check)
{
	if ((check->kind != AST_BINARY && check->kind != AST_UNARY) ||
	    check->kids[0]->kind != AST_FIELD)
		return NULL;
	return check->kids[0];
}

size_t lint_n_values(const struct ast *check)
{
	if (check->kind != AST_BINARY)
		return 0;
	if (check->kids[1]->kind == AST_VALUE)
		return 1;
	return check->kids[1]->kind == AST_LIST ? check->kids[1]->n : 0;
}

const char *lint_value(const struct ast *check, size_t i)
{
	const struct ast *right = check->kids[1];

	if (right->kind == AST_VALUE)
		return right->text;
	return right->kids[i]->text ? right->kids[i]->text : "";
}

bool lint_is_equality(const struct ast *check)
{
	return check->kind == AST_BINARY && !check->mod &&
	       (check->op == OP_EQ || check->op == OP_EQEQ || check->op == OP_IN) &&
	       (check->kids[1]->kind == AST_VALUE || check->kids[1]->kind == AST_LIST);
}

static bool is_field(const struct ast *check, const char *name)
{
	const struct ast *f = lint_left(check);

	return f && !f->arg && !strcmp(f->text, name);
}

/* Upstream's idioms for "always" and "never" among them: evt.num counts from 1. */
static enum truth fold_check(const struct ast *a, bool enter_events)
{
	bool one = a->kind == AST_BINARY && !a->mod && a->kids[1]->kind == AST_VALUE;

	if (a->kind == AST_BINARY && a->op == OP_IN && !a->mod && a->kids[1]->kind == AST_LIST &&
	    !a->kids[1]->n)
		return TRUTH_FALSE;
	if (one && is_field(a, "evt.num") && !strcmp(a->kids[1]->text, "0")) {
		if (a->op == OP_EQ || a->op == OP_EQEQ || a->op == OP_LT || a->op == OP_LE)
			return TRUTH_FALSE;
		if (a->op == OP_NE || a->op == OP_GE || a->op == OP_GT)
			return TRUTH_TRUE;
	}
	if (!enter_events && one && is_field(a, "evt.dir") &&
	    (a->op == OP_EQ || a->op == OP_EQEQ)) {
		if (!strcmp(a->kids[1]->text, "<"))
			return TRUTH_TRUE;
		if (!strcmp(a->kids[1]->text, ">"))
			return TRUTH_FALSE;
	}
	return TRUTH_OPEN;
}

static void flatten(const struct ast *a, enum ast_kind kind, struct lint_kids *out)
{
	if (a->kind == kind) {
		for (uint32_t i = 0; i < a->n; i++)
			flatten(a->kids[i], kind, out);
		return;
	}
	ALLOC_GROW(out->v, out->n, out->alloc);
	out->v[out->n++] = a;
}

void lint_conjuncts(const struct ast *a, struct lint_kids *out)
{
	flatten(a, AST_AND, out);
}

void lint_alternatives(const struct ast *a, struct lint_kids *out)
{
	flatten(a, AST_OR, out);
}

/* Fields with one value for each event: two different constants cannot both be right. */
static bool is_single(const struct ast *field)
{
	static const char *const names[] = {
		"proc.name", "proc.pname",   "proc.exe",    "proc.exepath",
		"fd.name",   "fd.typechar",  "fd.type",	    "fd.directory",
		"user.name", "container.id", "fd.filename", "container.image.repository"};

	if (field->arg)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(field->text, names[i]))
			return true;
	return false;
}

bool lint_exclude(const struct ast *a, const struct ast *b)
{
	const struct ast *fa, *fb;

	if (!lint_is_equality(a) || !lint_is_equality(b))
		return false;
	fa = lint_left(a);
	fb = lint_left(b);
	if (!fa || !fb || strcmp(fa->text, fb->text) || fb->arg || !is_single(fa))
		return false;
	for (size_t i = 0; i < lint_n_values(a); i++)
		for (size_t j = 0; j < lint_n_values(b); j++)
			if (!strcmp(lint_value(a, i), lint_value(b, j)))
				return false;
	return true;
}

/* Some conjuncts exclude each other. */
static bool contradicts(const struct ast *a)
{
	struct lint_kids kids = {0};
	bool found = false;

	lint_conjuncts(a, &kids);
	/* A pair costs a comparison of names; the many checks of generated rules are left alone. */
	for (size_t i = 0; i < kids.n && kids.n <= 64 && !found; i++)
		for (size_t j = i + 1; j < kids.n && !found; j++)
			found = lint_exclude(kids.v[i], kids.v[j]);
	free(kids.v);
	return found;
}

static enum truth fold_kids(const struct lint_ctx *ctx, const struct ast *a, enum truth ends)
{
	enum truth all = ends == TRUTH_FALSE ? TRUTH_TRUE : TRUTH_FALSE;

	for (uint32_t i = 0; i < a->n; i++) {
		enum truth t = lint_fold(ctx, a->kids[i]);

		if (t == ends)
			return ends;
		if (t == TRUTH_OPEN)
			all = TRUTH_OPEN;
	}
	return all;
}

static enum truth fold(const struct lint_ctx *ctx, const struct ast *a)
{
	enum truth t;

	switch (a->kind) {
	case AST_AND:
		t = fold_kids(ctx, a, TRUTH_FALSE);
		return t == TRUTH_OPEN && contradicts(a) ? TRUTH_FALSE : t;
	case AST_OR:
		return fold_kids(ctx, a, TRUTH_TRUE);
	case AST_NOT:
		t = lint_fold(ctx, a->kids[0]);
		return t == TRUTH_OPEN ? t : t == TRUTH_TRUE ? TRUTH_FALSE : TRUTH_TRUE;
	default:
		return fold_check(a, ctx->enter_events);
	}
}

enum truth lint_fold(const struct lint_ctx *ctx, const struct ast *a)
{
	struct lint_root *root = lint_root(ctx, a);

	if (!root)
		return fold(ctx, a);
	if (!root->folded)
		root->truth = fold(ctx, a);
	root->folded = true;
	return root->truth;
}
