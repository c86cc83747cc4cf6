/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `run --search`: Test n of Falco's page on dropped events, automated. The largest set of rules
 * (by weight) that stays within a drop rate on this host, under this load.
 *
 * The course, every step a dry run and one or more live ones:
 *   1. the whole rule set as it is configured; within the limit: there is nothing to give up;
 *   2. all rules with the least state, custom_set = repair(rules): no rule is lost by it;
 *   3. the smallest set, of the rules that cost nothing to keep (by the rates that are known, then
 *      those that need nothing but what is always traced); above the limit: the same once more with
 *      the largest buffers that may be had, and above it even then: UNFIXABLE;
 *   4. between these, the order of cost/giveup.h gives nested rule sets; the largest one that is
 *      within is found by bisection, so that it and the next larger one are both measured;
 *   5. what was given up early may fit again once something larger is gone: each such step is
 *      tried, the heaviest first, unless a set with a lower predicted rate was above the limit;
 *   6. a last dry run of the configuration that is printed.
 *
 * Rates are events a second; shares 0..1; times in ns.
 */
#ifndef FT_TUNE_SEARCH_H
#define FT_TUNE_SEARCH_H

#include "cost/giveup.h"
#include "rules/ruleset.h"
#include "survey/host.h"
#include "tune/point.h"

#define SEARCH_DURATION_NS (10 * INT64_C(1000000000))
#define SEARCH_WARMUP_NS   INT64_C(1000000000)
#define SEARCH_REPEATS	   2
#define SEARCH_MAX_TIME_NS (900 * INT64_C(1000000000))
#define SEARCH_MAX_STEPS   40

struct search_options {
	struct run_options run;
	int64_t repeats;		 /* live runs of a step, at most */
	const char *weights;		 /* file; NULL: by priority alone */
	const struct host_profile *host; /* rates; NULL: those of the load */
	const char *host_file;
	int64_t max_time_ns, max_steps;
	int64_t max_memory; /* of all buffers; 0: sweep_memory_default() */
};

struct search_rule {
	char *name;
	enum rule_priority priority;
	double weight;
	struct bitset scs;
	size_t given_up; /* index of the step of the order that gives it up, or SIZE_MAX */
	bool lost;	 /* not in the result */
};

enum search_kind {
	SEARCH_WHOLE,
	SEARCH_LEAST_STATE,
	SEARCH_SMALLEST,
	SEARCH_GIVE_UP,
	SEARCH_TAKE_BACK,
	SEARCH_BUFFERS, /* the smallest set with the largest buffers */
};
extern const char *const search_kind_names[];

enum search_outcome { SEARCH_WITHIN, SEARCH_ABOVE, SEARCH_STEP_FAILED };
extern const char *const search_outcome_names[];

struct search_step {
	enum search_kind kind;
	bool *kept; /* n_rules of them */
	size_t n_kept;
	double weight;		/* of the kept ones */
	double predicted_per_s; /* of its set; NaN: no rates are known */
	int preset;		/* buf_size_preset; 0: the user's own */
	struct plan plan;	/* one case, which holds what was measured */
	enum search_outcome outcome;
	bool decided; /* the interval is clear of the limit */
	char *reason; /* of a failed one */
};

enum search_state {
	SEARCH_UNFINISHED,	/* interrupted before anything was within */
	SEARCH_NOTHING_TO_GIVE, /* the whole set is within */
	SEARCH_FOUND,
	SEARCH_UNFIXABLE,      /* even the smallest set is above, with the largest buffers too */
	SEARCH_LARGER_BUFFERS, /* ... but within with larger buffers: rules are not the lever */
	SEARCH_NOT_EXERCISED,
	SEARCH_NOT_MEASURED, /* reason */
};
extern const char *const search_state_names[];

/* What is no longer watched, of one rule. */
struct search_lost {
	size_t rule;	      /* index */
	struct strvec lost;   /* names of calls that it asks for and that are not traced */
	bool blind, disabled; /* sees nothing any more; given up */
};

struct search {
	struct matrix matrix;
	bool has_matrix;
	struct search_rule *rules; /* active ones, in their order */
	size_t n_rules;
	double weight; /* of all */
	double max_drop;
	double *rates; /* by sc */
	const char *rates_from;
	struct giveup_input input;
	struct select_rule *input_rules;
	double *input_weights;
	struct giveup order;
	struct search_step **v; /* in the order in which they were measured */
	size_t n, alloc;
	const struct search_step *result; /* NULL: none */
	enum search_state state;
	char *reason;
	bool complete;	    /* no limit ended it early */
	bool verified;	    /* last dry run: predicted set is the printed one */
	char *verification; /* in words; NULL: there was none */
	struct strvec custom_set, state_missing;
	struct search_lost *lost;
	size_t n_lost;
	char *yaml; /* rules: and base_syscalls: blocks; NULL: none */
	struct strvec flags;
	char *host_file;
	int64_t max_memory; /* of all buffers; RES_UNKNOWN: no limit is known */
	char *max_memory_from;
	bool interrupted, hopeless;
	struct strvec warnings;
};

/* Read rules and weights, plan the first step. ERROR_INPUT. Release out in any case. */
int search_begin(struct search *out, const struct search_options *o, struct error *err);
/* Command lines of the steps that are known before anything is measured, a line each. */
int search_commands(struct search *w, const struct search_options *o, struct strvec *out,
		    struct error *err);
/* Run it. ERROR_ENV when falcotune itself cannot go on; when s->caught is set afterwards it was
 * interrupted, which is no error. */
int search_run(struct search *w, const struct search_options *o, struct journal *j,
	       struct session *s, struct error *err);
void search_release(struct search *w);
/* Host, engine and options; NULL when not even the first step is planned. */
const struct results *search_facts(const struct search *w);
const struct res_case *search_case(const struct search_step *t);

/* Weight of a rule by its priority: 8 for emergency down to 1 for debug. */
double search_priority_weight(enum rule_priority p);
/* Weights of a file, a mapping from rule names to numbers from 0 to 1e6, over those that the rules
 * have. ERROR_INPUT with place for anything else, and for a name that no active rule has. */
int search_read_weights(const char *file, struct search_rule *rules, size_t n, struct error *err);

/* Add a step's settings: user's -o, `rules` to disable, base_syscalls. Pure. */
void search_sets(const struct search *w, const struct search_step *t, const struct strvec *own,
		 struct strvec *out);
/* Fill custom_set, lost, yaml and flags of the result. Pure. */
void search_describe(struct search *w, const struct search_options *o);

/* The document (templates/search.schema.json); the caller owns it. */
json_t *search_to_json(const struct search *w);
/* Read it back, for reports: doc was read from text, and must live as long as *out. Rules of which
 * nothing is said have empty names. To be released in any case. ERROR_INPUT with the place. */
int search_from_json(struct search *out, const json_t *doc, const char *text, size_t len,
		     const char *file, struct error *err);

#endif
