/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lints that compare rules with each other, or count over all of them.
 */
#include "lint/private.h"

#include "base/map.h"
#include "rules/evtypes.h"

#include <string.h>

/* ---- duplicates and shadowed rules ---- */

static uint64_t mix(uint64_t h, uint64_t v)
{
	/* The multiplier of FNV-1a, 64 bits. */
	h = (h ^ v) * 0x100000001b3u;
	return h ^ h >> 29;
}

static uint64_t mix_text(uint64_t h, const char *text)
{
	return text ? mix(h, strmap_hash(text, strlen(text))) : mix(h, 1);
}

/* The same for trees that ast_equal takes for equal. */
static uint64_t tree_hash(uint64_t h, const struct ast *a)
{
	h = mix(h, (uint64_t)a->kind << 48 | (uint64_t)a->op << 40 | (uint64_t)a->mod << 32 | a->n);
	h = mix_text(mix_text(h, a->text), a->arg);
	for (uint32_t i = 0; i < a->n; i++)
		h = tree_hash(h, a->kids[i]);
	return h;
}

/* tree_hash(0, a), once for a tree that many rules share. */
static uint64_t part_hash(const struct lint_ctx *ctx, const struct ast *a)
{
	struct lint_root *root = lint_root(ctx, a);

	if (!root)
		return tree_hash(0, a);
	if (!root->has_hash)
		root->hash = tree_hash(0, a);
	root->has_hash = true;
	return root->hash;
}

static const char *key_of(uint64_t hash, char buf[12])
{
	/* Six bits a byte, none of them NUL. */
	for (int i = 0; i < 11; i++, hash >>= 6)
		buf[i] = (char)('0' + (hash & 63));
	buf[11] = '\0';
	return buf;
}

/* A rule as the set of its conjuncts, without its plain checks on the event type, which the sets of
 * events stand for. */
struct part {
	const struct rule *r;
	uint64_t whole; /* hash of all of the condition */
	uint64_t *hash; /* sorted; owned */
	uint32_t n, alloc;
	uint32_t next; /* of those with the same representative, + 1 */
	bool never;    /* it matches no event: neither shadows nor is shadowed */
};

struct lint_parts {
	struct part *v; /* of the active rules, in their order */
	size_t n;
};

