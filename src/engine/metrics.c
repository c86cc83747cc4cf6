/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/metrics.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

/* Field names of Falco 0.38 to 0.44. `enter` is the twin that releases up to 0.41 have besides, for
 * the entry half of the same system calls; both make one category. */
static const struct metric_field {
	const char *name, *enter;
} fields[METRIC_N] = {
	[METRIC_N_EVTS] = {"scap.n_evts", NULL},
	[METRIC_N_DROPS] = {"scap.n_drops", NULL},
	[METRIC_NUM_EVTS] = {"falco.num_evts", NULL},
	[METRIC_DROPS_CLONE_FORK] = {"scap.n_drops_buffer_clone_fork_exit",
				     "scap.n_drops_buffer_clone_fork_enter"},
	[METRIC_DROPS_EXECVE] = {"scap.n_drops_buffer_execve_exit",
				 "scap.n_drops_buffer_execve_enter"},
	[METRIC_DROPS_CONNECT] = {"scap.n_drops_buffer_connect_exit",
				  "scap.n_drops_buffer_connect_enter"},
	[METRIC_DROPS_OPEN] = {"scap.n_drops_buffer_open_exit", "scap.n_drops_buffer_open_enter"},
	[METRIC_DROPS_DIR_FILE] = {"scap.n_drops_buffer_dir_file_exit",
				   "scap.n_drops_buffer_dir_file_enter"},
	[METRIC_DROPS_OTHER_INTEREST] = {"scap.n_drops_buffer_other_interest_exit",
					 "scap.n_drops_buffer_other_interest_enter"},
	[METRIC_DROPS_CLOSE] = {"scap.n_drops_buffer_close_exit",
				"scap.n_drops_buffer_close_enter"},
	[METRIC_DROPS_PROC_EXIT] = {"scap.n_drops_buffer_proc_exit", NULL},
	[METRIC_DROPS_SCRATCH_MAP] = {"scap.n_drops_scratch_map", NULL},
	[METRIC_DROPS_PAGE_FAULTS] = {"scap.n_drops_page_faults", NULL},
	[METRIC_DROPS_BUG] = {"scap.n_drops_bug", NULL},
	[METRIC_QUEUE_DROPS] = {"falco.outputs_queue_num_drops", NULL},
	[METRIC_N_THREADS] = {"falco.n_threads", NULL},
	[METRIC_N_FDS] = {"falco.n_fds", NULL},
	[METRIC_FAILED_THREAD_LOOKUPS] = {"falco.n_failed_thread_lookups", NULL},
	[METRIC_THREADTABLE_FULL] = {"falco.n_drops_full_threadtable", NULL},
	[METRIC_FAILED_FD_LOOKUPS] = {"falco.n_failed_fd_lookups", NULL},
	[METRIC_STORE_DROPS] = {"falco.n_store_evts_drops", NULL},
	[METRIC_PROCS_RUNNING] = {"falco.host_procs_running", NULL},
	[METRIC_HOST_CPUS] = {"falco.host_num_cpus", NULL},
};

#define RULES_PREFIX   "falco.rules."
#define PLUGINS_PREFIX "plugins."
#define CPU_ROUNDING   0.0005 /* half of the last digit of cpu_usage_perc, as a share */

void metrics_sample_init(struct metrics_sample *s)
{
	*s = (struct metrics_sample){.t_ns = METRIC_UNKNOWN,
				     .cpu_ns = METRIC_UNKNOWN,
				     .cpu_error_ns = METRIC_UNKNOWN,
				     .plugin_losses = METRIC_UNKNOWN};
	for (size_t i = 0; i < METRIC_N; i++)
		s->v[i] = METRIC_UNKNOWN;
}

void metrics_sample_release(struct metrics_sample *s)
{
	free(s->cpu_evts);
	free(s->cpu_drops);
	strvec_release(&s->rules);
	metrics_sample_init(s);
}

