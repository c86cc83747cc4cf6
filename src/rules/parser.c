/* SPDX-License-Identifier: Apache-2.0 */
/*
 * and, or, not and parentheses around the checks of a condition.
 */
#include "rules/parser_private.h"

#include "base/mem.h"

/* Parentheses; Falco itself overflows its stack beyond about 8,200 (reference, 2.4). */
#define GROUP_MAX 10000

static int open_group(struct parser *p, enum resume resume)
{
	if (p->n >= GROUP_MAX)
		return error_input(p->err, "nested too deeply, the limit is %d parentheses",
				   GROUP_MAX);
	ALLOC_GROW(p->groups, p->n, p->alloc);
	p->groups[p->n++] = (struct group){.resume = resume, .any = p->n_stack, .all = p->n_stack};
	return 0;
}

/* The operands from `start` on as one: alone it stands for itself, several make a node. */
static struct ast *chain(struct parser *p, enum ast_kind kind, size_t start, struct place at)
{
	if (p->n_stack == start + 1)
		return p->stack[--p->n_stack];
	return parse_pop_into(p, parse_node(p, kind, NULL, at), start);
}

/* What the parser does next: read the first operand of a group or of an `and` chain, read an
 * operand, or go on with the one in hand at one of the three ranks, or stop. */
enum step {
	STEP_GROUP,
	STEP_CHAIN,
	STEP_READ,
	STEP_OPERAND,
	STEP_AND,
	STEP_OR,
	STEP_END,
	STEP_BAD
};

static enum step open_or_bad(struct parser *p, enum resume resume)
{
	return open_group(p, resume) ? STEP_BAD : STEP_GROUP;
}

static enum step read_operand(struct parser *p, struct ast **node)
{
	struct group *g = &p->groups[p->n - 1];
	struct place at;

	lex_blank(&p->lx);
	g->not_at = p->lx.at;
	g->negated = false;
	while (lex_not_blank(&p->lx))
		g->negated = !g->negated;
	if (lex_str(&p->lx, "not(")) {
		g->negated = !g->negated;
		return open_or_bad(p, RESUME_OPERAND);
	}
	lex_blank(&p->lx);
	at = p->lx.at;
	if (lex_str(&p->lx, "("))
		return open_or_bad(p, RESUME_OPERAND);
	*node = parse_check(p, at);
	return *node ? STEP_OPERAND : STEP_BAD;
}

/* Behind an operand: the same operator again, or the next rank. */
static enum step go_on(struct parser *p, const char *word, enum step again, enum resume resume,
		       enum step otherwise)
{
	lex_blank(&p->lx);
	if (!lex_str(&p->lx, word))
		return otherwise;
	if (lex_blank(&p->lx))
		return again;
	if (lex_str(&p->lx, "("))
		return open_or_bad(p, resume);
	error_input(p->err, "expected a blank or '(' after '%s'", word);
	return STEP_BAD;
}

static enum step close_group(struct parser *p, struct ast **node)
{
	static const enum step resumed[] = {
		[RESUME_OPERAND] = STEP_OPERAND, [RESUME_AND] = STEP_AND, [RESUME_OR] = STEP_OR};
	struct group *g = &p->groups[p->n - 1];

	*node = chain(p, AST_OR, g->any, g->any_at);
	if (p->n == 1)
		return STEP_END;
	if (!lex_str(&p->lx, ")")) {
		parse_fail(p, "expected ')', 'and' or 'or'");
		return STEP_BAD;
	}
	p->n--;
	return resumed[g->resume];
}

static enum step run_step(struct parser *p, enum step step, struct ast **node)
{
	struct group *g = &p->groups[p->n - 1];

	switch (step) {
	case STEP_GROUP:
		g->any_at = p->lx.at;
		lex_blank(&p->lx);
		return STEP_CHAIN;
	case STEP_CHAIN:
		g->all_at = p->lx.at;
		g->all = p->n_stack;
		return STEP_READ;
	case STEP_READ:
		return read_operand(p, node);
	case STEP_OPERAND:
		if (g->negated) {
			struct ast *not = parse_node(p, AST_NOT, NULL, g->not_at);

			ast_make_kids(p->pool, not, node, 1);
			*node = not ;
		}
		return STEP_AND;
	case STEP_AND:
		parse_push(p, *node);
		*node = NULL;
		step = go_on(p, "and", STEP_READ, RESUME_AND, STEP_OR);
		if (step == STEP_OR)
			*node = chain(p, AST_AND, g->all, g->all_at);
		return step;
	case STEP_OR:
		parse_push(p, *node);
		*node = NULL;
		step = go_on(p, "or", STEP_CHAIN, RESUME_OR, STEP_END);
		return step == STEP_END ? close_group(p, node) : step;
	default:
		return STEP_BAD;
	}
}

static struct ast *parse_groups(struct parser *p)
{
	enum step step = open_or_bad(p, RESUME_OPERAND);
	struct ast *node = NULL;

	while (step != STEP_END && step != STEP_BAD)
		step = run_step(p, step, &node);
	if (step == STEP_END && !lexer_at_end(&p->lx)) {
		parse_fail(p, "expected 'and' or 'or' before this");
		step = STEP_BAD;
	}
	if (step == STEP_END && ast_depth(node) > AST_MAX_DEPTH) {
		parse_fail(p, "nested too deeply");
		step = STEP_BAD;
	}
	if (step == STEP_END)
		return node;
	ast_free(node);
	return NULL;
}

static void parser_release(struct parser *p)
{
	while (p->n_stack)
		ast_free(p->stack[--p->n_stack]);
	free(p->stack);
	free(p->groups);
	lexer_release(&p->lx);
}

struct ast *condition_parse_in(struct ast_pool *pool, const char *text, size_t len,
			       struct place *where, struct error *err)
{
	struct parser p = {.pool = pool, .err = err};
	struct ast *a;

	lexer_init(&p.lx, text, len);
	a = len ? parse_groups(&p) : parse_fail(&p, "the condition is empty");
	*where = p.lx.at;
	parser_release(&p);
	return a;
}

struct ast *condition_parse(const char *text, size_t len, struct place *where, struct error *err)
{
	return condition_parse_in(NULL, text, len, where, err);
}

struct ast *condition_parse_field(const char *text, size_t len, size_t *used, struct error *err)
{
	struct parser p = {.err = err};
	struct ast *a;

	lexer_init(&p.lx, text, len);
	a = parse_field(&p);
	*used = p.lx.at.pos;
	parser_release(&p);
	return a;
}
