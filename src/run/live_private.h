/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a live run, for one load (live.c) and for several in a row (live_rounds.c). */
#ifndef FT_RUN_LIVE_PRIVATE_H
#define FT_RUN_LIVE_PRIVATE_H

#include "engine/process.h"
#include "run/live.h"
#include "run/loadproc.h"
#include "run/window.h"

struct live {
	struct session *s;
	const struct live_spec *spec;
	const struct live_spec *opened; /* of live_open(), between two rounds */
	struct res_repeat *out;
	struct process engine;
	struct procstat stat;
	struct cgroup_watch watch;
	struct metrics_tail tail;
	struct live_samples samples;
	struct loadproc load;
	int watch_fd; /* inotify on the metrics file */
	int64_t spawned_ns;
	size_t ready;	   /* sample that showed the first events, or at rest after a load */
	size_t round_from; /* last sample before the newest load */
	const char *phase; /* for messages: "before its first event" */
	double part, part_end;
	char *log_path;
	int engine_exit;
	bool stopping; /* the engine's end is wanted */
};

struct live_course {
	/* Samples: from which the background is known, before the load, window, after the load. */
	size_t quiet, before, first, last, after;
	size_t rest; /* after the load, with nothing of it left: >= after */
	bool has_after;
};

/* Owns what it opens; s, spec and out are borrowed. live_release() frees it, of a run that was
 * stopped. */
void live_init(struct live *l, struct session *s, const struct live_spec *spec,
	       struct res_repeat *out);
void live_release(struct live *l);

/* The run fails; the first reason stays. Returns -1. */
__attribute__((format(printf, 2, 3))) int live_fail(struct live *l, const char *fmt, ...);

/* 0, or -1 with err: the caller says so by live_fail(). */
int live_start_engine(struct live *l, struct error *err);
int live_start_load(struct live *l, struct error *err);

/* 0, or -1 after live_fail(). */
int live_wait_ready(struct live *l);
/* Wait for a snapshot of evt.time t_ns or later; its index goes to *at. */
int live_wait_sample(struct live *l, int64_t t_ns, size_t *at, const char *phase);
/* From a load that was started to the samples after its end. */
int live_load_course(struct live *l, struct live_course *c);

void live_stop_engine(struct live *l);
/* After a course without failure: the window, the workers, the reconciliation. */
void live_fill(struct live *l, const struct live_course *c, struct live_result *res);
/* load.jsonl and the engine's log, of l->spec->dir and l->log_path. */
void live_save_load_report(struct live *l);
void live_read_log(struct live *l);

#endif
