/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The evaluator once more, with stamps of what it does: the same rules, checks and order as
 * eval_event_slow().
 */
#include "probe/eval_test.h"
#include "probe/profile.h"

static inline void stamp(struct profile *p, uint64_t at, int32_t what, bool yes)
{
	p->stamps[p->n_stamps++] = (struct profile_stamp){at, what, yes};
}

/* After what there is a reading: a match has one in any case, because its output follows. */
enum detail { DETAIL_NONE, DETAIL_RULES, DETAIL_CHECKS };

static inline __attribute__((always_inline)) bool walk(struct eval *e, int at, size_t nr,
						       struct profile *p, enum detail detail)
{
	size_t before = p->n_stamps;

	while (at >= 0) {
		struct eval_check *c = &e->checks[at];
		bool yes = eval_test_check(e, c, nr);

		stamp(p, detail == DETAIL_CHECKS ? tsc_read() : 0, at, yes);
		at = yes ? c->on_true : c->on_false;
	}
	/* The end of the last check is the end of the rule, where there was one. */
	if (detail == DETAIL_CHECKS ? p->n_stamps > before
				    : detail == DETAIL_NONE && at != EVAL_ACCEPT)
		stamp(p, 0, PROFILE_STAMP_RULE, at == EVAL_ACCEPT);
	else
		stamp(p, tsc_read(), PROFILE_STAMP_RULE, at == EVAL_ACCEPT);
	return at == EVAL_ACCEPT;
}

static inline __attribute__((always_inline)) void evaluate(struct eval *e,
							   const struct eval_list *list, size_t nr,
							   eval_match_fn on_match, void *arg,
							   struct profile *p, enum detail detail)
{
	for (size_t i = 0; i < list->n; i++) {
		if (!walk(e, list->v[i].entry, nr, p, detail))
			continue;
		e->rules[list->v[i].rule].matches++;
		on_match(arg, e, list->v[i].rule, &e->ctx);
		stamp(p, tsc_read(), PROFILE_STAMP_OUTPUT, true);
		if (!e->all)
			return;
	}
}

void eval_event_profiled(struct eval *e, const struct state_view *view, eval_match_fn on_match,
			 void *arg, struct profile *p)
{
	size_t nr = view->ev->nr % PROBE_SYSCALLS;
	const struct eval_list *list = &e->by_nr[nr];

	if (e->ctx.num++ == 0)
		e->ctx.first_ts = view->ev->ts;
	if (!list->n)
		return;
	e->ctx.view = view;
	e->ctx.call = &e->calls->nr[nr];
	p->list = list;
	p->evaluated_from = p->evaluated_to;
	p->n_stamps = 0;
	/* By the events' numbers, scattered, so that the same ones are taken in every replay. */
	p->without = (e->ctx.num / PROFILE_RUN * 0x9e3779b97f4a7c15u >> 32) % PROFILE_CONTROL == 0;
	p->warm = e->ctx.num % PROFILE_RUN >= PROFILE_RUN_WARM;
	if (p->without)
		evaluate(e, list, nr, on_match, arg, p, DETAIL_NONE);
	else if (p->checks)
		evaluate(e, list, nr, on_match, arg, p, DETAIL_CHECKS);
	else
		evaluate(e, list, nr, on_match, arg, p, DETAIL_RULES);
	p->evaluated_to = tsc_read();
}
