/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of falco.yaml, for warnings about those that Falco would ignore without a word (but for
 * a schema line in its log).
 */
#include "config/private.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* From `falco --config-schema` of 0.44.1, sorted bytewise; rules_file (deprecated, still read) and
 * engine.embedded (falcotune's own) added, the long ignored parts of container_engines left out. */
static const char *const known_keys[] = {
	"append_output",
	"append_output[].extra_fields",
	"append_output[].extra_output",
	"append_output[].match",
	"append_output[].match.rule",
	"append_output[].match.source",
	"append_output[].match.tags",
	"append_output[].suggested_output",
	"base_syscalls",
	"base_syscalls.all",
	"base_syscalls.custom_set",
	"base_syscalls.repair",
	"buffer_format_base64",
	"buffered_outputs",
	"capture",
	"capture.default_duration",
	"capture.enabled",
	"capture.max_file_size_mb",
	"capture.mode",
	"capture.path_prefix",
	"config_files",
	"config_files[].path",
	"config_files[].strategy",
	"container_engines",
	"engine",
	"engine.embedded",
	"engine.embedded.consumer_ns_per_event",
	"engine.kind",
	"engine.kmod",
	"engine.kmod.buf_size_preset",
	"engine.kmod.drop_failed_exit",
	"engine.modern_ebpf",
	"engine.modern_ebpf.buf_size_preset",
	"engine.modern_ebpf.cpus_for_each_buffer",
	"engine.modern_ebpf.disable_iterators",
	"engine.modern_ebpf.drop_failed_exit",
	"engine.replay",
	"engine.replay.capture_file",
	"falco_libs",
	"falco_libs.snaplen",
	"falco_libs.thread_table_auto_purging_interval_s",
	"falco_libs.thread_table_auto_purging_thread_timeout_s",
	"falco_libs.thread_table_size",
	"file_output",
	"file_output.enabled",
	"file_output.filename",
	"file_output.keep_alive",
	"http_output",
	"http_output.ca_bundle",
	"http_output.ca_cert",
	"http_output.ca_path",
	"http_output.client_cert",
	"http_output.client_key",
	"http_output.compress_uploads",
	"http_output.echo",
	"http_output.enabled",
	"http_output.insecure",
	"http_output.keep_alive",
	"http_output.max_consecutive_timeouts",
	"http_output.mtls",
	"http_output.url",
	"http_output.user_agent",
	"json_include_message_property",
	"json_include_output_fields_property",
	"json_include_output_property",
	"json_include_tags_property",
	"json_output",
	"libs_logger",
	"libs_logger.enabled",
	"libs_logger.severity",
	"load_plugins",
	"log_level",
	"log_stderr",
	"log_syslog",
	"metrics",
	"metrics.convert_memory_to_mb",
	"metrics.enabled",
	"metrics.include_empty_values",
	"metrics.interval",
	"metrics.jemalloc_stats_enabled",
	"metrics.kernel_event_counters_enabled",
	"metrics.kernel_event_counters_per_cpu_enabled",
	"metrics.kernel_iter_event_counters_enabled",
	"metrics.libbpf_stats_enabled",
	"metrics.output_file",
	"metrics.output_rule",
	"metrics.plugins_metrics_enabled",
	"metrics.resource_utilization_enabled",
	"metrics.rules_counters_enabled",
	"metrics.state_counters_enabled",
	"output_timeout",
	"outputs_queue",
	"outputs_queue.capacity",
	"plugins",
	"plugins[].init_config",
	"plugins[].library_path",
	"plugins[].name",
	"plugins[].open_params",
	"plugins_hostinfo",
	"priority",
	"program_output",
	"program_output.enabled",
	"program_output.keep_alive",
	"program_output.program",
	"rule_matching",
	"rules",
	"rules[].disable",
	"rules[].disable.rule",
	"rules[].disable.tag",
	"rules[].enable",
	"rules[].enable.rule",
	"rules[].enable.tag",
	"rules_file",
	"rules_files",
	"static_fields",
	"stdout_output",
	"stdout_output.enabled",
	"syscall_event_drops",
	"syscall_event_drops.actions",
	"syscall_event_drops.max_burst",
	"syscall_event_drops.rate",
	"syscall_event_drops.simulate_drops",
	"syscall_event_drops.threshold",
	"syscall_event_timeouts",
	"syscall_event_timeouts.max_consecutives",
	"syslog_output",
	"syslog_output.enabled",
	"time_format_iso_8601",
	"watch_config_files",
	"webserver",
	"webserver.enabled",
	"webserver.k8s_healthz_endpoint",
	"webserver.listen_address",
	"webserver.listen_port",
	"webserver.prometheus_metrics_enabled",
	"webserver.ssl_certificate",
	"webserver.ssl_enabled",
	"webserver.threadiness",
};

/* Below these anything goes. */
static const char *const free_keys[] = {"static_fields", "plugins[].init_config",
					"container_engines"};

/* What became of keys of earlier releases. */
static const struct {
	const char *key, *hint;
} gone[] = {
	{"syscall_buf_size_preset", "it is engine.KIND.buf_size_preset since 0.38"},
	{"syscall_drop_failed_exit", "it is engine.KIND.drop_failed_exit since 0.38"},
	{"modern_bpf", "it is engine.modern_ebpf since 0.38"},
	{"engine.ebpf", "this engine went with 0.44"},
	{"engine.gvisor", "this engine went with 0.44"},
	{"grpc", "it went with 0.44"},
	{"grpc_output", "it went with 0.44"},
};

static int by_text(const void *key, const void *row)
{
	return strcmp(key, *(const char *const *)row);
}

static bool is_known(const char *path)
{
	return bsearch(path, known_keys, ARRAY_SIZE(known_keys), sizeof(*known_keys), by_text) ||
	       !strcmp(path, "container_engines");
}

static bool is_free(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(free_keys); i++)
		if (!strcmp(path, free_keys[i]))
			return true;
	return false;
}

static const char *hint_for(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(gone); i++)
		if (!strcmp(path, gone[i].key))
			return gone[i].hint;
	return NULL;
}

static void check_node(struct config *c, const struct yaml_node *n, struct strbuf *path);

static void check_pair(struct config *c, const struct yaml_node *map, size_t i, struct strbuf *path)
{
	const struct yaml_node *key = map->pairs[i].key;
	const char *hint;

	if (!key->value)
		return;
	strbuf_addf(path, "%s%s", path->len ? "." : "", key->value);
	if (yaml_get(map, key->value) != map->pairs[i].value) {
		config_warn(c, key, "%s is given twice; Falco takes the first one", path->buf);
	} else if (is_known(path->buf)) {
		if (!is_free(path->buf))
			check_node(c, map->pairs[i].value, path);
	} else {
		hint = hint_for(path->buf);
		config_warn(c, key, "unknown key %s; Falco 0.44.1 ignores it%s%s", path->buf,
			    hint ? ": " : "", hint ? hint : "");
	}
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
