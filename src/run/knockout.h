/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a rule costs an engine that says nothing of its rules: the CPU time of runs with all rules
 * less that of runs without it, by event, interleaved under one load or over one capture file.
 *
 * Rules are taken out by a rules file of their own behind the user's (enabled: false), alone or,
 * where they are many, as groups: all of them first; a group whose cost is seen is halved, down to
 * single rules, and one without a difference is left as it is. A round is a run of the full set and
 * one of each group of the level, in random order; what is judged is the difference within rounds.
 *
 * A live engine without a rule may trace fewer calls. The cost by event would then be of other
 * events, so CPU time a second is compared, divided by the events a second of the full set; the
 * kernel side's part of it is in no CPU time of the engine.
 */
#ifndef FT_RUN_KNOCKOUT_H
#define FT_RUN_KNOCKOUT_H

#include "run/journal.h"
#include "run/profiling.h"
#include "syscalls/select.h"

#define KO_LEVEL    0.95
#define KO_EACH	    8 /* so many rules are not put into groups */
#define KO_ROUNDS   5 /* the interval of a mean of five is 1.7 times as wide as that of very many */
#define KO_NO_GROUP ((size_t)-1)

enum ko_verdict { KO_NOT_MEASURED, KO_SEEN, KO_NOT_SEEN };
extern const char *const ko_verdict_names[]; /* JSON words */

/* Both sides of one round. ns: CPU time by event, or by replay where the engine does not say how
 * many events there were. */
struct ko_pair {
	double with_ns, without_ns;
	double with_per_s, without_per_s; /* events a second that were taken; NaN unknown */
	double with_cpu, without_cpu;	  /* share of one CPU */
};

struct ko_group {
	size_t *rules, n;   /* indices into the names, ascending; owned */
	int level;	    /* from 1 */
	size_t parent;	    /* the group that it is half of, KO_NO_GROUP: none */
	bool split;	    /* it is seen, and was to be halved */
	struct strvec gone; /* calls that a live engine traces no more without these rules */
	char *overlay;	    /* path of the rules file that takes them out */
	struct ko_pair *pairs;
	size_t n_pairs;
	/* Filled in by knockout_judge(); NaN unknown. */
	double ns, lo, hi;   /* with less without: mean and t interval */
	double p, p_holm;    /* two-sided t test of no difference; within its level */
	struct ko_pair mean; /* of the pairs */
	enum ko_verdict verdict;
};

struct knockout {
	/* Borrowed, as all of the input. */
	struct profiling p;	       /* plain; its overlay is set here */
	const struct select_input *in; /* its rules are those that are taken out */
	int rounds;
	bool each;	/* each rule alone, whatever their number */
	int64_t max_ns; /* no run begins that would end later; -1: no limit */
	uint64_t seed;	/* of the order of runs */
	/* Results. */
	struct ko_group *v;
	size_t n, alloc;
	int runs;
	bool stopped;	    /* by max_ns */
	bool by_event;	    /* else by replay */
	double dropped;	    /* events that the kernel side dropped in all windows; NaN unknown */
	double seconds;	    /* that it took */
	int64_t longest_ns; /* run so far */
};

/* Measure. Errors: as profiling_measure(), ERROR_ENV for files that cannot be written. What was
 * measured until then is in *k. Release in any case. */
int knockout_run(struct knockout *k, struct session *s, struct journal *j, struct error *err);
void knockout_release(struct knockout *k);

/* In parts, for knockout_run(), --print-commands and tests. */

/* The groups of the first level, with their files' names and their calls; writes nothing. */
void knockout_begin(struct knockout *k);
/* The text of a rules file that takes these rules out; appended. */
void knockout_overlay(const struct knockout *k, const struct ko_group *g, struct strbuf *out);
/* Fill the figures of groups from..to-1, which are one level, from their pairs. Pure. */
void knockout_judge(struct ko_group *v, size_t from, size_t to);
/* Halve those of the groups from..to-1 that are seen; appended to k->v. */
void knockout_split(struct knockout *k, size_t from, size_t to);
/* The smallest group with a verdict that has this rule; KO_NO_GROUP: none. */
size_t knockout_group_of(const struct knockout *k, size_t rule);

#endif
