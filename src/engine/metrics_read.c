/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of a metrics file or of a Falco's JSON log. Members come from the skimmer or from a
 * document, and both end in take().
 */
#include "engine/metrics.h"

#include "base/json_skim.h"
#include "base/mem.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define CPU_ROUNDING 0.0005 /* half of the last digit of cpu_usage_perc, as a share */
#define NS_PER_S     INT64_C(1000000000)

#define RULE_SNAPSHOT "Falco internal: metrics snapshot"
#define RULE_DROPS    "Falco internal: syscall event drop"

/* What a member is, beside the counters of enum metric. */
enum slot {
	SLOT_ENTER = METRIC_N, /* plus a metric: its twin of the entry half */
	SLOT_TIME = 2 * METRIC_N,
	SLOT_START,
	SLOT_RELOAD,
	SLOT_NUMBERS, /* those above are counters */
	SLOT_CPU_PERC = SLOT_NUMBERS,
	SLOT_RSS_BYTES,
	SLOT_RSS_KB,
	SLOT_RSS_MB,
	SLOT_SOURCE,
	SLOT_HOST,
	SLOT_OLD_HOST,
	SLOT_VERSION,
	SLOT_KERNEL,
	SLOT_DRIVER,
	SLOT_NONE,
};

struct name {
	const char *text;
	size_t len;
	enum slot slot;
};
#define NAME(name, at)                                                                             \
	{                                                                                          \
		name, sizeof(name) - 1, (enum slot)(at)                                            \
	}
/* Releases up to 0.41 have a twin for the entry half of the same system calls; both make one
 * category. */
#define BOTH(name, metric)                                                                         \
	NAME(name "_exit", metric), NAME(name "_enter", (int)SLOT_ENTER + (int)(metric))

/* Names of Falco 0.38 to 0.44 behind their prefix. A drop alert has those of scap without it. */
static const struct name scap_names[] = {
	NAME("n_evts", METRIC_N_EVTS),
	NAME("n_drops", METRIC_N_DROPS),
	BOTH("n_drops_buffer_clone_fork", METRIC_DROPS_CLONE_FORK),
	BOTH("n_drops_buffer_execve", METRIC_DROPS_EXECVE),
	BOTH("n_drops_buffer_connect", METRIC_DROPS_CONNECT),
	BOTH("n_drops_buffer_open", METRIC_DROPS_OPEN),
	BOTH("n_drops_buffer_dir_file", METRIC_DROPS_DIR_FILE),
	BOTH("n_drops_buffer_other_interest", METRIC_DROPS_OTHER_INTEREST),
	BOTH("n_drops_buffer_close", METRIC_DROPS_CLOSE),
	NAME("n_drops_buffer_proc_exit", METRIC_DROPS_PROC_EXIT),
	NAME("n_drops_scratch_map", METRIC_DROPS_SCRATCH_MAP),
	NAME("n_drops_page_faults", METRIC_DROPS_PAGE_FAULTS),
	NAME("n_drops_bug", METRIC_DROPS_BUG),
	NAME("engine_name", SLOT_DRIVER),
};

static const struct name falco_names[] = {
	NAME("num_evts", METRIC_NUM_EVTS),
	NAME("outputs_queue_num_drops", METRIC_QUEUE_DROPS),
	NAME("n_threads", METRIC_N_THREADS),
	NAME("n_fds", METRIC_N_FDS),
	NAME("n_failed_thread_lookups", METRIC_FAILED_THREAD_LOOKUPS),
	NAME("n_drops_full_threadtable", METRIC_THREADTABLE_FULL),
	NAME("n_failed_fd_lookups", METRIC_FAILED_FD_LOOKUPS),
	NAME("n_store_evts_drops", METRIC_STORE_DROPS),
	NAME("host_procs_running", METRIC_PROCS_RUNNING),
	NAME("host_num_cpus", METRIC_HOST_CPUS),
	NAME("rules.matches_total", METRIC_RULE_MATCHES),
	NAME("start_ts", SLOT_START),
	NAME("reload_ts", SLOT_RELOAD),
	NAME("cpu_usage_perc", SLOT_CPU_PERC),
	NAME("memory_rss_bytes", SLOT_RSS_BYTES),
	NAME("memory_rss_kb", SLOT_RSS_KB),
	NAME("memory_rss_mb", SLOT_RSS_MB),
	NAME("version", SLOT_VERSION),
	NAME("kernel_release", SLOT_KERNEL),
	NAME("hostname", SLOT_OLD_HOST), /* 0.37 */
};

