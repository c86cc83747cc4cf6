/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the consumer's time goes: phases of its loop, kinds of event, rules, checks.
 *
 * A run that is profiled takes another path through the consumer and the evaluator, chosen at the
 * start, which reads the CPU's time stamp counter between the steps and counts exactly what is
 * done. A run that is not has no trace of it.
 *
 * Times are kept as raw ticks with the number of timer readings in them; what the readings cost is
 * taken off. While an event is evaluated, only stamps are written down; the bookkeeping follows
 * between two events, in no measured interval.
 *
 * What a reading costs depends on the work around it. It is measured at the start, and for the
 * readings inside an evaluation during the run: one run of events in PROFILE_CONTROL is evaluated
 * with no reading between the rules, and the others took longer by what their readings cost.
 *
 * An interval above PROFILE_INTERRUPTED_NS is one in which the CPU was taken away: neither it nor
 * the evaluation that it was in is timed. Sums are means over what was timed, times the exact
 * count.
 *
 * Counts do not depend on time: the same events give the same counts.
 */
#ifndef FT_PROBE_PROFILE_H
#define FT_PROBE_PROFILE_H

#include "probe/eval.h"
#include "probe/loghist.h"
#include "probe/tsc.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Slower than the slowest step that was seen undisturbed (reading an unknown process from /proc,
 * 0.1 to 0.2 ms), faster than a slice of the scheduler (0.75 to 3 ms). */
#define PROFILE_INTERRUPTED_NS 500000
#define PROFILE_CONTROL	       16
/* Events in a row that are evaluated in the same way, and how many of them are let pass until
 * caches and branch predictors know that way. */
#define PROFILE_RUN	 128
#define PROFILE_RUN_WARM 32
/* Evaluations that took longer tell nothing about readings. */
#define PROFILE_CONTROL_MAX_NS 20000

enum profile_phase {
	PROFILE_EMPTY_POLL,   /* all buffers looked at, nothing there */
	PROFILE_SLEEP,	      /* after an empty poll */
	PROFILE_READ,	      /* getting at the next event */
	PROFILE_STATE,	      /* process and descriptor state */
	PROFILE_NOT_BROKEN,   /* all rules of an event that matched none */
	PROFILE_BROKEN,	      /* all rules of an event that matched one or more */
	PROFILE_OUTPUT,	      /* formatting and queuing of an alert */
	PROFILE_HOUSEKEEPING, /* metrics, timers, end of the capture */
	PROFILE_PHASES,
};

struct profile_time {
	uint64_t n;			     /* measured intervals */
	uint64_t ticks;			     /* their raw sum */
	uint64_t readings;		     /* timer readings in it */
	uint64_t max;			     /* the longest, net */
	uint64_t n_interrupted, interrupted; /* set apart: how many, their raw ticks */
	struct loghist *h;		     /* net ticks; NULL until the first; owned */
};

/* One check of one rule, for one kind of event and one outcome. */
struct profile_leaf {
	uint64_t n, n_true;
	uint64_t timed, ticks; /* raw; one reading each */
};

/* Outcomes of an evaluation of a rule that are kept apart. */
enum profile_slot {
	SLOT_NONE,  /* no rule matched the event */
	SLOT_OTHER, /* another rule did, this one did not */
	SLOT_MATCH, /* this rule matched */
	PROFILE_SLOTS,
};

/* One rule in the bucket of one kind of event. */
struct profile_cell {
	uint64_t evaluations[PROFILE_SLOTS], checks;
	/* One for each check of the rule, then one for what no check has: the evaluation of a rule
	 * without open checks, or all of it without profile_checks. */
	struct profile_leaf *leaves[PROFILE_SLOTS];
	struct profile_time not_broken, broken, output;
};

/* Evaluations without a match of one kind of event, with and without readings in them. */
struct profile_control {
	uint64_t n, ticks, readings; /* with */
	uint64_t n_without, ticks_without;
	double squares_without; /* sum of squared ticks */
};

struct profile_bucket {
	uint64_t events, evaluated, broken;
	struct profile_time state, rules;
	struct profile_control control;
	struct profile_cell *cells; /* as the evaluator's list of the same kind of event */
};

