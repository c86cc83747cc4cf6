/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Load profiles: what falcotune-load does, as a YAML file. Pure: reading and predicting start
 * nothing.
 *
 *     id: quick                      # letters, digits, - and _; required
 *     title: A little of everything  # required
 *     duration: 10s                  # default 10s; 0 = until a signal; --duration wins
 *     workers:                       # at least one
 *       - name: logins               # default: the operation's name; unique
 *         operation: spawn           # see below
 *         rate: 200                  # operations a second of the whole worker, or max; required
 *         threads: 2                 # default 1; they share the rate
 *         arrival: constant          # default constant; see below
 *         after: 2s                  # start this long after the load's start; default 0
 *         duration: 5s               # run so long; default: until the load's end
 *       - exec: [/usr/bin/sysbench, cpu, run]   # any program, no shell
 *         throughput: 'speed: ([0-9.]+)'   # its own rate in its output, PCRE2 with one group
 *         unit: events/s             # of that rate; default: operations/s
 *         after: 1s                  # name, after and duration as above; nothing else
 *     replay: host.json              # the mix of a `falcotune survey`, relative to this file;
 *                                    # workers may then be left out. See load/replay.h
 *     scale: 0.5                     # of the replay's rates; default 1
 *
 * Arrival patterns, each deterministic by the load's seed:
 *   constant                                     # `rate`, evenly
 *   poisson                                      # independent arrivals, `rate` on average
 *   {pattern: bursts, on: 200ms, off: 800ms, off_rate: 0}   # `rate` for `on`, off_rate for `off`
 *   {pattern: ramp, over: 10s, from: 0}          # evenly from `from` to `rate`, which then stays
 *
 * One operation is:
 *   spawn      posix_spawn of falcotune-true (does nothing but exit) and waitpid
 *   open       openat and close of a file
 *   accept     a loopback connection made, accepted, closed; the server's side is timed
 *   connect    the same, the client's side is timed
 *   readwrite  one write of one byte into a pipe and one read of it
 *   stat       newfstatat of a file
 *   fork, fork-exec, vfork-exec, and many of one or two calls (read, fstat, mmap...): see ops_*.c,
 *   or falcotune-load --operations
 *
 * Anything else (unknown keys, wrong types, a missing rate) is ERROR_INPUT with file:line:col.
 */
#ifndef FT_LOAD_PROFILE_H
#define FT_LOAD_PROFILE_H

#include "base/error.h"
#include "base/strbuf.h"
#include "load/ops.h"
#include "load/pace.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOAD_DEFAULT_DURATION_NS 10000000000
#define LOAD_TIME_MAX_NS	 36000000000000000 /* 10,000 hours: sums of times cannot overflow */
#define LOAD_THREADS_MAX	 1024
#define LOAD_RATE_MIN		 1e-3
#define LOAD_RATE_MAX		 1e9

struct load_worker {
	char *name;
	const struct load_op *op;    /* NULL: exec */
	struct strvec argv;	     /* exec only */
	char *throughput, *unit;     /* exec only; a valid pattern, or NULL: it is not asked */
	unsigned threads;	     /* 0 for exec */
	struct arrival_spec arrival; /* kind NULL: max (and exec) */
	int64_t after_ns;
	int64_t duration_ns; /* -1: until the load's end */
	size_t line, col;
};

struct load_profile {
	char *id, *title, *file;    /* file: as it was opened */
	int64_t duration_ns;	    /* 0: until stopped */
	struct load_replay *replay; /* owned, NULL: none; its workers are among these */
	struct load_worker *workers;
	size_t n, alloc;
};

/* Reads a stock profile by id (testcases/load/ID.yaml among the program's data) or a file; a name
 * with a slash or a dot is a file. Release *out afterwards, also after an error. ERROR_INPUT. */
int load_profile_read(const char *file_or_id, struct load_profile *out, struct error *err);
/* The same for text in memory; `file` is for messages. */
int load_profile_parse(const char *file, const char *text, size_t len, struct load_profile *out,
		       struct error *err);
void load_profile_release(struct load_profile *p);
/* A profile of nothing but the scaled mix of a host.json. Release *out in any case. ERROR_INPUT. */
int load_profile_replay(const char *host_json, double scale, struct load_profile *out,
			struct error *err);
/* Add a worker `canary` of that rate (a second, above 0). */
void load_profile_add_canary(struct load_profile *p, double rate);
/* Ids of the stock profiles, sorted, appended. ERROR_ENV when the data folder is not there. */
int load_profile_stock(struct strvec *ids, struct error *err);
/* Multiply every rate by x (> 0). Unpaced workers and programs stay as they are. */
void load_profile_scale(struct load_profile *p, double x);

struct load_predicted {
	const char *syscall; /* as Falco prints it; static */
	double per_s;	     /* mean, of the paced workers alone */
	double peak_per_s;   /* when the patterns of all workers are at their highest */
	bool unbounded;	     /* an unpaced worker makes this call too: the rate is not known */
};

struct load_prediction {
	struct load_predicted *calls; /* sorted by name */
	size_t n, alloc;
	bool unknown; /* a program (exec) makes calls that are not known */
};

/* Exit events a second that the profile asks for while all of its workers run, by system call: the
 * mean over bursts and pauses, and the rate that a ramp ends at. clock_nanosleep of the pacing is
 * not in it. Release *out afterwards. */
void load_predict(const struct load_profile *p, struct load_prediction *out);
/* The same as means over a window of the load's time, with what `after`, durations, bursts and
 * ramps make of it; workers that are not active in the window do not count. from_ns < to_ns. */
void load_predict_window(const struct load_profile *p, int64_t from_ns, int64_t to_ns,
			 struct load_prediction *out);
void load_prediction_release(struct load_prediction *p);
/* That call's entry, or NULL when the profile does not make it. */
const struct load_predicted *load_prediction_find(const struct load_prediction *p,
						  const char *syscall);

#define cleanup_load_profile	__attribute__((cleanup(load_profile_release)))
#define cleanup_load_prediction __attribute__((cleanup(load_prediction_release)))

#endif