static int by_hash(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void part_add(const struct lint_ctx *ctx, struct part *p, const struct ast *a)
{
	const struct ast *left;
	uint64_t hash;

	if (a->kind == AST_AND) {
		p->whole = mix(p->whole, a->n);
		for (uint32_t i = 0; i < a->n; i++)
			part_add(ctx, p, a->kids[i]);
		return;
	}
	hash = part_hash(ctx, a);
	p->whole = mix(p->whole, hash);
	left = lint_left(a);
	if ((left && evtypes_is_field(left) && lint_is_equality(a)) ||
	    lint_fold(ctx, a) == TRUTH_TRUE)
		return;
	ALLOC_GROW(p->hash, p->n, p->alloc);
	p->hash[p->n++] = hash;
}

static void part_fill(const struct lint_ctx *ctx, struct part *p, const struct rule *r)
{
	*p = (struct part){.r = r};
	part_add(ctx, p, r->ast);
	p->hash = xrealloc(p->hash, p->n, sizeof(*p->hash)); /* there are many */
	p->never = bitset_empty(r->codes) || lint_fold(ctx, r->ast) == TRUTH_FALSE;
	if (p->n)
		qsort(p->hash, p->n, sizeof(*p->hash), by_hash);
}

/* Two lints ask. */
static struct lint_parts *parts_of(struct lint_ctx *ctx)
{
	struct lint_parts *parts = ctx->parts;

	if (parts)
		return parts;
	parts = ctx->parts = xcalloc(1, sizeof(*parts));
	parts->v = xcalloc(ctx->rs->n + 1, sizeof(*parts->v));
	for (size_t i = 0; i < ctx->rs->n; i++)
		if (lint_active(ctx, &ctx->rs->rules[i]))
			part_fill(ctx, &parts->v[parts->n++], &ctx->rs->rules[i]);
	return parts;
}

void lint_parts_release(struct lint_parts *parts)
{
	if (!parts)
		return;
	for (size_t i = 0; i < parts->n; i++)
		free(parts->v[i].hash);
	free(parts->v);
	free(parts);
}

LINT_WHOLE(lint_duplicates)
{
	const struct lint_parts *parts = parts_of(ctx);
	struct strmap seen cleanup_strmap = STRMAP_INIT;
	char key[12];

	for (size_t i = 0; i < parts->n; i++) {
		const struct rule *r = parts->v[i].r, *before;

		key_of(parts->v[i].whole, key);
		before = strmap_get(&seen, key);
		if (before && ast_equal(before->ast, r->ast))
			lint_add(ctx, row, lint_at_rule(r), NULL,
				 "the same condition as rule '%s' (%s:%zu)%s", before->name,
				 before->file, before->line,
				 ctx->cfg && ctx->cfg->rule_matching_all
					 ? ""
					 : ": with rule_matching first this one never fires");
		else if (!before)
			strmap_put(&seen, key, (void *)r);
	}
}

static bool is_subset(struct bitset a, struct bitset b)
{
	return bitset_empty(bitset_minus(a, b));
}

/* Whenever b is true, a is too. */
static bool implied_by(const struct part *a, const struct part *b)
{
	size_t j = 0;

	if (!is_subset(b->r->codes, a->r->codes) || !is_subset(b->r->scs, a->r->scs))
		return false;
	for (size_t i = 0; i < a->n; i++) {
		while (j < b->n && b->hash[j] < a->hash[i])
			j++;
		if (j >= b->n || b->hash[j] != a->hash[i])
			return false;
	}
	return true;
}

/* A conjunct, and the earlier rules that are kept by it. */
struct entry {
	size_t count; /* of rules with it, in all */
	size_t last;  /* index + 1 of the last part that is kept here */
};

/* Earlier rules by their rarest conjunct, so that few are looked at for each rule. */
struct index {
	struct strmap map; /* hash as text -> entry */
	struct entry *v;   /* n of them; owned */
	size_t n;
	size_t bare; /* last of those without conjuncts */
};

static struct entry *entry_of(const struct index *ix, uint64_t hash)
{
	char buf[12];

	return strmap_get(&ix->map, key_of(hash, buf));
}

static void index_fill(struct index *ix, const struct part *parts, size_t n)
{
	size_t total = 0;
	char buf[12];

	for (size_t i = 0; i < n; i++)
		total += parts[i].n;
	ix->v = xcalloc(total + 1, sizeof(*ix->v));
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < parts[i].n && !parts[i].never; j++) {
			struct entry *e = entry_of(ix, parts[i].hash[j]);

			if (!e) {
				e = &ix->v[ix->n++];
				strmap_put(&ix->map, key_of(parts[i].hash[j], buf), e);
			}
			e->count++;
		}
	}
}

static const struct part *search_chain(const struct part *parts, size_t at, const struct part *b)
{
	for (; at; at = parts[at - 1].next)
		if (implied_by(&parts[at - 1], b))
			return &parts[at - 1];
	return NULL;
}

static const struct part *find_before(const struct index *ix, const struct part *parts,
				      const struct part *b)
{
	const struct part *found = search_chain(parts, ix->bare, b);

	for (size_t i = 0; i < b->n && !found; i++)
		found = search_chain(parts, entry_of(ix, b->hash[i])->last, b);
	return found;
}

static void index_add(struct index *ix, struct part *parts, size_t i)
{
	size_t *last = &ix->bare;
	struct entry *rarest = NULL;

	for (size_t j = 0; j < parts[i].n; j++) {
		struct entry *e = entry_of(ix, parts[i].hash[j]);

		if (!rarest || e->count < rarest->count)
			rarest = e;
	}
	if (rarest)
		last = &rarest->last;
	parts[i].next = (uint32_t)*last;
	*last = i + 1;
}

