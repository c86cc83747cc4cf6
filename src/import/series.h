/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the samples of import/import.h come to, in constant memory for each Falco process: rates,
 * drops by cause, the worst interval, and the rate that it supported before it first dropped.
 *
 * A session is one start of one Falco: host, start and reload time tell it, where they are known;
 * counters that go back begin another one. Intervals lie between two neighbouring samples of a
 * session, whatever stands between their lines. Rates are events a second by kernel-side counters,
 * shares 0..1, times ns since the epoch (of numbered samples: since their Falco's start). Unknown
 * is NaN or METRIC_UNKNOWN.
 */
#ifndef FT_IMPORT_SERIES_H
#define FT_IMPORT_SERIES_H

#include "base/map.h"
#include "import/import.h"
#include "load/hist.h"

/* So many rates are kept as they are; of more, the quantiles are within 1.6 %. */
#define IMPORT_EXACT 4096
/* Shorter intervals have no rate of their own: a second snapshot often follows the first at once.
 */
#define IMPORT_MIN_NS INT64_C(200000000)
/* Busy: at least this share of the highest rate before the first drops (Falco's guide on
 * performance tests leaves out the samples of the generator's rest in the same way). */
#define IMPORT_BUSY 0.5

struct import_rates {
	double *v;	   /* n of them while n <= IMPORT_EXACT */
	int64_t *at;	   /* the label of each */
	struct hist *hist; /* of all, once there are more; events a second */
	uint64_t n;
	double max;
};
/* NaN without any. */
double import_quantile(const struct import_rates *r, double q);

/* The rate that was carried without drops. */
struct import_supported {
	double rate;	      /* mean of the busy intervals; NaN unknown */
	double highest;	      /* of the intervals that are looked at */
	double at_drop;	      /* rate of the first interval with drops; NaN */
	uint64_t n, left_out; /* busy ones, and those of rest */
	int64_t first, last;  /* labels of the first and last busy one; -1 unknown */
	bool exact;	      /* by each interval, not by a histogram's steps */
	bool limited;	      /* drops followed: else it is a lower bound */
};

struct import_worst { /* the interval with most drops a second */
	int64_t label, t0_ns, t1_ns;
	int64_t evts, drops;
	double seconds;
};

struct import_session {
	struct metrics_ident id;
	enum import_kind kind;
	size_t index;  /* in the order in which they appeared */
	bool numbered; /* labels are sample numbers, else times */
	char *file;    /* of its first sample */
	size_t line;
	int64_t n_cpus;
	uint64_t n_samples, n_intervals;
	uint64_t not_newer;		   /* samples no newer than the one before: left out */
	struct metrics_sample first, last; /* no rules and arrays in them */
	int64_t first_label, last_label;
	double seconds;
	int64_t delta[METRIC_N]; /* of the counters over all intervals; METRIC_UNKNOWN */
	struct import_rates rates;
	struct import_supported supported;
	bool dropped;
	int64_t first_drop_label;
	char *first_drop_file;
	size_t first_drop_line;
	struct import_worst worst;
	double highest_clean;		   /* highest rate of an interval without drops; NaN */
	double cpu_ns, cpu_of_ns, cpu_max; /* engine's CPU time and the time it was measured in;
					      1: one CPU */
	int64_t rss_max;
	bool parallel;	      /* another session of its host overlaps it */
	bool restart, reload; /* another one of its host was before it */
	/* Samples for verdicts, thinned out as they become many, those around drops last. */
	struct metrics_sample *kept;
	size_t n_kept, alloc_kept;
	bool thinned;
};

/* Drop alerts of one host ("" unknown). They are rate limited by Falco: sums are lower bounds. */
struct import_alerts {
	char host[65];
	uint64_t n;
	int64_t drops, evts;	   /* evts: of those that tell it; drops: of all */
	int64_t counted_drops;	   /* of those that tell evts too */
	int64_t first_ns, last_ns; /* METRIC_UNKNOWN */
	int64_t cause[METRIC_N];   /* sums; METRIC_UNKNOWN */
	int64_t worst_drops, worst_evts, worst_ns;
};

struct import_series {
	/* In the order in which they appeared; after import_series_finish() in that of host and
	 * time, and those without times behind. */
	struct import_session **v;
	size_t n, alloc;
	struct strmap by_key;
	struct import_session *now; /* of the sample before */
	struct import_session *numbered;
	struct import_alerts **alerts;
	size_t n_alerts, alloc_alerts;
	struct strmap alerts_by_host;
	size_t n_kept;
};

void import_series_init(struct import_series *s);
void import_series_release(struct import_series *s);
/* The callbacks of a sink, with the series as their argument. */
void import_series_sample(void *arg, const struct import_place *at, const struct metrics_line *l);
void import_series_drop_alert(void *arg, const struct import_place *at,
			      const struct metrics_line *l);
/* After the last one: order, restarts, what no drop ended. */
void import_series_finish(struct import_series *s);
/* Dropped share of all events in the intervals; NaN without events, or when the counters contradict
 * each other. */
double import_session_drop_rate(const struct import_session *s);
/* The one with most drops, else with most events; NULL without any. */
const struct import_session *import_series_worst(const struct import_series *s);

#endif
