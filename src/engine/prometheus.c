/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/prometheus.h"

#include "base/mem.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX	  "falcosecurity_"
#define NS_PER_S  INT64_C(1000000000)
#define MAX_RUN_S INT64_C(4000000000) /* a century */

/* Names of samples (less the prefix) and of the fields that they are in the metrics file. State
 * counters are under scap here and under falco there; _total is on gauges of counts too. */
static const struct prom_name {
	const char *name, *field;
	double factor; /* from its unit to the field's; 0: a whole number */
} names[] = {
	{"scap_n_evts_total", "scap.n_evts", 0},
	{"scap_n_drops_total", "scap.n_drops", 0},
	{"scap_n_drops_scratch_map_total", "scap.n_drops_scratch_map", 0},
	{"scap_n_drops_page_faults_total", "scap.n_drops_page_faults", 0},
	{"scap_n_drops_bug_total", "scap.n_drops_bug", 0},
	{"falco_outputs_queue_num_drops_total", "falco.outputs_queue_num_drops", 0},
	{"scap_n_threads_total", "falco.n_threads", 0},
	{"scap_n_fds_total", "falco.n_fds", 0},
	{"scap_n_failed_thread_lookups_total", "falco.n_failed_thread_lookups", 0},
	{"scap_n_drops_full_threadtable_total", "falco.n_drops_full_threadtable", 0},
	{"scap_n_failed_fd_lookups_total", "falco.n_failed_fd_lookups", 0},
	{"scap_n_store_evts_drops_total", "falco.n_store_evts_drops", 0},
	{"falco_host_procs_running_total", "falco.host_procs_running", 0},
	{"falco_host_num_cpus_total", "falco.host_num_cpus", 0},
	{"falco_start_timestamp_nanoseconds", "falco.start_ts", 0},
	{"falco_reload_timestamp_nanoseconds", "falco.reload_ts", 0},
	{"falco_cpu_usage_ratio", "falco.cpu_usage_perc", 100},
	{"falco_memory_rss_bytes", "falco.memory_rss_bytes", 0},
	{"falco_duration_seconds_total", "falco.duration_sec", 0},
};

/* Those that say a text, in a label, and have the value 1. */
static const struct prom_text {
	const char *name, *label, *field;
} texts[] = {
	{"evt_hostname_info", "hostname", "evt.hostname"},
	{"falco_version_info", "version", "falco.version"},
	{"falco_kernel_release_info", "kernel_release", "falco.kernel_release"},
	{"scap_engine_name_info", "engine_name", "scap.engine_name"},
};

/* Families whose labels are a part of the field's name there. */
static const struct prom_family {
	const char *name, *format; /* %1, %2: values of the labels */
	const char *label[2];
	const char *example;
} families[] = {
	{"scap_n_evts_cpu_total", "scap.n_evts_cpu_%1", {"cpu", NULL}, "scap.n_evts_cpu_0"},
	{"scap_n_drops_cpu_total", "scap.n_drops_cpu_%1", {"cpu", NULL}, "scap.n_drops_cpu_0"},
	{"scap_n_drops_buffer_total",
	 "scap.n_drops_buffer_%1_%2",
	 {"drop", "dir"},
	 "scap.n_drops_buffer_open_exit"},
	{"falco_rules_matches_total", "falco.rules.%1", {"rule_name", NULL}, "falco.rules.NAME"},
};

struct prom_sample {
	struct strbuf name;
	struct strvec labels; /* key, value, ... */
	char *value;	      /* points into the line */
};

static void sample_release(struct prom_sample *s)
{
	strbuf_release(&s->name);
	strvec_release(&s->labels);
}

/* A quoted value at *p, escapes resolved; false when it does not end. */
static bool take_quoted(char **p, struct strbuf *out)
{
	char *c = *p;

	if (*c++ != '"')
		return false;
	for (; *c && *c != '"'; c++) {
		bool escaped = *c == '\\' && c[1];

		c += escaped;
		strbuf_addch(out, escaped && *c == 'n' ? '\n' : *c);
	}
	if (*c != '"')
		return false;
	*p = c + 1;
	return true;
}

static bool take_labels(char **p, struct strvec *out)
{
	char *c = *p + 1;

	for (;;) {
		struct strbuf value cleanup_strbuf = STRBUF_INIT;
		size_t n;

		c += strspn(c, " ,\t");
		if (*c == '}')
			break;
		n = strcspn(c, "=");
		if (c[n] != '=')
			return false;
		strvec_take(out, xstrndup(c, n));
		c += n + 1;
		if (!take_quoted(&c, &value))
			return false;
		strvec_push(out, value.buf);
	}
	*p = c + 1;
	return true;
}

/* name{label="value",...} value [timestamp] */
static bool take_sample(char *line, struct prom_sample *out)
{
	char *p = line + strcspn(line, "{ \t"), *end;

	strbuf_add(&out->name, line, (size_t)(p - line));
	if (!out->name.len || (*p == '{' && !take_labels(&p, &out->labels)))
		return false;
	p += strspn(p, " \t");
	out->value = p;
	strtod(p, &end);
	return end != p;
}

