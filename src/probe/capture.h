/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel side of the embedded engine: loads the BPF programs, owns the ring buffers and the
 * counters.
 *
 * Order: capture_open (load, create buffers; needs root or CAP_BPF + CAP_PERFMON) -> capture_start
 * (attach; events flow) -> capture_stop (detach; what is in the buffers can still be read) ->
 * capture_close. Nothing is pinned: when the process ends in whatever way, the kernel removes
 * programs, links and buffers.
 *
 * Counters may be read at any time from any thread while events flow; they only grow. n_evts is
 * counted before room is reserved, so it includes the drops.
 */
#ifndef FT_PROBE_CAPTURE_H
#define FT_PROBE_CAPTURE_H

#include "base/bitset.h"
#include "base/error.h"
#include "probe/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Falco's presets (engine.*.buf_size_preset 1..10): 1 MiB << (preset - 1); 0 for others. */
uint64_t capture_preset_bytes(unsigned preset);
/* ceil(online CPUs / cpus_for_each_buffer), 0 standing for all CPUs. */
unsigned capture_buffer_count(unsigned online_cpus, unsigned cpus_for_each_buffer);

struct capture_opts {
	struct bitset syscalls;	       /* native x86_64 numbers to collect */
	unsigned wants;		       /* enum probe_want: what the rules read beside the usual */
	bool procexit;		       /* the process exit event, which Falco always selects */
	uint64_t buffer_bytes;	       /* of each ring buffer; power of two, >= a page */
	unsigned cpus_for_each_buffer; /* 0: one buffer for all */
};

struct capture_stats {
	uint64_t n_evts;		       /* drops included */
	uint64_t n_drops;		       /* no room in the buffer */
	uint64_t n_by_category[PROBE_CAT_MAX]; /* the drops by category; [0] is all the rest */
	uint64_t n_forks; /* tasks that the kernel created, whether or not clone is collected */
};

/* One BPF program's cost, from the kernel; zeros unless kernel.bpf_stats_enabled (or a
 * BPF_ENABLE_STATS descriptor) is on. */
struct capture_prog_stats {
	const char *name; /* sys_exit, sched_p_exec, sched_p_fork, sched_proc_exit; static */
	uint64_t run_cnt, run_time_ns;
};

/* The mapping of one ring buffer, for the consumer. Records begin with the kernel's 8-byte header
 * (length, busy and discard bits); the data is mapped twice in a row, so none is ever split. */
struct capture_ring {
	const unsigned char *data;
	uint64_t mask;
	unsigned long *consumer_pos;	   /* written by the one consumer only */
	const unsigned long *producer_pos; /* written by the kernel */
};

struct capture;

/* Load. *out is owned by the caller. Errors: ERROR_ENV naming the one thing that is missing (root,
 * BTF, the bpf call, memory for buffers) and how to get it; ERROR_INPUT for a bad size. */
int capture_open(struct capture **out, const struct capture_opts *opts, struct error *err);
int capture_start(struct capture *c, struct error *err);
void capture_stop(struct capture *c);
/* Stops too; NULL is fine. */
void capture_close(struct capture *c);

unsigned capture_n_cpus(const struct capture *c);    /* possible CPUs: index range of _cpu */
unsigned capture_n_buffers(const struct capture *c); /* ring buffers */
uint64_t capture_buffer_bytes(const struct capture *c);
const struct capture_ring *capture_ring(const struct capture *c, unsigned i);

/* Sum over all CPUs, and one CPU's share. */
void capture_stats(const struct capture *c, struct capture_stats *out);
void capture_stats_cpu(const struct capture *c, unsigned cpu, struct capture_stats *out);
/* Program i, or false when there is none. Costs a system call. */
bool capture_prog_stats(const struct capture *c, unsigned i, struct capture_prog_stats *out);

/* Add to a ts of an event to get ns since the epoch. */
int64_t capture_epoch_offset_ns(void);

#endif