static void report_shadow(struct lint_ctx *ctx, const struct lint_row *row, const struct part *by,
			  const struct part *b)
{
	if (ast_equal(by->r->ast, b->r->ast))
		return; /* the duplicates have their own row */
	if (ctx->cfg && ctx->cfg->rule_matching_all)
		lint_add(ctx, row, lint_at_rule(b->r), NULL,
			 "whenever it fires, rule '%s' (%s:%zu) fires too", by->r->name,
			 by->r->file, by->r->line);
	else
		lint_add(ctx, row, lint_at_rule(b->r), NULL,
			 "it never fires: rule '%s' (%s:%zu) comes first and matches every event "
			 "that this one matches",
			 by->r->name, by->r->file, by->r->line);
}

LINT_WHOLE(lint_shadowed)
{
	const struct lint_parts *parts = parts_of(ctx);
	struct index ix = {.map = STRMAP_INIT};

	index_fill(&ix, parts->v, parts->n);
	for (size_t i = 0; i < parts->n; i++) {
		const struct part *by;

		if (parts->v[i].never)
			continue;
		by = find_before(&ix, parts->v, &parts->v[i]);
		if (by)
			report_shadow(ctx, row, by, &parts->v[i]);
		index_add(&ix, parts->v, i);
	}
	strmap_release(&ix.map);
	free(ix.v);
}

/* ---- uses of macros and lists ---- */

/* From these on the copies of a list are worth a word. */
#define COPIES	      8
#define LARGE_LIST    20
#define COPIED_VALUES 2000

/* What a name stands for: index + 1, 0 none. */
struct named {
	size_t list, macro;
};

struct lint_uses {
	const struct ruleset *rs;
	struct named *v; /* n of them */
	size_t n;
	struct strmap names; /* name -> of v */
	struct namefilter filter;
	size_t *macro, *list; /* times that rules have them, through macros and lists too */
	size_t *pending;      /* of macro: not yet passed on to what it names */
};

static void count_list(struct lint_uses *u, size_t i, size_t times)
{
	/* A list that names itself ends here, because its number is not 0 any more. */
	bool first = !u->list[i];

	u->list[i] += times;
	if (!first)
		return;
	for (size_t k = 0; k < u->rs->lists[i].items.n; k++) {
		const struct named *item = strmap_get(&u->names, u->rs->lists[i].items.v[k]);

		if (item && item->list && !u->list[item->list - 1])
			count_list(u, item->list - 1, times);
	}
}

/* Enough for any comparison here, and no overflow. */
#define MANY_USES ((size_t)1000000)

static void count_name(struct lint_uses *u, const struct named *name, size_t times)
{
	times = times > MANY_USES ? MANY_USES : times;
	if (name->list)
		count_list(u, name->list - 1, times);
	if (!name->macro)
		return;
	u->macro[name->macro - 1] += times;
	u->pending[name->macro - 1] += times;
}

/* Words between what ends the name of a list or a macro. */
static void count_text(struct lint_uses *u, const char *text, size_t times)
{
	static const bool ends[256] = {
		['\0'] = true, [' '] = true, ['\t'] = true, ['\n'] = true, ['\r'] = true,
		['('] = true,  [')'] = true, [','] = true,  ['='] = true,  ['"'] = true,
		['\''] = true, ['<'] = true, ['>'] = true,  ['!'] = true,
	};

	while (text && *text) {
		const struct named *name;
		size_t n = 0;

		while (!ends[(unsigned char)text[n]])
			n++;
		name = n && namefilter_may(&u->filter, text, n) ? strmap_get_n(&u->names, text, n)
								: NULL;
		if (name)
			count_name(u, name, times);
		text += n + (text[n] != '\0');
	}
}

/* Macros mostly name earlier ones, so that one pass from the last to the first does it. */
static void count_macros(struct lint_uses *u)
{
	bool again = true;

	for (int pass = 0; again && pass < 64; pass++) {
		again = false;
		for (size_t i = u->rs->n_macros; i--;) {
			size_t times = u->pending[i];

			u->pending[i] = 0;
			if (times)
				count_text(u, u->rs->macros[i].condition, times);
			again |= times > 0;
		}
	}
}

