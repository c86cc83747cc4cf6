/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Metrics snapshots with Falco's field names, one JSON object a line, appended to
 * metrics.output_file.
 *
 * Unlike Falco, a snapshot is written on every tick even when no event arrives, the first one when
 * the capture starts and the last one when it has ended. Ticks are whole intervals after the start.
 * A zero is left out as in Falco, except in the headline fields, unless
 * metrics.include_empty_values. Rates and n_drops_perc are of the interval before the snapshot,
 * from the second one on.
 */
#ifndef FT_PROBE_METRICS_H
#define FT_PROBE_METRICS_H

#include "base/error.h"
#include "config/config.h"
#include "probe/capture.h"
#include "probe/consumer.h"
#include "probe/eval.h"
#include "probe/output.h"
#include "probe/state.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* How a snapshot is dumped: 15 digits, so that 18.1 stays 18.1. */
#define METRICS_DUMP (JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(15))

/* Where the numbers come from; all borrowed. */
struct metrics_sources {
	const struct config *config;
	const struct capture *capture; /* NULL in a replay: no counters of the kernel */
	const struct state *state;
	const struct consumer_stats *consumer;
	const struct eval *eval;
	struct outputs *outputs;
	const struct strvec *rules_files;
	int64_t start_epoch_ns; /* of the process */
};

struct metrics;

/* Opens the file for appending (without one, snapshots are only for output_rule). *out is owned by
 * the caller. */
int metrics_open(struct metrics **out, const struct metrics_sources *src, struct error *err);
void metrics_close(struct metrics *m); /* NULL is fine */
/* Write a snapshot when its time has come; now_ns is CLOCK_MONOTONIC. The first call always
 * writes. Returns whether it did. */
bool metrics_tick(struct metrics *m, int64_t now_ns);
/* Write one now. */
void metrics_write(struct metrics *m, int64_t now_ns);
/* The output_fields of the last snapshot, NULL before the first; borrowed. */
const json_t *metrics_last(const struct metrics *m);

/* metrics_host.c: fields about the machine and this process, which do not change or are read from
 * /proc. add_static is called once, add_resources for each snapshot. */
void metrics_add_static(json_t *fields, const struct metrics_sources *src);
void metrics_add_resources(json_t *fields, const struct metrics_sources *src, int64_t start_mono_ns,
			   int64_t now_ns);

/* "Read sensitive file" -> "Read_sensitive_file", as Falco names a counter after a rule or a file:
 * [a-zA-Z0-9_:] stay, runs of anything else become one _, none at the end. The caller frees. */
char *metrics_name(const char *text);

#endif
