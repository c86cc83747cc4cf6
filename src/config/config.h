/* SPDX-License-Identifier: Apache-2.0 */
/*
 * falco.yaml + config_files + -o  ->  effective configuration, with where each value came from.
 *
 * The merged tree keeps every node's file and line. Values that falcotune needs are read into plain
 * members with Falco's conversions (a wrong type falls back to the default, as in Falco, and gives
 * a warning here). Without a main file the values of Falco 0.44.1's shipped falco.yaml hold (those
 * that matter are data of this module, named "Falco 0.44.1 default").
 *
 * What is an error and what a warning: config_load fails where Falco 0.44.1 would refuse to start
 * because of a value that falcotune reads (YAML errors, config_files, -o syntax, engine.kind,
 * buf_size_preset, priority, rule_matching, log levels, metrics, rules, load_plugins, drop
 * actions). What Falco refuses for reasons that do not touch an analysis (no output enabled, an
 * enabled output without its target) and what it silently ignores (unknown keys, wrong types) are
 * warnings.
 */
#ifndef FT_CONFIG_CONFIG_H
#define FT_CONFIG_CONFIG_H

#include "base/error.h"
#include "base/strbuf.h"
#include "base/yaml.h"
#include "config/append.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* The last two went with Falco 0.44: only a configuration read for an older release has them. */
enum engine_kind {
	ENGINE_KMOD,
	ENGINE_MODERN_EBPF,
	ENGINE_REPLAY,
	ENGINE_NODRIVER,
	ENGINE_EBPF,
	ENGINE_GVISOR
};
extern const char *const engine_kind_names[]; /* kmod modern_ebpf replay nodriver ebpf gvisor */

/* Minor number of the newest release that is known, 0.44. */
#define CONFIG_NEWEST 44

#define CONFIG_ORIGIN_DEFAULT "default"		     /* Falco's own default for an absent key */
#define CONFIG_ORIGIN_SHIPPED "Falco 0.44.1 default" /* shipped falco.yaml, when no -c */
#define CONFIG_ORIGIN_OPTION  "-o "		     /* begins "-o key=value" */

/* Where a value came from: one of the above or a path. */
struct origin {
	const char *file; /* owned by the config */
	size_t line, col; /* 1-based, 0 when not from a file */
};

struct rules_select { /* one entry of `rules:` */
	bool enable;
	char *rule, *tag; /* either may be NULL; owned */
};

/* engine.embedded: what only the embedded engine knows. Texts are borrowed from the tree. */
struct config_embedded {
	const char *record;  /* file to record the events to; NULL: none */
	uint64_t record_max; /* largest size of it, in bytes */
	const char *profile; /* file to write the profile to; NULL: none */
	bool profile_checks; /* profile_detail: checks (true) or rules */
	const char *pids;    /* "12,34": evaluate their events only; NULL: all */
};

struct config {
	struct yaml_node *root; /* effective tree; owned by priv */
	enum engine_kind kind;
	int buf_size_preset;	  /* of the chosen kind: 1..10; 4 for kinds without buffers */
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
	struct config_embedded embedded;
	const char *capture_file; /* engine.replay.capture_file; "" when absent; borrowed */
	struct append_list append_output;
	int release;		/* minor number of the Falco it was read for */
	struct strvec files;	/* configuration files read, in order; empty: defaults */
	struct strvec warnings; /* "file:line:col: text" for the person at the terminal */
	struct config_private *priv;
};

struct config_input {
	const char *file;	   /* main file, NULL: the shipped defaults */
	const struct strvec *sets; /* "key=value" in command-line order; may be NULL */
	/* Falco's minor number, whose order of reading, merging and known kinds hold; 0: newest. */
	int release;
	/* Traps that make Falco refuse to start (an engine that went with the release, the default
	 * of metrics.interval) become findings (config_findings), and the rest is read all the
	 * same. Plain mistakes stay errors. */
	bool lenient;
	/* Remember what each value replaced (config_describe). */
	bool history;
};

/* Fails (ERROR_INPUT, with place) where Falco would refuse to start because of the configuration.
 * On failure *out needs no release. */
int config_load(struct config *out, const struct config_input *in, struct error *err);
void config_release(struct config *c);
/* What engine.KIND sets for a kind, the chosen one or another. */
struct config_section {
	int preset; /* 1..10; 4 for kinds without buffers */
	int cpus;   /* cpus_for_each_buffer; 1 for all but modern_ebpf */
	bool drop_failed_exit;
};
/* With Falco's defaults where it is absent or wrong; says nothing about what is wrong. */
struct config_section config_section(const struct config *c, enum engine_kind kind);
/* Origin of an effective value by dotted key ("engine.modern_ebpf.buf_size_preset"). A sequence or
 * mapping that was put together from several files has the place where it began. */
struct origin config_origin(const struct config *c, const char *key);

/* The effective values as a JSON array of {key, value, file, line, col, replaced, default}: first
 * those that falcotune reads, then all others that the files and -o set. line and col only where
 * they come from a file; entries of lists follow as key[i], because they may come from several
 * files; replaced is an array of {value, file, line, col, by}, latest first, where something was
 * replaced (needs history); default is Falco's value for an absent key where it is known. The
 * caller owns the reference. */
json_t *config_describe(const struct config *c);

/* "emergency" .. "debug", by number. */
extern const char *const config_priority_names[];
/* The number of a priority name in any letter case (0 emergency .. 7 debug, "info" too), or -1. */
int config_priority(const char *text);

/* Expand rules_files (folders, only *.yaml and *.yml, missing ones dropped) to the files Falco
 * reads, or the -r list when n_r > 0 (missing is an error; "-" stays). Appends to out. No file left
 * is ERROR_INPUT. The matcher is Falco's, which compares the first ".yaml" in the path only:
 * x.yaml.d/r.yaml is not read. */
int config_rules_files(const struct config *c, const char *const *r, size_t n_r, struct strvec *out,
		       struct error *err);

/* Write the tree as YAML text (block style, scalars quoted where they could be misread, tags and
 * aliases resolved), appended to out. ERROR_INPUT for text that is not UTF-8. */
int config_emit(const struct yaml_node *root, struct strbuf *out, struct error *err);

#define cleanup_config __attribute__((cleanup(config_release)))

#endif
