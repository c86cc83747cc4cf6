/* SPDX-License-Identifier: Apache-2.0 */
/* Between metrics_read.c and metrics_fields.c: what is taken from the members of a line. */
#ifndef FT_ENGINE_METRICS_PRIVATE_H
#define FT_ENGINE_METRICS_PRIVATE_H

#include "base/json_skim.h"
#include "engine/metrics.h"

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

/* Of the outer object, or of output_fields. False: the skimmer is to give up. */
bool metrics_take_member(void *arg, const struct skim_member *m);

#endif
