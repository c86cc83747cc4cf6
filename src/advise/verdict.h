/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the numbers of a measurement mean: verdicts, as rows of one table (verdict.c), each with
 * evidence lines and one next step. Pure: from counters to words, the same for a case of `run`, a
 * series of snapshots from a Falco's own metrics file, and made numbers in tests.
 *
 * The chain is: samples -> facts (verdict_facts.c: sums over the seconds that dropped and those
 * that did not) -> rows that hold -> their order. Unknown facts hold no verdict up: a row whose
 * facts are unknown does not hold, and where no row holds the answer is NONE with what is missing.
 */
#ifndef FT_ADVISE_VERDICT_H
#define FT_ADVISE_VERDICT_H

#include "engine/metrics.h"
#include "run/results.h"

#include <stdbool.h>

enum verdict {
	VERDICT_UNFIXABLE,
	VERDICT_THROTTLED,
	VERDICT_STARVED,
	VERDICT_SUSTAINED,
	VERDICT_BURST,
	VERDICT_PLUGIN,
	VERDICT_OUTPUT,
	VERDICT_STATE,
	VERDICT_STARTUP,
	VERDICT_HEALTHY,
	VERDICT_NONE, /* nothing holds: not exercised, or not enough is known */
	VERDICT_N,
};
extern const char *const verdict_names[VERDICT_N]; /* "UNFIXABLE" .. "START-UP" .. "UNDECIDED" */

/* One unbroken series of samples of one engine process, oldest first; borrowed. */
struct verdict_series {
	const struct res_sample *v;
	size_t n;
	int64_t startup_drops;	 /* before the first of them; RES_UNKNOWN */
	int64_t output_timeouts; /* log lines that say that an output blocks; RES_UNKNOWN */
	int64_t alerts;		 /* rule matches in the series; RES_UNKNOWN */
	double nice;		 /* NaN unknown */
};

/* Does the set have the calls that make descriptors? */
enum verdict_fds { VERDICT_FDS_UNKNOWN, VERDICT_FDS_TRACED, VERDICT_FDS_PARTLY };

struct verdict_input {
	const struct verdict_series *series;
	size_t n_series;
	int64_t n_cpus;			 /* of the host */
	int64_t buffer_bytes, n_buffers; /* of one ring buffer, in effect */
	int64_t cpus_per_buffer;	 /* 0: one for all */
	const char *engine_kind;	 /* engine.kind; NULL: modern_ebpf */
	int64_t thread_table_size;	 /* as it is set */
	int max_preset;			 /* largest one allowed, 1..10 */
	bool smallest_set;		 /* this is Test 1 */
	enum verdict_fds fds;
	double limit;		   /* drop rate that is still acceptable */
	int64_t other_source_evts; /* of plugins' own event sources; 0 or RES_UNKNOWN: none */
};

/* Everything unknown, no series; max_preset 10, limit ADVISE_MAX_DROP. */
void verdict_input_init(struct verdict_input *in);

/* A share is sum / of, both in seconds; NaN when nothing of it is known. */
struct verdict_share {
	double sum, of;
};

/* Intervals between samples: all, those with drops, those without. */
enum verdict_part { PART_ALL, PART_DROPS, PART_QUIET, PART_N };

struct verdict_sums {
	size_t n;
	double seconds;
	int64_t evts, drops, seen;
	struct verdict_share main, process, outside; /* CPU: main thread, all, all but main */
	struct verdict_share wait;		     /* main thread, for a CPU */
	struct verdict_share throttled;
	struct verdict_share steal, idle; /* of all CPUs of the host */
	struct verdict_share running;	  /* threads of the host that want a CPU, a mean */
};

struct verdict_burst {			  /* neighbouring seconds with drops that lost most */
	double seconds, rate, usual_rate; /* events a second in it; median of the others */
	int64_t evts, drops;
};

struct verdict_facts {
	const struct verdict_input *in;
	struct verdict_sums part[PART_N];
	struct verdict_burst worst, worst_single; /* single: of one interval */
	double worst_share;			  /* dropped of the worst interval */
	int64_t startup_drops, queue_drops, output_timeouts, alerts;
	int64_t failed_threads, failed_fds, threadtable_full, store_drops, plugin_losses;
	int64_t nr_throttled;
	int64_t backlog;	     /* most events in flight at any sample; -1 unknown */
	int64_t surplus;	     /* events in user space beyond those of the kernel side */
	int64_t top_drops, top_evts; /* of the buffer with most drops; -1: no per-CPU counters */
	int64_t drops[DROP_N];
	double nice;  /* the highest */
	bool by_main; /* the consumer is the main thread */
};

void verdict_facts_fill(struct verdict_facts *f, const struct verdict_input *in);
double verdict_share(const struct verdict_share *s);
/* CPU of the consumer in a part, 0..1 of one CPU; NaN unknown. */
double verdict_consumer(const struct verdict_facts *f, enum verdict_part part);
/* CPU that the consumer would need for every event, dropped ones too: what it used, where it
 * dropped times events / events taken. 1 or more: one consumer thread cannot do it. NaN unknown. */
double verdict_demand(const struct verdict_facts *f);
/* Bytes of a buffer that an event takes on average, and in words where that comes from (static). */
double verdict_event_bytes(const struct verdict_facts *f, const char **how);
/* Smallest preset whose buffers would have held the worst burst; 0: even the largest allowed would
 * not, or too little is known (*need_bytes NaN). need_bytes: of one buffer. */
int verdict_cover(const struct verdict_facts *f, double *need_bytes);

struct verdict_list {
	struct res_verdict *v; /* primary first; never empty after verdict_judge */
	size_t n;
};

/* Fill *out; release it with verdict_list_release. */
void verdict_judge(const struct verdict_input *in, struct verdict_list *out);
void verdict_list_release(struct verdict_list *l);

/* The verdicts of one case of a run over its ok repeats, into c->verdicts (replaced). r gives the
 * host and the limit. */
void verdict_case(const struct results *r, struct res_case *c);

/* Samples of one Falco process, oldest first; borrowed. */
struct verdict_raw {
	const struct metrics_sample *v;
	size_t n;
	bool begins_late; /* drops before the first of them were not at the start */
};

/* Plain series from a Falco's own metrics: /proc facts are unknown, CPU comes from
 * falco.cpu_usage_perc where it is fine enough. in: buffers and limits as far as they are known;
 * its series are set here. */
void verdict_metrics(const struct verdict_input *in, const struct verdict_raw *raw, size_t n_raw,
		     struct verdict_list *out);

#endif
