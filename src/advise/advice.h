/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings: what to change, ranked by what it is expected to bring, with evidence and the exact
 * change. Pure: from results of a run, or from the verdicts on a Falco's own metrics.
 */
#ifndef FT_ADVISE_ADVICE_H
#define FT_ADVISE_ADVICE_H

#include "advise/verdict.h"

/* What a finding is about. */
enum advice_kind {
	ADVICE_VERDICT,
	ADVICE_CASE, /* that a run recommends */
	ADVICE_BASE, /* from a host profile, as all further ones */
	ADVICE_FAILED_CALLS,
	ADVICE_RULES,
	ADVICE_CALL,
	ADVICE_BUFFERS,
	ADVICE_KINDS,
};
extern const char *const advice_kind_names[]; /* "verdict" .. "larger-preset", NULL-terminated */

struct advice_item {
	enum advice_kind kind;
	char *verdict;	   /* name, or NULL: a recommendation of the run as a whole */
	char *what;	   /* one sentence: what to do */
	char *where;	   /* cases, or the file; NULL */
	double gain;	   /* share of the events (or alerts) that it is about: at most this is won;
			      NaN unknown */
	char *gain_of;	   /* what the share is of, in words */
	double gain_per_s; /* the same as kernel events a second, where they were predicted; NaN */
	struct strvec evidence;
	struct strvec change;	   /* settings of falco.yaml, "key=value"; may be empty */
	char *yaml, *flags, *helm; /* ready to paste; NULL where there is none */
	char *no_dropin;	   /* why there is no file of config.d that brings it about; NULL */
	bool covers;		   /* drops are expected to be within the limit once it is made */
	/* What the verification showed, or why there was none; no state: nothing to verify. */
	struct res_verification verification;
};

struct advice {
	struct advice_item *v; /* largest gain first */
	size_t n, alloc;
	struct strvec notes;  /* on the source as a whole */
	const char *unjudged; /* why there can be no finding (static); NULL: there can */
};

/* From the results of a run, advise_results() done. Nothing to change: empty. */
void advice_of_results(const struct results *r, struct advice *out);
/* From verdicts on one source; where is its name (borrowed). */
void advice_of_verdicts(const struct verdict_list *l, const char *where, struct advice *out);
/* A new one at the end; nothing known. */
struct advice_item *advice_add(struct advice *out, enum advice_kind kind);
/* Largest gain first. */
void advice_sort(struct advice *out);
void advice_release(struct advice *f);

#endif
