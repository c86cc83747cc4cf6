/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules_files, rules and plugins of the merged tree.
 */
#include "config/private.h"

#include "base/mem.h"

#include <string.h>

int values_read_rules_files(struct config *c, struct error *err)
{
	const struct yaml_node *old = yaml_get(c->root, "rules_file");

	if (!old)
		return cfg_texts(c, "rules_files", &c->rules_files, err);
	if (yaml_get(c->root, "rules_files"))
		return yaml_error(old, err,
				  "rules_file and rules_files are both given, expected "
				  "rules_files only");
	config_warn(c, old, "rules_file is deprecated, rules_files is its new name");
	return cfg_texts(c, "rules_file", &c->rules_files, err);
}

static char *text_member(const struct yaml_node *map, const char *key)
{
	const struct yaml_node *n = yaml_get(map, key);

	return n && n->kind == YAML_SCALAR && n->len ? xstrdup(n->value) : NULL;
}

/* Styles that circulate and stop Falco, with what to write. */
static int refuse_rule_entry(struct config *c, const struct yaml_node *n, struct error *err)
{
	static const char *const lists[] = {"enabled", "disabled"};

	config_trap(c, "FC104");
	if (n->kind == YAML_SCALAR)
		return yaml_error(n, err,
				  "an entry of rules is the text '%s', expected {enable: {rule: "
				  "%s}} or {disable: {rule: %s}}",
				  n->value, n->value, n->value);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		const struct yaml_node *list = yaml_get(n, lists[i]);

		if (list)
			return yaml_error(list, err,
					  "rules.%s is no list that Falco reads, expected rules: "
					  "[{%.*s: {rule: NAME}}, ...]",
					  lists[i], (int)strlen(lists[i]) - 1, lists[i]);
	}
	return yaml_error(n, err,
			  "an entry of rules is not {enable: {rule: PATTERN}}, expected enable or "
			  "disable with rule or tag");
}

/* {enable|disable: {rule, tag}}; with both, enable wins. */
static int read_rule_entry(struct config *c, const struct yaml_node *n, struct error *err)
{
	const struct yaml_node *on = yaml_get(n, "enable"), *off = yaml_get(n, "disable");
	struct rules_select r = {.enable = on != NULL};

	r.rule = text_member(on ? on : off, "rule");
	r.tag = text_member(on ? on : off, "tag");
	if (!r.rule && !r.tag)
		return refuse_rule_entry(c, n, err);
	c->rules = xrealloc(c->rules, c->n_rules + 1, sizeof(*c->rules));
	c->rules[c->n_rules++] = r;
	return 0;
}

int values_read_rules(struct config *c, struct error *err)
{
	const struct yaml_node *n = yaml_get(c->root, "rules");

	if (!n || n->kind == YAML_NULL)
		return 0;
	if (n->kind != YAML_SEQ)
		return read_rule_entry(c, n, err);
	for (size_t i = 0; i < n->n; i++)
		if (read_rule_entry(c, n->items[i], err) && config_tolerate(c, err))
			return -1;
	return 0;
}

/* ---- plugins ---- */

static int read_plugin(const struct yaml_node *n, struct strvec *known, struct error *err)
{
	char *name cleanup_free = text_member(n, "name");
	char *library cleanup_free = text_member(n, "library_path");

	if (!name || !library)
		return yaml_error(n, err,
				  "an entry of plugins lacks %s, expected name and "
				  "library_path",
				  name ? "library_path" : "name");
	strvec_push(known, name);
	return 0;
}

/* Without load_plugins all of plugins are loaded. */
int values_read_plugins(struct config *c, struct error *err)
{
	const struct yaml_node *n = yaml_get(c->root, "plugins");
	const struct yaml_node *load = yaml_get(c->root, "load_plugins");
	struct strvec known cleanup_strvec = STRVEC_INIT;

	for (size_t i = 0; n && n->kind == YAML_SEQ && i < n->n; i++)
		if (read_plugin(n->items[i], &known, err))
			return -1;
	if (n && n->kind == YAML_MAP && read_plugin(n, &known, err))
		return -1;
	if (!load) {
		strvec_copy(&c->plugins_loaded, &known);
		return 0;
	}
	if (cfg_texts(c, "load_plugins", &c->plugins_loaded, err))
		return -1;
	for (size_t i = 0; i < c->plugins_loaded.n; i++)
		if (!strvec_has(&known, c->plugins_loaded.v[i]))
			return yaml_error(load->kind == YAML_SEQ ? load->items[i] : load, err,
					  "load_plugins names '%s', expected a name of "
					  "plugins",
					  c->plugins_loaded.v[i]);
	return 0;
}
