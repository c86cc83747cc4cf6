/* SPDX-License-Identifier: Apache-2.0 */
/*
 * required_engine_version and required_plugin_versions (reference, 1.2).
 */
#include "rules/loader.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

/* Source: "Loaded plugin 'container@0.7.1'" in the recorded logs of Falco 0.44.1. */
static const uint32_t container_plugin_version[3] = {0, 7, 1};

bool version_parse(const char *text, uint32_t out[3])
{
	/* Falco reads it this way: what follows the third number does not matter. */
	return sscanf(text, "%u.%u.%u", &out[0], &out[1], &out[2]) == 3;
}

bool version_satisfies(const uint32_t have[3], const uint32_t need[3])
{
	if (have[0] != need[0])
		return false;
	return have[1] > need[1] || (have[1] == need[1] && have[2] >= need[2]);
}

static bool is_newer(const uint32_t a[3], const uint32_t b[3])
{
	for (int i = 0; i < 3; i++)
		if (a[i] != b[i])
			return a[i] > b[i];
	return false;
}

static int engine_too_new(struct loader *ld, const struct yaml_node *n, const uint32_t need[3])
{
	static const char text[] = "the rules need engine version %u.%u.%u, Falco %s has %s";
	struct item item = {"required_engine_version", NULL};

	if (!ld->opt->any_engine)
		return loader_fail(ld, CODE_VALIDATE, src_of(ld, n), item, text, need[0], need[1],
				   need[2], ld->cat->falco, ld->cat->rules_engine);
	loader_warn(ld, CODE_VALIDATE, src_of(ld, n), item, text, need[0], need[1], need[2],
		    ld->cat->falco, ld->cat->rules_engine);
	return 0;
}

int require_engine(struct loader *ld, const struct yaml_node *map)
{
	static const char key[] = "required_engine_version";
	struct item item = {key, NULL};
	uint32_t have[3] = {0}, need[3] = {0};
	const char *text;

	if (key_str(ld, map, key, NEED, item, &text))
		return -1;
	/* A plain number N means 0.N.0. */
	if (!key_parse_u32(text, &need[1]) && !version_parse(text, need))
		return loader_fail(ld, CODE_YAML_VALIDATE, src_of(ld, yaml_get(map, key)), item,
				   "the engine version is '%s', expected a version like 0.62.0",
				   text);
	version_parse(ld->cat->rules_engine, have);
	if (!version_satisfies(have, need) && engine_too_new(ld, yaml_get(map, key), need))
		return -1;
	if (is_newer(need, ld->priv->engine))
		memcpy(ld->priv->engine, need, sizeof(need));
	return 0;
}

/* One {name, version} of an entry, appended to versions. */
static int read_version(struct loader *ld, const struct yaml_node *n, struct item item,
			json_t *versions)
{
	const char *name, *version;

	if (n->kind != YAML_MAP)
		return loader_fail(ld, CODE_YAML_VALIDATE, src_of(ld, n), item,
				   "a required plugin is %s, expected name and version",
				   yaml_kind_name(n));
	if (key_str(ld, n, "name", NEED, item, &name))
		return -1;
	item.name = name;
	if (key_str(ld, n, "version", NEED, item, &version))
		return -1;
	json_array_append_new(versions, json_pack("{s:o, s:o}", "name", utf8_json(name), "version",
						  utf8_json(version)));
	return 0;
}

static bool is_met(const struct loader *ld, const char *name, const char *version)
{
	uint32_t need[3];

	return ld->opt->container_plugin && !strcmp(name, "container") &&
	       version_parse(version, need) && version_satisfies(container_plugin_version, need);
}

static const char *text_of(const json_t *v, const char *key)
{
	return json_string_value(json_object_get(v, key));
}

/* Falco looks at these after all files, and then refuses to start without a report: there is no
 * code for it, so that of a version that does not fit stands for it. */