static const char *label(const struct prom_sample *s, const char *key)
{
	for (size_t i = 0; key && i + 1 < s->labels.n; i += 2)
		if (!strcmp(s->labels.v[i], key))
			return s->labels.v[i + 1];
	return NULL;
}

/* Whole numbers beyond 2^53 (times in ns) stay exact. */
static json_t *number(const char *text, double factor)
{
	double d = strtod(text, NULL);

	if (!isfinite(d) || fabs(d) >= 9e18)
		return NULL;
	if (factor > 0)
		return json_real(d * factor);
	return strcspn(text, ".eE") < strcspn(text, " \t") ? json_integer((json_int_t)llround(d))
							   : json_integer(strtoll(text, NULL, 10));
}

/* Falco writes rule names in the file with everything but letters and digits as '_'. */
static char *plain(const char *name)
{
	char *s = xstrdup(name);

	for (char *c = s; *c; c++)
		if (!isalnum((unsigned char)*c))
			*c = '_';
	return s;
}

static void add_family(const struct prom_family *f, const struct prom_sample *s, json_t *out)
{
	struct strbuf field cleanup_strbuf = STRBUF_INIT;

	for (const char *c = f->format; *c; c++) {
		const char *v = *c == '%' ? label(s, f->label[*++c - '1']) : NULL;
		char *word cleanup_free = v ? plain(v) : NULL;

		if (!v && c > f->format && c[-1] == '%')
			return;
		if (v)
			strbuf_addstr(&field, word);
		else
			strbuf_addch(&field, *c);
	}
	json_object_set_new(out, field.buf, number(s->value, 0));
}

#define PLUGINS "plugins_"

static void add_sample(const struct prom_sample *s, json_t *out)
{
	const char *name = s->name.buf;

	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0)
		return;
	name += strlen(PREFIX);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i].name))
			json_object_set_new(out, names[i].field, number(s->value, names[i].factor));
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		if (!strcmp(name, families[i].name))
			add_family(&families[i], s, out);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (!strcmp(name, texts[i].name) && label(s, texts[i].label))
			json_object_set_new(out, texts[i].field,
					    json_string(label(s, texts[i].label)));
	if (!strncmp(name, PLUGINS, strlen(PLUGINS))) {
		char *field cleanup_free = xasprintf("plugins.%s", name + strlen(PLUGINS));

		json_object_set_new(out, field, number(s->value, 0));
	}
}

static int read_lines(char *text, json_t *out, struct error *err)
{
	char *line, *rest = text;

	for (size_t n = 1; (line = strsep(&rest, "\n")); n++) {
		struct prom_sample s = {.name = STRBUF_INIT};
		bool good;

		line[strcspn(line, "\r")] = '\0';
		if (!*line || *line == '#')
			continue;
		good = take_sample(line, &s);
		if (good)
			add_sample(&s, out);
		sample_release(&s);
		if (!good)
			return error_env(err, "line %zu: no metric in Prometheus' text format", n);
	}
	return 0;
}

/* The fields of the metrics file; NULL with ERROR_ENV. */
static json_t *read_text(const char *text, size_t len, struct error *err)
{
	char *copy cleanup_free = xstrndup(text, len);
	json_t *fields = json_object();
	int rc = read_lines(copy, fields, err);

	if (!rc && !json_object_size(fields))
		rc = error_env(err, "no metric of Falco's (" PREFIX "...) in it");
	if (!rc)
		return fields;
	json_decref(fields);
	return NULL;
}

int prometheus_parse(struct metrics_sample *s, const char *text, size_t len, int64_t t_ns,
		     size_t n_cpus, struct error *err)
{
	json_t *fields = read_text(text, len, err);
	int rc;

	if (!fields)
		return -1;
	json_object_set_new(fields, "evt.time", json_integer(t_ns));
	rc = metrics_parse_fields(s, fields, n_cpus, err);
	json_decref(fields);
	return rc;
}

int prometheus_read(struct metrics_line *l, const char *text, size_t len, int64_t t_ns,
		    const struct metrics_want *want, struct error *err)
{
	json_t *fields = read_text(text, len, err), *start, *run;
	int rc;

	if (!fields)
		return -1;
	start = json_object_get(fields, "falco.start_ts");
	run = json_object_get(fields, "falco.duration_sec");
	if (json_is_integer(start) && json_is_integer(run) && json_integer_value(start) > 0 &&
	    json_integer_value(run) >= 0 && json_integer_value(run) < MAX_RUN_S &&
	    json_integer_value(start) < INT64_MAX - MAX_RUN_S * NS_PER_S)
		t_ns = json_integer_value(start) + json_integer_value(run) * NS_PER_S;
	json_object_set_new(fields, "evt.time", json_integer(t_ns));
	rc = metrics_read_fields(l, fields, want, err);
	json_decref(fields);
	return rc;
}

bool prometheus_field(const char *name, struct strbuf *out)
{
	size_t before = out->len;

	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0)
		return false;
	name += strlen(PREFIX);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i].name))
			strbuf_addstr(out, names[i].field);
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		if (!strcmp(name, families[i].name))
			strbuf_addstr(out, families[i].example);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (!strcmp(name, texts[i].name))
			strbuf_addstr(out, texts[i].field);
	return out->len > before;
}
