/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rule evaluator: the active rules of a rule set, compiled and indexed by event.
 *
 * A condition becomes a graph of checks with a true and a false exit each, so that evaluating is a
 * walk without a stack. Checks that depend on the kind of event alone (evt.type and its like) are
 * answered when the graph is built, and each syscall number has its own list of rules with the
 * first check that is still open: an event of a call that no rule wants costs one look.
 *
 * A rule that needs something the engine cannot read is listed with the reason and never evaluated:
 * it neither matches nor counts as a non-match.
 *
 * One thread.
 */
#ifndef FT_PROBE_EVAL_H
#define FT_PROBE_EVAL_H

#include "base/error.h"
#include "probe/eval_calls.h"
#include "probe/eval_match.h"
#include "probe/eval_operand.h"
#include "probe/fields.h"
#include "rules/ruleset.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct eval_rule {
	const struct rule *rule;      /* borrowed from the rule set */
	char *why_not;		      /* NULL, or what keeps it from being evaluated; owned */
	int entry;		      /* first check of its graph */
	size_t first_check, n_checks; /* its checks in eval->checks */
	unsigned gives;		      /* enum probe_want: what its calls give, see field_wants() */
	uint64_t matches;
};

struct eval_check {
	const struct ast *ast; /* the comparison; borrowed from the rule */
	struct operand lhs;
	struct operand *rhs; /* read from the event too; NULL: the matcher's constants; owned */
	struct matcher m;
	struct bitset calls; /* by_call: numbers for which it is true */
	bool by_call;
	bool each;	       /* lhs has several values, see FIELD_EACH */
	int on_true, on_false; /* next check, or EVAL_ACCEPT, EVAL_REJECT */
};

enum { EVAL_ACCEPT = -1, EVAL_REJECT = -2 };

struct eval_list { /* rules for one kind of event, in order */
	struct eval_entry {
		uint32_t rule;
		int entry;
	} * v;
	size_t n, alloc;
};

struct eval {
	const struct calls *calls; /* borrowed */
	struct eval_rule *rules;
	size_t n;
	struct eval_check *checks;
	size_t n_checks, alloc_checks;
	struct eval_list by_nr[PROBE_SYSCALLS];
	bool all;	/* rule_matching: all */
	bool uses_fd;	/* some evaluated rule reads fd.* */
	unsigned wants; /* enum probe_want: what the conditions of evaluated rules need recorded */
	size_t n_not_evaluated;
	struct field_ctx ctx;
};

/* on_match is called at once for every match; ctx is good during the call. */
typedef void (*eval_match_fn)(void *arg, struct eval *e, size_t rule, struct field_ctx *ctx);

/* calls and rs must outlive e. Cannot fail: see why_not. */
void eval_init(struct eval *e, const struct calls *calls, const struct ruleset *rs,
	       const struct ruleset_options *opt, bool all);
void eval_release(struct eval *e);
void eval_event_slow(struct eval *e, const struct state_view *view, const struct eval_list *list,
		     eval_match_fn on_match, void *arg);

/* Evaluate one event. */
static inline void eval_event(struct eval *e, const struct state_view *view, eval_match_fn on_match,
			      void *arg)
{
	const struct eval_list *list = &e->by_nr[view->ev->nr % PROBE_SYSCALLS];

	if (e->ctx.num++ == 0)
		e->ctx.first_ts = view->ev->ts;
	if (__builtin_expect(list->n != 0, 0))
		eval_event_slow(e, view, list, on_match, arg);
}

#endif
