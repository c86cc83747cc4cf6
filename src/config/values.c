/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the merged tree to plain members, with Falco's conversions, and the checks that stop Falco
 * from starting.
 */
#include "config/private.h"

#include "base/mem.h"
#include "base/units.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *const engine_kind_names[] = {
	[ENGINE_KMOD] = "kmod",	    [ENGINE_MODERN_EBPF] = "modern_ebpf",
	[ENGINE_REPLAY] = "replay", [ENGINE_NODRIVER] = "nodriver",
	[ENGINE_EBPF] = "ebpf",	    [ENGINE_GVISOR] = "gvisor",
};

#define DEFAULT_PRESET 4
#define DEFAULT_CPUS   2
/* engine.kind ebpf and gvisor are fatal since this minor release. */
#define ENGINES_GONE   44
#define PRIORITY_DEBUG 7
/* libs' default of the thread table. */
#define DEFAULT_THREADS 262144

/* ---- tables of plain values ---- */

struct bool_row {
	const char *key;
	bool def;
	size_t offset;
};

#define BOOL(key, def, member)                                                                     \
	{                                                                                          \
		key, def, offsetof(struct config, member)                                          \
	}
static const struct bool_row bool_rows[] = {
	BOOL("base_syscalls.repair", false, repair),
	BOOL("base_syscalls.all", false, all),
	BOOL("metrics.enabled", false, metrics_enabled),
	BOOL("metrics.include_empty_values", false, metrics_include_empty),
	BOOL("metrics.output_rule", false, metrics_output_rule),
	BOOL("metrics.rules_counters_enabled", true, metrics_rules_counters),
	BOOL("metrics.resource_utilization_enabled", true, metrics_resource),
	BOOL("metrics.state_counters_enabled", true, metrics_state_counters),
	BOOL("metrics.kernel_event_counters_enabled", true, metrics_kernel_counters),
	BOOL("metrics.kernel_event_counters_per_cpu_enabled", true, metrics_kernel_per_cpu),
	BOOL("metrics.libbpf_stats_enabled", true, metrics_libbpf_stats),
	BOOL("json_output", false, json_output),
	BOOL("stdout_output.enabled", false, stdout_enabled),
	BOOL("file_output.enabled", false, file_enabled),
	BOOL("file_output.keep_alive", false, file_keep_alive),
	BOOL("time_format_iso_8601", false, time_iso_8601),
};

struct int_row {
	const char *key;
	int64_t min, max, def;
	size_t offset; /* of an int64_t */
};

static const struct int_row int_rows[] = {
	{"outputs_queue.capacity", 0, INT64_MAX, 0,
	 offsetof(struct config, outputs_queue_capacity)},
	{"falco_libs.thread_table_size", 0, UINT32_MAX, DEFAULT_THREADS,
	 offsetof(struct config, thread_table_size)},
};

static int read_tables(struct config *c, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(bool_rows); i++)
		if (cfg_bool(c, bool_rows[i].key, bool_rows[i].def,
			     (bool *)((char *)c + bool_rows[i].offset), err))
			return -1;
	for (size_t i = 0; i < ARRAY_SIZE(int_rows); i++)
		if (cfg_int(c, int_rows[i].key, int_rows[i].min, int_rows[i].max, int_rows[i].def,
			    (int64_t *)((char *)c + int_rows[i].offset), err))
			return -1;
	return 0;
}

/* ---- engine ---- */

static int read_kind(struct config *c, struct error *err)
{
	static const char *const words[] = {"kmod", "modern_ebpf", "replay", "nodriver", NULL};
	static const char *const old_words[] = {"kmod", "modern_ebpf", "replay", "nodriver",
						"ebpf", "gvisor",      NULL};
	const struct yaml_node *n = tree_find(c->root, "engine.kind", NULL);
	int kind;

	if (c->release >= ENGINES_GONE && n && n->kind == YAML_SCALAR &&
	    (!strcmp(n->value, "ebpf") || !strcmp(n->value, "gvisor")))
		return config_trap(c, "FC102"),
		       yaml_error(n, err,
				  "engine.kind %s went with Falco 0.44, expected kmod, "
				  "modern_ebpf, replay or nodriver",
				  n->value);
	if (cfg_word(c, "engine.kind", "kmod", c->release < ENGINES_GONE ? old_words : words, false,
		     &kind, err))
		return -1;
	c->kind = (enum engine_kind)kind;
	return 0;
}

static int read_buffers(struct config *c, enum engine_kind kind, struct config_section *out,
			struct error *err)
{
	char *preset_key cleanup_free =
		xasprintf("engine.%s.buf_size_preset", engine_kind_names[kind]);
	const struct yaml_node *n = tree_find(c->root, preset_key, NULL);
	int64_t v;