struct profile_stamp {
	uint64_t at;  /* ticks; 0: no reading */
	int32_t what; /* a check, or PROFILE_STAMP_RULE, PROFILE_STAMP_OUTPUT */
	uint32_t yes;
};
enum { PROFILE_STAMP_RULE = -1, PROFILE_STAMP_OUTPUT = -2 };

struct profile {
	const struct eval *e; /* borrowed */
	bool checks;	      /* a reading after every check; else after every rule */
	double ticks_per_ns;
	double reading;		 /* ticks that a timer reading costs, measured at the start */
	double reading_inside;	 /* inside an evaluation */
	bool inside_is_measured; /* else it is that of the start */
	uint64_t n_control;	 /* evaluations without readings */
	uint64_t limit;		 /* ticks of PROFILE_INTERRUPTED_NS */
	struct profile_time phase[PROFILE_PHASES];
	struct profile_bucket by_nr[PROBE_SYSCALLS];
	struct profile_time *of_check; /* as the evaluator's checks */
	uint64_t own;		       /* events of the engine itself, not evaluated */
	bool picking, other;	       /* some processes only; the event at hand is of another */
	uint64_t others;	       /* events of other processes: in no other count */
	struct profile_time of_others; /* reading them and their state */
	uint64_t n_readings;
	/* Bookkeeping between intervals that was interrupted: it is not what profiling costs. */
	uint64_t n_interrupted, interrupted;
	uint64_t started, ended;    /* ticks */
	int64_t started_ns, cpu_ns; /* CLOCK_REALTIME; CPU of the thread */
	uint64_t mark;		    /* when the present interval of the loop began */
	/* The evaluation of the event at hand. */
	const struct eval_list *list;	       /* NULL: nothing was evaluated */
	uint64_t evaluated_from, evaluated_to; /* from: end of the state update */
	bool without;			       /* readings inside */
	bool warm;			       /* the same way has been taken for a while */
	struct profile_stamp *stamps;
	size_t n_stamps;
};

/* Measures the timer (some 20 ms). e, with its rules compiled, must outlive p. */
void profile_init(struct profile *p, const struct eval *e, bool checks);
void profile_release(struct profile *p);
void profile_begin(struct profile *p);
void profile_end(struct profile *p);

/* End the interval that began at the mark as one of a phase, and begin the next. */
void profile_phase(struct profile *p, enum profile_phase phase);
/* The event at hand is one of the processes' that the profile is of, or not, which took until now
 * to find out; returns picked. Called between the state's update and the evaluation. */
bool profile_picked(struct profile *p, bool picked);
/* What one event took: raw ticks, and readings in them, of reading it and of its state; takes in
 * the stamps of its evaluation too. from: the end of its last interval. */
void profile_event(struct profile *p, unsigned nr, uint64_t read, uint64_t state,
		   unsigned state_readings, uint64_t from);

/* eval_profiled.c: as eval_event(), from p->evaluated_to on, which it moves on to its end. */
void eval_event_profiled(struct eval *e, const struct state_view *view, eval_match_fn on_match,
			 void *arg, struct profile *p);

/* Ticks that a reading inside an evaluation costs, and its standard error; false when the run was
 * too short to tell (an error above a fifth of what the start measured, or of 2 ns). */
bool profile_measure_inside(const struct profile *p, double *ticks, double *error);

/* Around the profile proper; unknown numbers are negative, unknown texts NULL. All borrowed. */
struct profile_about {
	const char *engine, *version, *selects_as, *hostname, *kernel;
	long n_cpus;
	bool replay;
	const char *pids;		   /* processes that it is of; NULL: all */
	const char *file;		   /* of the replay */
	int64_t recorded_ns, not_recorded; /* when (epoch), and events that are missing in it */
	int64_t kernel_events, kernel_drops;
};

/* profile_json.c: the whole as templates/profile.schema.json describes. The caller owns the
 * reference. */
json_t *profile_to_json(const struct profile *p, const struct profile_about *about);

#endif
