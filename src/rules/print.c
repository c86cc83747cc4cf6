/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tree as text, exactly as `falco -L` prints condition_compiled (reference, 2.5). The text is not
 * always parsable again: Falco leaves out the quotes of empty values and of values with brackets.
 */
#include "rules/ast.h"

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

static void print_kids(const struct ast *a, const char *between, struct strbuf *out)
{
	strbuf_addch(out, '(');
	for (uint32_t i = 0; i < a->n; i++) {
		if (i)
			strbuf_addstr(out, between);
		ast_print(a->kids[i], out);
	}
	strbuf_addch(out, ')');
}

static void print_arg(const struct ast *a, struct strbuf *out)
{
	if (!a->arg)
		return;
	strbuf_addch(out, '[');
	if (*a->arg)
		ast_print_value(a->arg, out);
	else
		strbuf_addstr(out, "\"\"");
	strbuf_addch(out, ']');
}

static void print_transformer(const struct ast *a, struct strbuf *out)
{
	strbuf_addf(out, "%s(", a->text);
	for (uint32_t i = 0; i < a->n; i++) {
		if (i)
			strbuf_addch(out, ',');
		/* A list inside a transformer has no blanks, as the arguments around it. */
		if (a->kids[i]->kind == AST_LIST)
			print_kids(a->kids[i], ",", out);
		else
			ast_print(a->kids[i], out);
	}
	strbuf_addch(out, ')');
	print_arg(a, out);
}

void ast_print(const struct ast *a, struct strbuf *out)
{
	switch (a->kind) {
	case AST_AND:
		print_kids(a, " and ", out);
		break;
	case AST_OR:
		print_kids(a, " or ", out);
		break;
	case AST_NOT:
		strbuf_addstr(out, "not ");
		ast_print(a->kids[0], out);
		break;
	case AST_UNARY:
		ast_print(a->kids[0], out);
		strbuf_addf(out, " %s", ast_op_name(a->op));
		break;
	case AST_BINARY:
		ast_print(a->kids[0], out);
		strbuf_addf(out, a->mod ? " %s %s " : " %s%s ", ast_op_name(a->op),
			    ast_modifier_name(a->mod));
		ast_print(a->kids[1], out);
		break;
	case AST_FIELD:
		strbuf_addstr(out, a->text);
		print_arg(a, out);
		break;
	case AST_TRANSFORMER:
		print_transformer(a, out);
		break;
	case AST_VALUE:
		ast_print_value(a->text, out);
		break;
	case AST_LIST:
		print_kids(a, ", ", out);
		break;
	case AST_IDENT:
		strbuf_addstr(out, a->text);
		break;
	}
}
