/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What falcotune-load says: one JSON object a line.
 *
 *   ready  pid, profile, t, duration_s (null: until a signal), dir
 *   start  t
 *   tick   t, elapsed_s, workers: [{name, operation, requested_per_s, due, ops, errors,
 *          lag_ns}]
 *   end    t, elapsed_s, profile, seed, scale, reason, truth, syscalls, failing, overhead, replay,
 *          workers: [{name, operation, threads, arrival, after_s, active_s, requested_per_s,
 *          due, achieved_per_s, ops, errors, lag_ns_max, service_ns, response_ns, syscalls_per_op,
 *          syscalls}]
 *
 * t is nanoseconds since the epoch. ops (successes) and errors are cumulative. lag_ns is how late
 * the latest operation since the last tick started. due is how many operations the pattern
 * had due so far (for a random one the expected number), requested_per_s their mean rate over the
 * worker's active time; both, response_ns and the lags are null for unpaced workers. achieved_per_s
 * counts ops over the worker's own active time. service_ns is the time of the operation's measured
 * side, response_ns from the intended start to the end; each {p50, p90, p99, max, mean}, null when
 * nothing was timed. reason: "duration", or the name of the signal.
 *
 * An exec worker with a throughput pattern has said_per_s in ticks (what it said last), and at the
 * end achieved_per_s (the mean of all it said, in its own unit), unit and said: {n, last, mean,
 * unreadable}: the program's word, not counted here.
 *
 * An exec worker's ops, threads, rates, times and syscalls are null; it has argv and exit (null: it
 * was stopped by the load; else {status} or {signal}), and errors 1 when it failed by itself.
 *
 * The end record of a replay has replay: {file, hostname, scale, asked_per_s, made_per_s,
 * missing_share, extra_share, differences: {call: {asked_per_s, made_per_s}}}, else null.
 *
 * failing: of syscalls, those that fail in operations that succeed (an open of what is not there).
 *
 * syscalls: exit events as Falco counts them, from the start record to the end record, the failed
 * operations and the load's own overhead (its sleeps, waits and writes) included. truth is "known";
 * with an exec worker it is "unknown": the totals then miss what the program did.
 */
#ifndef FT_LOAD_REPORT_H
#define FT_LOAD_REPORT_H

#include "base/error.h"
#include "load/program.h"
#include "load/worker.h"

#include <stdint.h>

struct load_report {
	int fd; /* borrowed */
	/* Own calls since the start record. */
	uint64_t writes, polls, waits; /* write, poll, rt_sigtimedwait */
};

/* What the records are made from; all borrowed. */
struct load_state {
	const struct load_profile *profile;
	struct load_crew *crews;       /* profile->n */
	struct load_program *programs; /* profile->n; worker NULL where not exec */
	int64_t duration_ns;	       /* 0: until stopped */
	int64_t start, stop;	       /* monotonic */
	int64_t seed;
	double scale;
	const char *dir, *reason;
};

/* Each writes one record. ERROR_ENV when the reader is gone or has not read for 10 s. */
int load_report_ready(struct load_report *r, const struct load_state *s, struct error *err);
int load_report_start(struct load_report *r, struct error *err);
int load_report_tick(struct load_report *r, const struct load_state *s, struct error *err);
int load_report_end(struct load_report *r, const struct load_state *s, struct error *err);

#endif
