/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the BPF programs and capture.c share beside the events: the entries of the interest map and
 * the layout of the slots with counters.
 */
#ifndef FT_PROBE_SHARED_BPF_H
#define FT_PROBE_SHARED_BPF_H

#include "event.h"

/* An entry of the interest map: how to record a call. 0: not collected. p1, p2: indexes of the
 * arguments that point to a path or an address. */
#define PROBE_HOW(kind, nargs, p1, p2, cat)                                                        \
	((__u32)(kind) | (__u32)(nargs) << 8 | (__u32)(p1) << 12 | (__u32)(p2) << 16 |             \
	 (__u32)(cat) << 20)
#define PROBE_HOW_KIND(how)  ((how)&0xff)
#define PROBE_HOW_NARGS(how) ((how) >> 8 & 0xf)
#define PROBE_HOW_P1(how)    ((how) >> 12 & 0xf)
#define PROBE_HOW_P2(how)    ((how) >> 16 & 0xf)
#define PROBE_HOW_CAT(how)   ((how) >> 20 & 0xf)

/* The programs; each has a slot of its own on every CPU, so that plain increments are exact even on
 * kernels that let one program interrupt another (the kernel never runs the same program twice at
 * once on a CPU). */
enum probe_prog {
	PROBE_PROG_SYS_EXIT,
	PROBE_PROG_EXEC,
	PROBE_PROG_FORK,
	PROBE_PROG_EXIT,
	PROBE_PROG_MAX, /* a power of two */
};

struct probe_counters {
	__u64 n_evts, n_drops, n_forks;
	__u64 n_by_category[PROBE_CAT_MAX];
};

#define PROBE_SCRATCH 16384

/* Counters and, beside them so that one look-up finds both, room to build a record in. */
struct probe_slot {
	struct probe_counters counters;
	__u32 buffer; /* of its CPU; set before the start */
	__u8 pad[124 - sizeof(struct probe_counters)];
	struct probe_event ev;
	__u8 data[PROBE_SCRATCH - sizeof(struct probe_event)];
};

#endif
