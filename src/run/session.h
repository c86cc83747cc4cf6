/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What holds for a whole run: signals (SIGINT, SIGTERM and SIGHUP are blocked and read from a
 * descriptor, so that every wait can wake for them), the record of leftovers, the control group of
 * the engine, the heartbeat, and the way progress is told.
 */
#ifndef FT_RUN_SESSION_H
#define FT_RUN_SESSION_H

#include "base/error.h"
#include "engine/process.h"
#include "run/cgroup.h"
#include "run/leftovers.h"

#include <signal.h>
#include <stdbool.h>

enum progress_kind {
	PROGRESS_NOTE,	  /* text */
	PROGRESS_WARNING, /* text */
	PROGRESS_DRY,	  /* a dry run has ended: text says how */
	PROGRESS_LIVE,	  /* a live run goes on: phase, part, rates */
	PROGRESS_DONE,	  /* a live run has ended: text says how */
};

struct progress {
	enum progress_kind kind;
	const char *text;     /* borrowed, may be NULL */
	const char *case_key; /* NULL: the idle window */
	const char *phase;    /* "starting", "warm-up", "measuring", "stopping" */
	int repeat, repeats;
	double part;		      /* of this live run, 0..1 */
	double evts_per_s, drop_rate; /* NaN: not known */
	double left_s;		      /* of the whole run; NaN: not known */
	bool failed;
};

typedef void (*progress_fn)(void *arg, const struct progress *p);

struct session {
	int signal_fd;
	sigset_t old_mask;
	int caught; /* signal that ended it, 0 none */
	struct leftovers left;
	char *beat; /* program of the heartbeat */
	pid_t beat_pid;
	int64_t beat_at;	     /* monotonic time of the next one */
	struct cgroup_limits limits; /* of every live engine, set by the caller */
	struct cgroup cgroup; /* engines are put into it before they execute; no dirs: none */
	int n_cgroups;	      /* made so far, for their names */
	progress_fn progress;
	void *progress_arg;
};

#define SESSION_INIT                                                                               \
	{                                                                                          \
		.signal_fd = -1, .left = LEFTOVERS_INIT, .cgroup = CGROUP_INIT                     \
	}

/* Block and listen. Error: ERROR_ENV. Ends with session_end() in any case. */
int session_begin(struct session *s, struct error *err);
/* Has a signal come? Remembers it. */
bool session_interrupted(struct session *s);
/* Start a short process when the last one is BEAT_NS ago: it makes events in every set (procexit is
 * always selected), without which a quiet set would write no snapshot. */
void session_beat(struct session *s);
/* A process in the record of leftovers, then let it execute. Error: ERROR_ENV. */
int session_start(struct session *s, enum leftover_process what, struct process *p,
		  const struct process_spec *spec, struct error *err);
/* Make the group of s->limits, written down before; without limits there is none. Error: ERROR_ENV;
 * there is no group then. */
int session_limit(struct session *s, struct error *err);
/* Its engine has ended: remove the group. */
void session_unlimit(struct session *s);
/* It has ended: take it out of the record. */
void session_forget(struct session *s, enum leftover_process what);
void session_tell(struct session *s, enum progress_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Remove the record, give signals back. */
void session_end(struct session *s);

/* Between two heartbeats. Four a second: a snapshot follows its tick within a quarter of a second
 * even on an idle host, at 16 to 30 events a second, which the background measurement sees. */
#define BEAT_NS (250 * NS_PER_MS)

#endif