static const struct name evt_names[] = {
	NAME("time", SLOT_TIME),
	NAME("source", SLOT_SOURCE),
	NAME("hostname", SLOT_HOST),
};

static enum slot look_up(const struct name *v, size_t n, const char *key, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].len == len && !memcmp(v[i].text, key, len))
			return v[i].slot;
	return SLOT_NONE;
}

/* Plugins' counters of losses that were seen, so that a member that is there twice counts once. */
#define MAX_PLUGIN_KEYS 64

struct plugin_key {
	const char *key;
	size_t len;
};

struct reading {
	struct metrics_line *l;
	const struct metrics_want *want;
	int64_t v[SLOT_NUMBERS], bare[SLOT_TIME]; /* bare: names without scap. */
	double cpu_perc, rss[3];		  /* rss as SLOT_RSS_*, in bytes; NaN */
	char rule[40], host[65], old_host[65], top_host[65], time[40];
	bool any_rule, fields;
	struct plugin_key plugins[MAX_PLUGIN_KEYS];
	size_t n_plugins;
};

static void begin(struct reading *r, struct metrics_line *l, const struct metrics_want *want)
{
	memset(&l->id, 0, sizeof(l->id));
	l->id.start_ns = l->id.reload_ns = METRIC_UNKNOWN;
	metrics_sample_init(&l->s);
	r->l = l;
	r->want = want;
	for (size_t i = 0; i < SLOT_NUMBERS; i++)
		r->v[i] = METRIC_UNKNOWN;
	for (size_t i = 0; i < SLOT_TIME; i++)
		r->bare[i] = METRIC_UNKNOWN;
	r->cpu_perc = r->rss[0] = r->rss[1] = r->rss[2] = (double)NAN;
	r->rule[0] = r->host[0] = r->old_host[0] = r->top_host[0] = r->time[0] = '\0';
	r->any_rule = r->fields = false;
	r->n_plugins = 0;
}

/* A counter: a number of 0 or more, reals rounded; of a drop alert its digits. */
static int64_t counter(const struct skim_value *v)
{
	double d;
	int64_t n = 0;

	switch (v->kind) {
	case SKIM_INTEGER:
		return v->integer >= 0 ? v->integer : METRIC_UNKNOWN;
	case SKIM_REAL:
		d = skim_number(v);
		return d >= 0 && d < 9e18 ? (int64_t)llround(d) : METRIC_UNKNOWN;
	case SKIM_STRING:
		if (!v->len || v->len > 18)
			return METRIC_UNKNOWN;
		for (size_t i = 0; i < v->len; i++) {
			if (!isdigit((unsigned char)v->text[i]))
				return METRIC_UNKNOWN;
			n = n * 10 + (v->text[i] - '0');
		}
		return n;
	default:
		return METRIC_UNKNOWN;
	}
}

static bool is_number(const struct skim_value *v)
{
	return v->kind == SKIM_INTEGER || v->kind == SKIM_REAL;
}

static void copy(char *to, size_t size, const struct skim_value *v)
{
	size_t n = v->kind != SKIM_STRING ? 0 : v->len < size - 1 ? v->len : size - 1;

	/* Not through the middle of a character. */
	while (n && n < v->len && ((unsigned char)v->text[n] & 0xc0) == 0x80)
		n--;
	if (n)
		memcpy(to, v->text, n);
	to[n] = '\0';
}

/* ---- members whose names are not fixed ---- */

static void take_cpu(int64_t **array, size_t n, const char *digits, size_t len,
		     const struct skim_value *v)
{
	size_t i = 0;

	if (!len || len > 6 || (len > 1 && *digits == '0'))
		return;
	for (size_t k = 0; k < len; k++) {
		if (!isdigit((unsigned char)digits[k]))
			return;
		i = i * 10 + (size_t)(digits[k] - '0');
	}
	if (i >= n)
		return;
	if (!*array) {
		*array = xmalloc(n * sizeof(**array));
		for (size_t k = 0; k < n; k++)
			(*array)[k] = METRIC_UNKNOWN;
	}
	(*array)[i] = counter(v);
}

static bool starts(const char *key, size_t len, const char *prefix)
{
	size_t n = strlen(prefix);

	return len >= n && !memcmp(key, prefix, n);
}

