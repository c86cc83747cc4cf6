/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/metrics.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000LL

struct metrics {
	struct metrics_sources src;
	int fd;	       /* -1: no file */
	json_t *fixed; /* members that every snapshot has */
	json_t *last;
	uint64_t sample;
	int64_t start_mono_ns, last_mono_ns, next_ns;
	uint64_t num_evts, n_evts, n_drops; /* of the last snapshot */
	bool empty;			    /* include_empty_values */
};

char *metrics_name(const char *text)
{
	struct strbuf sb = STRBUF_INIT;

	for (const char *c = text; *c; c++) {
		bool keep = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
			    (*c >= '0' && *c <= '9') || *c == ':';

		if (keep)
			strbuf_addch(&sb, *c);
		else if (sb.len == 0 || sb.buf[sb.len - 1] != '_')
			strbuf_addch(&sb, '_');
	}
	if (sb.len && sb.buf[sb.len - 1] == '_')
		strbuf_setlen(&sb, sb.len - 1);
	return sb.alloc ? sb.buf : xstrdup("");
}

/* --- adding fields ---------------------------------------------------------------------------- */

static void add(json_t *o, const char *name, uint64_t v)
{
	json_object_set_new(o, name, json_integer((json_int_t)v));
}

static void add_count(const struct metrics *m, json_t *o, const char *name, uint64_t v)
{
	if (v || m->empty)
		add(o, name, v);
}

/* Falco rounds rates to one decimal. */
static void add_rate(json_t *o, const char *name, uint64_t delta, double seconds)
{
	json_object_set_new(o, name, json_real(round((double)delta / seconds * 10) / 10));
}

static void add_categories(const struct metrics *m, json_t *o, const struct capture_stats *s)
{
	static const char *const names[PROBE_CAT_MAX] = {
		[PROBE_CAT_CLONE_FORK] = "scap.n_drops_buffer_clone_fork_exit",
		[PROBE_CAT_EXECVE] = "scap.n_drops_buffer_execve_exit",
		[PROBE_CAT_CONNECT] = "scap.n_drops_buffer_connect_exit",
		[PROBE_CAT_OPEN] = "scap.n_drops_buffer_open_exit",
		[PROBE_CAT_DIR_FILE] = "scap.n_drops_buffer_dir_file_exit",
		[PROBE_CAT_OTHER_INTEREST] = "scap.n_drops_buffer_other_interest_exit",
		[PROBE_CAT_CLOSE] = "scap.n_drops_buffer_close_exit",
		[PROBE_CAT_PROC_EXIT] = "scap.n_drops_buffer_proc_exit",
	};

	for (size_t i = 0; i < PROBE_CAT_MAX; i++)
		if (names[i])
			add_count(m, o, names[i], s->n_by_category[i]);
	add_count(m, o, "scap.n_drops_buffer_total", s->n_drops);
	/* Causes of Falco's that this engine does not have. */
	add_count(m, o, "scap.n_drops_scratch_map", 0);
	add_count(m, o, "scap.n_drops_page_faults", 0);
	add_count(m, o, "scap.n_drops_bug", 0);
}

static void add_per_cpu(const struct metrics *m, json_t *o)
{
	for (unsigned cpu = 0; cpu < capture_n_cpus(m->src.capture); cpu++) {
		struct capture_stats s;
		char name[64];

		capture_stats_cpu(m->src.capture, cpu, &s);
		snprintf(name, sizeof(name), "scap.n_evts_cpu_%u", cpu);
		add_count(m, o, name, s.n_evts);
		snprintf(name, sizeof(name), "scap.n_drops_cpu_%u", cpu);
		add_count(m, o, name, s.n_drops);
	}
}

static void add_kernel(struct metrics *m, json_t *o, double seconds)
{
	struct capture_stats s;
	uint64_t evts, drops;

	capture_stats(m->src.capture, &s);
	evts = s.n_evts - m->n_evts;
	drops = s.n_drops - m->n_drops;
	add(o, "scap.n_evts", s.n_evts);
	add(o, "scap.n_evts_prev", m->n_evts);
	add(o, "scap.n_drops", s.n_drops);
	add(o, "scap.n_drops_prev", m->n_drops);
	if (seconds > 0) {
		add_rate(o, "scap.evts_rate_sec", evts, seconds);
		add_rate(o, "scap.evts_drop_rate_sec", drops, seconds);
		json_object_set_new(o, "scap.n_drops_perc",
				    json_real(evts ? 100.0 * (double)drops / (double)evts : 0));
	}
	add_categories(m, o, &s);
	m->n_evts = s.n_evts;
	m->n_drops = s.n_drops;
	if (m->src.config->metrics_kernel_per_cpu)
		add_per_cpu(m, o);
}

static void add_libbpf(const struct metrics *m, json_t *o)
{
	struct capture_prog_stats p;

	for (unsigned i = 0; capture_prog_stats(m->src.capture, i, &p); i++) {
		char name[128];

		if (!p.run_cnt && !m->empty)
			continue;
		snprintf(name, sizeof(name), "scap.%s.run_cnt", p.name);
		add(o, name, p.run_cnt);
		snprintf(name, sizeof(name), "scap.%s.run_time_ns", p.name);
		add(o, name, p.run_time_ns);
		snprintf(name, sizeof(name), "scap.%s.avg_time_ns", p.name);
		add(o, name, p.run_cnt ? p.run_time_ns / p.run_cnt : 0);
	}
}

