/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "config/private.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum value_type { VALUE_BOOL, VALUE_INT, VALUE_INT64, VALUE_STR, VALUE_LIST };

struct row {
	const char *key;
	enum value_type type;
	size_t offset;
};

#define ROW(key, type, member)                                                                     \
	{                                                                                          \
		key, type, offsetof(struct config, member)                                         \
	}
static const struct row rows[] = {
	ROW("base_syscalls.custom_set", VALUE_LIST, custom_set),
	ROW("base_syscalls.repair", VALUE_BOOL, repair),
	ROW("base_syscalls.all", VALUE_BOOL, all),
	ROW("rules_files", VALUE_LIST, rules_files),
	ROW("load_plugins", VALUE_LIST, plugins_loaded),
	ROW("metrics.enabled", VALUE_BOOL, metrics_enabled),
	ROW("metrics.output_file", VALUE_STR, metrics_output_file),
	ROW("metrics.output_rule", VALUE_BOOL, metrics_output_rule),
	ROW("metrics.include_empty_values", VALUE_BOOL, metrics_include_empty),
	ROW("metrics.rules_counters_enabled", VALUE_BOOL, metrics_rules_counters),
	ROW("metrics.resource_utilization_enabled", VALUE_BOOL, metrics_resource),
	ROW("metrics.state_counters_enabled", VALUE_BOOL, metrics_state_counters),
	ROW("metrics.kernel_event_counters_enabled", VALUE_BOOL, metrics_kernel_counters),
	ROW("metrics.kernel_event_counters_per_cpu_enabled", VALUE_BOOL, metrics_kernel_per_cpu),
	ROW("metrics.libbpf_stats_enabled", VALUE_BOOL, metrics_libbpf_stats),
	ROW("outputs_queue.capacity", VALUE_INT64, outputs_queue_capacity),
	ROW("falco_libs.thread_table_size", VALUE_INT64, thread_table_size),
	ROW("log_level", VALUE_STR, log_level),
};

static json_t *value_of(const struct config *c, const struct row *r)
{
	const char *at = (const char *)c + r->offset;

	switch (r->type) {
	case VALUE_BOOL:
		return json_boolean(*(const bool *)at);
	case VALUE_INT:
		return json_integer(*(const int *)at);
	case VALUE_INT64:
		return json_integer(*(const int64_t *)at);
	case VALUE_STR:
		return utf8_json(*(char *const *)at);
	case VALUE_LIST:
		return utf8_json_list((const struct strvec *)at);
	}
	return json_null();
}

/* The text of a scalar as JSON: a boolean or a number where it reads as one. */
static json_t *typed(const char *text)
{
	int64_t i;
	bool b;

	if (yaml_to_int(text, &i))
		return json_integer(i);
	return yaml_to_bool(text, &b) ? json_boolean(b) : utf8_json(text);
}

static void add_place(json_t *row, const char *file, size_t line, size_t col)
{
	json_object_set_new(row, "file", utf8_json(file));
	if (!line)
		return;
	json_object_set_new(row, "line", json_integer((json_int_t)line));
	json_object_set_new(row, "col", json_integer((json_int_t)col));
}

/* What the value replaced, latest first. */
static void add_past(json_t *row, const struct config *c, const char *key)
{
	const struct past *p = strmap_get(&c->priv->history.past, key);
	json_t *list;

	if (!p)
		return;
	list = json_array();
	for (; p; p = p->next) {
		json_t *old = json_object();

		json_object_set_new(old, "value", typed(p->text));
		add_place(old, p->file, p->line, p->col);
		json_object_set_new(old, "by", utf8_json(p->by));
		json_array_append_new(list, old);
	}
	json_object_set_new(row, "replaced", list);
}

static void add_default(json_t *row, const struct config *c, const char *key)
{
	const char *text = config_key_default(key);
	const struct key_change *ch = config_key_change(key);

	if (text && (!ch || ch->since <= c->release))
		json_object_set_new(row, "default", json_loads(text, JSON_DECODE_ANY, NULL));
}

/* value is stolen. */
static void add(json_t *out, const struct config *c, const char *key, json_t *value)
{
	struct origin o = config_origin(c, key);
	json_t *row = json_object();

	json_object_set_new(row, "key", utf8_json(key));
	json_object_set_new(row, "value", value);
	add_place(row, o.file, o.line, o.col);
	add_past(row, c, key);
	add_default(row, c, key);
	json_array_append_new(out, row);
}

/* Lists may be put together from several files: one row an entry, after the row of the list. */
static void add_entries(json_t *out, const struct config *c, const char *key, size_t n,
			json_t *values)
{
	for (size_t i = 0; i < n; i++) {
		char *entry cleanup_free = xasprintf("%s[%zu]", key, i);

		add(out, c, entry, json_incref(json_array_get(values, i)));
	}
}

