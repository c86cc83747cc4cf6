/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists: inner lists resolved, and the textual substitution into conditions (reference, 1.5).
 *
 * Falco searches every condition for every list, in the order of definition. A list name ends where
 * a delimiter is, so that (names with delimiters aside) an occurrence is a whole run of other
 * characters: looking the runs up finds the few lists that can occur, and only these are searched
 * for, in the same order. What a list brings in can name later lists, so its runs join the search.
 */
#include "rules/loader.h"

#include "base/mem.h"

#include <string.h>

static bool in_set(char c, const char *set)
{
	return c && strchr(set, c);
}

/* Bytes that the items take as a strvec. */
static size_t items_size(const struct strvec *items)
{
	size_t sum = 0;

	for (size_t i = 0; i < items->n; i++)
		sum += sizeof(char *) + 2 * sizeof(size_t) + strlen(items->v[i]) + 1;
	return sum;
}

/* One level only, and only lists that were there before. -1 beyond what *room allows. */
static int compile_list(struct loader *ld, size_t i, const size_t *sizes, size_t *room)
{
	struct ruleset *rs = ld->rs;
	struct named_item *l = &rs->lists[i];

	for (size_t j = 0; j < l->items.n; j++) {
		long ref = collect_find(&ld->priv->list_index, l->items.v[j]);

		if (ref < 0 || ld->priv->lists[ref].first >= ld->priv->lists[i].last) {
			strvec_take(&l->items_compiled, l->items.v[j]);
			continue;
		}
		if (sizes[ref] > *room)
			return loader_fail(ld, CODE_VALIDATE, ld->priv->lists[i].at,
					   (struct item){"list", l->name},
					   "too large: with the lists in them, the lists so far "
					   "take more than %zu bytes",
					   ALL_LISTS_MAX);
		*room -= sizes[ref];
		for (size_t k = 0; k < rs->lists[ref].items.n; k++)
			strvec_take(&l->items_compiled, rs->lists[ref].items.v[k]);
		rs->lists[ref].used = true;
	}
	return 0;
}

int lists_compile(struct loader *ld)
{
	struct ruleset *rs = ld->rs;
	size_t *sizes cleanup_free = xcalloc(rs->n_lists + 1, sizeof(*sizes));
	size_t room = ALL_LISTS_MAX;

	ld->priv->list_names = (struct namefilter){0};
	for (size_t i = 0; i < rs->n_lists; i++) {
		namefilter_add(&ld->priv->list_names, rs->lists[i].name);
		list_clear_compiled(&rs->lists[i]);
		rs->lists[i].used = false;
		sizes[i] = items_size(&rs->lists[i].items);
	}
	for (size_t i = 0; i < rs->n_lists; i++)
		if (compile_list(ld, i, sizes, &room))
			return -1;
	return 0;
}

/* The lists that a text may name: a bit for each, as far as that is settled. */
struct wanted {
	uint64_t *bits;
	bool any;
};

static void want(struct wanted *w, size_t i)
{
	w->bits[i / 64] |= 1ULL << (i % 64);
	w->any = true;
}

/* LIST_DELIMITERS as a table. */
static const bool ends_list[256] = {
	[' '] = true, ['\t'] = true, ['\n'] = true, ['\r'] = true,
	['('] = true, [')'] = true,  [','] = true,  ['='] = true,
};

static void want_runs(const struct loader *ld, struct wanted *w, const char *text, size_t len)
{
	const struct strmap *index = &ld->priv->list_index;
	const struct namefilter *names = &ld->priv->list_names;
	const char *end = text + len;

	for (const char *p = text, *run; p < end; p++) {
		size_t ref;

		for (run = p; p < end && !ends_list[(unsigned char)*p];)
			p++;
		if (p == run || !namefilter_may(names, run, (size_t)(p - run)))
			continue;
		ref = (size_t)(uintptr_t)strmap_get_n(index, run, (size_t)(p - run));
		if (ref)
			want(w, ref - 1);
	}
}

/* A text being put together, with the origin of each of its bytes where that is asked for. */
struct traced {
	struct strbuf text;
	uint32_t *origin; /* alloc of them */
	size_t alloc;
	bool trace;
};

/* Append bytes; origin of the first, and whether the others follow it or share it. */
static void put(struct traced *t, const char *bytes, size_t n, const uint32_t *origin, bool same)
{
	if (t->trace) {
		if (t->text.len + n + 1 > t->alloc) {
			t->alloc = (t->text.len + n + 1) * 2;
			t->origin = xrealloc(t->origin, t->alloc, sizeof(*t->origin));
		}
		for (size_t i = 0; i < n; i++)
			t->origin[t->text.len + i] = origin[same ? 0 : i];
	}
	strbuf_add(&t->text, bytes, n);
}

static void traced_release(struct traced *t)
{
	strbuf_release(&t->text);
	free(t->origin);
}

static void list_text(const struct named_item *l, struct strbuf *out)
{
	for (size_t i = 0; i < l->items_compiled.n; i++) {
		const char *item = l->items_compiled.v[i];
		bool quote = strchr(item, ' ') && *item != '"' && *item != '\'';

		if (out->len) /* an empty first item vanishes */
			strbuf_addstr(out, ", ");
		if (quote)
			strbuf_addf(out, "\"%s\"", item);
		else
			strbuf_addstr(out, item);
	}
}