static struct named *name_of(struct lint_uses *u, const char *name)
{
	struct named *known = strmap_get(&u->names, name);

	if (!known) {
		strmap_put(&u->names, name, known = &u->v[u->n++]);
		namefilter_add(&u->filter, name);
	}
	return known;
}

/* Two lints ask, and counting reads every condition: it is done once. */
static const struct lint_uses *uses_of(struct lint_ctx *ctx)
{
	const struct ruleset *rs = ctx->rs;
	struct lint_uses *u = ctx->uses;

	if (u)
		return u;
	u = ctx->uses = xcalloc(1, sizeof(*u));
	u->rs = rs;
	u->v = xcalloc(rs->n_lists + rs->n_macros + 1, sizeof(*u->v));
	u->macro = xcalloc(rs->n_macros + 1, sizeof(*u->macro));
	u->pending = xcalloc(rs->n_macros + 1, sizeof(*u->pending));
	u->list = xcalloc(rs->n_lists + 1, sizeof(*u->list));
	for (size_t i = 0; i < rs->n_macros; i++)
		name_of(u, rs->macros[i].name)->macro = i + 1;
	for (size_t i = 0; i < rs->n_lists; i++)
		name_of(u, rs->lists[i].name)->list = i + 1;
	for (size_t i = 0; i < rs->n; i++)
		count_text(u, rs->rules[i].condition, 1);
	count_macros(u);
	return u;
}

void lint_uses_release(struct lint_uses *u)
{
	if (!u)
		return;
	strmap_release(&u->names);
	free(u->v);
	free(u->macro);
	free(u->pending);
	free(u->list);
	free(u);
}

/* Exceptions name lists too, and their texts are not kept: what a list has in common with nothing
 * but a tree's values cannot be told, so lists of rules with exceptions count as used. */
static bool has_exceptions(const struct ruleset *rs)
{
	for (size_t i = 0; i < rs->n; i++)
		if (rs->rules[i].exception_names.n)
			return true;
	return false;
}

LINT_WHOLE(lint_unused)
{
	bool exceptions = has_exceptions(ctx->rs);
	const struct lint_uses *u = uses_of(ctx);

	for (size_t i = 0; i < ctx->rs->n_macros; i++) {
		const struct named_item *m = &ctx->rs->macros[i];

		if (!u->macro[i])
			lint_add(ctx, row,
				 (struct lint_at){m->file, m->line, m->col, "macro", m->name}, NULL,
				 "no rule uses the macro%s",
				 m->used ? ", only macros that no rule uses" : "");
	}
	for (size_t i = 0; i < ctx->rs->n_lists; i++) {
		const struct named_item *l = &ctx->rs->lists[i];

		if (!u->list[i] && !(l->used && exceptions))
			lint_add(ctx, row,
				 (struct lint_at){l->file, l->line, l->col, "list", l->name}, NULL,
				 "no rule uses the list%s",
				 l->used ? ", only macros or lists that no rule uses" : "");
	}
}

static bool has_large_list(const struct ruleset *rs)
{
	for (size_t i = 0; i < rs->n_lists; i++)
		if (rs->lists[i].items_compiled.n >= LARGE_LIST)
			return true;
	return false;
}

LINT_WHOLE(lint_list_copies)
{
	const struct lint_uses *u = has_large_list(ctx->rs) ? uses_of(ctx) : NULL;

	if (!u)
		return;
	for (size_t i = 0; i < ctx->rs->n_lists; i++) {
		const struct named_item *l = &ctx->rs->lists[i];
		size_t n = l->items_compiled.n;

		if (n >= LARGE_LIST && u->list[i] >= COPIES && u->list[i] * n >= COPIED_VALUES)
			lint_add(ctx, row,
				 (struct lint_at){l->file, l->line, l->col, "list", l->name}, NULL,
				 "its %zu values are pasted into %zu conditions and compiled each "
				 "time",
				 n, u->list[i]);
	}
}