	if (kind != ENGINE_KMOD && kind != ENGINE_MODERN_EBPF && kind != ENGINE_EBPF)
		return 0;
	if (cfg_int(c, preset_key, INT16_MIN, INT16_MAX, DEFAULT_PRESET, &v, err))
		return -1;
	if (v == -1)
		v = DEFAULT_PRESET; /* slips through Falco's check as "keep what there is" */
	if (v < 1 || v > 10)
		return yaml_error(n, err, "%s is %lld, expected a number from 1 to 10", preset_key,
				  (long long)v);
	out->preset = (int)v;
	if (kind != ENGINE_MODERN_EBPF)
		return 0;
	if (cfg_int(c, "engine.modern_ebpf.cpus_for_each_buffer", 0, UINT16_MAX, DEFAULT_CPUS, &v,
		    err))
		return -1;
	out->cpus = (int)v;
	return 0;
}

static struct config_section default_section(enum engine_kind kind)
{
	return (struct config_section){.preset = DEFAULT_PRESET,
				       .cpus = kind == ENGINE_MODERN_EBPF ? DEFAULT_CPUS : 1};
}

static int read_section(struct config *c, enum engine_kind kind, struct config_section *out,
			struct error *err)
{
	char *key cleanup_free = xasprintf("engine.%s.drop_failed_exit", engine_kind_names[kind]);

	*out = default_section(kind);
	return read_buffers(c, kind, out, err) ||
			       cfg_bool(c, key, false, &out->drop_failed_exit, err)
		       ? -1
		       : 0;
}

int config_read_section(const struct config *c, enum engine_kind kind, struct config_section *out,
			struct error *err)
{
	/* What the readers would warn of was said at loading. */
	struct config_private priv = {0};
	struct config quiet = *c;
	int rc;

	quiet.warnings = (struct strvec)STRVEC_INIT;
	quiet.priv = &priv;
	rc = read_section(&quiet, kind, out, err);
	strvec_release(&quiet.warnings);
	notes_release(&priv);
	return rc;
}

struct config_section config_section(const struct config *c, enum engine_kind kind)
{
	struct config_section s;

	return config_read_section(c, kind, &s, NULL) ? default_section(kind) : s;
}

/* A recording of a minute of a busy host (10,000 events a second of 100 bytes) takes 60 MB. */
#define RECORD_MAX_DEFAULT "1G"

/* Process ids with commas between. */
static bool is_pids(const char *text)
{
	for (const char *at = text;; at++) {
		char *end;
		unsigned long pid;

		if (*at < '0' || *at > '9')
			return false;
		pid = strtoul(at, &end, 10);
		/* PID_MAX_LIMIT of a 64-bit kernel */
		if (!pid || pid >= 4 * 1024 * 1024)
			return false;
		if (!*end)
			return true;
		if (*end != ',')
			return false;
		at = end;
	}
}

/* Our own keys, so a mistake is an error. */
static int read_embedded(struct config *c, struct error *err)
{
	static const char *const details[] = {"checks", "rules", NULL};
	struct config_embedded *e = &c->embedded;
	const struct yaml_node *n;
	const char *max;
	int detail;

	if (cfg_find(c, "engine.embedded.consumer_ns_per_event", &n, err) ||
	    (n && yaml_read_int(n, "engine.embedded.consumer_ns_per_event", 0, 1000000000,
				&c->consumer_ns_per_event, err)) ||
	    cfg_str(c, "engine.embedded.record", "", &e->record, err) ||
	    cfg_str(c, "engine.embedded.profile", "", &e->profile, err) ||
	    cfg_word(c, "engine.embedded.profile_detail", "checks", details, false, &detail, err) ||
	    cfg_find(c, "engine.embedded.pids", &n, err) ||
	    cfg_str(c, "engine.embedded.pids", "", &e->pids, err))
		return -1;
	if (!*e->pids)
		e->pids = NULL;
	else if (!is_pids(e->pids))
		return yaml_error(n, err,
				  "engine.embedded.pids is %s, expected process ids with commas "
				  "between, such as 12,34",
				  e->pids);
	if (cfg_find(c, "engine.embedded.record_max", &n, err) ||
	    cfg_str(c, "engine.embedded.record_max", RECORD_MAX_DEFAULT, &max, err))
		return -1;
	if (!*e->record)
		e->record = NULL;
	if (!*e->profile)
		e->profile = NULL;
	e->profile_checks = detail == 0;
	if (!units_size(max, &e->record_max) || e->record_max < 1 << 20)
		return yaml_error(n, err,
				  "engine.embedded.record_max is %s, expected a size of at least "
				  "1M such as 500M",
				  max);
	return 0;
}