/* First occurrence of name in s + from .. s + len, or NULL. */
static const char *find_name(const char *s, size_t from, size_t len, const char *name,
			     size_t name_len)
{
	const char *end = s + len;

	for (s += from; s < end; s++) {
		s = memchr(s, *name, (size_t)(end - s));
		if (!s || (size_t)(end - s) < name_len)
			return NULL;
		if (!memcmp(s, name, name_len))
			return s;
	}
	return NULL;
}

/* Does a list stand at s + at: between delimiters or the ends? before: the character in front. */
static bool stands_at(const char *s, size_t at, size_t name_len, char before)
{
	return (!before || in_set(before, LIST_DELIMITERS)) &&
	       (!s[at + name_len] || in_set(s[at + name_len], LIST_DELIMITERS));
}

/* Replace every occurrence of one list in *t, as Falco walks over them: blanks around the name go,
 * an empty list takes one comma with it. */
static bool replace_list(struct traced *t, const struct named_item *l, const struct strbuf *items)
{
	static const uint32_t nowhere;
	struct traced out = {.text = STRBUF_INIT, .trace = t->trace};
	const char *s = t->text.buf;
	const uint32_t *origin = t->trace ? t->origin : &nowhere;
	size_t name_len = strlen(l->name), done = 0, from = 0;
	const char *hit;

	while ((hit = find_name(s, from, t->text.len, l->name, name_len)) &&
	       out.text.len < CONDITION_MAX) {
		size_t at = (size_t)(hit - s), end = at + name_len, seen = out.text.len;
		const uint32_t *here = t->trace ? origin + at : &nowhere;

		if (!stands_at(s, at, name_len,
			       at > done ? s[at - 1]
			       : seen	 ? out.text.buf[seen - 1]
					 : '\0')) {
			from = at + 1;
			continue;
		}
		put(&out, s + done, at - done, t->trace ? origin + done : &nowhere, false);
		while (out.text.len && in_set(out.text.buf[out.text.len - 1], LIST_BLANKS))
			strbuf_setlen(&out.text, out.text.len - 1);
		while (in_set(s[end], LIST_BLANKS))
			end++;
		if (!items->len && out.text.len && out.text.buf[out.text.len - 1] == ',')
			strbuf_setlen(&out.text, out.text.len - 1);
		else if (!items->len && s[end] == ',')
			end++;
		/* Where the list stood at the very beginning, Falco's search goes on one byte
		 * further. */
		from = end + !out.text.len;
		if (out.text.len)
			put(&out, " ", 1, here, true);
		put(&out, items->buf, items->len, here, true);
		put(&out, " ", 1, here, true);
		done = end;
	}
	if (!out.text.len) {
		traced_release(&out);
		return false;
	}
	put(&out, s + done, t->text.len - done, t->trace ? origin + done : &nowhere, false);
	traced_release(t);
	*t = out;
	return true;
}

static bool substitute_wanted(struct loader *ld, struct wanted *w, struct traced *t)
{
	bool any = false;

	for (size_t i = 0; i < ld->rs->n_lists && t->text.len < CONDITION_MAX; i++) {
		struct named_item *l = &ld->rs->lists[i];
		struct strbuf items cleanup_strbuf = STRBUF_INIT;

		if (!(w->bits[i / 64] >> (i % 64))) {
			i |= 63; /* no more in this word */
			continue;
		}
		if (!(w->bits[i / 64] >> (i % 64) & 1))
			continue;
		list_text(l, &items);
		if (replace_list(t, l, &items)) {
			l->used = any = true;
			want_runs(ld, w, items.buf, items.len);
		}
	}
	return any;
}

bool lists_substitute(struct loader *ld, const char *text, struct strbuf *out, uint32_t **origin)
{
	size_t n_words = ld->rs->n_lists / 64 + 1, len = strlen(text);
	uint64_t few[16] = {0};
	struct wanted w = {.bits = few};
	struct traced t = {.text = STRBUF_INIT, .trace = origin != NULL};
	bool any;

	if (n_words > ARRAY_SIZE(few))
		w.bits = xcalloc(n_words, sizeof(*w.bits));
	want_runs(ld, &w, text, len);
	for (size_t i = 0; i < ld->priv->odd_lists.n; i++)
		want(&w, (size_t)collect_find(&ld->priv->list_index, ld->priv->odd_lists.v[i]));
	any = w.any;
	if (any) {
		uint32_t *identity = origin ? xmalloc((len + 1) * sizeof(*identity)) : NULL;

		for (size_t i = 0; identity && i <= len; i++)
			identity[i] = (uint32_t)i;
		put(&t, text, len, identity, false);
		free(identity);
		any = substitute_wanted(ld, &w, &t);
	}
	if (w.bits != few)
		free(w.bits);
	if (!any) {
		traced_release(&t);
		return false;
	}
	strbuf_release(out);
	*out = t.text;
	if (origin)
		*origin = t.origin;
	return true;
}
