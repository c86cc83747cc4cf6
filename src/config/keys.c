/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of falco.yaml, for warnings about those that Falco would ignore without a word (but for
 * a schema line in its log).
 */
#include "config/private.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Below these anything goes, beyond what the schema calls free. */
static const char *const free_keys[] = {"append_output[].extra_fields", "container_engines"};

/* In the schema, and read by no release: Falco says nothing about them. */
static const struct {
	const char *key, *hint;
} dead[] = {
	{"rule_files", "the list of rules files is rules_files"},
};

static int by_text(const void *key, const void *row)
{
	return strcmp(key, ((const struct config_key *)row)->key);
}

static const struct config_key *find_key(const char *path)
{
	return bsearch(path, config_keys, n_config_keys, sizeof(*config_keys), by_text);
}

static bool is_free(const struct config_key *k, const char *path)
{
	if (k && (!strcmp(k->type, "free") || !strcmp(k->type, "any")))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(free_keys); i++)
		if (!strcmp(path, free_keys[i]))
			return true;
	return false;
}

static const char *dead_hint(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(dead); i++)
		if (!strcmp(path, dead[i].key))
			return dead[i].hint;
	return NULL;
}

/* Says what is wrong with a key in that release; true when Falco reads it. */
static bool check_key(struct config *c, const struct yaml_node *key, const char *path, bool known)
{
	const struct key_change *ch = config_key_change(path);
	const char *hint = ch ? ch->hint : NULL;
	char buf[16];
	const char *falco = config_release_name(c, buf);

	if (dead_hint(path)) {
		config_warn_code(c, "FC204", key,
				 "%s is in the schema, but Falco never reads it: %s", path,
				 dead_hint(path));
		return false;
	}
	if (!strcmp(key->file, CONFIG_ORIGIN_SHIPPED)) /* the user wrote none of these */
		return true;
	if (ch && ch->since > c->release) {
		config_warn_code(c, "FC202", key,
				 "key %s is read since Falco 0.%d; Falco %s ignores it%s%s", path,
				 ch->since, falco, hint ? ": " : "", hint ? hint : "");
		return false;
	}
	if (ch && ch->until && c->release >= ch->until && known) {
		config_warn_code(c, "FC204", key,
				 "%s is in the schema, but Falco %s does not read it%s%s", path,
				 falco, hint ? ": " : "", hint ? hint : "");
		return false;
	}
	if (!known && (!ch || !ch->until || c->release >= ch->until)) {
		config_warn_code(c, ch ? "FC203" : "FC201", key,
				 "unknown key %s; Falco %s ignores it%s%s", path, falco,
				 hint ? ": " : "", hint ? hint : "");
		return false;
	}
	return true;
}

static void check_node(struct config *c, const struct yaml_node *n, struct strbuf *path);

static void check_pair(struct config *c, const struct yaml_node *map, size_t i, struct strbuf *path)
{
	const struct yaml_node *key = map->pairs[i].key;
	const struct config_key *known;

	if (!key->value)
		return;
	strbuf_addf(path, "%s%s", path->len ? "." : "", key->value);
	if (yaml_get(map, key->value) != map->pairs[i].value) {
		config_warn(c, key, "%s is given twice; Falco takes the first one", path->buf);
		return;
	}
	known = find_key(path->buf);
	if (check_key(c, key, path->buf, known != NULL) && known && !is_free(known, path->buf))
		check_node(c, map->pairs[i].value, path);
}

static void check_node(struct config *c, const struct yaml_node *n, struct strbuf *path)
{
	size_t len = path->len;

	if (n->kind == YAML_SEQ)
		strbuf_addstr(path, "[]");
	size_t base = path->len;

	for (size_t i = 0; i < n->n; i++) {
		if (n->kind == YAML_SEQ)
			check_node(c, n->items[i], path);
		else
			check_pair(c, n, i, path);
		strbuf_setlen(path, base);
	}
	strbuf_setlen(path, len);
}

void keys_check(struct config *c)
{
	struct strbuf path cleanup_strbuf = STRBUF_INIT;

	check_node(c, c->root, &path);
}
