/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/live/counter.h"

#include "base/mem.h"
#include "bpf/env.h"
#include "count.skel.h"
#include "stats/describe.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOG_BYTES     (256 * 1024)
#define TABLE_ENTRIES 16384
#define TABLE_BYTES   (64u << 20) /* of one table on hosts with many CPUs */
#define BATCH	      4096

struct counter {
	struct count_bpf *skel;
	struct counter_opts opts;
	unsigned n_cpus;
	const volatile struct count_pair *counts; /* n_cpus * COUNT_SLOTS, mapped read-only */
	size_t counts_bytes;
	struct bpf_link *empty;
	char *log; /* the verifier's */
};

/* Where a v1 controller stands in css_set.subsys, which depends on the kernel's configuration. */
static int controller_index(const char *controller, __u32 *out, struct error *err)
{
	/* The kernel's name of the blkio controller is io. */
	char *want cleanup_free =
		xasprintf("%s_cgrp_id", strcmp(controller, "blkio") ? controller : "io");
	struct btf *btf = btf__load_vmlinux_btf();
	int id = btf ? btf__find_by_name_kind(btf, "cgroup_subsys_id", BTF_KIND_ENUM) : -1;
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, (__u32)id) : NULL;
	int found = -1;

	for (unsigned i = 0; t && i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_enum(t)[i].name_off), want))
			found = btf_enum(t)[i].val;
	btf__free(btf);
	if (found < 0)
		return error_env(err, "this kernel's BTF does not name the controller %s",
				 controller);
	*out = (__u32)found;
	return 0;
}

static int set_options(struct counter *c, struct error *err)
{
	struct count_bpf *s = c->skel;
	size_t entry = (size_t)c->n_cpus * sizeof(struct count_pair) + COUNT_NAME;
	__u32 n =
		TABLE_BYTES / entry < TABLE_ENTRIES ? (__u32)(TABLE_BYTES / entry) : TABLE_ENTRIES;
	bool by_cgroup = c->opts.controller != NULL;
	int rc;

	s->rodata->by_process = c->opts.by_process;
	s->rodata->by_path = c->opts.by_path;
	s->rodata->by_cgroup = !by_cgroup	     ? COUNT_CGROUP_NONE
			       : *c->opts.controller ? COUNT_CGROUP_V1
						     : COUNT_CGROUP_V2;
	if (by_cgroup && *c->opts.controller) {
		__u32 index = 0;

		if (controller_index(c->opts.controller, &index, err))
			return -1;
		s->rodata->cgroup_index = index;
	}
	rc = bpf_map__set_max_entries(s->maps.counts, c->n_cpus * COUNT_SLOTS);
	rc = rc ? rc : bpf_map__set_max_entries(s->maps.processes, c->opts.by_process ? n : 1);
	rc = rc ? rc : bpf_map__set_max_entries(s->maps.process_names, c->opts.by_process ? n : 1);
	rc = rc ? rc : bpf_map__set_max_entries(s->maps.cgroups, by_cgroup ? n : 1);
	rc = rc ? rc : bpf_map__set_max_entries(s->maps.cgroup_names, by_cgroup ? n : 1);
	rc = rc ? rc : bpf_map__set_max_entries(s->maps.paths, c->opts.by_path ? n : 1);
	return rc ? error_sys(err, ERROR_INTERNAL, -rc, "preparing the BPF maps") : 0;
}

static int load(struct counter *c, struct error *err)
{
	LIBBPF_OPTS(bpf_object_open_opts, open_opts, .kernel_log_buf = c->log,
		    .kernel_log_size = LOG_BYTES);
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const char *tail;
	void *at;
	int rc;

	c->skel = count_bpf__open_opts(&open_opts);
	if (!c->skel)
		return error_sys(err, ERROR_INTERNAL, errno, "opening the BPF object");
	if (set_options(c, err))
		return -1;
	rc = count_bpf__load(c->skel);
	tail = strlen(c->log) > 600 ? c->log + strlen(c->log) - 600 : c->log;
	if (rc)
		return error_sys(err, ERROR_ENV, -rc,
				 "the kernel did not take the BPF programs (5.8 or newer with BTF "
				 "is needed); its last words:\n%s\n",
				 tail);
	c->counts_bytes = (size_t)c->n_cpus * COUNT_SLOTS * sizeof(struct count_pair);
	c->counts_bytes = (c->counts_bytes + page - 1) / page * page;
	at = mmap(NULL, c->counts_bytes, PROT_READ, MAP_SHARED, bpf_map__fd(c->skel->maps.counts),
		  0);
	if (at == MAP_FAILED)
		return error_sys(err, ERROR_INTERNAL, errno, "mapping the counters");
	c->counts = at;
	return 0;
}

