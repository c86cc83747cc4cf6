/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/live/survey.h"

#include "base/fs.h"
#include "base/hostname.h"
#include "base/mem.h"
#include "survey/fold.h"
#include "survey/live/cgroup.h"
#include "survey/live/counter.h"
#include "syscalls/catalogue.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S   1000000000LL
#define WALK_EVERY (5 * NS_PER_S) /* between two searches for unknown control groups */
#define NR_EXECVE  59

struct reading {
	struct count_pair v[COUNT_SLOTS];
};

/* The names that came with the ids of one second. The kernel side gives a name with the first call
 * of its kind, so that the count may come a second after its name: two generations are kept. */
struct names {
	struct strmap now, before; /* id as text -> name (owned) */
};

struct survey {
	const struct survey_opts *opt;
	struct host_profile *out;
	struct counter *counter;
	struct cgroups cgroups;
	const char *call_names[COUNT_SLOTS];
	struct fold folds[COUNT_TABLES];
	struct names names[COUNT_TABLES];
	struct reading first, last; /* at the start, and at the last bin's end */
	uint64_t missed;	    /* at the start */
	uint64_t *cpu_first;	    /* native calls and procexit of each possible CPU */
	double *bins;		    /* COUNT_SLOTS x HOST_BINS_MAX */
	size_t n_bins;
	int64_t start, bin_ns;
};

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* ---- names ---- */

static void find_call_names(struct survey *s)
{
	const struct catalogue *cat = catalogue_find(NULL);

	for (size_t i = 0; i < cat->n_syscalls; i++)
		if (*cat->syscalls[i].name && cat->syscalls[i].x86_64 >= 0 &&
		    cat->syscalls[i].x86_64 < COUNT_NR)
			s->call_names[cat->syscalls[i].x86_64] = cat->syscalls[i].name;
	s->call_names[COUNT_PROCEXIT] = "procexit";
	/* Falco makes both successful ones events of execve. */
	s->call_names[COUNT_EXEC] = s->call_names[NR_EXECVE];
}

static void drop_names(struct strmap *m)
{
	strmap_for_each (e, m)
		free(e->value);
	strmap_release(m);
	*m = (struct strmap)STRMAP_INIT;
}

static void take_name(void *arg, uint64_t id, const char *name)
{
	struct names *n = arg;
	char key[24];

	snprintf(key, sizeof(key), "%" PRIu64, id);
	free(strmap_put(&n->now, key, xstrdup(name)));
}

static const char *name_of(const struct names *n, uint64_t id)
{
	char key[24];
	const char *name;

	snprintf(key, sizeof(key), "%" PRIu64, id);
	name = strmap_get(&n->now, key);
	if (!name)
		name = strmap_get(&n->before, key);
	return name && *name ? name : NULL;
}

/* ---- tables ---- */

struct entry {
	struct count_key key;
	struct count_pair sum;
};

/* The counts of one table, kept until the names have come too. */
struct entries {
	struct entry *v;
	size_t n, alloc;
};

static void take_entry(void *arg, const void *key, const struct count_pair *sum)
{
	struct entries *e = arg;

	ALLOC_GROW(e->v, e->n, e->alloc);
	e->v[e->n++] = (struct entry){.key = *(const struct count_key *)key, .sum = *sum};
}

static void fold_entry(struct survey *s, enum count_table t, const struct entry *e)
{
	const char *name = name_of(&s->names[t], e->key.id);
	size_t slot = e->key.slot == COUNT_EXEC ? NR_EXECVE : e->key.slot;

	if (t == COUNT_BY_CGROUP) {
		const char *path = cgroups_path(&s->cgroups, e->key.id, WALK_EVERY);

		name = path ? path : name;
	}
	name = name ? name : "(unknown)";
	fold_add(&s->folds[t], name, NULL, slot, e->sum.n, e->sum.failed);
	if (t == COUNT_BY_PROCESS)
		fold_process(&s->folds[t], name, (int64_t)e->key.id);
}

/* Counts first: all of their names are there then. */
static int drain_ids(struct survey *s, enum count_table t, bool forget, struct error *err)
{
	struct entries e = {0};
	struct names *n = &s->names[t];
	int rc;

	drop_names(&n->before);
	n->before = n->now;
	n->now = (struct strmap)STRMAP_INIT;
	rc = counter_drain(s->counter, t, take_entry, &e, err) ||
	     counter_drain_names(s->counter, t, take_name, n, err);
	for (size_t i = 0; !rc && !forget && i < e.n; i++)
		fold_entry(s, t, &e.v[i]);
	free(e.v);
	return rc ? -1 : 0;
}

static void fold_path(void *arg, const void *key, const struct count_pair *sum)
{
	struct strbuf name cleanup_strbuf = STRBUF_INIT;
	struct fold *f = arg;
	char raw[COUNT_NAME], *first cleanup_free = NULL;
	size_t len;

	memcpy(raw, key, sizeof(raw));
	raw[COUNT_NAME - 1] = 0;
	fold_path_name(raw, &name, &len);
	first = xstrndup(name.buf, len);
	fold_add(f, name.buf, first, 0, sum->n, sum->failed);
}

