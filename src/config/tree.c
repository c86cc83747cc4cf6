/* SPDX-License-Identifier: Apache-2.0 */
#include "config/private.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

struct yaml_node *tree_new(struct yaml_docs *arena, enum yaml_kind kind, const struct yaml_node *at)
{
	struct yaml_node *n = xcalloc(1, sizeof(*n));

	n->kind = kind;
	n->file = at ? at->file : CONFIG_ORIGIN_DEFAULT;
	n->line = at ? at->line : 0;
	n->col = at ? at->col : 0;
	ALLOC_GROW(arena->all, arena->n_all, arena->alloc_all);
	arena->all[arena->n_all++] = n;
	return n;
}

struct yaml_node *tree_scalar(struct yaml_docs *arena, const char *text, const struct yaml_node *at)
{
	struct yaml_node *n = tree_new(arena, YAML_SCALAR, at);

	n->value = xstrdup(text);
	n->len = strlen(text);
	return n;
}

void tree_push(struct yaml_node *seq, struct yaml_node *item)
{
	ALLOC_GROW(seq->items, seq->n, seq->alloc);
	seq->items[seq->n++] = item;
}

void tree_put(struct yaml_docs *arena, struct yaml_node *map, const char *key,
	      struct yaml_node *value)
{
	for (size_t i = 0; i < map->n; i++) {
		struct yaml_node *k = map->pairs[i].key;

		if (k->value && !strcmp(k->value, key)) {
			map->pairs[i].value = value;
			return;
		}
	}
	ALLOC_GROW(map->pairs, map->n, map->alloc);
	map->pairs[map->n++] = (struct yaml_pair){tree_scalar(arena, key, value), value};
}

void tree_put_str(struct yaml_docs *arena, struct yaml_node *map, const char *key, const char *text)
{
	tree_put(arena, map, key, tree_scalar(arena, text, NULL));
}

void tree_put_bool(struct yaml_docs *arena, struct yaml_node *map, const char *key, bool value)
{
	tree_put_str(arena, map, key, value ? "true" : "false");
}

void tree_put_int(struct yaml_docs *arena, struct yaml_node *map, const char *key, int64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	tree_put_str(arena, map, key, text);
}

struct yaml_node *tree_put_map(struct yaml_docs *arena, struct yaml_node *map, const char *key)
{
	struct yaml_node *sub = tree_new(arena, YAML_MAP, NULL);

	tree_put(arena, map, key, sub);
	return sub;
}

const struct yaml_node *tree_find(const struct yaml_node *root, const char *path,
				  const struct yaml_node **scalar)
{
	const struct yaml_node *n = root;

	if (scalar)
		*scalar = NULL;
	while (n && *path) {
		size_t len = strcspn(path, ".");
		char *key cleanup_free = xstrndup(path, len);

		if (n->kind == YAML_SCALAR) {
			if (scalar)
				*scalar = n;
			return NULL;
		}
		n = yaml_get(n, key);
		path += len + (path[len] == '.');
	}
	return n;
}
