/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The threads that run one worker's operations, and the gate that they pass together.
 *
 * Life of a thread: set up, wait for the gate to say GO, run until the schedule's end or a stop,
 * wait for EXIT, tear down. Between GO and the last thread's end only the operations and the
 * pacing's clock_nanosleep make system calls; threads are made before and end after.
 *
 * Each thread has a file descriptor table of its own (unshare(CLONE_FILES)): with a shared one the
 * kernel takes a reference in each read, write and accept, which a program with a single thread
 * does not pay.
 *
 * Counters are written by their thread alone and may be read at any time; the rest of a thread's
 * struct is for the main thread only before GO and after the thread has finished.
 */
#ifndef FT_LOAD_WORKER_H
#define FT_LOAD_WORKER_H

#include "base/error.h"
#include "load/hist.h"
#include "load/ops.h"
#include "load/pace.h"
#include "load/profile.h"

#include <pthread.h>
#include <stdatomic.h>

enum load_phase { PHASE_SETUP, PHASE_GO, PHASE_EXIT };

struct load_gate {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	enum load_phase phase;
	unsigned ready, finished; /* threads; a failed one counts as both */
	struct error err;	  /* of the first thread that failed to set up */
	atomic_bool stop;	  /* read by the threads before each operation */
	int64_t start, end;	  /* of the load, valid from GO on; end may be PACE_FOREVER */
};

struct load_thread {
	_Alignas(64) atomic_uint_least64_t ops; /* succeeded */
	atomic_uint_least64_t errors;
	atomic_uint_least64_t sleeps; /* clock_nanosleep calls */
	atomic_int_least64_t lag;     /* largest lateness since the reader last reset it */
	atomic_bool sleeping;

	_Alignas(64) struct load_gate *gate; /* borrowed */
	const struct load_worker *worker;    /* borrowed */
	struct pace_slot slot;
	struct load_op_ctx ctx;
	pthread_t id;
	bool started, done; /* done: under the gate's lock */
	int64_t lag_max;
	int64_t begin, until; /* when it was active; until < begin: never */
	struct hist service, response;
};

/* One worker's threads, in the order of their index. */
struct load_crew {
	const struct load_worker *worker; /* borrowed */
	struct load_thread *threads;	  /* owned; NULL for exec */
	unsigned n;
	struct load_truth truth[LOAD_TRUTH_MAX + 1]; /* of the operation, on this host */
};

/* What operations are given; see struct load_op_ctx. */
struct load_env {
	const char *dir, *helper, *marker;
};

void load_gate_init(struct load_gate *g);
void load_gate_release(struct load_gate *g);
/* Wait until `threads` of them are set up. ERROR_ENV of the first that could not be. */
int load_gate_wait_ready(struct load_gate *g, unsigned threads, struct error *err);
void load_gate_open(struct load_gate *g, enum load_phase phase);
unsigned load_gate_finished(struct load_gate *g);

/* Start the threads of worker number `number`; they set themselves up. seed:
 * of the whole load. env is borrowed
 * until load_crew_join(); *started is raised by each thread started. ERROR_ENV. */
int load_crew_start(struct load_crew *crew, struct load_gate *gate, const struct load_worker *w,
		    unsigned number, uint64_t seed, const struct load_env *env, unsigned *started,
		    struct error *err);
/* Wake the threads that sleep, so that they see gate->stop. To be repeated until all finished. */
void load_crew_nudge(struct load_crew *crew);
/* The signal that load_crew_nudge() sends; it needs a handler that does nothing, without
 * SA_RESTART mattering (clock_nanosleep is never restarted). */
#define LOAD_NUDGE_SIGNAL SIGUSR2
/* After the gate has opened for EXIT: wait for the threads' end and free them. */
void load_crew_join(struct load_crew *crew);

/* Totals of a crew. */
struct load_totals {
	uint64_t ops, errors, sleeps;
	int64_t lag; /* largest of the threads' since the last call with take_lag */
};

struct load_totals load_crew_totals(struct load_crew *crew, bool take_lag);

#endif
