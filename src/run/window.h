/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a run's samples to its measured window and its reconciliation. Pure.
 */
#ifndef FT_RUN_WINDOW_H
#define FT_RUN_WINDOW_H

#include "engine/metrics.h"
#include "engine/process.h"
#include "run/results.h"
#include "stats/steady.h"

struct live_sample {
	struct res_sample s;
	struct strvec rules; /* "name=count" since the engine's start */
};

struct live_samples {
	struct live_sample *v;
	size_t n, alloc;
};

/* A snapshot as a sample, with the CPU time and memory of the engine, and what the host's CPUs did,
 * at that moment; the per-CPU arrays are copied and the caller's (res_sample_release). */
void sample_fill(struct res_sample *s, const struct metrics_sample *m, const struct proc_facts *f);
/* Append a snapshot. */
void live_samples_add(struct live_samples *l, const struct metrics_sample *m,
		      const struct proc_facts *f);
void live_samples_release(struct live_samples *l);
/* Index of the first sample with t >= t_ns, or l->n. */
size_t live_samples_at(const struct live_samples *l, int64_t t_ns);
/* What is wrong with the newest sample: counters missing, or going back; NULL: nothing. The caller
 * frees. */
char *live_samples_check(const struct live_samples *l);

/* Fill the window members of r from samples first..last (both inside it; they are copied). */
void window_fill(struct res_repeat *r, const struct live_samples *l, size_t first, size_t last,
		 int64_t n_cpus);

/* Events a second between two samples; NaN when they are less than MIN_RATE_NS apart. */
double samples_rate(const struct live_samples *l, size_t first, size_t last);
#define MIN_RATE_NS INT64_C(200000000)

/* Had the event rate settled at sample first, by the samples up to last? Changes of less than
 * STEADY_FLOOR events a second are not looked at: no buffer notices them. */
struct steady samples_steady(const struct live_samples *l, size_t first, size_t last);
#define STEADY_FLOOR 500.0

/* Has the consumer, at sample last, caught up with a load that began after sample first? Up to a
 * thousandth of what was sent, and the connects that n_evts counts twice, may be missing. */
bool samples_drained(const struct live_samples *l, size_t first, size_t last, int64_t sent,
		     int64_t connects);

/* Events that were counted but neither seen nor dropped, more of them at sample last than at sample
 * first: what the consumer fell behind by, and the connects that n_evts counts twice. As a share of
 * the events between the two; NaN without num_evts or events. */
double samples_backlog_share(const struct live_samples *l, size_t first, size_t last);
/* Has the consumer stopped catching up: does that number no longer fall by more than a hundredth of
 * what was seen between the two samples? */
bool samples_settled(const struct live_samples *l, size_t first, size_t last);

#endif
