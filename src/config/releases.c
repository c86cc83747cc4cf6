/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What changed in falco.yaml from release to release, and what Falco takes for an absent key.
 * Source: configuration.cpp of each release of falcosecurity/falco, 0.38.2 to 0.44.1. None of these
 * keys stops Falco; what does is engine.kind ebpf and gvisor since 0.44 (values.c), entries of
 * config_files that are mappings before 0.41 (merge.c).
 */
#include "config/private.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

static const struct key_change changes[] = {
	{"syscall_buf_size_preset", 0, 38, "it is engine.KIND.buf_size_preset since 0.38"},
	{"syscall_drop_failed_exit", 0, 38, "it is engine.KIND.drop_failed_exit since 0.38"},
	{"modern_bpf", 0, 38, "it is engine.modern_ebpf since 0.38"},
	{"outputs", 0, 38, "alerts have no rate limit any more"},
	{"append_output", 39, 0, NULL},
	{"json_include_message_property", 39, 0, NULL},
	{"metrics.kernel_event_counters_per_cpu_enabled", 39, 0, NULL},
	{"container_engines.cri.cri", 39, 40, "it is container_engines.cri.sockets in 0.40"},
	{"container_engines.cri.sockets", 40, 41, "it went to the container plugin"},
	{"container_engines", 39, 41, "containers are the container plugin's since 0.41"},
	{"base_syscalls.all", 40, 0, "start Falco with -A"},
	{"buffer_format_base64", 40, 0, NULL},
	{"falco_libs.snaplen", 40, 0, "it is the command line's -S before"},
	{"metrics.jemalloc_stats_enabled", 40, 0, NULL},
	{"plugins_hostinfo", 40, 0, NULL},
	{"http_output.max_consecutive_timeouts", 41, 0, NULL},
	{"json_include_output_fields_property", 41, 0, NULL},
	{"capture.max_file_size_mb", 44, 0, NULL},
	{"capture", 42, 0, NULL},
	{"falco_libs.thread_table_auto_purging_interval_s", 42, 0, NULL},
	{"falco_libs.thread_table_auto_purging_thread_timeout_s", 42, 0, NULL},
	{"static_fields", 42, 0, NULL},
	{"engine.modern_ebpf.disable_iterators", 44, 0, NULL},
	{"metrics.kernel_iter_event_counters_enabled", 44, 0, NULL},
	{"engine.ebpf", 0, 44, "this engine went with 0.44"},
	{"engine.gvisor", 0, 44, "this engine went with 0.44"},
	{"grpc", 0, 44, "it went with 0.44"},
	{"grpc_output", 0, 44, "it went with 0.44"},
};

const struct key_change *config_key_change(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		size_t len = strlen(changes[i].key);

		if (!strncmp(key, changes[i].key, len) && (!key[len] || key[len] == '.'))
			return &changes[i];
	}
	return NULL;
}

bool config_key_is_read(const char *key, int release)
{
	const struct key_change *ch = config_key_change(key);

	return !ch || (ch->since <= release && (!ch->until || ch->until > release));
}