static void take_per_cpu(struct reading *r, const char *key, size_t len, const struct skim_value *v)
{
	static const char evts[] = "n_evts_cpu_", drops[] = "n_drops_cpu_";
	struct metrics_sample *s = &r->l->s;

	if (!r->want->n_cpus)
		return;
	if (starts(key, len, evts))
		take_cpu(&s->cpu_evts, r->want->n_cpus, key + sizeof(evts) - 1,
			 len - sizeof(evts) + 1, v);
	else if (starts(key, len, drops))
		take_cpu(&s->cpu_drops, r->want->n_cpus, key + sizeof(drops) - 1,
			 len - sizeof(drops) + 1, v);
}

static void take_rule(struct reading *r, const char *key, size_t len, const struct skim_value *v)
{
	int64_t n = counter(v);

	if (r->want->rules && is_number(v) && n >= 0)
		strvec_pushf(&r->l->s.rules, "%.*s=%lld", (int)len, key, (long long)n);
}

static bool has(const char *key, size_t len, const char *part)
{
	return memmem(key, len, part, strlen(part)) != NULL;
}

/* Falco names a plugin's metrics plugins.<name>; what such a counter means is known by its name
 * only. False: it was there before. */
static bool take_plugin(struct reading *r, const char *key, size_t len, const struct skim_value *v)
{
	int64_t n = counter(v), *sum = &r->l->s.plugin_losses;

	if (!has(key, len, "drop") && !has(key, len, "lost") && !has(key, len, "fail") &&
	    !has(key, len, "missed"))
		return true;
	for (size_t i = 0; i < r->n_plugins; i++)
		if (r->plugins[i].len == len && !memcmp(r->plugins[i].key, key, len))
			return false;
	if (r->n_plugins == MAX_PLUGIN_KEYS)
		return false;
	r->plugins[r->n_plugins++] = (struct plugin_key){key, len};
	if (!is_number(v) || n < 0)
		return true;
	if (*sum == METRIC_UNKNOWN)
		*sum = 0;
	if (__builtin_add_overflow(*sum, n, sum))
		*sum = INT64_MAX;
	return true;
}

/* ---- all members ---- */

static void set(struct reading *r, enum slot slot, const struct skim_value *v)
{
	struct metrics_ident *id = &r->l->id;
	double unit = 1;

	switch (slot) {
	case SLOT_CPU_PERC:
		r->cpu_perc = is_number(v) ? skim_number(v) : (double)NAN;
		return;
	case SLOT_RSS_MB:
		unit *= 1024;
		/* fallthrough */
	case SLOT_RSS_KB:
		unit *= 1024;
		/* fallthrough */
	case SLOT_RSS_BYTES:
		r->rss[slot - SLOT_RSS_BYTES] = is_number(v) ? skim_number(v) * unit : (double)NAN;
		return;
	case SLOT_SOURCE:
		r->l->s.other_source =
			v->kind == SKIM_STRING && !skim_is(v->text, v->len, "syscall");
		return;
	case SLOT_HOST:
		copy(r->host, sizeof(r->host), v);
		return;
	case SLOT_OLD_HOST:
		copy(r->old_host, sizeof(r->old_host), v);
		return;
	case SLOT_VERSION:
		copy(id->version, sizeof(id->version), v);
		return;
	case SLOT_KERNEL:
		copy(id->kernel, sizeof(id->kernel), v);
		return;
	case SLOT_DRIVER:
		copy(id->driver, sizeof(id->driver), v);
		return;
	default:
		if (slot < SLOT_NUMBERS)
			r->v[slot] = is_number(v) ? counter(v) : METRIC_UNKNOWN;
	}
}

static bool take_field(struct reading *r, const char *key, size_t len, const struct skim_value *v)
{
	enum slot slot = SLOT_NONE;

	if (starts(key, len, "scap.")) {
		slot = look_up(scap_names, ARRAY_SIZE(scap_names), key + 5, len - 5);
		if (slot == SLOT_NONE)
			take_per_cpu(r, key + 5, len - 5, v);
	} else if (starts(key, len, "falco.")) {
		slot = look_up(falco_names, ARRAY_SIZE(falco_names), key + 6, len - 6);
		if (slot == SLOT_NONE && starts(key, len, "falco.rules."))
			take_rule(r, key + 12, len - 12, v);
	} else if (starts(key, len, "evt.")) {
		slot = look_up(evt_names, ARRAY_SIZE(evt_names), key + 4, len - 4);
	} else if (starts(key, len, "plugins.")) {
		return take_plugin(r, key, len, v);
	} else if (starts(key, len, "n_")) {
		slot = look_up(scap_names, ARRAY_SIZE(scap_names), key, len);
		if (slot < SLOT_TIME)
			r->bare[slot] = counter(v);
		return true;
	}
	if (slot != SLOT_NONE)
		set(r, slot, v);
	return true;
}

