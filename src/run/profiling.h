/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run of an engine to see what rules cost, live (under a load or on the host as it is) or as a
 * replay: of the embedded engine that writes its profile, or of any engine for its CPU time.
 */
#ifndef FT_RUN_PROFILING_H
#define FT_RUN_PROFILING_H

#include "cost/profile.h"
#include "engine/engine.h"
#include "run/session.h"

#define PROFILING_REPLAY_NS (600 * NS_PER_S) /* for one replay, without --timeout */

struct profiling {
	/* Borrowed, as all of this. Paths are absolute: engines run in a folder of their own. */
	const struct engine *engine;
	const struct strvec *rules;
	const char *falco_yaml;	     /* its text: metrics and alerts go to live.h's files */
	const struct strvec *set;    /* syscalls that it will trace */
	const char *dir;	     /* a folder a run is made in it */
	const char *events;	     /* recording to replay, NULL: live */
	const char *record;	     /* recording to make, NULL: none; live only */
	bool plain;		     /* no profile: as users run it */
	bool start_only;	     /* a dry run, plain: what starting costs; counts nothing */
	const char *overlay;	     /* rules file behind the others, NULL: none */
	const char *pids;	     /* "12,34": their events only; NULL: all */
	bool rules_only;	     /* no times of single checks: less overhead */
	const char *load_exe, *load; /* profile of the load, NULL: the host as it is */
	double load_scale;	     /* of the load's rates; 0: as they are */
	int64_t duration_ns, warmup_ns;
	int64_t timeout_ns; /* for a start; for a replay as a whole; -1: the defaults */
	int64_t n_cpus;
	int runs;
};

/* The command lines of a run, from 1: of its engine, and of its load if it has one. Appended. */
void profiling_commands(const struct profiling *p, int run, struct strvec *lines);
/* Run it. 0: *out is to be released by the caller. Errors: what the engine says, with the kind that
 * its exit code tells; ERROR_ENV when it was interrupted (s->caught), or did not end in time;
 * ERROR_INTERNAL when its profile does not add up. */
int profiling_run(const struct profiling *p, int run, struct session *s, struct eprofile *out,
		  struct error *err);
/* The same for a replay of a recording without a profile (p->plain): *ns is the CPU of each event.
 */
int profiling_cpu(const struct profiling *p, int run, struct session *s, double *ns,
		  struct error *err);

/* CPU time of the engine: of all its threads, and of its whole run in a replay, start included. */
struct profiling_cost {
	double cpu_ns;
	double events;	/* that the engine took; NaN: it does not say (replays) */
	double n_evts;	/* that the kernel counted, drops included; NaN in a replay */
	double dropped; /* NaN in a replay */
	double seconds; /* of the window; of the whole replay */
};
/* Run it, which is to be plain. Errors as above. */
int profiling_measure(const struct profiling *p, int run, struct session *s,
		      struct profiling_cost *out, struct error *err);

#endif
