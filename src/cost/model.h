/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a rule set costs by the model: for every type of event
 *
 *   capture + transport + state(type) + evaluated (with any rule) + sum over the rules of its
 * bucket of reached * (rule + expected checks * cost by kind of check + likelihood of a match *
 * output)
 *
 * and for a second of a host, whose rate is known, what looking for events takes (cost/wake.h).
 *
 * Checks are walked as they are evaluated, from the left with short circuit (cost/walk.h); checks
 * on the type of the event are free in the embedded engine, which answers them when it compiles.
 * reached: 1, or with rule_matching first the likelihood that no earlier rule matched. Likelihoods
 * of checks and matches are those that a profile counted, else stated defaults; without a profile
 * no alert is expected. Checks are taken to be independent of each other.
 *
 * Pure: everything is predicted, nothing is run.
 */
#ifndef FT_COST_MODEL_H
#define FT_COST_MODEL_H

#include "cost/params.h"
#include "cost/rate.h"
#include "rules/ruleset.h"

/* All borrowed. */
struct cost_input {
	const struct ruleset *rules;
	const struct ruleset_options *opt;
	const struct select_input *in;		/* of the active rules, in order */
	const struct host_profile *host;	/* NULL: unknown */
	const struct eprofile *const *profiles; /* of the embedded engine */
	size_t n_profiles;
	const struct cost_params *params;
	bool first; /* rule_matching: first */
	bool drop_failed_exit;
	bool enter_events; /* of the release */
};

/* What events are weighed by. */
enum cost_mix {
	COST_MIX_HOST,	  /* events a second of the host */
	COST_MIX_PROFILE, /* shares of the (first) profile's events */
	COST_MIX_EVEN,	  /* unknown: each traced call alike */
};
extern const char *const cost_mix_names[]; /* "host", "profile", "even" */

/* ns, for each second of the host or else for each event of the mix. */
struct cost_sum {
	double events;				 /* a second, or 1 for the whole set */
	double capture, transport, state, rules; /* rules: with their alerts */
	double wake;				 /* NaN for an event of the mix: unknown */
	double evaluations, checks;
};

struct cost_bucket {
	const char *name; /* borrowed from the catalogue */
	size_t sc;
	double weight; /* events that the kernel side makes: a second, or a share */
	double seen;   /* of these, what rules are tried on */
	size_t n_rules;
	double state_ns;	 /* for an event */
	double checks, rules_ns; /* for an event, of all its rules */
};

enum cost_lever { COST_DISABLE, COST_NARROW, COST_REORDER };
extern const char *const cost_lever_names[]; /* "disable", "narrow", "reorder" */

struct cost_rule {
	const struct rule *rule;     /* borrowed */
	double offered, evaluations; /* a second, or a share */
	double checks;		     /* of one evaluation; NaN without any */
	double ns;		     /* of one evaluation, by the model; NaN without any */
	double measured_ns;	     /* the same as the profile measured; NaN unknown */
	bool known;		     /* a profile counted its checks */
	double cost;  /* ns of its evaluations and alerts: measured where it was, else estimated */
	double alone; /* ns that giving up this rule alone saves, by set */
	double alone_events;
	struct bitset gone; /* calls that leave with it */
	/* Levers, ns that each saves; 0: none. */
	double narrow, reorder;
	size_t narrow_sc;	 /* the call to take out of its condition */
	const struct ast *first; /* the check to move, borrowed; NULL none */
	enum cost_lever lever;
};

/* Giving up k rules. */
struct cost_step {
	size_t k;
	size_t *rules; /* indices into the rules, in the order they are given up; owned */
	size_t n;      /* fewer than k when there are not as many */
	struct cost_sum left;
	struct bitset gone;
};

struct cost {
	const struct catalogue *cat;
	enum cost_mix mix;
	struct cost_bucket *buckets; /* dearest first */
	size_t n_buckets;
	struct cost_rule *rules; /* active ones, dearest (by `alone`, then `cost`) first */
	size_t n_rules;
	size_t n_known, n_measured; /* rules that a profile knew */
	struct cost_sum whole;
	double lo, hi; /* engine ns, uncertainty of the parameters and likelihoods */
	double capture_lo, capture_hi;
	struct cost_step *steps;
	size_t n_steps;
};

/* ns of the engine's side. */
double cost_engine_ns(const struct cost_sum *s);
/* With the kernel side. */
double cost_total_ns(const struct cost_sum *s);

/* ks: how many rules to give up, ascending. Cannot fail. The result borrows from the input. */
void cost_estimate(const struct cost_input *in, const size_t *ks, size_t n_ks, struct cost *out);
void cost_release(struct cost *c);
#define cleanup_cost __attribute__((cleanup(cost_release)))

/* ---- against a measurement ---- */

struct cost_part { /* ns for each event that the engine saw */
	double predicted, measured;
};
struct cost_fit {
	struct cost_part transport, state, rules, output, total;
	double events;
	size_t n_missing; /* rules of the profile that the rule set does not have */
};
/* The model for the events of a profile, against what the profile measured: CPU of the engine for
 * each event without what the profiling took. Uses no measured time of that profile, only its
 * counts of events, of true checks and of matches. */
void cost_compare(const struct cost_input *in, const struct eprofile *p, struct cost_fit *out);

#endif