static void remember_unmet(struct loader *ld, const struct yaml_node *n, const json_t *version)
{
	struct ruleset_private *p = ld->priv;

	ALLOC_GROW(p->unmet, p->n_unmet, p->alloc_unmet);
	p->unmet[p->n_unmet++] = (struct unmet_plugin){
		.at = src_of(ld, n),
		.name = xstrdup(text_of(version, "name")),
		.version = xstrdup(text_of(version, "version")),
	};
}

int require_report_unmet(struct loader *ld)
{
	for (size_t i = 0; i < ld->priv->n_unmet; i++) {
		const struct unmet_plugin *u = &ld->priv->unmet[i];

		loader_fail(ld, CODE_VALIDATE, u->at, (struct item){"required plugin", u->name},
			    "the rules need this plugin in version %s, Falco %s is not configured "
			    "with one and ends at start, without a report",
			    u->version, ld->cat->falco);
	}
	return ld->priv->n_unmet ? -1 : 0;
}

/* All alternatives of one entry: versions that can be read, each plugin once. */
static int check_versions(struct loader *ld, const struct yaml_node *n, const json_t *versions,
			  bool *met)
{
	struct item item = {"required plugin", NULL};
	struct strmap seen cleanup_strmap = STRMAP_INIT;
	uint32_t parsed[3];
	const json_t *v;
	size_t i;

	*met = false;
	json_array_foreach(versions, i, v)
	{
		item.name = text_of(v, "name");
		if (!version_parse(text_of(v, "version"), parsed))
			return loader_fail(ld, CODE_VALIDATE, src_of(ld, n), item,
					   "the plugin version is '%s', expected a version like "
					   "0.4.0",
					   text_of(v, "version"));
		if (strmap_has(&seen, item.name))
			return loader_fail(ld, CODE_VALIDATE, src_of(ld, n), item,
					   "the plugin is named twice in one requirement");
		strmap_put(&seen, item.name, ld);
		*met |= is_met(ld, item.name, text_of(v, "version"));
	}
	return 0;
}

/* The first version stands for the entry, the others are its alternatives. */
static void add_entry(struct loader *ld, json_t *versions)
{
	json_t *entry = json_deep_copy(json_array_get(versions, 0));

	json_array_remove(versions, 0);
	json_object_set(entry, "alternatives", versions);
	json_array_append_new(ld->rs->required_plugins, entry);
}

static int read_entry(struct loader *ld, const struct yaml_node *n, json_t *versions)
{
	struct item item = {"required plugin", NULL};
	const struct yaml_node *alt = yaml_get(n, "alternatives");
	bool met;

	if (read_version(ld, n, item, versions))
		return -1;
	if (alt && alt->kind != YAML_SEQ)
		return loader_fail(ld, CODE_YAML_VALIDATE, src_of(ld, alt), item,
				   "alternatives is %s, expected a sequence", yaml_kind_name(alt));
	for (size_t i = 0; alt && i < alt->n; i++)
		if (read_version(ld, alt->items[i], item, versions))
			return -1;
	if (check_versions(ld, n, versions, &met))
		return -1;
	if (!met)
		remember_unmet(ld, n, json_array_get(versions, 0));
	add_entry(ld, versions);
	return 0;
}

int require_plugins(struct loader *ld, const struct yaml_node *map)
{
	static const char key[] = "required_plugin_versions";
	const struct yaml_node *n = yaml_get(map, key);

	if (n->kind != YAML_SEQ)
		return loader_fail(ld, CODE_YAML_VALIDATE, src_of(ld, n), (struct item){key, NULL},
				   "%s is %s, expected a sequence", key, yaml_kind_name(n));
	for (size_t i = 0; i < n->n; i++) {
		json_t *versions = json_array();
		int rc = read_entry(ld, n->items[i], versions);

		json_decref(versions);
		if (rc)
			return -1;
	}
	return 0;
}