/* A counter: a number of 0 or more; reals are rounded. */
static int64_t counter(const json_t *j)
{
	double d;

	if (json_is_integer(j) && json_integer_value(j) >= 0)
		return json_integer_value(j);
	if (!json_is_real(j))
		return METRIC_UNKNOWN;
	d = json_real_value(j);
	return d >= 0 && d < 9e18 ? (int64_t)llround(d) : METRIC_UNKNOWN;
}

/* Per-CPU fields, NULL when none of them is there. */
static int64_t *per_cpu(const json_t *o, const char *prefix, size_t n)
{
	int64_t *v = n ? xcalloc(n, sizeof(*v)) : NULL;
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		char *name cleanup_free = xasprintf("%s%zu", prefix, i);

		v[i] = counter(json_object_get(o, name));
		any = any || v[i] != METRIC_UNKNOWN;
	}
	if (any)
		return v;
	free(v);
	return NULL;
}

static void read_rules(struct metrics_sample *s, json_t *o)
{
	const char *name;
	json_t *v;

	json_object_foreach(o, name, v)
	{
		if (strncmp(name, RULES_PREFIX, strlen(RULES_PREFIX)) || counter(v) < 0)
			continue;
		if (strcmp(name, RULES_PREFIX "matches_total"))
			strvec_pushf(&s->rules, "%s=%lld", name + strlen(RULES_PREFIX),
				     (long long)counter(v));
	}
	strvec_sort(&s->rules);
}

/* Falco names a plugin's metrics plugins.<name>; what such a counter means is known by its name
 * only. */
static void read_plugins(struct metrics_sample *s, json_t *o)
{
	static const char *const losses[] = {"drop", "lost", "fail", "missed"};
	const char *name;
	int64_t sum;
	json_t *v;

	json_object_foreach(o, name, v)
	{
		if (strncmp(name, PLUGINS_PREFIX, strlen(PLUGINS_PREFIX)) || counter(v) < 0)
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(losses); i++) {
			if (!strstr(name, losses[i]))
				continue;
			if (s->plugin_losses == METRIC_UNKNOWN)
				s->plugin_losses = 0;
			if (__builtin_add_overflow(s->plugin_losses, counter(v), &sum))
				sum = INT64_MAX;
			s->plugin_losses = sum;
			break;
		}
	}
}

/* The average's time runs from the start of the process: falco.reload_ts is taken on the way into
 * the first start, start_ts a little later (0.44.1); after a reload start_ts is the earlier one. */
static void read_cpu(struct metrics_sample *s, json_t *o)
{
	const json_t *perc = json_object_get(o, "falco.cpu_usage_perc");
	int64_t start = counter(json_object_get(o, "falco.start_ts"));
	int64_t reload = counter(json_object_get(o, "falco.reload_ts"));
	double age;

	if (reload > 0 && reload < start)
		start = reload;
	/* 100 for each CPU: anything else is no percentage. */
	if (!(json_number_value(perc) >= 0 && json_number_value(perc) < 1e6) || start <= 0 ||
	    start > s->t_ns)
		return;
	age = (double)(s->t_ns - start);
	if (!json_is_number(perc) || json_number_value(perc) / 100 * age > 9e18)
		return;
	s->cpu_ns = (int64_t)(json_number_value(perc) / 100 * age);
	s->cpu_error_ns = (int64_t)(CPU_ROUNDING * age);
}

