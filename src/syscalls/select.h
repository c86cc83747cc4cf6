/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which syscalls a Falco of a given release traces, step by step as Falco logs it, and why each one
 * is there. Pure: the same input gives the same output, nothing is read from the host.
 */
#ifndef FT_SYSCALLS_SELECT_H
#define FT_SYSCALLS_SELECT_H

#include "syscalls/catalogue.h"

#include <jansson.h>

struct select_rule {
	const char *name;  /* borrowed */
	struct bitset scs; /* of the resolved condition */
};

struct select_input {
	const struct catalogue *cat;
	/* Enabled rules of source syscall within the minimum priority. */
	const struct select_rule *rules;
	size_t n_rules;
	const char *const *custom_set; /* as written, "!name" for negatives; empty strings count */
	size_t n_custom;
	bool repair, all;
};

enum why_kind { WHY_RULE, WHY_STATE, WHY_CUSTOM, WHY_REPAIR, WHY_ALWAYS };
extern const char *const why_kind_names[]; /* rule state custom repair always */

/* The sets of Falco's log lines; each is meant to be printed with cat_scs_to_names(). */
struct selection {
	const struct catalogue *cat;
	struct bitset rules;	/* in rules */
	struct bitset added;	/* custom positives */
	struct bitset removed;	/* custom negatives */
	struct bitset state;	/* added for the state engine (or, with repair, by repair); empty
				   when Falco prints no such line */
	struct bitset ignored;	/* high volume, taken out */
	struct bitset repaired; /* what repair added after the fact */
	struct bitset final;
	struct bitset unsupported;			  /* in rules, not in final */
	struct strvec invalid_positive, invalid_negative; /* sorted, unique; owned */
	/* For the reasons: what was in before the late repair, the state engine's set where it was
	 * used, and everything that repair asked for. */
	struct bitset kept, base, repair;
};

#define SELECTION_INIT                                                                             \
	{                                                                                          \
		0                                                                                  \
	}
/* Cannot fail. The caller releases. */
void selection_compute(const struct select_input *in, struct selection *out);
void selection_release(struct selection *s);

/* Why a name of the final set is in: calls fn for each reason (kind; the rule's name, the entry of
 * custom_set, or the kind's own word). Reasons are independent: a syscall that a rule names and
 * that the state engine needs too has both. in must be the input that s was computed from. */
typedef void (*why_fn)(void *arg, enum why_kind kind, const char *name);
void selection_why(const struct select_input *in, const struct selection *s, const char *name,
		   why_fn fn, void *arg);

/* Falco's own log lines of the selection, in Falco's order, without time stamps: level is "debug",
 * "info", "warning" or "plain" (stderr without a prefix). */
typedef void (*select_line_fn)(void *arg, const char *level, const char *line);
void selection_log_lines(const struct selection *s, select_line_fn fn, void *arg);

/* The JSON of `falcotune syscalls --format json`: rules, added, removed, state, ignored, repaired,
 * final, invalid_positive, invalid_negative as sorted arrays of names, and `why`, an object from
 * each name of the final set to an array of {kind, name}. The caller owns the reference. */
json_t *selection_to_json(const struct select_input *in, const struct selection *s);

#endif