static int read_engine(struct config *c, struct error *err)
{
	struct config_section own;

	if (read_section(c, c->kind, &own, err))
		return -1;
	c->buf_size_preset = own.preset;
	c->buffer_bytes = 1ULL << (19 + own.preset);
	c->cpus_for_each_buffer = own.cpus;
	c->drop_failed_exit = own.drop_failed_exit;
	if (cfg_str(c, "engine.replay.capture_file", "", &c->capture_file, err))
		return -1;
	if (c->kind == ENGINE_REPLAY && !*c->capture_file)
		return error_input(err,
				   "engine.kind is replay, expected engine.replay.capture_file "
				   "to name a capture");
	return read_embedded(c, err);
}

/* ---- metrics ---- */

int64_t prometheus_duration_ms(const char *text)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = {{"y", 31536000000}, {"w", 604800000}, {"d", 86400000}, {"h", 3600000},
		     {"m", 60000},	 {"s", 1000},	   {"ms", 1}};
	int64_t sum = 0;
	size_t unit = 0;
	char *digits cleanup_free = xmalloc(strlen(text) + 1);
	char *p = digits;

	for (; *text; text++) /* blanks do not count */
		if (!strchr(" \t\n\r\f\v", *text))
			*p++ = *text;
	*p = '\0';
	p = digits;
	do {
		size_t n = strspn(p, "0123456789");
		size_t letters = strspn(p + n, "ywdhms");
		int64_t value = strtoll(p, NULL, 10);

		if (!n || n > 12)
			return -1;
		while (unit < ARRAY_SIZE(units) && (strlen(units[unit].unit) != letters ||
						    strncmp(units[unit].unit, p + n, letters) != 0))
			unit++;
		if (unit == ARRAY_SIZE(units) ||
		    __builtin_mul_overflow(value, units[unit].ms, &value) ||
		    __builtin_add_overflow(sum, value, &sum))
			return -1;
		unit++;
		p += n + letters;
	} while (*p);
	return sum;
}

static int check_metrics(struct config *c, const char *interval, struct error *err)
{
	const struct yaml_node *n = tree_find(c->root, "metrics.interval", NULL);
	const struct yaml_node *enabled = tree_find(c->root, "metrics.enabled", NULL);
	int64_t ms = prometheus_duration_ms(interval);
	bool prometheus;

	if (ms >= 0 && __builtin_mul_overflow(ms, 1000000, &c->metrics_interval_ns))
		ms = -1;
	if (ms < 0)
		c->metrics_interval_ns = -1;
	if (cfg_bool(c, "webserver.prometheus_metrics_enabled", false, &prometheus, err))
		return -1;
	if (!c->metrics_enabled)
		return 0;
	if (ms < 100 && !n)
		config_trap(c, "FC103");
	if (ms < 100)
		return yaml_error(n ? n : enabled, err,
				  "metrics.interval is '%s'%s, expected a duration of at least "
				  "100ms such as 1h or 1m30s",
				  interval, n ? "" : " by default");
	if (!c->metrics_output_rule && !*c->metrics_output_file && !prometheus)
		return config_trap(c, "FC103"),
		       yaml_error(
			       enabled, err,
			       "metrics.enabled without an output, expected metrics.output_rule, "
			       "metrics.output_file or webserver.prometheus_metrics_enabled");
	return 0;
}

static int read_metrics(struct config *c, struct error *err)
{
	const char *file, *interval;

	if (cfg_str(c, "metrics.output_file", "", &file, err) ||
	    cfg_str(c, "metrics.interval", "5000", &interval, err))
		return -1;
	c->metrics_output_file = xstrdup(file);
	return check_metrics(c, interval, err);
}

/* ---- levels, words, outputs ---- */

const char *const config_priority_names[] = {"emergency",     "alert",	"critical", "error",
					     "warning",	      "notice", "info",	    "debug",
					     "informational", NULL};

int config_priority(const char *text)
{
	for (int i = 0; config_priority_names[i]; i++)
		if (!strcasecmp(config_priority_names[i], text))
			return i == 8 ? 6 : i;
	return -1;
}

static int read_words(struct config *c, struct error *err)
{
	static const char *const matching[] = {"first", "all", NULL};
	static const char *const log_levels[] = {"emergency", "alert",	 "critical",
						 "error",     "warning", "notice",
						 "info",      "debug",	 NULL};
	static const char *const libs_levels[] = {"fatal", "critical", "error", "warning", "notice",
						  "info",  "debug",    "trace", NULL};
	int which;

	if (cfg_word(c, "priority", "debug", config_priority_names, true, &which, err))
		return -1;
	c->priority = which == 8 ? 6 : which;
	if (cfg_word(c, "rule_matching", "first", matching, true, &which, err))
		return -1;
	c->rule_matching_all = which == 1;
	if (cfg_word(c, "libs_logger.severity", "info", libs_levels, false, &which, err) ||
	    cfg_word(c, "log_level", "info", log_levels, false, &which, err))
		return -1;
	c->log_level = xstrdup(log_levels[which]);
	return 0;
}

