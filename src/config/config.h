/* SPDX-License-Identifier: Apache-2.0 */
/*
 * falco.yaml + config_files + -o  ->  effective configuration, with where each value came from; and
 * the overlay that a test case runs with.
 *
 * The merged tree keeps every node's file and line. Values that falcotune needs are read into plain
 * members with Falco's conversions (a wrong type falls back silently to the default, as in Falco).
 * Without a main file the values of Falco 0.44.1's shipped falco.yaml hold (a copy of the values
 * that matter is generated data of this module, named "Falco 0.44.1 default").
 */
#ifndef FT_CONFIG_CONFIG_H
#define FT_CONFIG_CONFIG_H

#include "base/error.h"
#include "base/strbuf.h"
#include "base/yaml.h"

#include <stdbool.h>
#include <stdint.h>

enum engine_kind { ENGINE_KMOD, ENGINE_MODERN_EBPF, ENGINE_REPLAY, ENGINE_NODRIVER };
extern const char *const engine_kind_names[]; /* kmod modern_ebpf replay nodriver */

/* Where a value came from. file is "default" (Falco's own default for an absent key), "Falco 0.44.1
 * default" (shipped falco.yaml, when no -c), a path, or "-o". */
struct origin {
	const char *file; /* owned by the config */
	size_t line, col; /* 1-based, 0 when not from a file */
};

struct rules_select { /* one entry of `rules:` */
	bool enable;
	char *rule, *tag; /* either may be NULL; owned */
};

struct config {
	struct yaml_node *root; /* effective tree; owned by priv */
	enum engine_kind kind;
	int buf_size_preset;	  /* of the chosen kind: 1..10 */
	uint64_t buffer_bytes;	  /* bytes of one ring buffer: 2^(19+preset) */
	int cpus_for_each_buffer; /* modern_ebpf; 1 for kmod */
	bool drop_failed_exit;
	struct strvec custom_set;
	bool repair, all;
	struct strvec rules_files; /* as configured, not expanded */
	struct rules_select *rules;
	size_t n_rules;
	int priority; /* rule_priority number, 7 = debug */
	bool metrics_enabled, metrics_include_empty;
	int64_t metrics_interval_ns; /* -1: invalid as written */
	char *metrics_output_file;
	bool metrics_output_rule, metrics_rules_counters, metrics_resource, metrics_state_counters,
		metrics_kernel_counters, metrics_kernel_per_cpu, metrics_libbpf_stats;
	bool json_output, stdout_enabled, file_enabled, time_iso_8601;
	char *file_filename;
	bool file_keep_alive;
	int64_t outputs_queue_capacity; /* 0: unbounded */
	char *log_level;
	bool rule_matching_all;
	struct strvec plugins_loaded; /* names of plugins that would be loaded */
	int64_t thread_table_size;
	int64_t consumer_ns_per_event; /* engine.embedded.consumer_ns_per_event */
	struct strvec append_output;   /* extra output texts for syscall rules */
	struct config_private *priv;
};

struct config_input {
	const char *file;	   /* main file, NULL: the shipped defaults */
	const struct strvec *sets; /* "key=value" in command-line order; may be NULL */
};

/* Fails (ERROR_INPUT, with place) where Falco would refuse to start because of the configuration.
 * On failure *out needs no release. */
int config_load(struct config *out, const struct config_input *in, struct error *err);
void config_release(struct config *c);
/* Origin of an effective value by dotted key ("engine.modern_ebpf.buf_size_preset"). */
struct origin config_origin(const struct config *c, const char *key);

/* Expand rules_files (folders, only *.yaml and *.yml, missing ones dropped) to the files Falco
 * reads, or the -r list when n_r > 0 (missing is an error). Appends to out. */
int config_rules_files(const struct config *c, const char *const *r, size_t n_r, struct strvec *out,
		       struct error *err);

/* Write the tree as YAML text. */
int config_emit(const struct yaml_node *root, struct strbuf *out, struct error *err);

#define cleanup_config __attribute__((cleanup(config_release)))

#endif
