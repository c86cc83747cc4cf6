/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tree as text, exactly as `falco -L` prints condition_compiled (reference, 2.5). The text is not
 * always parsable again: Falco leaves out the quotes of empty values and of values with brackets.
 */
#include "rules/ast.h"

#include "rules/lexer.h"

#include <string.h>

static const char escaped[] = "\b\f\n\r\t\\\"";
static const char escapes[] = "bfnrt\\\"";

void ast_print_value(const char *text, struct strbuf *out)
{
	if (!text[strcspn(text, " ='\b\f\n\r\t\\\"")]) {
		strbuf_addstr(out, text);
		return;
	}
	strbuf_addch(out, '"');
	for (; *text; text++) {
		const char *e = strchr(escaped, *text);

		if (e) {
			strbuf_addch(out, '\\');
			strbuf_addch(out, escapes[e - escaped]);
		} else {
			strbuf_addch(out, *text);
		}
	}
	strbuf_addch(out, '"');
}

/* In quotes, so that it reads back as itself. */
static void write_quoted(const char *text, struct strbuf *out)
{
	strbuf_addch(out, '"');
	for (; *text; text++) {
		const char *e = strchr(escaped, *text);

		/* A backslash before the closing quote would hide it; "\ " is a backslash too. */
		if (*text == '\\' && !text[1])
			strbuf_addstr(out, "\\ ");
		else if (e)
			strbuf_addf(out, "\\%c", escapes[e - escaped]);
		else
			strbuf_addch(out, *text);
	}
	strbuf_addch(out, '"');
}

/* A constant that reads back as itself, which Falco's own text does not in every case. */
static void write_value(const char *text, struct strbuf *out)
{
	bool word = !strcmp(text, "oneof") || !strcmp(text, "anyof") || !strcmp(text, "allof");

	if (name_is_bare(text) && !word)
		strbuf_addstr(out, text);
	else
		write_quoted(text, out);
}

struct printer {
	struct strbuf *out;
	bool exact; /* to be read back, rather than Falco's text */
};

static void print(const struct printer *p, const struct ast *a);

static void print_value(const struct printer *p, const struct ast *a)
{
	if (p->exact)
		write_value(a->text, p->out);
	else
		ast_print_value(a->text, p->out);
}

static void print_kids(const struct printer *p, const struct ast *a, const char *between)
{
	strbuf_addch(p->out, '(');
	for (uint32_t i = 0; i < a->n; i++) {
		if (i)
			strbuf_addstr(p->out, between);
		print(p, a->kids[i]);
	}
	strbuf_addch(p->out, ')');
}

static void print_arg(const struct printer *p, const struct ast *a)
{
	if (!a->arg)
		return;
	strbuf_addch(p->out, '[');
	if (!*a->arg)
		strbuf_addstr(p->out, "\"\"");
	else if (!p->exact)
		ast_print_value(a->arg, p->out);
	else if (a->arg[strcspn(a->arg, "[]\"' \t\n\v\f\r\\")])
		write_quoted(a->arg, p->out);
	else
		strbuf_addstr(p->out, a->arg);
	strbuf_addch(p->out, ']');
}

/* An argument of a transformer is quoted or a number, never bare. */
static void print_part(const struct printer *p, const struct ast *a)
{
	if (a->kind == AST_LIST) {
		strbuf_addch(p->out, '(');
		for (uint32_t i = 0; i < a->n; i++) {
			if (i)
				strbuf_addch(p->out, ',');
			print_part(p, a->kids[i]);
		}
		strbuf_addch(p->out, ')');
	} else if (p->exact && a->kind == AST_VALUE && a->quoted) {
		write_quoted(a->text, p->out);
	} else {
		print(p, a);
	}
}

static void print_transformer(const struct printer *p, const struct ast *a)
{
	strbuf_addf(p->out, "%s(", a->text);
	for (uint32_t i = 0; i < a->n; i++) {
		if (i)
			strbuf_addch(p->out, ',');
		print_part(p, a->kids[i]);
	}
	strbuf_addch(p->out, ')');
	print_arg(p, a);
}

static void print_check(const struct printer *p, const struct ast *a)
{
	print(p, a->kids[0]);
	strbuf_addf(p->out, a->mod ? " %s %s" : " %s%s", ast_op_name(a->op),
		    ast_modifier_name(a->mod));
	if (a->kind == AST_UNARY)
		return;
	strbuf_addch(p->out, ' ');
	print(p, a->kids[1]);
}

static void print_and(const struct printer *p, const struct ast *a)
{
	print_kids(p, a, " and ");
}

static void print_or(const struct printer *p, const struct ast *a)
{
	print_kids(p, a, " or ");
}

static void print_list(const struct printer *p, const struct ast *a)
{
	print_kids(p, a, ", ");
}

static void print_not(const struct printer *p, const struct ast *a)
{
	/* Two words in a row would cancel. */
	bool twice = p->exact && a->kids[0]->kind == AST_NOT;

	strbuf_addstr(p->out, twice ? "not(" : "not ");
	print(p, a->kids[0]);
	if (twice)
		strbuf_addch(p->out, ')');
}

static void print_field(const struct printer *p, const struct ast *a)
{
	strbuf_addstr(p->out, a->text);
	print_arg(p, a);
}

static void print_word(const struct printer *p, const struct ast *a)
{
	strbuf_addstr(p->out, a->text);
}

/* A table, for a small frame: conditions nest deeply. */
static void print(const struct printer *p, const struct ast *a)
{
	static void (*const by_kind[])(const struct printer *p, const struct ast *a) = {
		[AST_AND] = print_and,	    [AST_OR] = print_or,
		[AST_NOT] = print_not,	    [AST_UNARY] = print_check,
		[AST_BINARY] = print_check, [AST_FIELD] = print_field,
		[AST_VALUE] = print_value,  [AST_LIST] = print_list,
		[AST_IDENT] = print_word,   [AST_TRANSFORMER] = print_transformer,
	};

	by_kind[a->kind](p, a);
}

void ast_print(const struct ast *a, struct strbuf *out)
{
	const struct printer p = {.out = out};

	print(&p, a);
}

void ast_write(const struct ast *a, struct strbuf *out)
{
	const struct printer p = {.out = out, .exact = true};

	print(&p, a);
}
