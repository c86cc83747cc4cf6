/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each value of the configuration replaced: the scalars of the merged tree, by key, are
 * compared before and after each step (main file, each included file, each -o). An empty sequence
 * or mapping counts as a value of its own.
 */
#include "config/private.h"

#include "base/mem.h"

#include <string.h>

struct leaf {
	char *text;
	const char *file;
	size_t line, col;
};

static void leaf_free(struct leaf *l)
{
	if (l)
		free(l->text);
	free(l);
}

static void leaves_release(struct strmap *m)
{
	strmap_for_each (it, m) {
		leaf_free(it->value);
	}
	strmap_release(m);
	*m = (struct strmap)STRMAP_INIT;
}

void history_release(struct history *h)
{
	leaves_release(&h->last);
	strmap_for_each (it, &h->past) {
		for (struct past *p = it->value, *next; p; p = next) {
			next = p->next;
			free(p->key);
			free(p->text);
			free(p->by);
			free(p);
		}
	}
	strmap_release(&h->past);
}

static void add_leaf(struct strmap *to, const char *key, const char *text,
		     const struct yaml_node *n)
{
	struct leaf *l;

	if (strmap_has(to, key)) /* a key given twice: Falco takes the first */
		return;
	l = xcalloc(1, sizeof(*l));
	*l = (struct leaf){xstrdup(text), n->file, n->line, n->col};
	strmap_put(to, key, l);
}

static void flatten(const struct yaml_node *n, struct strbuf *path, struct strmap *to)
{
	size_t len = path->len;

	if (n->kind == YAML_SCALAR || n->kind == YAML_NULL)
		add_leaf(to, path->buf, n->kind == YAML_NULL ? "null" : n->value, n);
	else if (!n->n && len)
		add_leaf(to, path->buf, n->kind == YAML_SEQ ? "[]" : "{}", n);
	for (size_t i = 0; (n->kind == YAML_SEQ || n->kind == YAML_MAP) && i < n->n; i++) {
		if (n->kind == YAML_SEQ) {
			strbuf_addf(path, "[%zu]", i);
			flatten(n->items[i], path, to);
		} else if (n->pairs[i].key->value) {
			strbuf_addf(path, "%s%s", len ? "." : "", n->pairs[i].key->value);
			flatten(n->pairs[i].value, path, to);
		}
		strbuf_setlen(path, len);
	}
}

static bool same(const struct leaf *a, const struct leaf *b)
{
	return b && a->line == b->line && a->col == b->col && !strcmp(a->text, b->text) &&
	       !strcmp(a->file, b->file);
}

static void remember(struct history *h, const char *key, const struct leaf *l, const char *by,
		     bool gone)
{
	struct past *p = xcalloc(1, sizeof(*p));

	*p = (struct past){
		.key = xstrdup(key),
		.text = xstrdup(l->text),
		.file = l->file,
		.line = l->line,
		.col = l->col,
		.by = xstrdup(by),
		.gone = gone,
		.next = strmap_get(&h->past, key),
	};
	strmap_put(&h->past, key, p);
}

void history_step(struct config *c, const char *by)
{
	struct strbuf path cleanup_strbuf = STRBUF_INIT;
	struct history *h = &c->priv->history;
	struct strmap now = STRMAP_INIT;

	if (!c->priv->record)
		return;
	flatten(c->root, &path, &now);
	strmap_for_each (it, &h->last) {
		const struct leaf *l = strmap_get(&now, it->key);

		if (!same(it->value, l))
			remember(h, it->key, it->value, by, !l);
	}
	leaves_release(&h->last);
	h->last = now;
}
