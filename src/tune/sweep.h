/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `run --sweep buffers`: buf_size_preset x cpus_for_each_buffer by successive halving within a
 * limit of buffer memory, and the Pareto front over drop rate, buffer memory, CPU and coverage.
 *
 * Before each round all points measured so far are put in order (advise/pareto.h) and the better
 * half goes on; a point that was left out earlier comes back when those that were preferred turn
 * out worse. All windows of a point count together.
 *
 * Memory is buffer bytes x number of buffers, for this host's CPUs and, when asked, for those of a
 * host that the configuration is meant for. Sizes in bytes, times in ns, shares 0..1.
 */
#ifndef FT_TUNE_SWEEP_H
#define FT_TUNE_SWEEP_H

#include "advise/halving.h"
#include "advise/pareto.h"
#include "tune/point.h"

#define SWEEP_DURATION_NS (5 * INT64_C(1000000000))  /* of the first round */
#define SWEEP_LONGEST_NS  (30 * INT64_C(1000000000)) /* of any round */
#define SWEEP_WARMUP_NS	  INT64_C(1000000000)
#define SWEEP_MAX_TIME_NS (1800 * INT64_C(1000000000))

struct sweep_options {
	struct run_options run; /* duration_ns: the longest window of any round */
	struct case_buffers buffers;
	int64_t first_ns;    /* window of the first round */
	int64_t max_memory;  /* of all buffers; 0: sweep_memory_default() */
	int n_cpus;	     /* of the host that it is for; 0: this one */
	int64_t max_time_ns; /* no new round of halving after so long */
};

enum sweep_state { SWEEP_MEASURED, SWEEP_FAILED, SWEEP_TOO_LARGE, SWEEP_NOT_REACHED };
extern const char *const sweep_state_names[];

struct sweep_point {
	size_t case_index; /* in the plan */
	char *name;	   /* "p5-c2", with the case in front where there are several */
	enum sweep_state state;
	char *why; /* dominated by ...; failed ...; too large ...; NULL: on the front */
	int cpus;  /* cpus_for_each_buffer as asked */
	int64_t memory, n_buffers;	   /* this host */
	int64_t memory_for, n_buffers_for; /* the other one; RES_UNKNOWN: none was given */
	double coverage; /* share of the user's rules that see all they ask for; NaN unknown */
	int rounds;	 /* took part in so many */
	double seconds;	 /* of all its windows */
	bool front;
	int layer, place; /* place: 1-based, in the order of pareto_order(); 0 not measured */
	bool chosen; /* least memory within max_drop: of the front, or when that has none, of all */
};

struct sweep {
	const struct plan *plan; /* borrowed: its cases hold what was measured */
	struct sweep_point *v;	 /* by case, preset and CPUs */
	size_t n;
	size_t *order; /* measured ones first, best first; n of them */
	struct halving_round rounds[HALVING_MAX_ROUNDS];
	size_t n_rounds, rounds_done;
	int64_t max_memory;
	char *max_memory_from; /* "--max-buffer-memory", "a quarter of the memory that is free" */
	int n_cpus_for;	       /* 0: none */
	double max_drop;
	bool interrupted, hopeless;
	struct strvec warnings;
	struct res_verification verification; /* of the chosen point; state NULL: none is chosen */
};

/* What buffers may take when nothing is said: the limit of the control group (the engine's own when
 * it gets one, group_limit > 0, else falcotune's), at most a quarter of what /proc/meminfo says is
 * available. proc: "/proc", or a recorded tree. The caller frees *from. RES_UNKNOWN: no limit is
 * known. */
int64_t sweep_memory_default(const char *proc, int64_t group_limit, char **from);

/* The points of a plan that was made with o->buffers. ERROR_INPUT when none is within the limit.
 * Release out in any case. */
int sweep_begin(struct sweep *out, const struct plan *p, const struct sweep_options *o,
		struct error *err);
/* Seconds that all rounds take: an estimate. */
double sweep_seconds(const struct sweep *w);
/* Command lines of every point, a line each. */
void sweep_commands(const struct sweep *w, struct strvec *out);
/* Run everything. ERROR_ENV when falcotune itself cannot go on; when s->caught is set afterwards it
 * was interrupted, which is no error. */
int sweep_run(struct sweep *w, struct plan *p, const struct sweep_options *o, struct journal *j,
	      struct session *s, struct error *err);
/* Places, reasons and choice, from what the plan's cases hold. Pure. */
void sweep_evaluate(struct sweep *w, struct plan *p);
void sweep_release(struct sweep *w);

/* The document (templates/sweep.schema.json); the caller owns it. */
json_t *sweep_to_json(const struct sweep *w);
/* Read it back, for reports: doc was read from text. p is zeroed and gets the cases; both are to be
 * released in any case. ERROR_INPUT with the place. */
int sweep_from_json(struct sweep *out, struct plan *p, const json_t *doc, const char *text,
		    size_t len, const char *file, struct error *err);
/* Settings of a point as a block of falco.yaml. The caller frees. */
char *sweep_yaml(const struct sweep *w, const struct sweep_point *t);

#endif