static void forget_path(void *arg, const void *key, const struct count_pair *sum)
{
	(void)arg;
	(void)key;
	(void)sum;
}

/* forget: what came before the window. */
static int drain_tables(struct survey *s, bool forget, struct error *err)
{
	if (s->opt->by_process && drain_ids(s, COUNT_BY_PROCESS, forget, err))
		return -1;
	if (s->opt->by_cgroup && drain_ids(s, COUNT_BY_CGROUP, forget, err))
		return -1;
	return s->opt->by_path
		       ? counter_drain(s->counter, COUNT_BY_PATH, forget ? forget_path : fold_path,
				       &s->folds[COUNT_BY_PATH], err)
		       : 0;
}

/* ---- counters ---- */

static void read_counts(const struct survey *s, struct reading *out)
{
	memset(out, 0, sizeof(*out));
	for (unsigned cpu = 0; cpu < counter_n_cpus(s->counter); cpu++) {
		const volatile struct count_pair *c = counter_cpu(s->counter, cpu);

		for (size_t i = 0; i < COUNT_SLOTS; i++) {
			/* Failures first, that they do not come out above the whole. */
			out->v[i].failed += c[i].failed;
			out->v[i].n += c[i].n;
		}
	}
	out->v[NR_EXECVE].n += out->v[COUNT_EXEC].n;
	out->v[COUNT_EXEC] = (struct count_pair){0};
}

static uint64_t cpu_events(const struct survey *s, unsigned cpu)
{
	const volatile struct count_pair *c = counter_cpu(s->counter, cpu);
	uint64_t sum = 0;

	for (size_t i = 0; i < COUNT_SLOTS; i++)
		if (s->call_names[i])
			sum += c[i].n;
	return sum;
}

static void end_bin(struct survey *s, const struct reading *now, int64_t length_ns)
{
	if (s->n_bins >= HOST_BINS_MAX)
		return;
	for (size_t i = 0; i < COUNT_SLOTS; i++)
		s->bins[i * HOST_BINS_MAX + s->n_bins] =
			(double)(now->v[i].n - s->last.v[i].n) / ((double)length_ns / 1e9);
	s->n_bins++;
	s->last = *now;
}

static void sleep_until(const struct survey *s, int64_t at)
{
	struct timespec t = {.tv_sec = at / NS_PER_S, .tv_nsec = at % NS_PER_S};

	while (!*s->opt->stop && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL))
		;
}

/* Wakes once a second whatever the length of a bin: the tables must not fill, and a signal that
 * came just before the sleep is seen soon. Returns the length of the window, or -1. */
static int64_t count_window(struct survey *s, struct reading *now, struct error *err)
{
	int64_t end = s->start + s->opt->duration_ns, bin_start = s->start, t = s->start;

	for (int64_t tick = 1; !*s->opt->stop && t < end; tick++) {
		int64_t to = s->start + tick * NS_PER_S;
		bool whole = tick * NS_PER_S % s->bin_ns == 0;

		sleep_until(s, to < end ? to : end);
		read_counts(s, now);
		t = now_ns();
		if (drain_tables(s, false, err))
			return -1;
		if (!whole || t < to)
			continue;
		end_bin(s, now, t - bin_start);
		bin_start = t;
	}
	return t - s->start;
}

/* ---- the profile ---- */

static double delta_per_s(const struct survey *s, const struct reading *now, size_t slot,
			  double seconds)
{
	return (double)(now->v[slot].n - s->first.v[slot].n) / seconds;
}

static void add_call(struct survey *s, const struct reading *now, size_t slot, double seconds)
{
	struct host_profile *p = s->out;
	struct host_call *c;

	if (now->v[slot].n == s->first.v[slot].n)
		return;
	c = &p->calls[p->n_calls++];
	*c = (struct host_call){
		.name = xstrdup(s->call_names[slot]),
		.per_s = delta_per_s(s, now, slot, seconds),
		.failed_per_s = (double)(now->v[slot].failed - s->first.v[slot].failed) / seconds,
		.bins = xcalloc(p->n_bins + 1, sizeof(double)),
	};
	memcpy(c->bins, &s->bins[slot * HOST_BINS_MAX], p->n_bins * sizeof(double));
}

static void add_cpus(struct survey *s, double seconds)
{
	struct host_profile *p = s->out;
	unsigned n = counter_n_cpus(s->counter);

	p->cpu_per_s = xcalloc(n, sizeof(double));
	for (unsigned cpu = 0; cpu < n; cpu++) {
		char path[64];
		uint64_t online = 1; /* CPU 0 often has no such file */

		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/online", cpu);
		if (fs_read_u64(path, &online) && !online)
			continue;
		p->cpu_per_s[p->n_cpu_per_s++] =
			(double)(cpu_events(s, cpu) - s->cpu_first[cpu]) / seconds;
	}
}