static void add_state(const struct metrics *m, json_t *o)
{
	const struct state_stats *s = state_stats(m->src.state);
	const struct {
		const char *name;
		uint64_t v;
	} rows[] = {
		{"falco.n_threads", s->n_threads},
		{"falco.n_fds", s->n_fds},
		{"falco.n_added_threads", s->n_added_threads},
		{"falco.n_removed_threads", s->n_removed_threads},
		{"falco.n_failed_thread_lookups", s->n_failed_thread_lookups},
		{"falco.n_failed_fd_lookups", s->n_failed_fd_lookups},
		{"falco.n_drops_full_threadtable", s->n_drops_full_threadtable},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		add_count(m, o, rows[i].name, rows[i].v);
}

static void add_rules(const struct metrics *m, json_t *o)
{
	const struct eval *e = m->src.eval;
	uint64_t total = 0;

	for (size_t i = 0; i < e->n; i++) {
		cleanup_free char *suffix = metrics_name(e->rules[i].rule->name);
		cleanup_free char *name = xasprintf("falco.rules.%s", suffix);

		add_count(m, o, name, e->rules[i].matches);
		total += e->rules[i].matches;
	}
	add(o, "falco.rules.matches_total", total);
	add_count(m, o, "falcotune.rules_not_evaluated", e->n_not_evaluated);
}

/* --- snapshots -------------------------------------------------------------------------------- */

static json_t *snapshot(struct metrics *m, int64_t now_ns)
{
	const struct config *c = m->src.config;
	json_t *o = json_copy(m->fixed);
	double seconds = m->last ? (double)(now_ns - m->last_mono_ns) / 1e9 : 0;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	add(o, "evt.time", (uint64_t)(now.tv_sec * NS_PER_S + now.tv_nsec));
	add(o, "falco.duration_sec", (uint64_t)((now_ns - m->start_mono_ns) / NS_PER_S));
	add(o, "falco.num_evts", m->src.consumer->n_seen);
	add(o, "falco.num_evts_prev", m->num_evts);
	if (seconds > 0)
		add_rate(o, "falco.evts_rate_sec", m->src.consumer->n_seen - m->num_evts, seconds);
	m->num_evts = m->src.consumer->n_seen;
	add(o, "falco.outputs_queue_num_drops",
	    m->src.outputs ? outputs_n_drops(m->src.outputs) : 0);
	if (c->metrics_kernel_counters && m->src.capture)
		add_kernel(m, o, seconds);
	if (c->metrics_libbpf_stats && m->src.capture)
		add_libbpf(m, o);
	if (c->metrics_resource)
		metrics_add_resources(o, &m->src, m->start_mono_ns, now_ns);
	if (c->metrics_state_counters && m->src.state)
		add_state(m, o);
	if (c->metrics_rules_counters)
		add_rules(m, o);
	return o;
}

static void append_line(const struct metrics *m, json_t *fields)
{
	json_t *line = json_object();
	cleanup_free char *text = NULL;
	size_t len;

	json_object_set_new(line, "sample", json_integer((json_int_t)m->sample));
	json_object_set(line, "output_fields", fields);
	text = json_dumps(line, METRICS_DUMP);
	json_decref(line);
	if (!text)
		return;
	len = strlen(text);
	text[len++] = '\n'; /* in place of the NUL: one write, so that no reader sees half a line */
	if (write(m->fd, text, len) < 0)
		return; /* a full disk shows as a gap between samples */
}

void metrics_write(struct metrics *m, int64_t now_ns)
{
	json_t *fields = snapshot(m, now_ns);

	if (m->fd >= 0)
		append_line(m, fields);
	json_decref(m->last);
	m->last = fields;
	m->last_mono_ns = now_ns;
	m->sample++;
}

bool metrics_tick(struct metrics *m, int64_t now_ns)
{
	int64_t interval = m->src.config->metrics_interval_ns;

	if (m->last && now_ns < m->next_ns)
		return false;
	if (!m->last)
		m->next_ns = now_ns;
	while (m->next_ns <= now_ns)
		m->next_ns += interval;
	metrics_write(m, now_ns);
	return true;
}

const json_t *metrics_last(const struct metrics *m)
{
	return m->last;
}

int metrics_open(struct metrics **out, const struct metrics_sources *src, struct error *err)
{
	struct metrics *m = xcalloc(1, sizeof(*m));
	const char *path = src->config->metrics_output_file;
	struct timespec now;

	*out = NULL;
	m->src = *src;
	m->fd = -1;
	m->empty = src->config->metrics_include_empty;
	if (path && *path) {
		m->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
		if (m->fd < 0) {
			free(m);
			return error_sys(err, ERROR_INPUT, errno,
					 "%s: cannot be opened for metrics", path);
		}
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	m->start_mono_ns = now.tv_sec * NS_PER_S + now.tv_nsec;
	m->fixed = json_object();
	metrics_add_static(m->fixed, src);
	*out = m;
	return 0;
}

void metrics_close(struct metrics *m)
{
	if (!m)
		return;
	if (m->fd >= 0)
		close(m->fd);
	json_decref(m->fixed);
	json_decref(m->last);
	free(m);
}