static int read_fields(struct metrics_sample *s, json_t *o, size_t n_cpus, struct error *err)
{
	const char *source = json_string_value(json_object_get(o, "evt.source"));

	s->t_ns = counter(json_object_get(o, "evt.time"));
	if (s->t_ns <= 0)
		return error_env(err, "has no evt.time");
	for (size_t i = 0; i < METRIC_N; i++) {
		int64_t enter = METRIC_UNKNOWN;

		s->v[i] = counter(json_object_get(o, fields[i].name));
		if (fields[i].enter)
			enter = counter(json_object_get(o, fields[i].enter));
		if (enter != METRIC_UNKNOWN)
			s->v[i] = enter + (s->v[i] == METRIC_UNKNOWN ? 0 : s->v[i]);
	}
	s->cpu_evts = per_cpu(o, "scap.n_evts_cpu_", n_cpus);
	s->cpu_drops = per_cpu(o, "scap.n_drops_cpu_", n_cpus);
	s->n_cpus = n_cpus;
	s->other_source = source && strcmp(source, "syscall") != 0;
	read_rules(s, o);
	read_plugins(s, o);
	read_cpu(s, o);
	return 0;
}

int metrics_parse_line(struct metrics_sample *s, const char *line, size_t len, size_t n_cpus,
		       struct error *err)
{
	json_error_t je;
	json_t *doc = json_loadb(line, len, 0, &je), *o = json_object_get(doc, "output_fields");
	int rc;

	metrics_sample_init(s);
	if (!doc)
		return error_env(err, "not JSON (%s)", je.text);
	if (!json_is_object(o))
		rc = error_env(err, "has no output_fields");
	else
		rc = metrics_parse_fields(s, o, n_cpus, err);
	json_decref(doc);
	return rc;
}

int metrics_parse_fields(struct metrics_sample *s, json_t *o, size_t n_cpus, struct error *err)
{
	metrics_sample_init(s);
	if (!read_fields(s, o, n_cpus, err))
		return 0;
	metrics_sample_release(s);
	return -1;
}

void metrics_tail_init(struct metrics_tail *t, const char *path, size_t n_cpus)
{
	*t = (struct metrics_tail){
		.path = xstrdup(path), .fd = -1, .partial = STRBUF_INIT, .n_cpus = n_cpus};
}

void metrics_tail_release(struct metrics_tail *t)
{
	free(t->path);
	free(t->first_broken);
	strbuf_release(&t->partial);
	if (t->fd >= 0)
		close(t->fd);
	*t = (struct metrics_tail){.fd = -1, .partial = STRBUF_INIT};
}

static void take_line(struct metrics_tail *t, const char *line, size_t len, metrics_fn fn,
		      void *arg)
{
	struct error why = ERROR_INIT;
	struct metrics_sample s;

	t->n_lines++;
	if (metrics_parse_line(&s, line, len, t->n_cpus, &why)) {
		if (!t->n_broken++)
			t->first_broken = xasprintf("line %zu: %s", t->n_lines, why.msg);
		return;
	}
	if (fn)
		fn(arg, &s);
	metrics_sample_release(&s);
}

int metrics_tail_read(struct metrics_tail *t, metrics_fn fn, void *arg, struct error *err)
{
	char *nl, *from;

	if (t->fd < 0)
		t->fd = open(t->path, O_RDONLY | O_CLOEXEC);
	if (t->fd < 0)
		return errno == ENOENT
			       ? 0
			       : error_sys(err, ERROR_ENV, errno, "%s: cannot be read", t->path);
	for (;;) {
		ssize_t n;

		strbuf_grow(&t->partial, 65536);
		n = read(t->fd, t->partial.buf + t->partial.len, 65536);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_sys(err, ERROR_ENV, errno, "%s: cannot be read", t->path);
		if (!n)
			break;
		strbuf_setlen(&t->partial, t->partial.len + (size_t)n);
	}
	from = t->partial.buf;
	while ((nl = memchr(from, '\n', t->partial.len - (size_t)(from - t->partial.buf)))) {
		take_line(t, from, (size_t)(nl - from), fn, arg);
		from = nl + 1;
	}
	if (from != t->partial.buf) {
		size_t left = t->partial.len - (size_t)(from - t->partial.buf);

		memmove(t->partial.buf, from, left);
		strbuf_setlen(&t->partial, left);
	}
	return 0;
}