static void add_groups(struct survey *s, const struct reading *now, double seconds)
{
	struct host_groups *to[COUNT_TABLES] = {&s->out->by_process, &s->out->by_cgroup,
						&s->out->by_path};
	bool asked[COUNT_TABLES] = {s->opt->by_process, s->opt->by_cgroup, s->opt->by_path};

	for (size_t t = 0; t < COUNT_TABLES; t++) {
		if (!asked[t])
			continue;
		fold_finish(&s->folds[t], seconds, s->call_names, to[t]);
		to[t]->other_per_s += delta_per_s(s, now, COUNT_OTHER_PROCESS + t, seconds);
	}
	if (s->opt->by_path)
		s->out->by_path.unreadable_per_s = delta_per_s(s, now, COUNT_UNREADABLE, seconds);
}

static void fill(struct survey *s, const struct reading *now, int64_t window_ns)
{
	struct host_profile *p = s->out;
	double seconds = (double)window_ns / 1e9;

	if (!s->n_bins) {
		end_bin(s, now, window_ns);
		s->bin_ns = window_ns;
	}
	p->seconds = seconds;
	p->bin_s = (double)s->bin_ns / 1e9;
	p->n_bins = s->n_bins;
	p->interrupted = window_ns < s->opt->duration_ns;
	p->calls = xcalloc(COUNT_SLOTS, sizeof(*p->calls));
	p->unknown_per_s = delta_per_s(s, now, COUNT_ABOVE, seconds);
	for (size_t i = 0; i < COUNT_SLOTS; i++) {
		if (s->call_names[i])
			add_call(s, now, i, seconds);
		else if (i < COUNT_NR)
			p->unknown_per_s += delta_per_s(s, now, i, seconds);
	}
	p->compat_per_s = delta_per_s(s, now, COUNT_COMPAT, seconds);
	p->missed_per_s = (double)(counter_missed(s->counter) - s->missed) / seconds;
	add_cpus(s, seconds);
	add_groups(s, now, seconds);
	host_profile_sort(p);
}

static void describe_host(struct host_profile *p)
{
	struct utsname u;

	p->hostname = hostname_get();
	if (!uname(&u))
		p->kernel = xstrdup(u.release);
	p->n_cpus = sysconf(_SC_NPROCESSORS_ONLN);
	p->falcotune_version = xstrdup(FALCOTUNE_VERSION);
}

/* To the millisecond, so that the bins can be laid beside other records. */
static void note_time(struct host_profile *p)
{
	struct timespec now;
	struct tm tm;
	char text[32];

	clock_gettime(CLOCK_REALTIME, &now);
	if (gmtime_r(&now.tv_sec, &tm) && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm))
		p->taken = xasprintf("%s.%03dZ", text, (int)(now.tv_nsec / 1000000));
}

static int run(struct survey *s, struct error *err)
{
	struct counter_opts opts = {.by_process = s->opt->by_process, .by_path = s->opt->by_path};
	struct host_profile *p = s->out;
	struct reading now;
	int64_t window;

	if (s->opt->by_cgroup) {
		if (cgroups_open(&s->cgroups, "/proc/mounts", err))
			return -1;
		opts.controller = s->cgroups.controller;
		p->cgroup_hierarchy =
			*opts.controller ? xasprintf("v1 %s", opts.controller) : xstrdup("v2");
	}
	if (counter_open(&s->counter, &opts, err))
		return -1;
	describe_host(p);
	counter_cost(s->counter, &p->cost_ns, &p->empty_ns);
	if (counter_start(s->counter, err) || drain_tables(s, true, err))
		return -1;
	s->missed = counter_missed(s->counter);
	s->cpu_first = xcalloc(counter_n_cpus(s->counter), sizeof(*s->cpu_first));
	for (unsigned cpu = 0; cpu < counter_n_cpus(s->counter); cpu++)
		s->cpu_first[cpu] = cpu_events(s, cpu);
	s->start = now_ns();
	note_time(p);
	read_counts(s, &s->first);
	s->last = s->first;
	if (s->opt->ready)
		s->opt->ready(s->opt->arg);
	window = count_window(s, &now, err);
	if (window < 0)
		return -1;
	if (!window)
		return error_env(err, "it was ended before anything was counted");
	fill(s, &now, window);
	return 0;
}

int survey_run(const struct survey_opts *opt, struct host_profile *out, struct error *err)
{
	struct survey s = {.opt = opt, .out = out};
	int rc;

	s.bin_ns = host_bin_ns(opt->duration_ns);
	s.bins = xcalloc((size_t)COUNT_SLOTS * HOST_BINS_MAX, sizeof(*s.bins));
	for (size_t t = 0; t < COUNT_TABLES; t++)
		fold_init(&s.folds[t], t == COUNT_BY_PATH ? 0 : COUNT_SLOTS);
	find_call_names(&s);
	rc = run(&s, err);
	counter_close(s.counter);
	for (size_t t = 0; t < COUNT_TABLES; t++) {
		fold_release(&s.folds[t]);
		drop_names(&s.names[t].now);
		drop_names(&s.names[t].before);
	}
	cgroups_release(&s.cgroups);
	free(s.cpu_first);
	free(s.bins);
	return rc;
}