int counter_open(struct counter **out, const struct counter_opts *opts, struct error *err)
{
	struct counter *c;
	int possible;

	*out = NULL;
	if (bpf_env_check("the survey", err))
		return -1;
	possible = libbpf_num_possible_cpus();
	if (possible <= 0)
		return error_sys(err, ERROR_ENV, -possible, "counting the CPUs");
	/* The verifier's log has what matters; libbpf's own messages would pass the caller by. */
	libbpf_set_print(NULL);
	c = xcalloc(1, sizeof(*c));
	c->opts = *opts;
	c->n_cpus = (unsigned)possible;
	c->log = xcalloc(1, LOG_BYTES);
	if (load(c, err)) {
		counter_close(c);
		return -1;
	}
	*out = c;
	return 0;
}

static int attach(struct bpf_program *prog, struct bpf_link **link, struct error *err)
{
	if (*link)
		return 0;
	*link = bpf_program__attach(prog);
	if (!*link)
		return error_sys(err, ERROR_ENV, errno,
				 "no tracepoint for %s: the kernel does not let the program attach",
				 bpf_program__name(prog));
	return 0;
}

int counter_start(struct counter *c, struct error *err)
{
	struct count_bpf *s = c->skel;

	return attach(s->progs.count_exec, &s->links.count_exec, err) ||
			       attach(s->progs.count_procexit, &s->links.count_procexit, err) ||
			       attach(s->progs.count_exit, &s->links.count_exit, err)
		       ? -1
		       : 0;
}

void counter_stop(struct counter *c)
{
	count_bpf__detach(c->skel);
}

void counter_close(struct counter *c)
{
	if (!c)
		return;
	if (c->counts)
		munmap((void *)(uintptr_t)c->counts, c->counts_bytes);
	count_bpf__destroy(c->skel);
	free(c->log);
	free(c);
}

/* ---- cost ---- */

#define COST_ROUNDS 9
#define COST_CALLS  20000

static void make_calls(const struct counter *c)
{
	for (int i = 0; i < COST_CALLS; i++) {
		if (!c->opts.by_path)
			syscall(SYS_getppid);
		else if (syscall(SYS_openat, AT_FDCWD, "/proc/falcotune/none", O_PATH) >= 0)
			break; /* cannot be */
	}
}

static bool read_cost(const struct bpf_program *prog, __u64 *cnt, __u64 *ns)
{
	struct bpf_prog_info info = {0};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len) != 0)
		return false;
	*cnt = info.run_cnt;
	*ns = info.run_time_ns;
	return true;
}

/* ns a run over one round; NaN when it did not run. */
static double round_cost(__u64 cnt, __u64 ns)
{
	return cnt ? (double)ns / (double)cnt : (double)NAN;
}

static void measure(struct counter *c, double *own_ns, double *empty_ns)
{
	const struct bpf_program *own = c->skel->progs.count_exit, *none = c->skel->progs.empty;
	double own_rounds[COST_ROUNDS], none_rounds[COST_ROUNDS];

	for (int i = 0; i < COST_ROUNDS; i++) {
		__u64 cnt[4] = {0}, ns[4] = {0};

		read_cost(own, &cnt[0], &ns[0]);
		read_cost(none, &cnt[1], &ns[1]);
		make_calls(c);
		read_cost(own, &cnt[2], &ns[2]);
		read_cost(none, &cnt[3], &ns[3]);
		own_rounds[i] = round_cost(cnt[2] - cnt[0], ns[2] - ns[0]);
		none_rounds[i] = round_cost(cnt[3] - cnt[1], ns[3] - ns[1]);
	}
	*own_ns = stats_median(own_rounds, COST_ROUNDS);
	*empty_ns = stats_median(none_rounds, COST_ROUNDS);
}

