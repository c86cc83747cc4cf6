/* SPDX-License-Identifier: Apache-2.0 */
#include "config/overlay.h"

#include "base/mem.h"
#include "config/private.h"

#include <string.h>

/* What of the user's top level goes into a case as it is. Everything else is generated or left out,
 * so that no output, server or credential of the user's can slip in. */
static const char *const kept_keys[] = {
	"rules",
	"priority",
	"rule_matching",
	"outputs_queue",
	"append_output",
	"static_fields",
	"falco_libs",
	"syscall_event_timeouts",
	"buffer_format_base64",
	"time_format_iso_8601",
	"json_include_output_property",
	"json_include_message_property",
	"json_include_output_fields_property",
	"json_include_tags_property",
	"buffered_outputs",
	"output_timeout",
	"plugins_hostinfo",
};

/* Of the container plugin's init_config: what changes its work, nothing that could be secret. */
static const char *const container_keys[] = {"label_max_len", "with_size", "hooks", "engines"};

/* Before this minor release containers are of libs, and there is no plugin to load. */
#define CONTAINER_PLUGIN_SINCE 41

struct effective { /* of the case */
	enum engine_kind kind;
	int preset, cpus;
	const struct strvec *custom_set;
	bool repair, all;
};

static int resolve(const struct config *c, const struct overlay *o, struct effective *e,
		   struct error *err)
{
	struct config_section own;
	int rc = config_read_section(c, o->kind, &own, err);

	*e = (struct effective){
		.kind = o->kind,
		.preset = o->preset ? o->preset : own.preset,
		.cpus = o->cpus >= 0 && o->kind == ENGINE_MODERN_EBPF ? o->cpus : own.cpus,
		.custom_set = o->custom_set ? o->custom_set : &c->custom_set,
		.repair = o->repair < 0 ? c->repair : o->repair,
		.all = o->all < 0 ? c->all : o->all,
	};
	if (rc && o->preset) {
		/* The section of another engine kind may be wrong; the case does not use it. */
		error_clear(err);
		rc = 0;
	}
	return rc;
}

/* ---- blocks ---- */

/* Takes a value over, without what the release does not read: a mapping is looked into. */
static void put_read(struct yaml_docs *arena, struct yaml_node *to, const struct config *c,
		     const char *prefix, const char *key, struct yaml_node *value)
{
	char *path cleanup_free = xasprintf("%s%s", prefix, key);
	char *inner cleanup_free = xasprintf("%s.", path);
	struct yaml_node *copy;

	if (!config_key_is_read(path, c->release))
		return;
	if (value->kind != YAML_MAP) {
		tree_put(arena, to, key, value);
		return;
	}
	copy = tree_put_map(arena, to, key);
	for (size_t i = 0; i < value->n; i++)
		if (value->pairs[i].key->value)
			put_read(arena, copy, c, inner, value->pairs[i].key->value,
				 value->pairs[i].value);
}

static void put_engine(struct yaml_docs *arena, struct yaml_node *root, const struct config *c,
		       const struct overlay *o, const struct effective *e)
{
	struct yaml_node *engine = tree_put_map(arena, root, "engine"), *section;
	struct yaml_node *none = tree_new(arena, YAML_MAP, NULL);
	const struct yaml_node *user;
	int64_t consumer =
		o->consumer_ns_per_event < 0 ? c->consumer_ns_per_event : o->consumer_ns_per_event;

	tree_put_str(arena, engine, "kind", engine_kind_names[e->kind]);
	user = yaml_get(yaml_get(c->root, "engine"), engine_kind_names[e->kind]);
	put_read(arena, engine, c, "engine.", engine_kind_names[e->kind],
		 user && user->kind == YAML_MAP ? (struct yaml_node *)user : none);
	section = (struct yaml_node *)yaml_get(engine, engine_kind_names[e->kind]);
	tree_put_int(arena, section, "buf_size_preset", e->preset);
	if (o->drop_failed_exit >= 0)
		tree_put_str(arena, section, "drop_failed_exit",
			     o->drop_failed_exit ? "true" : "false");
	if (e->kind == ENGINE_MODERN_EBPF)
		tree_put_int(arena, section, "cpus_for_each_buffer", e->cpus);
	if (consumer > 0) /* an unknown key to Falco, so only where it is wanted */
		tree_put_int(arena, tree_put_map(arena, engine, "embedded"),
			     "consumer_ns_per_event", consumer);
}

static void put_base_syscalls(struct yaml_docs *arena, struct yaml_node *root,
			      const struct config *c, const struct effective *e)
{
	struct yaml_node *base = tree_put_map(arena, root, "base_syscalls");
	struct yaml_node *custom = tree_new(arena, YAML_SEQ, NULL);

	for (size_t i = 0; i < e->custom_set->n; i++)
		tree_push(custom, tree_scalar(arena, e->custom_set->v[i], NULL));
	tree_put(arena, base, "custom_set", custom);
	tree_put_bool(arena, base, "repair", e->repair);
	if (config_key_is_read("base_syscalls.all", c->release))
		tree_put_bool(arena, base, "all", e->all);
}