static const struct {
	const char *key, *json;
} defaults[] = {
	{"base_syscalls.all", "false"},
	{"base_syscalls.custom_set", "[]"},
	{"base_syscalls.repair", "false"},
	{"buffer_format_base64", "false"},
	{"buffered_outputs", "false"},
	{"engine.ebpf.buf_size_preset", "4"},
	{"engine.ebpf.drop_failed_exit", "false"},
	{"engine.kind", "\"kmod\""},
	{"engine.kmod.buf_size_preset", "4"},
	{"engine.kmod.drop_failed_exit", "false"},
	{"engine.modern_ebpf.buf_size_preset", "4"},
	{"engine.modern_ebpf.cpus_for_each_buffer", "2"},
	{"engine.modern_ebpf.disable_iterators", "false"},
	{"engine.modern_ebpf.drop_failed_exit", "false"},
	{"engine.replay.capture_file", "\"\""},
	{"falco_libs.snaplen", "0"},
	{"falco_libs.thread_table_auto_purging_interval_s", "300"},
	{"falco_libs.thread_table_auto_purging_thread_timeout_s", "300"},
	{"falco_libs.thread_table_size", "262144"},
	{"file_output.enabled", "false"},
	{"file_output.filename", "\"\""},
	{"file_output.keep_alive", "false"},
	{"capture.default_duration", "5000"},
	{"capture.enabled", "false"},
	{"capture.mode", "\"rules\""},
	{"capture.path_prefix", "\"/tmp/falco\""},
	{"http_output.compress_uploads", "false"},
	{"http_output.echo", "false"},
	{"http_output.enabled", "false"},
	{"http_output.insecure", "false"},
	{"http_output.keep_alive", "false"},
	{"http_output.max_consecutive_timeouts", "5"},
	{"http_output.mtls", "false"},
	{"http_output.url", "\"\""},
	{"http_output.user_agent", "\"falcosecurity/falco\""},
	{"json_include_message_property", "false"},
	{"json_include_output_fields_property", "true"},
	{"json_include_output_property", "true"},
	{"json_include_tags_property", "true"},
	{"json_output", "false"},
	{"libs_logger.severity", "\"info\""},
	{"load_plugins", "\"all of plugins\""},
	{"log_level", "\"info\""},
	{"log_stderr", "false"},
	{"log_syslog", "true"},
	{"metrics.convert_memory_to_mb", "true"},
	{"metrics.enabled", "false"},
	{"metrics.include_empty_values", "false"},
	{"metrics.interval", "\"5000\""},
	{"metrics.jemalloc_stats_enabled", "true"},
	{"metrics.kernel_event_counters_enabled", "true"},
	{"metrics.kernel_event_counters_per_cpu_enabled", "true"},
	{"metrics.kernel_iter_event_counters_enabled", "true"},
	{"metrics.libbpf_stats_enabled", "true"},
	{"metrics.output_file", "\"\""},
	{"metrics.output_rule", "false"},
	{"metrics.plugins_metrics_enabled", "true"},
	{"metrics.resource_utilization_enabled", "true"},
	{"metrics.rules_counters_enabled", "true"},
	{"metrics.state_counters_enabled", "true"},
	{"outputs_queue.capacity", "0"},
	{"output_timeout", "2000"},
	{"plugins_hostinfo", "true"},
	{"priority", "\"debug\""},
	{"program_output.enabled", "false"},
	{"program_output.keep_alive", "false"},
	{"rule_matching", "\"first\""},
	{"rules", "[]"},
	{"rules_files", "[]"},
	{"stdout_output.enabled", "false"},
	{"syscall_event_drops.actions", "[\"ignore\"]"},
	{"syscall_event_drops.max_burst", "1"},
	{"syscall_event_drops.rate", "0.03333"},
	{"syscall_event_drops.threshold", "0.1"},
	{"syscall_event_timeouts.max_consecutives", "1000"},
	{"syslog_output.enabled", "false"},
	{"time_format_iso_8601", "false"},
	{"watch_config_files", "true"},
	{"webserver.enabled", "false"},
	{"webserver.k8s_healthz_endpoint", "\"/healthz\""},
	{"webserver.listen_address", "\"0.0.0.0\""},
	{"webserver.listen_port", "8765"},
	{"webserver.prometheus_metrics_enabled", "false"},
	{"webserver.ssl_enabled", "false"},
	{"webserver.threadiness", "0"},
};

const char *config_key_default(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++)
		if (!strcmp(key, defaults[i].key))
			return defaults[i].json;
	return NULL;
}

const char *config_release_name(const struct config *c, char buf[16])
{
	if (c->release == CONFIG_NEWEST)
		return "0.44.1";
	snprintf(buf, 16, "0.%d", c->release);
	return buf;
}
