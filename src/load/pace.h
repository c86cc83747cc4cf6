/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When the next operation is due. Pure arithmetic over times that the caller passes in, so that a
 * test can drive it with a clock of its own.
 *
 * Pacing is open-loop: the k-th operation has an intended start that follows from the pattern
 * alone. A late operation never moves the ones after it: they run back to back until the schedule
 * is caught up with, and response times count from the intended start, so that a stall shows in
 * every operation that it delayed (no coordinated omission).
 *
 * One struct pace belongs to one thread. A worker with T threads deals its operations out in turn:
 * thread i has the operations i, i + T, i + 2T... of the worker's one schedule. Random patterns are
 * the same for the same seed.
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

struct load_arrival;

/*
 * A worker's arrival pattern with its parameters. Rates are operations a second of the whole
 * worker. kind NULL: unpaced.
 */
struct arrival_spec {
	const struct load_arrival *kind;
	double rate;	    /* bursts: within a burst; ramp: from its end on */
	double other_rate;  /* bursts: between them; ramp: at its beginning */
	double on_s, off_s; /* bursts: how long each lasts; ramp: on_s is the way to `rate` */
};

/* Which part of a worker's schedule belongs to a thread. */
struct pace_slot {
	unsigned index, threads;
	double phase;  /* 0..1: shifts the schedule by that share of an interval */
	uint64_t seed; /* of the worker; used by random patterns */
};

/* State of an arrival pattern for one thread. */
struct arrival_state {
	struct arrival_spec spec;
	double phase;
	uint64_t step;	/* threads of the worker */
	uint64_t index; /* number of the next operation in the worker's schedule */
	uint64_t rng;	/* random patterns: state of splitmix64 */
	double at;	/* random patterns: seconds to the operation before */
};

/*
 * A row of the table of arrival patterns. Times are seconds from the worker's begin.
 *
 * A pattern with `at` is a schedule that all threads deal out among themselves. One without is
 * random: each thread draws from its own stream (the sum of independent Poisson processes is one).
 */
struct load_arrival {
	const char *name;
	const char *const *keys; /* of its mapping in a profile, NULL-terminated */
	/* When the x-th operation is due: the inverse of count. */
	double (*at)(const struct arrival_spec *a, double x);
	/* Seconds to the thread's next operation, where there is no `at`. */
	double (*draw)(struct arrival_state *s);
	/* How many operations the first t seconds hold; random patterns: the expected number. */
	double (*count)(const struct arrival_spec *a, double t);
	/* Rates in the long run, and at most. */
	double (*mean)(const struct arrival_spec *a);
	double (*peak)(const struct arrival_spec *a);
};

/* The pattern of that name, or NULL. The first row is the default. */
const struct load_arrival *load_arrival_find(const char *name);
extern const struct load_arrival load_arrivals[];
extern const size_t load_n_arrivals;

/* Operations that the pattern has due from t0 to t1 (seconds from the worker's begin, before which
 * there are none). 0 for unpaced. */
double arrival_count(const struct arrival_spec *a, double t0, double t1);
/* 0 for unpaced. */
double arrival_mean(const struct arrival_spec *a);
double arrival_peak(const struct arrival_spec *a);
/* The n-th number of the stream `seed`: splitmix64 (Steele, Lea, Flood 2014), any seed is good. */
uint64_t pace_random(uint64_t seed, uint64_t n);

struct pace {
	struct arrival_state state; /* spec.kind NULL: unpaced, an operation is always due */
	int64_t begin, end;	    /* end PACE_FOREVER: until stopped */
	int64_t next;		    /* intended start of the next operation */
	int64_t woken;		    /* when the thread last slept until */
};

enum pace_verdict { PACE_RUN, PACE_SLEEP, PACE_DONE };

void pace_init(struct pace *p, const struct arrival_spec *a, const struct pace_slot *slot,
	       int64_t begin, int64_t end);
static inline bool pace_is_paced(const struct pace *p)
{
	return p->state.spec.kind != NULL;
}
/* What to do at `now`. PACE_SLEEP sets *until. */
enum pace_verdict pace_decide(struct pace *p, int64_t now, int64_t *until);
/* How many operations to run before looking at the clock again, at most `block` (>= 1): more than
 * one only when unpaced, or so far behind that the schedule's grain does not matter. */
unsigned pace_batch(const struct pace *p, int64_t now, unsigned block);
/* n operations have been run (or have failed). */
void pace_advance(struct pace *p, unsigned n);

#endif
