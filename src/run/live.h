/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One live run: engine and load started, watched and stopped, from the first event to the last
 * sample. Used for the idle window (no load) and for every repeat of a case.
 */
#ifndef FT_RUN_LIVE_H
#define FT_RUN_LIVE_H

#include "run/reconcile.h"
#include "run/results.h"
#include "run/session.h"

struct live_spec {
	const struct strvec *argv; /* of the engine; borrowed, as all of this */
	const char *dir;	   /* folder of this run, there already; metrics.jsonl is in it */
	const struct strvec *load; /* command line of the load, NULL: no load */
	int64_t warmup_ns, duration_ns;
	int64_t timeout_ns;	  /* for a start */
	const struct strvec *set; /* final set in effect, for the reconciliation */
	/* For the reconciliation as well. background: of this set in earlier repeats, to which what
	 * this run sees is added; NULL: none. quiet_after: watch it after the load too. */
	bool enter_events, drop_failed_exit;
	struct background *background;
	bool quiet_after;
	const char *canary; /* marker of the load's canaries, NULL: none */
	bool hurry;  /* take the background from the start of the engine rather than wait a tick */
	bool settle; /* the window also waits until the event rate is steady, see LIVE_SETTLE */
	int64_t n_cpus;
	const char *case_key; /* for progress; NULL: idle window */
	int repeat, repeats;
	double left_s; /* of the whole run when this starts, for progress */
};

struct live_result {
	double background_per_s; /* between the first event and the load's start; NaN unknown */
	int engine_exit;	 /* exit code of an engine that ended by itself, else -1 */
};

/* 0: done, out (initialised by the caller) is ok or failed. -1: the run cannot go on: interrupted
 * (s->caught is set). Nothing of it runs afterwards in any case. */
int live_run(struct session *s, const struct live_spec *spec, struct res_repeat *out,
	     struct live_result *res, struct error *err);

/*
 * The same in steps, for several loads over one engine, of which only the differences of the
 * counters matter. Each fills `out` (initialised by the caller), whose status and reason tell a
 * failure; the engine may have ended then, and only live_close() follows. s->caught is set when it
 * was interrupted.
 */
struct live;
/* Start the engine and wait for its first event; live_close() follows in any case, and spec must
 * stay until then. */
struct live *live_open(struct session *s, const struct live_spec *spec, struct res_repeat *out);
/* One load: spec->load, warmup_ns, duration_ns, dir (of its report). 0, or -1 with out->reason. */
int live_round(struct live *l, const struct live_spec *spec, struct res_repeat *out,
	       struct live_result *res);
/* No load for rest_ns, and longer (up to limit_ns) while the consumer works off what waits in the
 * buffers. 0, or -1 with out->reason. *uncounted: share of the events since the last load's begin
 * that were neither seen nor dropped although nothing waits any more (Falco's kernel side counts a
 * connect twice); NaN when the consumer was still behind, or does not say what it saw. */
int live_rest(struct live *l, int64_t rest_ns, int64_t limit_ns, struct res_repeat *out,
	      double *uncounted);
/* Stop the engine and free l. Fills what the engine's end tells: memory_peak, oom_kills, buffers,
 * log_tail of one with a reason. */
void live_close(struct live *l, struct res_repeat *out);

/* Time limits that are not options (ns). */
#define LIVE_STOP_LIMIT	  (10 * NS_PER_S) /* from SIGINT to the engine's end */
#define LIVE_SAMPLE_LIMIT (15 * NS_PER_S) /* between two snapshots */
#define LIVE_LOAD_LIMIT	  (10 * NS_PER_S) /* for each answer of the load */
/* The window begins at most this many times the warm-up later than asked, in a hurry never, while
 * the event rate still changes; it is judged by the first LIVE_SETTLE_NS of the window itself. */
#define LIVE_SETTLE	  3
#define LIVE_SETTLE_NS	  (4 * NS_PER_S)
#define LIVE_METRICS_FILE "metrics.jsonl"
#define LIVE_ALERTS_FILE  "alerts.jsonl"
#define LIVE_LOG_TAIL	  20

#endif
