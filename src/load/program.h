/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An external program of a load (an exec worker): in a process group of its own, with standard
 * input from /dev/null and its output on standard error, since standard output is the report's.
 * Where the profile tells how, its throughput is read from its output on the way.
 * Used by the main thread only; the program dies with that thread (PR_SET_PDEATHSIG).
 */
#ifndef FT_LOAD_PROGRAM_H
#define FT_LOAD_PROGRAM_H

#include "base/error.h"
#include "load/profile.h"
#include "load/said.h"

#include <stdbool.h>
#include <sys/types.h>

enum program_state {
	PROGRAM_WAITING, /* not started yet */
	PROGRAM_RUNNING,
	PROGRAM_ENDED,	 /* by itself; not yet reaped, so that its id stays taken */
	PROGRAM_STOPPED, /* by load_program_stop(), or reaped */
};

struct load_program {
	const struct load_worker *worker; /* borrowed; NULL: the worker is not an exec */
	char *path;			  /* of the executable, owned */
	enum program_state state;
	pid_t pid;
	int64_t begin, end; /* when it is to start and to stop; end PACE_FOREVER: with the load */
	bool ended;	    /* by itself, before it was asked to */
	int status;	    /* as of waitpid, when ended */
	bool asked;	    /* its throughput is read from its output */
	struct said_reader output;
};

/* How long a program has between SIGTERM and SIGKILL. */
#define PROGRAM_STOP_NS 5000000000
#define LEADER_NS	1000000000

/* Find the executable of an exec worker. ERROR_ENV when there is none. */
int load_program_init(struct load_program *p, const struct load_worker *w, struct error *err);
void load_program_release(struct load_program *p);
/* Start it. ERROR_ENV. */
int load_program_start(struct load_program *p, struct error *err);
/* Notice an end; never waits. */
void load_program_poll(struct load_program *p);
/* SIGTERM to the process group; without waiting. A program that is asked for its throughput gets it
 * alone, its children LEADER_NS later: those that report at their end (stress-ng) collect it from
 * children that come to an orderly end. */
void load_program_ask(struct load_program *p);
/* Wait until the group is gone, SIGKILL at `deadline` (monotonic), reap. */
void load_program_stop(struct load_program *p, int64_t deadline);
/* What it said of its throughput; n is 0 when it was not asked or has not said. */
struct said_value load_program_said(struct load_program *p);
/* It ended by itself, and not with status 0. */
bool load_program_failed(const struct load_program *p);

#endif
