/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A load under way: falcotune-load as a child process, its JSON lines (src/load/report.h) read as
 * they come. Times in ns since the epoch.
 */
#ifndef FT_RUN_LOADPROC_H
#define FT_RUN_LOADPROC_H

#include "run/results.h"
#include "run/session.h"

struct load_tick { /* cumulative, by worker */
	int64_t t_ns;
	int64_t *ops, *errors; /* n_workers each; -1 unknown */
	double *due;	       /* what the patterns had due; NaN unknown */
};

struct loadproc {
	struct process p;
	struct strbuf partial, text; /* unread rest; everything that was read, for the record */
	bool ready, started, ended;
	int64_t start_ns, end_ns;
	struct load_tick *ticks; /* the first one is the start itself, once a tick came */
	size_t n_ticks, alloc_ticks, n_workers;
	json_t *end;  /* the end record, owned */
	char *dir;    /* its temporary folder */
	char *broken; /* what was wrong with a line, NULL fine */
	char *log_path;
};

#define LOADPROC_INIT                                                                              \
	{                                                                                          \
		.p = PROCESS_INIT, .partial = STRBUF_INIT, .text = STRBUF_INIT                     \
	}

/* Its command line, appended; canary: the marker of canaries, NULL: none. It is told to end;
 * duration_ns is the limit in case that nobody is left to tell it. */
void loadproc_argv(const char *exe, const char *profile, int64_t duration_ns, const char *canary,
		   struct strvec *argv);
/* Start it; it waits for loadproc_go() once it is ready. log_path: its stderr. Error: ERROR_ENV. */
int loadproc_start(struct loadproc *l, struct session *s, const struct strvec *argv,
		   const char *log_path, struct error *err);
/* Read what came; never waits. */
void loadproc_read(struct loadproc *l);
/* One line of the report, for loadproc_read() and tests. */
void loadproc_line(struct loadproc *l, const char *line, size_t len);
void loadproc_go(struct loadproc *l);
/* Ask it to end (SIGINT); does not wait. */
void loadproc_ask_end(struct loadproc *l);
/* How it ended and what it said last, for messages; appended. */
void loadproc_describe(const struct loadproc *l, struct strbuf *out);
/* The workers over the window t0..t1 (operations interpolated between ticks) and over the whole
 * load (times). Fills r->workers. */
void loadproc_workers(const struct loadproc *l, int64_t t0, int64_t t1, struct res_repeat *r);
/* Canaries that were started, RES_UNKNOWN: the load has none or has not ended. */
int64_t loadproc_canaries(const struct loadproc *l);
/* Which events an engine counts of a call. */
struct sent_kind {
	bool enter_events;     /* the enter of each call too (Falco up to 0.41) */
	bool drop_failed_exit; /* no exit of a call that fails */
};

/* Events that the load's system calls make in this set; RES_UNKNOWN when the load does not know all
 * of its calls or has not ended. */
int64_t loadproc_sent(const struct loadproc *l, const struct strvec *set,
		      const struct sent_kind *kind);
/* End it whatever it does, and take it out of the record of leftovers. */
void loadproc_stop(struct loadproc *l, struct session *s);
void loadproc_release(struct loadproc *l);

#endif
