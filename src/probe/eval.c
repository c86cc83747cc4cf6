/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/eval.h"

#include "base/mem.h"
#include "probe/eval_test.h"

#include <string.h>

static const struct probe_event no_event;
static const struct state_view no_view = {.ev = &no_event, .fd_num = -1};

/* A field of several values: one that fits is enough, but for what fields.h says. */
bool eval_test_each(const struct field_ctx *ctx, struct eval_check *c)
{
	unsigned flags = c->lhs.flags;
	bool all = (c->m.op == OP_NE && flags & FIELD_BOTH_DIFFER) ||
		   (c->m.op == OP_IN && flags & FIELD_LIST);
	bool first = flags & FIELD_LIST && c->m.op != OP_IN && c->m.op != OP_INTERSECTS;
	bool yes = false;
	struct value v;

	for (size_t at = 1; operand_item(ctx, &c->lhs, at, &v); at++) {
		yes = matcher_test(&c->m, &v);
		if (yes != all || first)
			break;
	}
	c->lhs.ref.at = 0;
	return yes;
}

/* --- compiling -------------------------------------------------------------------------------- */

/* Answer a check for every kind of event. */
static void decide_by_call(struct eval *e, struct eval_check *c)
{
	struct field_ctx ctx = {.view = &no_view};

	c->by_call = true;
	for (size_t nr = 0; nr < PROBE_SYSCALLS; nr++) {
		ctx.call = &e->calls->nr[nr];
		if (ctx.call->known && eval_test_values(&ctx, c))
			bitset_add(&c->calls, nr);
	}
}

static bool fill_check(struct eval *e, struct eval_check *c, const struct ast *a, char **why)
{
	const struct ast *rhs = a->kind == AST_BINARY ? a->kids[1] : NULL;
	struct error err = ERROR_INIT;
	bool dynamic = rhs && (rhs->kind == AST_FIELD || rhs->kind == AST_TRANSFORMER);
	unsigned flags;

	if (!operand_init(&c->lhs, a->kids[0], why))
		return false;
	if (dynamic) {
		c->rhs = xcalloc(1, sizeof(*c->rhs));
		if (!operand_init(c->rhs, rhs, why))
			return false;
		rhs = NULL;
	}
	if (matcher_init(&c->m, a->op, a->mod, c->lhs.type, c->lhs.bits, rhs, &err)) {
		if (!*why)
			*why = xstrdup(err.msg);
		return false;
	}
	flags = c->lhs.flags & (c->rhs ? c->rhs->flags : ~0u);
	if ((c->lhs.flags | (c->rhs ? c->rhs->flags : 0)) & FIELD_OF_FD)
		e->uses_fd = true;
	e->wants |= field_wants(c->lhs.flags | (c->rhs ? c->rhs->flags : 0), e->rules[e->n].gives);
	c->each = c->lhs.flags & FIELD_EACH;
	if (flags & FIELD_OF_CALL)
		decide_by_call(e, c);
	return true;
}

static int add_check(struct eval *e, const struct ast *a, int on_true, int on_false, char **why)
{
	struct eval_check *c;

	ALLOC_GROW(e->checks, e->n_checks, e->alloc_checks);
	c = &e->checks[e->n_checks];
	memset(c, 0, sizeof(*c));
	c->ast = a;
	strbuf_init(&c->lhs.buf);
	strbuf_init(&c->lhs.items);
	c->on_true = on_true;
	c->on_false = on_false;
	e->n_checks++; /* released with the others, even half filled */
	fill_check(e, c, a, why);
	return (int)e->n_checks - 1;
}

/* The first check of a's graph, which leads to on_true or on_false. *why is set when something in
 * it cannot be evaluated. */
static int compile(struct eval *e, const struct ast *a, int on_true, int on_false, char **why)
{
	switch (a->kind) {
	case AST_AND:
		for (size_t i = a->n; i-- > 0;)
			on_true = compile(e, a->kids[i], on_true, on_false, why);
		return on_true;
	case AST_OR:
		for (size_t i = a->n; i-- > 0;)
			on_false = compile(e, a->kids[i], on_true, on_false, why);
		return on_false;
	case AST_NOT:
		return compile(e, a->kids[0], on_false, on_true, why);
	case AST_UNARY:
	case AST_BINARY:
		return add_check(e, a, on_true, on_false, why);
	default:
		if (!*why)
			*why = xstrdup("a condition that is not resolved");
		return on_false;
	}
}

