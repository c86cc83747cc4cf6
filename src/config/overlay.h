/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The falco.yaml that one test case runs with: the user's effective configuration with the case's
 * engine, buffers and base_syscalls, and with everything taken out that would reach beyond the case
 * folder.
 *
 * What is generated: alerts go to a file only (alerts_file), JSON, no stdout, syslog, http, program
 * or gRPC output; no webserver; no captures; the metrics of every counter each second into
 * metrics_file; log level debug on stderr; no config_files (already merged) and no rules_files (the
 * rules are given by -r). Sections that could carry credentials are left out: outputs, the plugins'
 * init_config and open_params; of the plugins only those that are needed stay (see overlay_render).
 * The user's other choices (priority, rule_matching, outputs_queue, falco_libs, rules, ...) stay.
 */
#ifndef FT_CONFIG_OVERLAY_H
#define FT_CONFIG_OVERLAY_H

#include "config/config.h"

struct overlay {
	enum engine_kind kind;		 /* ENGINE_MODERN_EBPF or ENGINE_KMOD */
	int drop_failed_exit;		 /* 0 or 1; -1: the user's */
	int preset;			 /* buf_size_preset 1..10; 0: the user's */
	int cpus;			 /* cpus_for_each_buffer; -1: the user's; kmod: unused */
	const struct strvec *custom_set; /* replaces the user's list whole; NULL: the user's;
					    borrowed */
	int repair, all;		 /* 0 or 1; -1: the user's */
	bool plugins_none;		 /* load_plugins: [] */
	bool libbpf_stats;		 /* metrics.libbpf_stats_enabled */
	const char *metrics_file;	 /* absolute or relative to the engine's cwd; borrowed */
	const char *alerts_file;	 /* the same; borrowed */
	const char *metrics_interval;	 /* such as "250ms"; NULL: "1s" */
	int64_t consumer_ns_per_event; /* embedded engine only; -1: the user's (0 is not written) */
};

/* Keeps everything of the user's. */
#define OVERLAY_INIT                                                                               \
	{                                                                                          \
		.kind = ENGINE_MODERN_EBPF, .drop_failed_exit = -1, .cpus = -1, .repair = -1,      \
		.all = -1, .consumer_ns_per_event = -1                                             \
	}

/* The whole file as text, appended to out. The caller writes it with mode 0600 (fs_write_file).
 * ERROR_INPUT when the case asks for the impossible (a preset outside 1..10, an engine kind that is
 * no live one, no file names). */
int overlay_render(const struct config *c, const struct overlay *o, struct strbuf *out,
		   struct error *err);

/* The case's base_syscalls, engine and buffers as "key=value" texts for Falco's -o, appended to
 * flags, for a person who runs the case on top of the own falco.yaml. base_syscalls is given as one
 * `base_syscalls={...}` map, which replaces the whole block: `base_syscalls.custom_set[]=x` would
 * append to the user's list. load_plugins: [] cannot be said with -o and is left out. */
void overlay_o_flags(const struct config *c, const struct overlay *o, struct strvec *flags);

/* The same as top-level blocks of falco.yaml, to be pasted (negatives quoted). */
void overlay_yaml_blocks(const struct config *c, const struct overlay *o, struct strbuf *out);

#endif