/* Falco refuses these; an analysis does not need outputs, so they are warnings. */
static int check_outputs(struct config *c, struct error *err)
{
	static const char *const outputs[][2] = {{"stdout_output", NULL},
						 {"syslog_output", NULL},
						 {"file_output", "filename"},
						 {"http_output", "url"},
						 {"program_output", "program"}};
	bool any = false;

	for (size_t i = 0; i < ARRAY_SIZE(outputs); i++) {
		char *on_key cleanup_free = xasprintf("%s.enabled", outputs[i][0]);
		char *to_key cleanup_free =
			outputs[i][1] ? xasprintf("%s.%s", outputs[i][0], outputs[i][1]) : NULL;
		const char *target = "x";
		bool on;

		if (cfg_bool(c, on_key, false, &on, err) ||
		    (to_key && cfg_str(c, to_key, "", &target, err)))
			return -1;
		any |= on;
		if (on && !*target)
			config_warn_code(c, "FC105", tree_find(c->root, on_key, NULL),
					 "%s is on without %s; Falco refuses to start like this",
					 outputs[i][0], outputs[i][1]);
	}
	if (!any)
		config_warn_code(c, "FC105", c->root->line ? c->root : NULL,
				 "no output is enabled; Falco refuses to start like this");
	return 0;
}

static int read_outputs(struct config *c, struct error *err)
{
	const char *file;

	if (cfg_str(c, "file_output.filename", "", &file, err))
		return -1;
	c->file_filename = xstrdup(file);
	return check_outputs(c, err);
}

/* ---- syscall_event_drops, syscall_event_timeouts ---- */

static int check_drops(struct config *c, struct error *err)
{
	static const char *const words[] = {"ignore", "log", "alert", "exit", NULL};
	const struct yaml_node *n = tree_find(c->root, "syscall_event_drops.actions", NULL);
	struct strvec actions cleanup_strvec = STRVEC_INIT;
	bool ignore = false;
	const char *text;
	double share;
	char *end;
	int which;

	if (cfg_texts(c, "syscall_event_drops.actions", &actions, err))
		return -1;
	for (size_t i = 0; i < actions.n; i++) {
		if (cfg_check_word(c, "syscall_event_drops.actions", actions.v[i], words, false,
				   &which, err))
			return -1;
		if (ignore && (which == 1 || which == 2))
			return yaml_error(n, err,
					  "syscall_event_drops.actions has %s after ignore, which "
					  "contradict each other",
					  actions.v[i]);
		ignore |= which == 0;
	}
	if (cfg_str(c, "syscall_event_drops.threshold", "0.1", &text, err))
		return -1;
	share = strtod(text, &end);
	if (*text && !*end && !(share >= 0 && share <= 1))
		return yaml_error(
			tree_find(c->root, "syscall_event_drops.threshold", NULL), err,
			"syscall_event_drops.threshold is %s, expected a number from 0 to "
			"1",
			text);
	return 0;
}

static int check_timeouts(struct config *c, struct error *err)
{
	static const char key[] = "syscall_event_timeouts.max_consecutives";
	int64_t v;

	if (cfg_int(c, key, 0, UINT32_MAX, 1000, &v, err))
		return -1;
	return v ? 0
		 : yaml_error(tree_find(c->root, key, NULL), err,
			      "%s is 0, expected a number above 0", key);
}

static int read_custom_set(struct config *c, struct error *err)
{
	return cfg_texts(c, "base_syscalls.custom_set", &c->custom_set, err);
}

static int (*const parts[])(struct config *c, struct error *err) = {
	read_kind,
	read_engine,
	read_tables,
	read_custom_set,
	read_metrics,
	read_words,
	read_outputs,
	check_drops,
	check_timeouts,
	values_read_rules_files,
	values_read_rules,
	values_read_plugins,
	values_read_append_output,
};

/* What a part leaves unset that stops Falco (config_trap). */
static void fill_gaps(struct config *c)
{
	char **const texts[] = {&c->metrics_output_file, &c->file_filename};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (!*texts[i])
			*texts[i] = xstrdup("");
	if (!c->log_level)
		c->log_level = xstrdup("info");
	if (!c->buffer_bytes) {
		struct config_section s = default_section(c->kind);

		c->buf_size_preset = s.preset;
		c->buffer_bytes = 1ULL << (19 + s.preset);
		c->cpus_for_each_buffer = s.cpus;
	}
}

int values_read(struct config *c, struct error *err)
{
	c->priority = PRIORITY_DEBUG;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i](c, err) && config_tolerate(c, err))
			return -1;
	fill_gaps(c);
	if (!config_key_is_read("base_syscalls.all", c->release))
		c->all = false;
	return 0;
}
