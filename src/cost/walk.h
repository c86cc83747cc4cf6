/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many checks of a condition an event goes through until the verdict (short circuit, from the
 * left, as Falco evaluates). Pure.
 *
 * Checks on the type of the event are known for an event of a given type; evt.dir too in releases
 * that have exit events only. Every other check is true with the stated default likelihood of its
 * operator (price_selectivity()), independently of the others.
 */
#ifndef FT_COST_WALK_H
#define FT_COST_WALK_H

#include "base/map.h"
#include "base/strbuf.h"
#include "rules/ast.h"
#include "syscalls/catalogue.h"

#include <stdbool.h>
#include <stddef.h>

/* What a check costs and how likely it is true. */
struct walk_prices {
	double (*ns)(void *arg, const struct ast *check);
	/* For an event that gets there; not asked where the type of the event decides. */
	double (*likelihood)(void *arg, const struct ast *check);
	void *arg;
	bool types_free; /* checks on the type of the event were answered when compiling */
};

struct walk {
	const struct catalogue *cat;
	bool enter_events;		  /* of the release; see syscalls/release.h */
	const struct walk_prices *prices; /* NULL: no prices, and the stated default likelihoods */
	/* Private: event codes of the checks on event types that were met. */
	struct ptrtable known;
};

void walk_release(struct walk *w);
#define cleanup_walk __attribute__((cleanup(walk_release)))

/* Expected number of checks for an event of that code. The tree must live as long as w. */
double walk_checks(struct walk *w, const struct ast *a, size_t code);

/* What is expected of one evaluation. */
struct walk_expected {
	double checks, ns;
	double p; /* that the condition is true */
};
struct walk_expected walk_expect(struct walk *w, const struct ast *a, size_t code);
/* The same were the operands of every `and` and `or` in their cheapest order, the likelihoods being
 * independent of it. */
struct walk_expected walk_best(struct walk *w, const struct ast *a, size_t code);
/* Does the type of the event decide that check (for releases that w is of)? */
bool walk_by_type(const struct walk *w, const struct ast *check);

/* Checks that the condition has (macros counted each time they are used). */
size_t walk_count(const struct ast *a);
/* Its checks as texts, each once, the items of a list sorted; appended, sorted. Nothing for a
 * condition of more than WALK_TEXTS_MAX checks. */
#define WALK_TEXTS_MAX 20000
void walk_texts(const struct ast *a, struct strvec *out);
/* Names of the fields on either side of its checks, with their arguments; appended, sorted, each
 * once. */
void walk_fields(const struct ast *a, struct strvec *out);

#endif
