/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much a configuration can take: the rate of events at which it begins to lose some, found by
 * rounds of load at rates that double until the first drops and then close in on the knee.
 *
 * One engine runs through all rounds of a configuration: only the differences of its counters
 * between two samples of a round's window matter, and the start of an engine takes longer than a
 * round's window. Between two rounds there is a rest without load, until the buffers are empty
 * again; its samples are in no window.
 *
 * Rates are per second, shares 0..1, times in ns unless named _s, sizes in bytes. Unknown is NaN or
 * RES_UNKNOWN (null in JSON).
 */
#ifndef FT_RUN_CAPACITY_H
#define FT_RUN_CAPACITY_H

#include "run/capacity_search.h"
#include "run/cgroup.h"
#include "run/journal.h"
#include "run/plan.h"
#include "run/session.h"
#include "survey/host.h"

#define CAPACITY_DURATION_NS (3 * INT64_C(1000000000))
#define CAPACITY_WARMUP_NS   INT64_C(1000000000)
#define CAPACITY_REST_NS     INT64_C(1000000000)
/* Snapshots of the engine: four a second, so that a short window is not mostly waiting for one. */
#define CAPACITY_INTERVAL "250ms"
/* The rate up to this drop rate is what advice builds on (the default of run --max-drop). */
#define CAPACITY_OPERATING 0.01

struct capacity_options {
	struct run_options run; /* cases, rules, load, duration, warm-up, timeout ... */
	double *cpus;		/* limits to go through; none: no CPU limit */
	size_t n_cpus;
	int64_t *memories;
	size_t n_memories;
	double *levels; /* drop rates, ascending */
	size_t n_levels;
	int64_t rest_ns, max_time_ns;	 /* max_time_ns 0: no limit */
	const struct host_profile *host; /* NULL: none */
	const char *host_file;
};

struct capacity_round {
	int index;	      /* 1-based */
	double scale;	      /* of the profile's rates */
	int64_t t0_ns, t1_ns; /* its window */
	double seconds;
	int64_t n_evts, n_drops, num_evts; /* differences over the window */
	double evts_per_s, drop_rate;	   /* by the kernel side's counters */
	double background_per_s;	   /* events/s just before the load; NaN unknown */
	double backlog; /* share of the events that the consumer fell behind by, else 0 */
	double loss;	/* drop_rate + backlog: what a load that goes on would lose */
	double requested_per_s, achieved_per_s; /* operations of the paced workers */
	bool saturated;				/* a worker of the load did not reach its rate */
	char *slowest;				/* that worker in words, or NULL */
	double cpu_share;			/* of one CPU */
	double wait_share; /* of the window: the engine could have run but had no CPU */
	int64_t rss_bytes, throttled_ns, nr_throttled;
};

struct capacity_level {
	double drop_rate;
	struct capacity_estimate at; /* events a second */
	double ops_per_s;
	double headroom; /* at.evts_per_s / the host's rate; NaN unknown */
};

enum capacity_state {
	CAPACITY_MEASURED,
	CAPACITY_LOAD_SATURATED, /* no drops at the highest rate that the load can make */
	CAPACITY_UNBOUNDED,	 /* no drops, and time or rounds ran out */
	CAPACITY_NOT_EXERCISED,	 /* the load makes no events of this set */
	CAPACITY_FAILED,	 /* no round worth anything; reason */
};
extern const char *const capacity_state_names[];

/* What follows for a container that runs the engine. */
struct capacity_resources {
	bool there;
	int64_t cpu_request_m, cpu_limit_m; /* thousandths of a CPU; limit RES_UNKNOWN: none */
	int64_t mem_request, mem_limit;
	char *yaml; /* resources: block */
	char *why;
};

struct capacity_config {
	char *case_key, *title, *name; /* name: with its limits, unique */
	struct strvec set;	       /* in effect */
	struct cgroup_limits limits;
	enum capacity_state state;
	char *reason;		       /* why it failed, or ended early; NULL */
	bool started;		       /* the engine counted events */
	bool engine_ended;	       /* by itself, such as at its memory limit */
	struct capacity_round *rounds; /* in the order in which they ran */
	size_t n_rounds, alloc;
	struct capacity_level *levels; /* n_levels of the whole */
	int64_t rss_peak, memory_peak, oom_kills;
	int64_t throttled_ns; /* over all windows */
	double window_s;      /* of all rounds */
	size_t operating; /* round at the highest rate within CAPACITY_OPERATING; n_rounds: none */
	double host_p99;  /* of the host's rate in this set; NaN unknown */
	struct capacity_resources resources;
	bool chosen; /* the smallest limits of its case that hold what is asked */
};

struct capacity {
	const struct plan *plan; /* borrowed: host, engine, command */
	char *load, *load_title;
	double *levels;
	size_t n_levels;
	int64_t duration_ns, warmup_ns, rest_ns;
	char *host_file;
	struct capacity_config *v;
	size_t n, alloc;
	bool interrupted;
	struct strvec warnings, commands;
};

/* Check what can be checked before anything runs (the profile has rates to scale), and fill out
 * with what does not need a run. ERROR_INPUT. Release out in any case. */
int capacity_begin(struct capacity *out, const struct plan *p, const struct capacity_options *o,
		   struct error *err);
/* Command lines as they are going to be: of each case the engine's dry, then live, and the load's
 * first round. */
void capacity_commands(const struct plan *p, struct strvec *out);
/* Run everything. ERROR_ENV when falcotune itself cannot go on; when s->caught is set afterwards it
 * was interrupted, which is no error. */
int capacity_run(struct capacity *c, struct plan *p, const struct capacity_options *o,
		 struct journal *j, struct session *s, struct error *err);
void capacity_release(struct capacity *c);

/* Index of the level that advice and headroom go by: the highest up to CAPACITY_OPERATING. */
size_t capacity_operating_level(const struct capacity *c);
/* The rounds as points of the search; the caller frees. */
struct capacity_point *capacity_points(const struct capacity_config *k);
/* From the rounds to levels, state, operating point and resources. Pure. */
void capacity_config_evaluate(struct capacity_config *k, const double *levels, size_t n_levels);
/* Which of the configurations of each case is advised, and its resources block. Pure. */
void capacity_choose(struct capacity *c);
void capacity_config_release(struct capacity_config *k);

/* One round, for the journal; the whole (templates/capacity.schema.json). The caller owns it. */
json_t *capacity_round_to_json(const struct capacity_round *r);
json_t *capacity_to_json(const struct capacity *c);
/* Read it back, for reports: doc was read from text. p is zeroed and gets what is known of host,
 * engine and configuration; both are to be released in any case. ERROR_INPUT with the place. */
int capacity_from_json(struct capacity *out, struct plan *p, const json_t *doc, const char *text,
		       size_t len, const char *file, struct error *err);

#endif
