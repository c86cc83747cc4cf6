/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Falco 0.44.1's packages configure, as far as it matters to falcotune: the values of their
 * falco.yaml (https://github.com/falcosecurity/falco/blob/0.44.1/falco.yaml) where they differ from
 * the defaults of absent keys or are worth an origin of their own, and load_plugins of the
 * config.d file that the packages add for the container plugin. Outputs are left out: falcotune
 * never sends alerts anywhere.
 */
#include "config/private.h"

const char config_shipped[] =
	"rules_files: [/etc/falco/falco_rules.yaml, /etc/falco/falco_rules.local.yaml,\n"
	"  /etc/falco/rules.d]\n"
	"engine:\n"
	"  kind: modern_ebpf\n"
	"  kmod: {buf_size_preset: 4, drop_failed_exit: false}\n"
	"  modern_ebpf: {cpus_for_each_buffer: 2, buf_size_preset: 4, drop_failed_exit: false,\n"
	"    disable_iterators: false}\n"
	"load_plugins: [container]\n"
	"plugins: [{name: container, library_path: libcontainer.so,\n"
	"  init_config: {label_max_len: 100, with_size: false}}]\n"
	"priority: debug\n"
	"rule_matching: first\n"
	"json_output: false\n"
	"buffered_outputs: false\n"
	"outputs_queue: {capacity: 0}\n"
	"append_output: [{suggested_output: true}]\n"
	"stdout_output: {enabled: true}\n"
	"log_level: info\n"
	"libs_logger: {enabled: true, severity: info}\n"
	"syscall_event_timeouts: {max_consecutives: 1000}\n"
	"syscall_event_drops: {threshold: .1, actions: [log, alert], rate: .03333, max_burst: 1}\n"
	"metrics: {enabled: false, interval: 1h, output_rule: true, rules_counters_enabled: true,\n"
	"  resource_utilization_enabled: true, state_counters_enabled: true,\n"
	"  kernel_event_counters_enabled: true, kernel_event_counters_per_cpu_enabled: false,\n"
	"  libbpf_stats_enabled: true, plugins_metrics_enabled: true,\n"
	"  kernel_iter_event_counters_enabled: true, jemalloc_stats_enabled: false,\n"
	"  convert_memory_to_mb: true, include_empty_values: false}\n"
	"base_syscalls: {custom_set: [], repair: false, all: false}\n"
	"falco_libs: {thread_table_size: 262144, thread_table_auto_purging_interval_s: 300,\n"
	"  thread_table_auto_purging_thread_timeout_s: 300, snaplen: 80}\n";