static bool take(void *arg, const struct skim_member *m)
{
	struct reading *r = arg;

	if (m->inside)
		return take_field(r, m->key, m->key_len, &m->value);
	if (skim_is(m->key, m->key_len, "output_fields")) {
		/* Twice, or none after all: the document decides. */
		if (r->fields || m->value.kind != SKIM_OTHER)
			return false;
		r->fields = true;
	} else if (skim_is(m->key, m->key_len, "rule")) {
		copy(r->rule, sizeof(r->rule), &m->value);
		r->any_rule = m->value.kind == SKIM_STRING;
	} else if (skim_is(m->key, m->key_len, "hostname")) {
		copy(r->top_host, sizeof(r->top_host), &m->value);
	} else if (skim_is(m->key, m->key_len, "time")) {
		copy(r->time, sizeof(r->time), &m->value);
	}
	return true;
}

/* ---- what they make together ---- */

/* "2026-01-31T12:00:00.123456789Z", as Falco's alerts have it. */
static int64_t iso_time(const char *text)
{
	struct tm tm = {0};
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	int64_t ns = 0, unit = NS_PER_S / 10;
	time_t s;

	if (!end)
		return METRIC_UNKNOWN;
	if (*end == '.')
		for (end++; isdigit((unsigned char)*end); end++, unit /= 10)
			ns += (*end - '0') * unit;
	s = timegm(&tm);
	return s > 0 && s < INT64_MAX / NS_PER_S - 1 ? (int64_t)s * NS_PER_S + ns : METRIC_UNKNOWN;
}

/* The average's time runs from the start of the process: falco.reload_ts is taken on the way into
 * the first start, start_ts a little later (0.44.1); after a reload start_ts is the earlier one. */
static void derive_cpu(const struct reading *r, struct metrics_sample *s)
{
	int64_t start = r->v[SLOT_START], reload = r->v[SLOT_RELOAD];
	double age;

	if (reload > 0 && reload < start)
		start = reload;
	/* 100 for each CPU: anything else is no percentage. */
	if (!(r->cpu_perc >= 0 && r->cpu_perc < 1e6) || start <= 0 || start > s->t_ns)
		return;
	age = (double)(s->t_ns - start);
	if (r->cpu_perc / 100 * age > 9e18)
		return;
	s->cpu_ns = (int64_t)(r->cpu_perc / 100 * age);
	s->cpu_error_ns = (int64_t)(CPU_ROUNDING * age);
}

static int derive(struct reading *r, struct error *err)
{
	struct metrics_line *l = r->l;
	struct metrics_sample *s = &l->s;
	const int64_t *from;

	if (!strcmp(r->rule, RULE_DROPS))
		l->kind = METRICS_DROP_ALERT;
	else
		l->kind = r->any_rule && strcmp(r->rule, RULE_SNAPSHOT) != 0 ? METRICS_OTHER
									     : METRICS_SNAPSHOT;
	s->t_ns = r->v[SLOT_TIME];
	if (l->kind != METRICS_SNAPSHOT && s->t_ns <= 0)
		s->t_ns = iso_time(r->time);
	if (l->kind == METRICS_SNAPSHOT && s->t_ns <= 0)
		return error_env(err, "has no evt.time");
	from = l->kind == METRICS_DROP_ALERT ? r->bare : r->v;
	for (size_t i = 0; i < METRIC_N; i++) {
		int64_t enter = from[SLOT_ENTER + i];

		s->v[i] = from[i];
		if (enter != METRIC_UNKNOWN &&
		    __builtin_add_overflow(enter, s->v[i] == METRIC_UNKNOWN ? 0 : s->v[i],
					   &s->v[i]))
			s->v[i] = INT64_MAX;
	}
	s->n_cpus = r->want->n_cpus;
	for (size_t i = 0; i < ARRAY_SIZE(r->rss); i++)
		if (r->rss[i] >= 0 && r->rss[i] < 9e18)
			s->rss_bytes = (int64_t)r->rss[i];
	strcpy(l->id.host, *r->host ? r->host : *r->old_host ? r->old_host : r->top_host);
	l->id.start_ns = r->v[SLOT_START];
	l->id.reload_ns = r->v[SLOT_RELOAD];
	derive_cpu(r, s);
	return 0;
}