/* Follow the checks that the kind of event answers. */
static int skip_known(const struct eval *e, int at, size_t nr)
{
	while (at >= 0 && e->checks[at].by_call)
		at = bitset_has(&e->checks[at].calls, nr) ? e->checks[at].on_true
							  : e->checks[at].on_false;
	return at;
}

static void index_rule(struct eval *e, size_t rule)
{
	const struct eval_rule *r = &e->rules[rule];

	for (size_t nr = 0; nr < PROBE_SYSCALLS; nr++) {
		const struct call *call = &e->calls->nr[nr];
		struct eval_list *list = &e->by_nr[nr];
		int entry;

		if (!call->known || !bitset_has(&r->rule->codes, call->code))
			continue;
		entry = skip_known(e, r->entry, nr);
		if (entry == EVAL_REJECT)
			continue;
		ALLOC_GROW(list->v, list->n, list->alloc);
		list->v[list->n++] = (struct eval_entry){.rule = (uint32_t)rule, .entry = entry};
	}
}

static void release_checks(struct eval *e, size_t from)
{
	for (size_t i = from; i < e->n_checks; i++) {
		operand_release(&e->checks[i].lhs);
		if (e->checks[i].rhs)
			operand_release(e->checks[i].rhs);
		free(e->checks[i].rhs);
		matcher_release(&e->checks[i].m);
	}
	e->n_checks = from;
}

/* What only some calls can be asked for, and the rule's can. */
static unsigned given_by_calls(const struct eval *e, const struct rule *rule)
{
	unsigned gives = 0;

	for (size_t nr = 0; nr < PROBE_SYSCALLS; nr++) {
		const struct call *call = &e->calls->nr[nr];

		if (!call->known || !bitset_has(&rule->codes, call->code))
			continue;
		gives |= call->open != CALL_NOT_OPEN ? PROBE_WANT_FILE : 0u;
		gives |= call->message ? PROBE_WANT_ENDS : 0u;
	}
	return gives;
}

static void add_rule(struct eval *e, const struct rule *rule)
{
	struct eval_rule *r = &e->rules[e->n];
	size_t from = e->n_checks;
	bool uses_fd = e->uses_fd;
	unsigned wants = e->wants;

	r->rule = rule;
	r->gives = given_by_calls(e, rule);
	r->entry = compile(e, rule->ast, EVAL_ACCEPT, EVAL_REJECT, &r->why_not);
	r->first_check = from;
	r->n_checks = r->why_not ? 0 : e->n_checks - from;
	if (r->why_not) {
		release_checks(e, from);
		e->uses_fd = uses_fd;
		e->wants = wants;
		e->n_not_evaluated++;
	} else {
		index_rule(e, e->n);
	}
	e->n++;
}

void eval_init(struct eval *e, const struct calls *calls, const struct ruleset *rs,
	       const struct ruleset_options *opt, bool all)
{
	memset(e, 0, sizeof(*e));
	e->calls = calls;
	e->all = all;
	e->rules = xcalloc(rs->n ? rs->n : 1, sizeof(*e->rules));
	for (size_t i = 0; i < rs->n; i++)
		if (rule_is_active(&rs->rules[i], opt))
			add_rule(e, &rs->rules[i]);
}

void eval_release(struct eval *e)
{
	release_checks(e, 0);
	free(e->checks);
	for (size_t i = 0; i < e->n; i++)
		free(e->rules[i].why_not);
	free(e->rules);
	for (size_t nr = 0; nr < PROBE_SYSCALLS; nr++)
		free(e->by_nr[nr].v);
	memset(e, 0, sizeof(*e));
}

/* --- evaluating ------------------------------------------------------------------------------- */

static bool run(struct eval *e, int at, size_t nr)
{
	while (at >= 0) {
		struct eval_check *c = &e->checks[at];
		bool yes = eval_test_check(e, c, nr);

		at = yes ? c->on_true : c->on_false;
	}
	return at == EVAL_ACCEPT;
}

void eval_event_slow(struct eval *e, const struct state_view *view, const struct eval_list *list,
		     eval_match_fn on_match, void *arg)
{
	size_t nr = view->ev->nr % PROBE_SYSCALLS;

	e->ctx.view = view;
	e->ctx.call = &e->calls->nr[nr];
	for (size_t i = 0; i < list->n; i++) {
		if (!run(e, list->v[i].entry, nr))
			continue;
		e->rules[list->v[i].rule].matches++;
		on_match(arg, e, list->v[i].rule, &e->ctx);
		if (!e->all)
			return;
	}
}
