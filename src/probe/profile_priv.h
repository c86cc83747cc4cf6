/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by the files that write a profile; nobody else includes it.
 *
 * Times are summed from the leaves up (one check of one rule for one kind of event and one
 * outcome), each with the cost of its timer readings taken off and times its exact count, so that
 * every sum in the document is the sum of its parts.
 */
#ifndef FT_PROBE_PROFILE_PRIV_H
#define FT_PROBE_PROFILE_PRIV_H

#include "probe/profile.h"

extern const char *const profile_phase_ids[PROFILE_PHASES];

/* A time on its way into the document. */
struct span {
	uint64_t count, timed, n_interrupted, interrupted; /* the last in ticks */
	double ns;					   /* net, for all of count */
	double max;					   /* ns, net */
	const struct loghist *h;			   /* may be NULL */
};

/* Counts and times of a rule, for one kind of event or for all. */
struct measure {
	uint64_t offered, evaluations, checks, matches;
	struct span not_broken, broken, output;
	struct loghist h[3]; /* what the spans' h point to */
};

double profile_ns(const struct profile *p, double ticks);
struct span profile_span(const struct profile *p, const struct profile_time *t);
/* The phases' times, with those that have parts as the sum of these. of has PROFILE_PHASES. */
void profile_phases(const struct profile *p, struct span *of);

const struct eval_rule *profile_rule(const struct profile *p, size_t nr, size_t cell);
/* One check of a rule (its place among the rule's, n_checks: what no check has). */
double profile_leaf_ns(const struct profile *p, const struct profile_leaf *leaf,
		       const struct eval_rule *r, size_t check);
double profile_cell_ns(const struct profile *p, size_t nr, size_t cell, enum profile_slot slot);
/* All rules of one kind of event; broken: of the events that matched a rule. */
double profile_bucket_ns(const struct profile *p, size_t nr, bool broken);
/* Add one rule's cell of one kind of event. m begins as zeros. */
void measure_add(struct measure *m, const struct profile *p, size_t nr, size_t cell);

/* For numbers and texts that may not be known. */
json_t *profile_text(const char *s);

/* profile_tree.c */
json_t *profile_tree(const struct profile *p, const struct span *of, double window,
		     double interrupted, uint64_t n_interrupted, double overhead, uint64_t events,
		     const struct span *others);

#endif