/* The names are sorted; false when one is there twice. */
static bool sort_rules(struct metrics_sample *s)
{
	strvec_sort(&s->rules);
	for (size_t i = 1; i < s->rules.n; i++) {
		size_t n = strcspn(s->rules.v[i], "=");

		if (!strncmp(s->rules.v[i - 1], s->rules.v[i], n + 1))
			return false;
	}
	return true;
}

static struct skim_value value_of(json_t *j, char number[64])
{
	struct skim_value v = {.kind = SKIM_OTHER};

	if (json_is_integer(j)) {
		v.kind = SKIM_INTEGER;
		v.integer = json_integer_value(j);
	} else if (json_is_string(j)) {
		v.kind = SKIM_STRING;
		v.text = json_string_value(j);
		v.len = json_string_length(j);
	} else if (json_is_real(j)) {
		v.kind = SKIM_REAL;
		v.text = number;
		v.len = (size_t)snprintf(number, 64, "%.17g", json_real_value(j));
	}
	return v;
}

static void take_object(struct reading *r, json_t *o, bool inside)
{
	const char *key;
	json_t *j;

	json_object_foreach(o, key, j)
	{
		char number[64];
		struct skim_member m = {.inside = inside,
					.key = key,
					.key_len = strlen(key),
					.value = value_of(j, number)};

		take(r, &m);
	}
}

int metrics_read_document(struct metrics_line *l, const char *line, size_t len,
			  const struct metrics_want *want, struct error *err)
{
	json_error_t je;
	json_t *doc = json_loadb(line, len, 0, &je), *o = json_object_get(doc, "output_fields");
	struct reading r;
	int rc;

	begin(&r, l, want);
	if (!doc)
		return error_env(err, "not JSON (%s)", je.text);
	take_object(&r, doc, false);
	if (json_is_object(o)) {
		take_object(&r, o, true);
		sort_rules(&l->s);
		rc = derive(&r, err);
	} else {
		rc = error_env(err, "has no output_fields");
	}
	json_decref(doc);
	if (rc)
		metrics_sample_release(&l->s);
	return rc;
}

int metrics_read_line(struct metrics_line *l, const char *line, size_t len,
		      const struct metrics_want *want, struct error *err)
{
	struct reading r;

	begin(&r, l, want);
	if (json_skim(line, len, "output_fields", take, &r) && r.fields && sort_rules(&l->s) &&
	    !derive(&r, NULL))
		return 0;
	metrics_sample_release(&l->s);
	return metrics_read_document(l, line, len, want, err);
}

int metrics_read_fields(struct metrics_line *l, json_t *fields, const struct metrics_want *want,
			struct error *err)
{
	struct reading r;

	begin(&r, l, want);
	take_object(&r, fields, true);
	sort_rules(&l->s);
	if (!derive(&r, err))
		return 0;
	metrics_sample_release(&l->s);
	return -1;
}

/* ---- a sample alone ---- */

void metrics_sample_init(struct metrics_sample *s)
{
	*s = (struct metrics_sample){.t_ns = METRIC_UNKNOWN,
				     .cpu_ns = METRIC_UNKNOWN,
				     .cpu_error_ns = METRIC_UNKNOWN,
				     .plugin_losses = METRIC_UNKNOWN,
				     .rss_bytes = METRIC_UNKNOWN};
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

static int give_sample(struct metrics_sample *s, struct metrics_line *l, int rc)
{
	if (rc)
		metrics_sample_init(s);
	else
		*s = l->s;
	return rc;
}

int metrics_parse_line(struct metrics_sample *s, const char *line, size_t len, size_t n_cpus,
		       struct error *err)
{
	struct metrics_want want = {.n_cpus = n_cpus, .rules = true};
	struct metrics_line l;
	int rc = metrics_read_line(&l, line, len, &want, err);

	if (!rc && l.kind != METRICS_SNAPSHOT) {
		metrics_sample_release(&l.s);
		rc = error_env(err, "is an alert, and no metrics snapshot");
	}
	return give_sample(s, &l, rc);
}

int metrics_parse_fields(struct metrics_sample *s, json_t *fields, size_t n_cpus, struct error *err)
{
	struct metrics_want want = {.n_cpus = n_cpus, .rules = true};
	struct metrics_line l;

	return give_sample(s, &l, metrics_read_fields(&l, fields, &want, err));
}
