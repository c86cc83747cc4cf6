/* SPDX-License-Identifier: Apache-2.0 */
/*
 * append_output of the merged tree.
 */
#include "config/append.h"

#include "base/mem.h"
#include "config/private.h"

#include <string.h>

static char *text_member(const struct yaml_node *map, const char *key)
{
	const struct yaml_node *n = yaml_get(map, key);

	return n && n->kind == YAML_SCALAR && n->len ? xstrdup(n->value) : NULL;
}

static void add_field(struct append_entry *e, const char *key, const char *format, bool raw)
{
	ALLOC_GROW(e->fields, e->n_fields, e->alloc_fields);
	e->fields[e->n_fields++] = (struct append_field){
		xstrdup(key), raw ? xasprintf("%%%s", key) : xstrdup(format), raw};
}

/* NAME for a field of Falco, {NAME: format} for a text of one's own. */
static int read_field(struct append_entry *e, const struct yaml_node *n, struct error *err)
{
	bool raw = n->kind != YAML_MAP;
	const char *key = raw ? cfg_text(n) : n->n == 1 ? cfg_text(n->pairs[0].key) : NULL;
	const char *format = raw ? key : n->n == 1 ? cfg_text(n->pairs[0].value) : NULL;

	if (!key || !format)
		return yaml_error(
			n, err,
			"an entry of append_output.extra_fields is %s, expected a field or "
			"one NAME: TEXT",
			yaml_kind_name(n));
	for (size_t i = 0; i < e->n_fields; i++)
		if (!strcmp(e->fields[i].key, key) && !(raw && e->fields[i].raw))
			return yaml_error(n, err, "append_output.extra_fields has '%s' twice", key);
	add_field(e, key, format, raw);
	return 0;
}

static int read_fields(struct append_entry *e, const struct yaml_node *list, struct error *err)
{
	if (list && list->kind != YAML_SEQ)
		return yaml_error(list, err,
				  "append_output.extra_fields is %s, expected a sequence",
				  yaml_kind_name(list));
	for (size_t i = 0; list && i < list->n; i++)
		if (read_field(e, list->items[i], err))
			return -1;
	return 0;
}

static int read_entry(struct config *c, const struct yaml_node *n, struct error *err)
{
	const struct yaml_node *match = yaml_get(n, "match"), *tags = yaml_get(match, "tags");
	const struct yaml_node *suggested = yaml_get(n, "suggested_output");
	char *source cleanup_free = text_member(match, "source");
	struct append_list *l = &c->append_output;
	struct append_entry *e;
	bool on;

	if (source && strcmp(source, "syscall") != 0)
		return 0;
	ALLOC_GROW(l->v, l->n, l->alloc);
	e = &l->v[l->n++];
	*e = (struct append_entry){.rule = text_member(match, "rule"),
				   .output = text_member(n, "extra_output")};
	for (size_t i = 0; tags && tags->kind == YAML_SEQ && i < tags->n; i++)
		if (cfg_text(tags->items[i]))
			strvec_push(&e->tags, cfg_text(tags->items[i]));
	e->suggested = suggested && suggested->kind == YAML_SCALAR &&
		       yaml_to_bool(suggested->value, &on) && on &&
		       strvec_has(&c->plugins_loaded, "container");
	return read_fields(e, yaml_get(n, "extra_fields"), err);
}

int values_read_append_output(struct config *c, struct error *err)
{
	const struct yaml_node *n = yaml_get(c->root, "append_output");

	if (n && n->kind == YAML_MAP)
		return read_entry(c, n, err);
	for (size_t i = 0; n && n->kind == YAML_SEQ && i < n->n; i++)
		if (read_entry(c, n->items[i], err))
			return -1;
	return 0;
}

void append_release(struct append_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		struct append_entry *e = &l->v[i];

		for (size_t k = 0; k < e->n_fields; k++) {
			free(e->fields[k].key);
			free(e->fields[k].format);
		}
		free(e->fields);
		strvec_release(&e->tags);
		free(e->output);
		free(e->rule);
	}
	free(l->v);
	*l = (struct append_list){0};
}
