/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/capture.h"

#include "base/fs.h"
#include "base/mem.h"
#include "bpf/env.h"
#include "probe/capture_calls.h"
#include "probe/shared.bpf.h"
#include "probe.skel.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct capture {
	struct probe_bpf *skel;
	struct capture_opts opts;
	unsigned n_cpus, n_rings;
	int *ring_fds;
	struct capture_ring *rings;
	struct probe_slot *slots; /* n_cpus * PROBE_PROG_MAX, mapped read-only */
	size_t slots_bytes;
	char *log; /* the verifier's */
};

#define LOG_BYTES (256 * 1024)

uint64_t capture_preset_bytes(unsigned preset)
{
	return preset >= 1 && preset <= 10 ? 1ULL << (19 + preset) : 0;
}

unsigned capture_buffer_count(unsigned online_cpus, unsigned cpus_for_each_buffer)
{
	if (cpus_for_each_buffer == 0 || cpus_for_each_buffer > online_cpus)
		return 1;
	return (online_cpus + cpus_for_each_buffer - 1) / cpus_for_each_buffer;
}

int64_t capture_epoch_offset_ns(void)
{
	struct timespec real, boot;

	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	return (real.tv_sec - boot.tv_sec) * 1000000000LL + (real.tv_nsec - boot.tv_nsec);
}

/* --- loading ---------------------------------------------------------------------------------- */

static int create_rings(struct capture *c, struct error *err)
{
	for (unsigned i = 0; i < c->n_rings; i++) {
		int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ft_ring", 0, 0,
					(unsigned)c->opts.buffer_bytes, NULL);

		if (fd < 0 && errno == EINVAL)
			return error_env(err, "no BPF ring buffers: kernel 5.8 or newer is needed");
		if (fd < 0)
			return error_sys(
				err, ERROR_ENV, errno,
				"no room for ring buffer %u of %u (%llu bytes each); take a "
				"smaller buf_size_preset or more cpus_for_each_buffer",
				i + 1, c->n_rings, (unsigned long long)c->opts.buffer_bytes);
		c->ring_fds[i] = fd;
	}
	return 0;
}

static int load(struct capture *c, struct error *err)
{
	LIBBPF_OPTS(bpf_object_open_opts, open_opts, .kernel_log_buf = c->log,
		    .kernel_log_size = LOG_BYTES);
	struct probe_bpf *skel = probe_bpf__open_opts(&open_opts);
	int rc;

	if (!skel)
		return error_sys(err, ERROR_INTERNAL, errno, "opening the BPF object");
	c->skel = skel;
	rc = bpf_map__set_max_entries(skel->maps.slots, c->n_cpus * PROBE_PROG_MAX);
	rc = rc ? rc : bpf_map__set_max_entries(skel->maps.rings, c->n_cpus);
	/* Any ring serves as the pattern of the inner maps; the descriptor stays ours. */
	rc = rc ? rc : bpf_map__set_inner_map_fd(skel->maps.rings, c->ring_fds[0]);
	if (rc)
		return error_sys(err, ERROR_INTERNAL, -rc, "preparing the BPF maps");
	rc = probe_bpf__load(skel);
	if (rc) {
		const char *tail = strlen(c->log) > 600 ? c->log + strlen(c->log) - 600 : c->log;

		return error_sys(
			err, ERROR_ENV, -rc,
			"the kernel did not take the BPF programs (5.8 or newer with BTF is "
			"needed); its last words:\n%s\n",
			tail);
	}
	return 0;
}

static int tell_buffer(const struct capture *c, uint32_t cpu, unsigned ring, struct error *err)
{
	struct probe_slot *slot = xcalloc(1, sizeof(*slot));
	int map = bpf_map__fd(c->skel->maps.slots), rc = 0;

	slot->buffer = ring;
	for (uint32_t i = 0; i < PROBE_PROG_MAX && !rc; i++) {
		uint32_t key = cpu * PROBE_PROG_MAX + i;

		rc = bpf_map_update_elem(map, &key, slot, BPF_ANY);
	}
	free(slot);
	return rc ? error_sys(err, ERROR_INTERNAL, errno, "telling CPU %u its buffer", cpu) : 0;
}

/* Buffer i serves the next cpus_for_each_buffer online CPUs; one that is offline now gets the last
 * buffer, so that nothing is lost should it come online. */
