/* SPDX-License-Identifier: Apache-2.0 */
/* The names of Falco's metrics, and the members of a line that have them. */
#include "engine/metrics_private.h"

#include "base/mem.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

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

bool metrics_take_member(void *arg, const struct skim_member *m)
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
