/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lints of one rule: its events and syscalls, its output, its exceptions.
 */
#include "lint/private.h"

#include "rules/fields.h"
#include "rules/parser.h"

#include <string.h>

/* Falco's own limit of LOAD_NO_EVTTYPE (reference, section 4). */
#define MANY_CODES 100

static bool is_unbounded(const struct rule *r)
{
	return bitset_count(r->codes) > MANY_CODES;
}

LINT_RULE(lint_no_event_type)
{
	if (!is_unbounded(r))
		return;
	lint_add(ctx, row, lint_at_rule(r), NULL,
		 "no check on evt.type narrows the rule down: every event walks its condition%s",
		 r->warn_evttypes ? "" : " (warn_evttypes: false only hides it)");
}

LINT_RULE(lint_ignored_syscall)
{
	struct bitset lost = bitset_and(r->scs, ctx->ignored), rest;
	char *names cleanup_free = NULL;

	if (ctx->sel_in->all || is_unbounded(r))
		return;
	lost = bitset_minus(lost, ctx->sel->final);
	if (bitset_empty(lost))
		return;
	rest = bitset_minus(r->scs, lost);
	names = lint_names(ctx, lost);
	lint_add(ctx, row, lint_at_rule(r), NULL,
		 "the rule asks for %s, which Falco leaves out as high-volume without "
		 "base_syscalls.all%s",
		 names, bitset_empty(rest) ? ": it never fires" : "");
}

LINT_RULE(lint_lone_syscall)
{
	struct bitset own = bitset_and(r->scs, ctx->sel->final);
	char *names cleanup_free = NULL;

	own = bitset_minus(own, ctx->sel->base);
	own = bitset_minus(own, ctx->sel->repair);
	own = bitset_minus(own, ctx->sel->added);
	bitset_del(&own, cat_sc_by_name(ctx->cat, "sched_process_exit"));
	own = bitset_minus(own, ctx->shared);
	if (bitset_empty(own))
		return;
	names = lint_names(ctx, own);
	lint_add(ctx, row, lint_at_rule(r), NULL, "only this rule makes Falco trace %s", names);
}

LINT_RULE(lint_never_matches)
{
	char *names cleanup_free = NULL;
	bool events = !bitset_empty(r->codes);

	if (events && lint_fold(ctx, r->ast) != TRUTH_FALSE)
		return;
	names = lint_names(ctx, r->scs);
	if (!events)
		lint_add(ctx, row, lint_at_rule(r), NULL,
			 "no event can match: the checks on evt.type exclude each other");
	else
		lint_add(ctx, row, lint_at_rule(r), NULL,
			 "the condition is never true, yet it asks for %s%s",
			 *names ? names : "no syscall",
			 *names ? ", which stay selected for it" : "");
}

static bool has_field(const struct ast *a)
{
	if (a->kind == AST_FIELD)
		return true;
	for (uint32_t i = 0; i < a->n; i++)
		if (has_field(a->kids[i]))
			return true;
	return false;
}

/* Is there nothing but constants on the left side of a check? */
static bool has_constant_left(const struct ast *a)
{
	const struct ast *left = a->kids[0];

	if (a->kind != AST_UNARY && a->kind != AST_BINARY) {
		for (uint32_t i = 0; i < a->n; i++)
			if (has_constant_left(a->kids[i]))
				return true;
		return false;
	}
	return left->kind == AST_TRANSFORMER && !has_field(left);
}

LINT_RULE(lint_describe_dies)
{
	struct error err = ERROR_INIT;
	struct arena_mark mark;
	struct place where;

	if (has_constant_left(r->ast))
		lint_add(ctx, row, lint_at_rule(r), "compare a field",
			 "a check has no field on its left side: `falco -L` ends with a runtime "
			 "error here");
	if (!ctx->rs->n_lists || !r->pasted)
		return;
	if (!ctx->scratch.arena.head)
		arena_alloc(&ctx->scratch.arena, 1); /* so that the first block stays */
	mark = arena_mark(&ctx->scratch.arena);
	if (!condition_parse_in(&ctx->scratch, r->condition, strlen(r->condition), &where, &err))
		lint_add(ctx, row, lint_at_rule(r), NULL,
			 "the condition can be read only with its lists in place: `falco -L` ends "
			 "with a runtime error here");
	strmap_release(&ctx->scratch.lists);
	arena_rewind(&ctx->scratch.arena, mark);
}

/* Rules that are enabled but never enter the rule set. */
LINT_WHOLE(lint_below_priority)
{
	for (size_t i = 0; i < ctx->rs->n; i++) {
		const struct rule *r = &ctx->rs->rules[i];

		if (!r->ast || !r->enabled || r->priority <= ctx->opt->min_priority)
			continue;
		lint_add(ctx, row, lint_at_rule(r), NULL,
			 "priority %s is below the configured minimum %s: the rule is compiled and "
			 "listed, but never evaluated",
			 rule_priority_names[r->priority],
			 rule_priority_names[ctx->opt->min_priority]);
	}
}