static int assign_rings(struct capture *c, unsigned online, struct error *err)
{
	unsigned per = c->opts.cpus_for_each_buffer, seen = 0;
	int map = bpf_map__fd(c->skel->maps.rings);

	if (per == 0 || per > online)
		per = online;
	for (uint32_t cpu = 0; cpu < c->n_cpus; cpu++) {
		char path[64];
		uint64_t is_online = 1; /* CPU 0 often has no such file */
		unsigned ring;

		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/online", cpu);
		if (!fs_read_u64(path, &is_online))
			is_online = seen < online;
		ring = is_online ? seen++ / per : c->n_rings - 1;
		if (ring >= c->n_rings)
			ring = c->n_rings - 1;
		if (bpf_map_update_elem(map, &cpu, &c->ring_fds[ring], BPF_ANY) != 0)
			return error_sys(err, ERROR_INTERNAL, errno, "giving CPU %u its buffer",
					 cpu);
		if (tell_buffer(c, cpu, ring, err))
			return -1;
	}
	return 0;
}

/* The layout is the kernel's (kernel/bpf/ringbuf.c): a page with the consumer's position that we
 * may write, then read-only the producer's page and the data twice. */
static int map_ring(struct capture *c, unsigned i, struct error *err)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), size = c->opts.buffer_bytes;
	struct capture_ring *r = &c->rings[i];
	unsigned char *ro;
	void *rw;

	rw = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, c->ring_fds[i], 0);
	if (rw == MAP_FAILED)
		return error_sys(err, ERROR_ENV, errno, "mapping a ring buffer");
	r->consumer_pos = rw;
	ro = mmap(NULL, page + 2 * size, PROT_READ, MAP_SHARED, c->ring_fds[i], (off_t)page);
	if (ro == MAP_FAILED)
		return error_sys(err, ERROR_ENV, errno, "mapping a ring buffer");
	r->producer_pos = (const unsigned long *)ro;
	r->data = ro + page;
	r->mask = size - 1;
	return 0;
}

static int map_all(struct capture *c, struct error *err)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *slots;

	for (unsigned i = 0; i < c->n_rings; i++)
		if (map_ring(c, i, err) < 0)
			return -1;
	c->slots_bytes = (size_t)c->n_cpus * PROBE_PROG_MAX * sizeof(struct probe_slot);
	c->slots_bytes = (c->slots_bytes + page - 1) / page * page;
	slots = mmap(NULL, c->slots_bytes, PROT_READ, MAP_SHARED, bpf_map__fd(c->skel->maps.slots),
		     0);
	if (slots == MAP_FAILED)
		return error_sys(err, ERROR_INTERNAL, errno, "mapping the counters");
	c->slots = slots;
	return 0;
}

static int open_all(struct capture *c, struct error *err)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	int possible;

	if (bpf_env_check("the embedded engine", err) < 0)
		return -1;
	possible = libbpf_num_possible_cpus();
	if (possible <= 0)
		return error_sys(err, ERROR_ENV, -possible, "counting the CPUs");
	c->n_cpus = (unsigned)possible;
	if (online <= 0 || online > possible)
		online = possible;
	c->n_rings = capture_buffer_count((unsigned)online, c->opts.cpus_for_each_buffer);
	c->rings = xcalloc(c->n_rings, sizeof(*c->rings));
	c->ring_fds = xcalloc(c->n_rings, sizeof(*c->ring_fds));
	for (unsigned i = 0; i < c->n_rings; i++)
		c->ring_fds[i] = -1;
	c->log = xcalloc(1, LOG_BYTES);
	if (create_rings(c, err) < 0 || load(c, err) < 0)
		return -1;
	return assign_rings(c, (unsigned)online, err) < 0 ? -1 : map_all(c, err);
}

int capture_open(struct capture **out, const struct capture_opts *opts, struct error *err)
{
	uint64_t size = opts->buffer_bytes;
	struct capture *c;

	*out = NULL;
	if (size < (uint64_t)sysconf(_SC_PAGESIZE) || size & (size - 1) || size > 1ULL << 31)
		return error_input(err,
				   "a buffer of %llu bytes, expected a power of two between a page "
				   "and 2 GiB",
				   (unsigned long long)size);
	c = xcalloc(1, sizeof(*c));
	c->opts = *opts;
	/* Messages of libbpf itself would go to stderr past the caller; the verifier's log has
	 * what matters. */
	libbpf_set_print(NULL);
	if (open_all(c, err) < 0) {
		capture_close(c);
		return -1;
	}
	*out = c;
	return 0;
}

/* --- running ---------------------------------------------------------------------------------- */

static int attach(struct bpf_program *prog, struct bpf_link **link, struct error *err)
{
	*link = bpf_program__attach(prog);
	if (!*link)
		return error_sys(err, ERROR_ENV, errno,
				 "no tracepoint for %s: the kernel does not let the program attach",
				 bpf_program__name(prog));
	return 0;
}