void counter_cost(struct counter *c, double *own_ns, double *empty_ns)
{
	int stats = bpf_enable_stats(BPF_STATS_RUN_TIME);

	*own_ns = *empty_ns = (double)NAN;
	if (stats < 0)
		return;
	if (!attach(c->skel->progs.count_exit, &c->skel->links.count_exit, NULL) &&
	    !attach(c->skel->progs.empty, &c->empty, NULL))
		measure(c, own_ns, empty_ns);
	bpf_link__destroy(c->empty);
	c->empty = NULL;
	bpf_link__destroy(c->skel->links.count_exit);
	c->skel->links.count_exit = NULL;
	close(stats);
}

/* ---- reading ---- */

unsigned counter_n_cpus(const struct counter *c)
{
	return c->n_cpus;
}

const volatile struct count_pair *counter_cpu(const struct counter *c, unsigned cpu)
{
	return c->counts + (size_t)cpu * COUNT_SLOTS;
}

uint64_t counter_missed(const struct counter *c)
{
	const struct bpf_program *progs[] = {c->skel->progs.count_exit, c->skel->progs.count_exec,
					     c->skel->progs.count_procexit};
	uint64_t sum = 0;

	for (size_t i = 0; i < ARRAY_SIZE(progs); i++) {
		struct bpf_prog_info info = {0};
		__u32 len = sizeof(info);

		if (bpf_obj_get_info_by_fd(bpf_program__fd(progs[i]), &info, &len) == 0)
			sum += info.recursion_misses;
	}
	return sum;
}

/* Take everything out of a map, a batch at a time; each: one entry with its value(s). */
struct drain {
	size_t key_bytes, value_bytes;
	void (*each)(const struct drain *d, const void *key, const void *value);
	unsigned n_values; /* one a possible CPU, or 1 */
	counter_fn fn;
	counter_name_fn name_fn;
	void *arg;
};

static int drain(const struct bpf_map *map, const struct drain *d, struct error *err)
{
	char *keys cleanup_free = xmalloc(BATCH * d->key_bytes),
		   *values cleanup_free = xmalloc(BATCH * d->value_bytes);
	__u32 at[COUNT_NAME / 4] = {0}; /* as large as the largest key */
	bool first = true;

	for (;;) {
		__u32 n = BATCH;
		int rc = bpf_map_lookup_and_delete_batch(bpf_map__fd(map), first ? NULL : at, at,
							 keys, values, &n, NULL);

		if (rc && errno != ENOENT)
			return error_sys(err, ERROR_ENV, errno, "reading the table %s",
					 bpf_map__name(map));
		for (__u32 i = 0; i < n; i++)
			d->each(d, keys + i * d->key_bytes, values + i * d->value_bytes);
		if (rc)
			return 0;
		first = false;
	}
}

static void each_count(const struct drain *d, const void *key, const void *value)
{
	const struct count_pair *of = value;
	struct count_pair sum = {0};

	for (unsigned i = 0; i < d->n_values; i++) {
		sum.n += of[i].n;
		sum.failed += of[i].failed;
	}
	d->fn(d->arg, key, &sum);
}

static void each_name(const struct drain *d, const void *key, const void *value)
{
	char name[COUNT_NAME];

	memcpy(name, value, sizeof(name));
	name[COUNT_NAME - 1] = 0;
	d->name_fn(d->arg, *(const __u64 *)key, name);
}

int counter_drain(struct counter *c, enum count_table table, counter_fn fn, void *arg,
		  struct error *err)
{
	const struct bpf_map *maps[] = {c->skel->maps.processes, c->skel->maps.cgroups,
					c->skel->maps.paths};
	struct drain d = {.key_bytes = table == COUNT_BY_PATH ? sizeof(struct count_name)
							      : sizeof(struct count_key),
			  .value_bytes = c->n_cpus * sizeof(struct count_pair),
			  .n_values = c->n_cpus,
			  .each = each_count,
			  .fn = fn,
			  .arg = arg};

	return drain(maps[table], &d, err);
}

int counter_drain_names(struct counter *c, enum count_table table, counter_name_fn fn, void *arg,
			struct error *err)
{
	struct drain d = {.key_bytes = sizeof(__u64),
			  .value_bytes = sizeof(struct count_name),
			  .n_values = 1,
			  .each = each_name,
			  .name_fn = fn,
			  .arg = arg};

	return drain(table == COUNT_BY_PROCESS ? c->skel->maps.process_names
					       : c->skel->maps.cgroup_names,
		     &d, err);
}