static void put_metrics(struct yaml_docs *arena, struct yaml_node *root, const struct config *c,
			const struct overlay *o)
{
	/* jemalloc's statistics are dozens of fields that nothing here reads. */
	static const struct {
		const char *key;
		bool on;
	} rows[] = {
		{"enabled", true},
		{"output_rule", false},
		{"rules_counters_enabled", true},
		{"resource_utilization_enabled", true},
		{"state_counters_enabled", true},
		{"kernel_event_counters_enabled", true},
		{"kernel_event_counters_per_cpu_enabled", true},
		{"kernel_iter_event_counters_enabled", true},
		{"plugins_metrics_enabled", true},
		{"jemalloc_stats_enabled", false},
		{"convert_memory_to_mb", true},
		{"include_empty_values", true}, /* so that an absent field means unknown */
	};
	struct yaml_node *m = tree_put_map(arena, root, "metrics");

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		put_read(arena, m, c, "metrics.", rows[i].key,
			 tree_scalar(arena, rows[i].on ? "true" : "false", NULL));
	tree_put_bool(arena, m, "libbpf_stats_enabled", o->libbpf_stats);
	tree_put_str(arena, m, "interval", o->metrics_interval ? o->metrics_interval : "1s");
	tree_put_str(arena, m, "output_file", o->metrics_file);
}

static void put_outputs(struct yaml_docs *arena, struct yaml_node *root, const struct config *c,
			const struct overlay *o)
{
	static const char *const off[] = {"stdout_output",  "syslog_output", "http_output",
					  "program_output", "webserver",     "capture"};
	struct yaml_node *file;

	for (size_t i = 0; i < ARRAY_SIZE(off); i++)
		if (config_key_is_read(off[i], c->release))
			tree_put_bool(arena, tree_put_map(arena, root, off[i]), "enabled", false);
	file = tree_put_map(arena, root, "file_output");
	tree_put_bool(arena, file, "enabled", true);
	tree_put_bool(arena, file, "keep_alive", true);
	tree_put_str(arena, file, "filename", o->alerts_file);
	tree_put_bool(arena, root, "json_output", true);
}

static void put_logs(struct yaml_docs *arena, struct yaml_node *root)
{
	tree_put_bool(arena, root, "log_stderr", true);
	tree_put_bool(arena, root, "log_syslog", false);
	tree_put_str(arena, root, "log_level", "debug"); /* the selection lines */
	tree_put_bool(arena, tree_put_map(arena, root, "libs_logger"), "enabled", false);
}

/* Drops are what is measured: they must not change the engine's course. */
static void put_drops(struct yaml_docs *arena, struct yaml_node *root)
{
	struct yaml_node *d = tree_put_map(arena, root, "syscall_event_drops");
	struct yaml_node *actions = tree_new(arena, YAML_SEQ, NULL);

	tree_push(actions, tree_scalar(arena, "ignore", NULL));
	tree_put(arena, d, "actions", actions);
}

static const struct yaml_node *find_plugin(const struct config *c, const char *name)
{
	const struct yaml_node *list = yaml_get(c->root, "plugins"), *n;

	for (size_t i = 0; list && list->kind == YAML_SEQ && i < list->n; i++) {
		n = yaml_get(list->items[i], "name");
		if (n && n->value && !strcmp(n->value, name))
			return list->items[i];
	}
	n = yaml_get(list, "name");
	return n && n->value && !strcmp(n->value, name) ? list : NULL;
}

/* Of the plugins only container, which syscall rules need; others are sources of their own. */
static void put_plugins(struct yaml_docs *arena, struct yaml_node *root, const struct config *c,
			const struct overlay *o)
{
	struct yaml_node *load = tree_new(arena, YAML_SEQ, NULL);
	struct yaml_node *plugins = tree_new(arena, YAML_SEQ, NULL), *entry, *init;
	const struct yaml_node *user = find_plugin(c, "container"), *user_init;

	tree_put(arena, root, "load_plugins", load);
	if (o->plugins_none || !user || c->release < CONTAINER_PLUGIN_SINCE ||
	    !strvec_has(&c->plugins_loaded, "container"))
		return;
	tree_push(load, tree_scalar(arena, "container", NULL));
	tree_put(arena, root, "plugins", plugins);
	entry = tree_new(arena, YAML_MAP, NULL);
	tree_push(plugins, entry);
	tree_put_str(arena, entry, "name", "container");
	tree_put(arena, entry, "library_path", (struct yaml_node *)yaml_get(user, "library_path"));
	user_init = yaml_get(user, "init_config");
	if (!user_init || user_init->kind != YAML_MAP)
		return;
	init = tree_put_map(arena, entry, "init_config");
	for (size_t i = 0; i < ARRAY_SIZE(container_keys); i++) {
		const struct yaml_node *v = yaml_get(user_init, container_keys[i]);

		if (v)
			tree_put(arena, init, container_keys[i], (struct yaml_node *)v);
	}
}