static int attach_all(struct capture *c, struct error *err)
{
	struct probe_bpf *s = c->skel;
	bool exec = bitset_has(&c->opts.syscalls, 59) || bitset_has(&c->opts.syscalls, 322);

	if (attach(s->progs.sched_p_fork, &s->links.sched_p_fork, err) < 0)
		return -1;
	if (!bitset_empty(c->opts.syscalls) &&
	    attach(s->progs.sys_exit, &s->links.sys_exit, err) < 0)
		return -1;
	if (exec && attach(s->progs.sched_p_exec, &s->links.sched_p_exec, err) < 0)
		return -1;
	if (c->opts.procexit &&
	    attach(s->progs.sched_proc_exit, &s->links.sched_proc_exit, err) < 0)
		return -1;
	s->bss->wants = c->opts.wants;
	bitset_for_each (nr, &c->opts.syscalls)
		s->bss->interest[nr] = capture_how((unsigned)nr, c->opts.wants);
	return 0;
}

int capture_start(struct capture *c, struct error *err)
{
	if (attach_all(c, err) == 0)
		return 0;
	capture_stop(c);
	return -1;
}

void capture_stop(struct capture *c)
{
	struct probe_bpf *s = c->skel;

	if (!s)
		return;
	if (s->bss)
		memset(s->bss->interest, 0, sizeof(s->bss->interest));
	probe_bpf__detach(s);
}

void capture_close(struct capture *c)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (!c)
		return;
	capture_stop(c);
	for (unsigned i = 0; c->rings && i < c->n_rings; i++) {
		struct capture_ring *r = &c->rings[i];

		if (r->producer_pos)
			munmap((void *)(uintptr_t)r->producer_pos, page + 2 * (r->mask + 1));
		if (r->consumer_pos)
			munmap(r->consumer_pos, page);
		if (c->ring_fds[i] >= 0)
			close(c->ring_fds[i]);
	}
	if (c->slots)
		munmap(c->slots, c->slots_bytes);
	probe_bpf__destroy(c->skel);
	free(c->rings);
	free(c->ring_fds);
	free(c->log);
	free(c);
}

/* --- reading ---------------------------------------------------------------------------------- */

unsigned capture_n_cpus(const struct capture *c)
{
	return c->n_cpus;
}

unsigned capture_n_buffers(const struct capture *c)
{
	return c->n_rings;
}

uint64_t capture_buffer_bytes(const struct capture *c)
{
	return c->opts.buffer_bytes;
}

const struct capture_ring *capture_ring(const struct capture *c, unsigned i)
{
	return &c->rings[i];
}

static uint64_t counter(const __u64 *at)
{
	return __atomic_load_n(at, __ATOMIC_RELAXED);
}

void capture_stats_cpu(const struct capture *c, unsigned cpu, struct capture_stats *out)
{
	memset(out, 0, sizeof(*out));
	for (unsigned p = 0; p < PROBE_PROG_MAX; p++) {
		const struct probe_counters *from = &c->slots[cpu * PROBE_PROG_MAX + p].counters;

		/* Drops first: an event counted between the two reads must not make drops look
		 * larger than events. */
		out->n_drops += counter(&from->n_drops);
		for (unsigned k = 0; k < PROBE_CAT_MAX; k++)
			out->n_by_category[k] += counter(&from->n_by_category[k]);
		out->n_evts += counter(&from->n_evts);
		out->n_forks += counter(&from->n_forks);
	}
}

void capture_stats(const struct capture *c, struct capture_stats *out)
{
	memset(out, 0, sizeof(*out));
	for (unsigned cpu = 0; cpu < c->n_cpus; cpu++) {
		struct capture_stats one;

		capture_stats_cpu(c, cpu, &one);
		out->n_evts += one.n_evts;
		out->n_drops += one.n_drops;
		out->n_forks += one.n_forks;
		for (unsigned k = 0; k < PROBE_CAT_MAX; k++)
			out->n_by_category[k] += one.n_by_category[k];
	}
}

bool capture_prog_stats(const struct capture *c, unsigned i, struct capture_prog_stats *out)
{
	const struct bpf_program *progs[] = {
		c->skel->progs.sys_exit,
		c->skel->progs.sched_p_exec,
		c->skel->progs.sched_p_fork,
		c->skel->progs.sched_proc_exit,
	};
	struct bpf_prog_info info = {0};
	__u32 len = sizeof(info);

	if (i >= sizeof(progs) / sizeof(progs[0]))
		return false;
	if (bpf_obj_get_info_by_fd(bpf_program__fd(progs[i]), &info, &len) != 0)
		return false;
	out->name = bpf_program__name(progs[i]);
	out->run_cnt = info.run_cnt;
	out->run_time_ns = info.run_time_ns;
	return true;
}
