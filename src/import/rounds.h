/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the rounds of event-generator bench say, in constant memory for each run. It halves its
 * sleep from round to round, and so asks more of Falco each time: the last round that lost little
 * tells what Falco can take. When the rate no longer grows although the sleep does shrink, and
 * nothing is lost, the load is what is slow, and Falco's limit was not reached.
 */
#ifndef FT_IMPORT_ROUNDS_H
#define FT_IMPORT_ROUNDS_H

#include "import/import.h"

/* A round is good below this share of lost alerts (Falco's guide on performance tests goes on at 1
 * % and stops at 11 %). */
#define IMPORT_LOST 0.02
/* The rate grows when it is above the best one before by more than this: below, two rounds of the
 * same sleep differ as much. */
#define IMPORT_GROWTH 0.02
#define IMPORT_ROUNDS 256 /* kept of a run: its first ones */

enum import_limit {
	LIMIT_NONE,  /* neither: the run ended before */
	LIMIT_FALCO, /* alerts were lost */
	LIMIT_LOAD,  /* the rate no longer grew */
};

struct import_run {
	char *file;
	struct import_round *v; /* the first IMPORT_ROUNDS; theirs are the actions' names */
	size_t n, alloc;
	uint64_t n_rounds;
	enum import_limit limit;
	int64_t limit_round;	     /* the first round that shows it; -1 */
	struct import_round good;    /* the last good one; number -1: none */
	struct import_round bad;     /* the first one that is not; number -1: none */
	struct import_round stalled; /* of LIMIT_LOAD: whose actions are suspects; number -1 */
	struct import_round latest;
	double best_eps; /* NaN */
};

struct import_runs {
	struct import_run *v;
	size_t n, alloc;
	bool new_file;
};

void import_runs_init(struct import_runs *r);
void import_runs_release(struct import_runs *r);
/* The callbacks of a sink, with the runs as their argument. */
void import_runs_round(void *arg, const struct import_place *at, const struct import_round *round);
void import_runs_file(void *arg, const char *file);

#endif