static void add_engine(json_t *out, const struct config *c)
{
	const char *kind = engine_kind_names[c->kind];
	char *preset cleanup_free = xasprintf("engine.%s.buf_size_preset", kind);
	char *cpus cleanup_free = xasprintf("engine.%s.cpus_for_each_buffer", kind);
	char *drop cleanup_free = xasprintf("engine.%s.drop_failed_exit", kind);

	add(out, c, "engine.kind", json_string(kind));
	if (c->kind == ENGINE_REPLAY || c->kind == ENGINE_NODRIVER || c->kind == ENGINE_GVISOR)
		return;
	add(out, c, preset, json_integer(c->buf_size_preset));
	if (c->kind == ENGINE_MODERN_EBPF)
		add(out, c, cpus, json_integer(c->cpus_for_each_buffer));
	add(out, c, drop, json_boolean(c->drop_failed_exit));
}

static json_t *rules_to_json(const struct config *c)
{
	json_t *array = json_array();

	for (size_t i = 0; i < c->n_rules; i++) {
		json_t *what = json_object(), *entry = json_object();

		if (c->rules[i].rule)
			json_object_set_new(what, "rule", utf8_json(c->rules[i].rule));
		if (c->rules[i].tag)
			json_object_set_new(what, "tag", utf8_json(c->rules[i].tag));
		json_object_set_new(entry, c->rules[i].enable ? "enable" : "disable", what);
		json_array_append_new(array, entry);
	}
	return array;
}

/* Is this key, or the list that it is an entry of, among the rows? */
static bool has_row(const struct strmap *rows_by_key, const char *key)
{
	char *list cleanup_free = xstrndup(key, strcspn(key, "["));

	return strmap_has(rows_by_key, key) || strmap_has(rows_by_key, list);
}

/* Every other value of the files, as it is written there. */
static void add_others(json_t *out, const struct config *c, const struct yaml_node *n,
		       struct strbuf *path, const struct strmap *seen)
{
	size_t len = path->len;

	if (n->kind == YAML_SCALAR || n->kind == YAML_NULL || !n->n) {
		json_t *row, *value = n->kind == YAML_SCALAR ? typed(n->value)
				      : n->kind == YAML_SEQ  ? json_array()
				      : n->kind == YAML_MAP  ? json_object()
							     : json_null();

		if (!len || has_row(seen, path->buf)) {
			json_decref(value);
			return;
		}
		row = json_object();
		json_object_set_new(row, "key", utf8_json(path->buf));
		json_object_set_new(row, "value", value);
		add_place(row, n->file, n->line, n->col);
		add_past(row, c, path->buf);
		add_default(row, c, path->buf);
		json_array_append_new(out, row);
		return;
	}
	for (size_t i = 0; i < n->n; i++) {
		const char *key = n->kind == YAML_MAP ? n->pairs[i].key->value : NULL;

		if (n->kind == YAML_SEQ)
			strbuf_addf(path, "[%zu]", i);
		else if (key)
			strbuf_addf(path, "%s%s", len ? "." : "", key);
		if (n->kind == YAML_SEQ || (key && yaml_get(n, key) == n->pairs[i].value))
			add_others(out, c, n->kind == YAML_SEQ ? n->items[i] : n->pairs[i].value,
				   path, seen);
		strbuf_setlen(path, len);
	}
}

/* Values that were removed and are not set any more: Falco's default holds for them. */
static void add_wiped(json_t *out, const struct config *c, struct strmap *seen)
{
	strmap_for_each (it, &c->priv->history.past) {
		const struct past *p = it->value;
		const char *def = config_key_default(p->key);

		if (!p->gone || has_row(seen, p->key) || strchr(p->key, '[') ||
		    tree_find(c->root, p->key, NULL))
			continue;
		add(out, c, p->key, def ? json_loads(def, JSON_DECODE_ANY, NULL) : json_null());
	}
}

static void add_rest(json_t *out, const struct config *c)
{
	struct strbuf path cleanup_strbuf = STRBUF_INIT;
	struct strmap seen cleanup_strmap = STRMAP_INIT;
	json_t *row;
	size_t i;

	json_array_foreach(out, i, row)
		strmap_put(&seen, json_string_value(json_object_get(row, "key")), row);
	add_others(out, c, c->root, &path, &seen);
	add_wiped(out, c, &seen);
}

json_t *config_describe(const struct config *c)
{
	json_t *out = json_array(), *rules = rules_to_json(c);

	add_engine(out, c);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		json_t *value;

		if (!config_key_is_read(rows[i].key, c->release))
			continue;
		value = value_of(c, &rows[i]);
		add(out, c, rows[i].key, value);
		if (rows[i].type == VALUE_LIST)
			add_entries(out, c, rows[i].key, json_array_size(value), value);
	}
	add(out, c, "metrics.interval",
	    c->metrics_interval_ns < 0
		    ? json_null()
		    : json_sprintf("%lldms", (long long)(c->metrics_interval_ns / 1000000)));
	add(out, c, "rules", json_incref(rules));
	add_entries(out, c, "rules", c->n_rules, rules);
	json_decref(rules);
	add(out, c, "priority", json_string(config_priority_names[c->priority]));
	add(out, c, "rule_matching", json_string(c->rule_matching_all ? "all" : "first"));
	add_rest(out, c);
	return out;
}
