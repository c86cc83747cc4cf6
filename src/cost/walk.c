/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/walk.h"

#include "base/map.h"
#include "base/mem.h"
#include "cost/price.h"
#include "rules/evtypes.h"

#include <stdint.h>
#include <string.h>

struct walk_known {
	const struct ast *check; /* NULL: free */
	struct bitset codes;
};

void walk_release(struct walk *w)
{
	free(w->known);
	w->known = NULL;
	w->n_known = w->alloc_known = 0;
}

static struct walk_known *slot_of(struct walk_known *v, size_t alloc, const struct ast *check)
{
	size_t i = (size_t)hash_bytes(&check, sizeof(check)) & (alloc - 1);

	while (v[i].check && v[i].check != check)
		i = (i + 1) & (alloc - 1);
	return &v[i];
}

static void grow(struct walk *w)
{
	size_t alloc = w->alloc_known ? w->alloc_known * 2 : 64;
	struct walk_known *v = xcalloc(alloc, sizeof(*v));

	for (size_t i = 0; i < w->alloc_known; i++)
		if (w->known[i].check)
			*slot_of(v, alloc, w->known[i].check) = w->known[i];
	free(w->known);
	w->known = v;
	w->alloc_known = alloc;
}

/* Is that check on the event's type true for this code? */
static bool type_is(struct walk *w, const struct ast *check, size_t code)
{
	struct walk_known *k;

	if (2 * (w->n_known + 1) > w->alloc_known)
		grow(w);
	k = slot_of(w->known, w->alloc_known, check);
	if (!k->check) {
		*k = (struct walk_known){check, evtypes_codes(w->cat, check)};
		w->n_known++;
	}
	return bitset_has(&k->codes, code);
}

static bool names_direction(const struct ast *a)
{
	return a->kind == AST_BINARY && !a->mod && a->kids[0]->kind == AST_FIELD &&
	       !strcmp(a->kids[0]->text, "evt.dir") && a->kids[1]->kind == AST_VALUE;
}

/* How likely it is that the check is true. */
static double likelihood(struct walk *w, const struct ast *a, size_t code)
{
	if (evtypes_is_field(a->kids[0]) && !a->mod) {
		if (a->op == OP_EXISTS)
			return 1;
		if (a->op == OP_EQ || a->op == OP_EQEQ || a->op == OP_NE || a->op == OP_IN)
			return type_is(w, a, code);
	}
	if (names_direction(a) && (a->op == OP_EQ || a->op == OP_EQEQ || a->op == OP_NE)) {
		bool exit = !strcmp(a->kids[1]->text, "<") == (a->op != OP_NE);

		return w->enter_events ? 0.5 : exit;
	}
	return price_selectivity(a->op);
}

struct expected {
	double checks, p; /* p: that it is true */
};

static struct expected expect(struct walk *w, const struct ast *a, size_t code)
{
	struct expected e = {0, 1}, kid;
	bool any = a->kind == AST_OR;
	double reach = 1; /* likelihood that the next operand is looked at */

	if (a->kind == AST_NOT) {
		e = expect(w, a->kids[0], code);
		e.p = 1 - e.p;
		return e;
	}
	if (a->kind != AST_AND && a->kind != AST_OR)
		return (struct expected){1, likelihood(w, a, code)};
	for (uint32_t i = 0; i < a->n && reach > 0; i++) {
		kid = expect(w, a->kids[i], code);
		e.checks += reach * kid.checks;
		reach *= any ? 1 - kid.p : kid.p;
	}
	e.p = any ? 1 - reach : reach;
	return e;
}

double walk_checks(struct walk *w, const struct ast *a, size_t code)
{
	return expect(w, a, code).checks;
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
