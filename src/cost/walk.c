/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/walk.h"

#include "base/map.h"
#include "base/mem.h"
#include "cost/price.h"
#include "rules/evtypes.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct walk_known {
	const struct ast *check;
	struct bitset codes;
};

void walk_release(struct walk *w)
{
	ptrtable_release(&w->known);
}

/* Is that check on the event's type true for this code? */
static bool type_is(struct walk *w, const struct ast *check, size_t code)
{
	struct walk_known *k;

	w->known.size = sizeof(*k);
	k = ptrtable_at(&w->known, check);
	if (!k->check)
		*k = (struct walk_known){check, evtypes_codes(w->cat, check)};
	return bitset_has(&k->codes, code);
}

static bool names_direction(const struct ast *a)
{
	return a->kind == AST_BINARY && !a->mod && a->kids[0]->kind == AST_FIELD &&
	       !strcmp(a->kids[0]->text, "evt.dir") && a->kids[1]->kind == AST_VALUE;
}

static bool is_equality(const struct ast *a)
{
	return a->op == OP_EQ || a->op == OP_EQEQ || a->op == OP_NE;
}

bool walk_by_type(const struct walk *w, const struct ast *a)
{
	if (evtypes_is_field(a->kids[0]) && !a->mod)
		return a->op == OP_EXISTS || is_equality(a) || a->op == OP_IN;
	return !w->enter_events && names_direction(a) && is_equality(a);
}

/* How likely it is that the check is true. */
static double likelihood(struct walk *w, const struct ast *a, size_t code)
{
	if (evtypes_is_field(a->kids[0]) && walk_by_type(w, a))
		return a->op == OP_EXISTS ? 1 : type_is(w, a, code);
	if (names_direction(a) && is_equality(a)) {
		bool exit = !strcmp(a->kids[1]->text, "<") == (a->op != OP_NE);

		return w->enter_events ? 0.5 : exit;
	}
	return w->prices ? w->prices->likelihood(w->prices->arg, a) : price_selectivity(a->op);
}

static struct walk_expected expect_check(struct walk *w, const struct ast *a, size_t code)
{
	struct walk_expected e = {1, 0, likelihood(w, a, code)};

	if (w->prices && w->prices->types_free && walk_by_type(w, a))
		e.checks = 0;
	else if (w->prices)
		e.ns = w->prices->ns(w->prices->arg, a);
	return e;
}

/* Cheapest first for its chance to decide; what decides for nothing stands first, what never
 * decides last. */
static double rank_of(const struct walk_expected *e, bool any)
{
	double decides = any ? e->p : 1 - e->p;

	return decides > 0 ? e->ns / decides : (double)INFINITY;
}

static int compare_all(const void *a, const void *b)
{
	double x = rank_of(a, false), y = rank_of(b, false);

	return x < y ? -1 : x > y;
}

static int compare_any(const void *a, const void *b)
{
	double x = rank_of(a, true), y = rank_of(b, true);

	return x < y ? -1 : x > y;
}

static struct walk_expected expect(struct walk *w, const struct ast *a, size_t code, bool best)
{
	struct walk_expected e = {0, 0, 1}, *kids;
	bool any = a->kind == AST_OR;
	double reach = 1; /* likelihood that the next operand is looked at */

	if (a->kind == AST_NOT) {
		e = expect(w, a->kids[0], code, best);
		e.p = 1 - e.p;
		return e;
	}
	if (a->kind != AST_AND && a->kind != AST_OR)
		return expect_check(w, a, code);
	kids = xcalloc(a->n, sizeof(*kids));
	for (uint32_t i = 0; i < a->n && (best || reach > 0); i++) {
		kids[i] = expect(w, a->kids[i], code, best);
		reach *= any ? 1 - kids[i].p : kids[i].p;
	}
	if (best)
		qsort(kids, a->n, sizeof(*kids), any ? compare_any : compare_all);
	reach = 1;
	for (uint32_t i = 0; i < a->n && reach > 0; i++) {
		e.checks += reach * kids[i].checks;
		e.ns += reach * kids[i].ns;
		reach *= any ? 1 - kids[i].p : kids[i].p;
	}
	free(kids);
	e.p = any ? 1 - reach : reach;
	return e;
}

struct walk_expected walk_expect(struct walk *w, const struct ast *a, size_t code)
{
	return expect(w, a, code, false);
}

struct walk_expected walk_best(struct walk *w, const struct ast *a, size_t code)
{
	return expect(w, a, code, true);
}

double walk_checks(struct walk *w, const struct ast *a, size_t code)
{
	return walk_expect(w, a, code).checks;
}

size_t walk_count(const struct ast *a)
{
	size_t n = 0;

	if (a->kind == AST_UNARY || a->kind == AST_BINARY)
		return 1;
	for (uint32_t i = 0; i < a->n; i++)
		n += walk_count(a->kids[i]);
	return n;
}

static void add_right(const struct ast *right, struct strbuf *out)
{
	struct strvec items cleanup_strvec = STRVEC_INIT;

	for (uint32_t i = 0; right->kind == AST_LIST && i < right->n; i++) {
		struct strbuf item cleanup_strbuf = STRBUF_INIT;

		ast_write(right->kids[i], &item);
		strvec_push(&items, item.buf);
	}
	if (right->kind != AST_LIST) {
		ast_write(right, out);
		return;
	}
	strvec_sort_once(&items);
	strbuf_addch(out, '(');
	strvec_join(&items, ", ", out);
	strbuf_addch(out, ')');
}

static void add_text(const struct ast *a, struct strmap *seen)
{
	struct strbuf text cleanup_strbuf = STRBUF_INIT;

	ast_write(a->kids[0], &text);
	strbuf_addf(&text, a->mod ? " %s %s" : " %s%s", ast_op_name(a->op),
		    ast_modifier_name(a->mod));
	if (a->kind == AST_BINARY) {
		strbuf_addch(&text, ' ');
		add_right(a->kids[1], &text);
	}
	if (!strmap_has(seen, text.buf))
		strmap_put(seen, text.buf, seen);
}

static void add_texts(const struct ast *a, struct strmap *seen)
{
	if (a->kind == AST_UNARY || a->kind == AST_BINARY) {
		add_text(a, seen);
		return;
	}
	for (uint32_t i = 0; i < a->n; i++)
		add_texts(a->kids[i], seen);
}

void walk_texts(const struct ast *a, struct strvec *out)
{
	struct strmap seen cleanup_strmap = STRMAP_INIT;

	if (walk_count(a) > WALK_TEXTS_MAX)
		return;
	add_texts(a, &seen);
	strmap_for_each (it, &seen)
		strvec_push(out, it->key);
	strvec_sort(out);
}

static void add_fields(const struct ast *a, struct strmap *seen, struct strvec *out)
{
	struct strbuf name = STRBUF_INIT;

	if (a->kind == AST_FIELD) {
		ast_field_name(a, &name);
		if (!strmap_has(seen, name.buf)) {
			strmap_put(seen, name.buf, seen);
			strvec_push(out, name.buf);
		}
		strbuf_release(&name);
	}
	for (uint32_t i = 0; i < a->n; i++)
		add_fields(a->kids[i], seen, out);
}

void walk_fields(const struct ast *a, struct strvec *out)
{
	struct strmap seen cleanup_strmap = STRMAP_INIT;

	add_fields(a, &seen, out);
	strvec_sort_once(out);
}
