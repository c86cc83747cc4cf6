/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When the next operation is due. Pure arithmetic over times that the caller passes in, so that a
 * test can drive it with a clock of its own.
 *
 * Pacing is open-loop: the k-th operation has an intended start that follows from the rate alone.
 * A late operation never moves the ones after it: they run back to back until the schedule is
 * caught up with, and response times count from the intended start, so that a stall shows in every
 * operation that it delayed (no coordinated omission).
 *
 * One struct pace belongs to one thread. A worker with T threads deals its operations out in turn:
 * thread i has the operations i, i + T, i + 2T... of the worker's one schedule.
 *
 * Sleeping: a thread sleeps at most once per quantum (PACE_QUANTUM_NS), because a sleep of 10 us
 * costs more than most operations; at high rates it wakes up to a handful of due operations. The
 * price is that the response time of such an operation includes up to one quantum of waiting.
 *
 * Units: nanoseconds of one monotonic clock.
 */
#ifndef FT_LOAD_PACE_H
#define FT_LOAD_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 1,000 wake-ups a second at most (a wake-up of a virtual CPU costs about 10 us), and bursts of 100
 * at 100,000 a second, far below what the smallest event buffer holds. */
#define PACE_QUANTUM_NS 1000000
/* Operations due before the end that a late wake-up left over may still run so long after it. */
#define PACE_GRACE_NS 20000000
#define PACE_FOREVER  INT64_MAX

/* State of an arrival pattern for one thread. */
struct arrival_state {
	double rate;	/* of the whole worker, per second */
	double phase;	/* of the whole worker, in operations, 0..1 */
	uint64_t step;	/* threads of the worker */
	uint64_t index; /* number of the next operation in the worker's schedule */
};

/* A row of the table of arrival patterns. */
struct load_arrival {
	const char *name;
	/* Offset from the worker's begin of the operation `index`, which is then moved on. */
	double (*next)(struct arrival_state *s);
};

/* The pattern of that name, or NULL. The first row is the default. */
const struct load_arrival *load_arrival_find(const char *name);
/* Names for messages: "constant, ..." in a static string. */
extern const struct load_arrival load_arrivals[];
extern const size_t load_n_arrivals;

struct pace {
	const struct load_arrival *arrival; /* NULL: unpaced, an operation is always due */
	struct arrival_state state;
	int64_t begin, end; /* end PACE_FOREVER: until stopped */
	int64_t next;	    /* intended start of the next operation */
	int64_t woken;	    /* when the thread last slept until */
};

enum pace_verdict { PACE_RUN, PACE_SLEEP, PACE_DONE };

/* rate is that of the whole worker, 0 for unpaced; thread index of threads; phase 0..1 shifts the
 * worker's schedule by that share of an interval. */
void pace_init(struct pace *p, const struct load_arrival *arrival, double rate, unsigned index,
	       unsigned threads, double phase, int64_t begin, int64_t end);
/* What to do at `now`. PACE_SLEEP sets *until. */
enum pace_verdict pace_decide(struct pace *p, int64_t now, int64_t *until);
/* How many operations to run before looking at the clock again, at most `block` (>= 1): more than
 * one only when unpaced, or so far behind that the schedule's grain does not matter. */
unsigned pace_batch(const struct pace *p, int64_t now, unsigned block);
/* n operations have been run (or have failed). */
void pace_advance(struct pace *p, unsigned n);

#endif