/* ---- the whole ---- */

static int check(const struct overlay *o, struct error *err)
{
	if (o->kind != ENGINE_MODERN_EBPF && o->kind != ENGINE_KMOD)
		return error_input(err,
				   "engine.kind %s has no live run, expected modern_ebpf or kmod",
				   engine_kind_names[o->kind]);
	if (o->preset < 0 || o->preset > 10)
		return error_input(err, "buf_size_preset %d, expected a number from 1 to 10",
				   o->preset);
	if (o->cpus > UINT16_MAX)
		return error_input(err, "cpus_for_each_buffer %d, expected a number from 0 to %d",
				   o->cpus, UINT16_MAX);
	if (!o->metrics_file || !*o->metrics_file || !o->alerts_file || !*o->alerts_file)
		return error_internal(err, "an overlay without metrics or alerts file");
	return 0;
}

int overlay_render(const struct config *c, const struct overlay *o, struct strbuf *out,
		   struct error *err)
{
	struct yaml_docs arena cleanup_yaml = {0};
	struct yaml_node *root;
	struct effective e;

	if (check(o, err) || resolve(c, o, &e, err))
		return -1;
	root = tree_new(&arena, YAML_MAP, NULL);
	put_engine(&arena, root, c, o, &e);
	put_base_syscalls(&arena, root, c, &e);
	for (size_t i = 0; i < ARRAY_SIZE(kept_keys); i++) {
		const struct yaml_node *v = yaml_get(c->root, kept_keys[i]);

		if (v)
			put_read(&arena, root, c, "", kept_keys[i], (struct yaml_node *)v);
	}
	tree_put(&arena, root, "rules_files", tree_new(&arena, YAML_SEQ, NULL));
	tree_put_bool(&arena, root, "watch_config_files", false);
	put_plugins(&arena, root, c, o);
	put_outputs(&arena, root, c, o);
	put_logs(&arena, root);
	put_drops(&arena, root);
	put_metrics(&arena, root, c, o);
	strbuf_addstr(out,
		      "# Generated by falcotune for one test case; the rules are given by -r.\n");
	return config_emit(root, out, err);
}

/* ---- what a person pastes ---- */

/* A flow scalar that YAML reads back as that text. */
static void add_flow_text(struct strbuf *out, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789_";

	if (*text >= 'a' && *text <= 'z' && strspn(text, plain) == strlen(text)) {
		strbuf_addstr(out, text);
		return;
	}
	strbuf_addch(out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			strbuf_addch(out, '\\');
		strbuf_addch(out, *text);
	}
	strbuf_addch(out, '"');
}

static void add_flow_list(struct strbuf *out, const struct strvec *list)
{
	strbuf_addch(out, '[');
	for (size_t i = 0; i < list->n; i++) {
		if (i)
			strbuf_addstr(out, ", ");
		add_flow_text(out, list->v[i]);
	}
	strbuf_addch(out, ']');
}

void overlay_o_flags(const struct config *c, const struct overlay *o, struct strvec *flags)
{
	struct strbuf base cleanup_strbuf = STRBUF_INIT;
	const char *kind = engine_kind_names[o->kind];
	struct effective e;

	if (resolve(c, o, &e, NULL))
		return;
	strvec_pushf(flags, "engine.kind=%s", kind);
	strvec_pushf(flags, "engine.%s.buf_size_preset=%d", kind, e.preset);
	if (e.kind == ENGINE_MODERN_EBPF)
		strvec_pushf(flags, "engine.%s.cpus_for_each_buffer=%d", kind, e.cpus);
	if (o->drop_failed_exit >= 0)
		strvec_pushf(flags, "engine.%s.drop_failed_exit=%s", kind,
			     o->drop_failed_exit ? "true" : "false");
	strbuf_addstr(&base, "base_syscalls={custom_set: ");
	add_flow_list(&base, e.custom_set);
	strbuf_addf(&base, ", repair: %s", e.repair ? "true" : "false");
	if (config_key_is_read("base_syscalls.all", c->release))
		strbuf_addf(&base, ", all: %s", e.all ? "true" : "false");
	strbuf_addch(&base, '}');
	strvec_push(flags, base.buf);
}

void overlay_yaml_blocks(const struct config *c, const struct overlay *o, struct strbuf *out)
{
	struct yaml_docs arena cleanup_yaml = {0};
	struct yaml_node *root = tree_new(&arena, YAML_MAP, NULL);
	struct effective e;

	if (resolve(c, o, &e, NULL))
		return;
	put_engine(&arena, root, c, o, &e);
	put_base_syscalls(&arena, root, c, &e);
	if (o->plugins_none)
		tree_put(&arena, root, "load_plugins", tree_new(&arena, YAML_SEQ, NULL));
	config_emit(root, out, NULL);
}
