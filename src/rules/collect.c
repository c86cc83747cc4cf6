/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The definitions collected so far, by name and in the order of their first definition.
 */
#include "rules/loader.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

long collect_find(const struct strmap *index, const char *name)
{
	return (long)(uintptr_t)strmap_get(index, name) - 1;
}

static void remember(struct strmap *index, const char *name, size_t i)
{
	strmap_put(index, name, (void *)(uintptr_t)(i + 1));
}

size_t collect_rule(struct loader *ld, const char *name)
{
	struct ruleset_private *p = ld->priv;
	struct ruleset *rs = ld->rs;
	long i = collect_find(&p->rule_index, name);

	if (i >= 0)
		return (size_t)i;
	if (rs->n >= rs->alloc) {
		rs->alloc = rs->alloc ? rs->alloc * 2 : 32;
		rs->rules = xrealloc(rs->rules, rs->alloc, sizeof(*rs->rules));
		p->rules = xrealloc(p->rules, rs->alloc, sizeof(*p->rules));
	}
	rs->rules[rs->n] = (struct rule){.name = xstrdup(name)};
	p->rules[rs->n] = (struct rule_info){0};
	remember(&p->rule_index, name, rs->n);
	return rs->n++;
}

/* Macros and lists: a public array and the private one beside it. */
static size_t collect_item(struct strmap *index, const char *name, struct named_item **items,
			   struct item_info **infos, size_t *n, size_t *alloc, uint32_t order)
{
	long i = collect_find(index, name);

	if (i >= 0)
		return (size_t)i;
	if (*n >= *alloc) {
		*alloc = *alloc ? *alloc * 2 : 32;
		*items = xrealloc(*items, *alloc, sizeof(**items));
		*infos = xrealloc(*infos, *alloc, sizeof(**infos));
	}
	(*items)[*n] = (struct named_item){.name = xstrdup(name)};
	(*infos)[*n] = (struct item_info){.first = order};
	remember(index, name, *n);
	return (*n)++;
}

size_t collect_macro(struct loader *ld, const char *name)
{
	struct ruleset_private *p = ld->priv;

	return collect_item(&p->macro_index, name, &ld->rs->macros, &p->macros, &ld->rs->n_macros,
			    &p->alloc_macros, p->order);
}

size_t collect_list(struct loader *ld, const char *name)
{
	struct ruleset_private *p = ld->priv;
	size_t before = ld->rs->n_lists, i;

	i = collect_item(&p->list_index, name, &ld->rs->lists, &p->lists, &ld->rs->n_lists,
			 &p->alloc_lists, p->order);
	if (ld->rs->n_lists > before && name[strcspn(name, LIST_DELIMITERS)])
		strvec_push(&p->odd_lists, name);
	return i;
}

size_t rule_text_append(char **text, struct room *room, const char *more)
{
	size_t n = strlen(more), start;

	if (!room->len)
		room->len = strlen(*text);
	start = room->len + 1;
	if (start + n >= room->alloc) {
		room->alloc = 2 * (start + n + 1);
		*text = xrealloc(*text, room->alloc, 1);
	}
	(*text)[room->len] = ' ';
	memcpy(*text + start, more, n + 1);
	room->len = start + n;
	return start;
}

void rule_text_set(char **text, struct room *room, const char *value)
{
	free(*text);
	*text = xstrdup(value);
	if (room)
		*room = (struct room){0};
}

void rule_clear_compiled(struct rule *r)
{
	if (r->output_built != r->output)
		free(r->output_built);
	r->output_built = NULL;
	r->ast = NULL; /* the pool's */
	r->codes = r->scs = (struct bitset){0};
	strvec_release(&r->exception_names);
	strvec_release(&r->exception_fields);
	strvec_release(&r->exception_operators);
}

void rule_release(struct rule *r, struct rule_info *ri)
{
	rule_clear_compiled(r);
	free(r->name);
	free(r->desc);
	free(r->output);
	free(r->source);
	free(r->condition);
	strvec_release(&r->tags);
	pieces_release(&ri->cond);
	exceptions_release(&ri->exceptions);
}

void list_clear_compiled(struct named_item *l)
{
	free(l->items_compiled.v);
	l->items_compiled = (struct strvec)STRVEC_INIT;
}

void rule_item_release(struct named_item *m, struct item_info *info)
{
	free(m->name);
	free(m->condition);
	strvec_release(&m->items);
	list_clear_compiled(m);
	pieces_release(&info->cond);
}

void rule_item_place(const struct loader *ld, struct named_item *m, const struct item_info *info)
{
	m->file = ld->priv->files[info->at.file].name;
	m->line = info->at.line;
	m->col = info->at.col;
}

void rules_private_release(struct ruleset_private *p)
{
	place_forget(&p->place);
	strbuf_release(&p->excepted_text);
	pieces_release(&p->excepted_pieces);
	for (size_t i = 0; i < p->n_files; i++) {
		free(p->files[i].name);
		free(p->files[i].text);
		strvec_release(&p->files[i].schema.lines);
	}
	free(p->files);
	free(p->unmet);
	free(p->rules);
	free(p->macros);
	free(p->lists);
	ast_pool_release(&p->pool);
	free(p->appended);
	free(p);
}