/* ---- output ---- */

LINT_RULE(lint_output_costly)
{
	static const struct {
		const char *field, *why;
	} rows[] = {
		{"evt.buffer", "up to snaplen bytes of user data"},
		{"proc.env", "the whole environment, secrets included"},
		{"proc.aenv", "the environments of all ancestors, secrets included"},
		{"fd.types", "a walk over all descriptors of the process"},
	};
	struct strvec fields cleanup_strvec = STRVEC_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!strstr(r->output, rows[i].field))
			continue;
		if (!fields.n)
			output_fields_of(ctx->opt, r->output, &fields);
		/* Without an argument it is the whole of it. */
		if (strvec_has(&fields, rows[i].field))
			lint_add(ctx, row, lint_at_rule(r), NULL, "the output has %%%s: %s",
				 rows[i].field, rows[i].why);
	}
}

LINT_RULE(lint_output_empty)
{
	if (!strchr(r->output, '%'))
		lint_add(ctx, row, lint_at_rule(r), NULL,
			 "the output names no field: the alert does not say which process or file");
}

LINT_WHOLE(lint_output_parens)
{
	for (size_t i = 0; i < ctx->rs->n; i++) {
		const struct rule *r = &ctx->rs->rules[i];
		const char *p = r->output ? strstr(r->output, "%(") : NULL;
		char *mend cleanup_free = NULL;
		size_t n;

		if (!p)
			continue;
		n = strcspn(p + 2, ") ");
		mend = xasprintf("write %%%.*s, without parentheses", (int)n, p + 2);
		lint_add(ctx, row, lint_at_rule(r), n && n < 100 ? mend : NULL,
			 "%%(...) is no field of an output: Falco refuses the file");
	}
}

/* ---- exceptions and other negations ---- */

/* The alternative needs a value that the rest of the condition excludes. */
static bool is_impossible(const struct ast *alternative, const struct lint_kids *conjuncts)
{
	struct lint_kids parts = {0};
	bool found = false;

	lint_conjuncts(alternative, &parts);
	for (size_t i = 0; i < parts.n && !found; i++)
		for (size_t j = 0; j < conjuncts->n && conjuncts->n <= 64 && !found; j++)
			found = lint_exclude(parts.v[i], conjuncts->v[j]);
	free(parts.v);
	return found;
}

static void check_negation(struct lint_ctx *ctx, const struct lint_row *row, const struct rule *r,
			   const struct ast * not, const struct lint_kids *conjuncts)
{
	struct lint_kids alternatives = {0};

	lint_alternatives(not ->kids[0], &alternatives);
	for (size_t i = 0; i < alternatives.n && alternatives.n <= 256; i++) {
		struct strbuf text cleanup_strbuf = STRBUF_INIT;

		if (!is_impossible(alternatives.v[i], conjuncts))
			continue;
		ast_print(alternatives.v[i], &text);
		lint_add(ctx, row, lint_at_rule(r), NULL,
			 "not %.200s excludes nothing: the rest of the condition never lets it be "
			 "true",
			 text.buf);
	}
	free(alternatives.v);
}

LINT_RULE(lint_useless_exception)
{
	struct lint_kids conjuncts = {0};

	if (r->ast->kind != AST_AND)
		return;
	lint_conjuncts(r->ast, &conjuncts);
	for (size_t i = 0; i < conjuncts.n; i++)
		if (conjuncts.v[i]->kind == AST_NOT)
			check_negation(ctx, row, r, conjuncts.v[i], &conjuncts);
	free(conjuncts.v);
}

/* ---- depth ---- */

/* Falco's parser runs out of stack (8 MiB) a little above; reference, 2.4. */
#define STACK_PARENTHESES 8200

static size_t paren_depth(const char *text)
{
	size_t depth = 0, max = 0;

	for (; *text; text++) {
		if (*text == '(' && ++depth > max)
			max = depth;
		else if (*text == ')' && depth)
			depth--;
	}
	return max;
}

LINT_WHOLE(lint_deep_nesting)
{
	for (size_t i = 0; i < ctx->rs->n; i++) {
		const struct rule *r = &ctx->rs->rules[i];
		size_t depth = r->condition && strlen(r->condition) > STACK_PARENTHESES
				       ? paren_depth(r->condition)
				       : 0;

		if (depth > STACK_PARENTHESES)
			lint_add(ctx, row, lint_at_rule(r), NULL,
				 "%zu nested parentheses: Falco runs out of stack and dies without "
				 "a report",
				 depth);
	}
}
