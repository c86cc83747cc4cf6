/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"

#include "base/mem.h"
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

static json_t *text_or_null(const char *text)
{
	json_t *s = text ? json_string(text) : NULL;

	return s ? s : json_null();
}

static json_t *list_to_json(const struct strvec *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->n; i++)
		json_array_append_new(array, text_or_null(list->v[i]));
	return array;
}

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
		return text_or_null(*(char *const *)at);
	case VALUE_LIST:
		return list_to_json((const struct strvec *)at);
	}
	return json_null();
}

/* value is stolen. */
static void add(json_t *out, const struct config *c, const char *key, json_t *value)
{
	struct origin o = config_origin(c, key);
	json_t *row = json_pack("{s:s, s:o, s:o}", "key", key, "value", value, "file",
				text_or_null(o.file));

	if (row && o.line) {
		json_object_set_new(row, "line", json_integer((json_int_t)o.line));
		json_object_set_new(row, "col", json_integer((json_int_t)o.col));
	}
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
	if (c->kind != ENGINE_KMOD && c->kind != ENGINE_MODERN_EBPF)
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
			json_object_set_new(what, "rule", text_or_null(c->rules[i].rule));
		if (c->rules[i].tag)
			json_object_set_new(what, "tag", text_or_null(c->rules[i].tag));
		json_object_set_new(entry, c->rules[i].enable ? "enable" : "disable", what);
		json_array_append_new(array, entry);
	}
	return array;
}

json_t *config_describe(const struct config *c)
{
	json_t *out = json_array(), *rules = rules_to_json(c);

	add_engine(out, c);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		json_t *value = value_of(c, &rows[i]);

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
	return out;
}
