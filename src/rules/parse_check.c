/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One check of a condition: field or transformer, operator, right side.
 */
#include "rules/parser_private.h"

#include "base/mem.h"

#include <string.h>

/* Transformers inside transformers; Falco stops nowhere but at the end of its stack. */
#define TRANSFORMER_DEPTH 1000
/* Operators in the order in which they are tried. */
struct op_word {
	const char *text;
	enum ast_op op;
	bool word; /* needs a blank after it */
};

static const struct op_word number_ops[] = {
	{"<=", OP_LE, false}, {"<", OP_LT, false}, {">=", OP_GE, false}, {">", OP_GT, false}, {0}};
static const struct op_word string_ops[] = {{"==", OP_EQEQ, false},
					    {"=", OP_EQ, false},
					    {"!=", OP_NE, false},
					    {"glob", OP_GLOB, true},
					    {"iglob", OP_IGLOB, true},
					    {"contains", OP_CONTAINS, true},
					    {"icontains", OP_ICONTAINS, true},
					    {"bcontains", OP_BCONTAINS, true},
					    {"startswith", OP_STARTSWITH, true},
					    {"bstartswith", OP_BSTARTSWITH, true},
					    {"endswith", OP_ENDSWITH, true},
					    {"regex", OP_REGEX, true},
					    {0}};
static const struct op_word list_ops[] = {{"intersects", OP_INTERSECTS, false},
					  {"in", OP_IN, false},
					  {"pmatch", OP_PMATCH, false},
					  {0}};
static const char *const transformers[] = {"tolower(", "toupper(", "b64(",    "basename(",
					   "len(",     "join(",	   "concat(", "getopt("};

/* Values that a list must have to be worth looking up. */
#define SHARED_LIST 8

#define EXPECTED_RIGHT_SIDE "a field in val() or in a transformer"

struct ast *parse_fail(struct parser *p, const char *msg)
{
	error_input(p->err, "%s", msg);
	return NULL;
}

struct ast *parse_node(struct parser *p, enum ast_kind kind, const char *text, struct place at)
{
	struct ast *a = ast_make(p->pool, kind, text);

	a->line = at.line;
	a->col = at.col;
	a->pos = at.pos;
	return a;
}

void parse_push(struct parser *p, struct ast *a)
{
	ALLOC_GROW(p->stack, p->n_stack, p->alloc_stack);
	p->stack[p->n_stack++] = a;
}

/* A node of what stands on the stack from `start` on. */
struct ast *parse_pop_into(struct parser *p, struct ast *a, size_t start)
{
	if (p->n_stack > start)
		ast_make_kids(p->pool, a, p->stack + start, (uint32_t)(p->n_stack - start));
	p->n_stack = start;
	return a;
}

static const struct op_word *lex_op(struct lexer *lx, const struct op_word *ops)
{
	for (; ops->text; ops++)
		if (ops->word ? lex_word(lx, ops->text) : lex_str(lx, ops->text))
			return ops;
	return NULL;
}

/* The token is "name(" then. */
static bool lex_transformer(struct lexer *lx)
{
	for (size_t i = 0; i < ARRAY_SIZE(transformers); i++) {
		if (!lex_str(lx, transformers[i]))
			continue;
		strbuf_reset(&lx->token);
		strbuf_addstr(&lx->token, transformers[i]);
		return true;
	}
	return false;
}

/* 1: a quoted text is the token; 0: there is none; -1: error set. */
static int quoted(struct parser *p)
{
	char bad;
	int rc = lex_quoted(&p->lx, &bad);

	if (rc < 0)
		error_input(p->err,
			    "\\%c is not an escape in a quoted text, expected one of "
			    "\\b \\f \\n \\r \\t \\/ \\\\ or the quote itself",
			    bad);
	return rc;
}

/* [argument] behind a field or transformer, where one follows. */
static int optional_arg(struct parser *p, struct ast *a)
{
	int rc;

	if (!lex_str(&p->lx, "["))
		return 0;
	rc = quoted(p);
	if (rc < 0)
		return -1;
	if (!rc && !lex_arg_bare(&p->lx))
		return error_input(p->err, "expected a field argument, quoted or bare, after '['");
	a->arg = ast_make_text(p->pool, p->lx.token.buf);
	if (!lex_str(&p->lx, "]"))
		return error_input(p->err, "expected ']' after the field argument");
	return 0;
}

static struct ast *field_rest(struct parser *p, struct place at)
{
	struct ast *a = parse_node(p, AST_FIELD, p->lx.token.buf, at);

	if (optional_arg(p, a)) {
		ast_free(a);
		return NULL;
	}
	return a;
}

static struct ast *transformer_rest(struct parser *p, struct place at, size_t depth);

/* What may stand in a transformer: numbers, quoted texts, fields, transformers. NULL with *none set
 * when nothing of that begins here. */
static struct ast *transformer_part(struct parser *p, size_t depth, bool *none)
{
	struct place at = p->lx.at;
	int rc;

	*none = false;
	if (lex_number(&p->lx))
		return parse_node(p, AST_VALUE, p->lx.token.buf, at);
	rc = quoted(p);
	if (rc < 0)
		return NULL;
	if (rc) {
		struct ast *a = parse_node(p, AST_VALUE, p->lx.token.buf, at);

		a->quoted = true;
		return a;
	}
	if (lex_transformer(&p->lx))
		return transformer_rest(p, at, depth + 1);
	if (lex_field_name(&p->lx))
		return field_rest(p, at);
	*none = true;
	return NULL;
}

/* ( part, part ) behind its opening parenthesis. */
static struct ast *transformer_list(struct parser *p, struct place at, size_t depth)
{
	size_t start = p->n_stack;
	bool none;

	lex_blank(&p->lx);
	if (lex_str(&p->lx, ")"))
		return parse_node(p, AST_LIST, NULL, at);
	do {
		struct ast *kid;

		lex_blank(&p->lx);
		kid = transformer_part(p, depth, &none);
		if (!kid)
			return none ? parse_fail(p, "expected a field, transformer, quoted text or "
						    "number in the list of a transformer")
				    : NULL;
		parse_push(p, kid);
		lex_blank(&p->lx);
	} while (lex_str(&p->lx, ","));
	if (!lex_str(&p->lx, ")"))
		return parse_fail(p, "expected ')' or ',' in the list of a transformer");
	return parse_pop_into(p, parse_node(p, AST_LIST, NULL, at), start);
}

static struct ast *transformer_arg(struct parser *p, size_t depth)
{
	struct place at = p->lx.at;
	struct ast *a;
	bool none;

	a = transformer_part(p, depth, &none);
	if (a || !none)
		return a;
	if (lex_str(&p->lx, "("))
		return transformer_list(p, at, depth);
	return parse_fail(p, "expected a field, transformer, quoted text, number or list as the "
			     "argument of a transformer");
}

/* The token is "name(". */
static struct ast *transformer_rest(struct parser *p, struct place at, size_t depth)
{
	size_t start = p->n_stack;
	struct ast *name;

	if (depth > TRANSFORMER_DEPTH)
		return parse_fail(p, "transformers are nested too deeply");
	strbuf_setlen(&p->lx.token, p->lx.token.len - 1);
	name = parse_node(p, AST_TRANSFORMER, p->lx.token.buf, at);
	parse_push(p, name); /* freed from there when something fails */
	do {
		struct ast *kid;

		lex_blank(&p->lx);
		kid = transformer_arg(p, depth);
		if (!kid)
			return NULL;
		parse_push(p, kid);
		lex_blank(&p->lx);
	} while (lex_str(&p->lx, ","));
	if (!lex_str(&p->lx, ")"))
		return parse_fail(p, "expected ')' after the arguments of a transformer");
	parse_pop_into(p, name, start + 1);
	if (optional_arg(p, name))
		return NULL;
	p->n_stack = start;
	return name;
}

/* val(field) or a transformer on the right side. NULL with *none set when neither begins here. */
static struct ast *right_field(struct parser *p, bool *none)
{
	struct place at = p->lx.at, field_at;
	struct ast *a, *field;

	*none = false;
	if (lex_transformer(&p->lx))
		return transformer_rest(p, at, 0);
	if (!lex_str(&p->lx, "val(")) {
		*none = true;
		return NULL;
	}
	lex_blank(&p->lx);
	field_at = p->lx.at;
	if (!lex_field_name(&p->lx))
		return parse_fail(p, "expected a field name in val()");
	field = field_rest(p, field_at);
	if (!field)
		return NULL;
	a = parse_node(p, AST_TRANSFORMER, "val", at);
	ast_make_kids(p->pool, a, &field, 1);
	lex_blank(&p->lx);
	if (!lex_str(&p->lx, ")"))
		parse_fail(p, "expected ')' after the field of val()");
	else if (!optional_arg(p, a))
		return a;
	ast_free(a);
	return NULL;
}

/* A quoted or bare text. NULL with *none set when there is none; NULL alone for a bad escape. */
static struct ast *string_value(struct parser *p, bool *none)
{
	struct place at = p->lx.at;
	int rc = quoted(p);
	struct ast *a;

	*none = !rc && !lex_bare(&p->lx);
	if (rc < 0 || *none)
		return NULL;
	a = parse_node(p, AST_VALUE, p->lx.token.buf, at);
	a->quoted = rc > 0;
	return a;
}

/* The values of a list up to its closing parenthesis, onto the stack. */
static int list_values(struct parser *p)
{
	struct ast *kid;
	bool none;

	lex_blank(&p->lx);
	kid = string_value(p, &none);
	/* Falco takes a list whose first value it cannot read for an empty one, a bad escape
	 * included; what is left is then usually no ')'. */
	while (kid) {
		parse_push(p, kid);
		lex_blank(&p->lx);
		if (!lex_str(&p->lx, ","))
			break;
		lex_blank(&p->lx);
		kid = string_value(p, &none);
		if (!kid)
			return none ? error_input(p->err, "expected a value after ',' in a list")
				    : -1;
	}
	return lex_str(&p->lx, ")") ? 0 : error_input(p->err, "expected ')' or ',' in a list");
}

/* A long list that other conditions had before: theirs, for the sake of memory. since: the state of
 * the pool before this one. */
static struct ast *share_list(struct parser *p, struct ast *list, size_t from,
			      struct arena_mark since)
{
	char *text = xstrndup(p->lx.text + from, p->lx.at.pos - from);
	struct ast *known = strmap_get(&p->pool->lists, text);

	if (known)
		arena_rewind(&p->pool->arena, since);
	else
		strmap_put(&p->pool->lists, text, known = list);
	free(text);
	return ast_ref(known);
}

/* ( value, value ) behind its opening parenthesis. */
static struct ast *list_rest(struct parser *p, struct place at)
{
	struct arena_mark since = {0};
	size_t start = p->n_stack;
	struct ast *list;

	if (p->pool)
		since = arena_mark(&p->pool->arena);
	if (list_values(p))
		return NULL;
	list = parse_pop_into(p, parse_node(p, AST_LIST, NULL, at), start);
	return p->pool && list->n >= SHARED_LIST ? share_list(p, list, at.pos, since) : list;
}

/* A list, or one bare name in its place. NULL with *none set when neither begins here. */
static struct ast *list_or_name(struct parser *p, bool with_fields, bool *none)
{
	struct place at;
	struct ast *a;

	lex_blank(&p->lx);
	at = p->lx.at;
	*none = false;
	if (lex_str(&p->lx, "("))
		return list_rest(p, at);
	if (with_fields) {
		a = right_field(p, none);
		if (a || !*none)
			return a;
		*none = false;
	}
	if (lex_identifier(&p->lx))
		return parse_node(p, AST_VALUE, p->lx.token.buf, at);
	*none = true;
	return NULL;
}

static struct ast *number_side(struct parser *p)
{
	struct place at;
	struct ast *a;
	bool none;

	lex_blank(&p->lx);
	at = p->lx.at;
	a = right_field(p, &none);
	if (a || !none)
		return a;
	if (lex_number(&p->lx))
		return parse_node(p, AST_VALUE, p->lx.token.buf, at);
	return parse_fail(p, "expected a number or " EXPECTED_RIGHT_SIDE);
}

static enum ast_modifier lex_modifier(struct lexer *lx)
{
	for (enum ast_modifier m = MOD_ONEOF; m < AST_N_MODIFIERS; m++)
		if (lex_word(lx, ast_modifier_name(m)))
			return m;
	return MOD_NONE;
}

/* Behind a string operator: a modifier and its list, or a value. */
static struct ast *string_side(struct parser *p, bool word_op, enum ast_modifier *mod)
{
	bool blank = lex_blank(&p->lx) || word_op, none;
	struct place at = p->lx.at;
	struct ast *a;

	*mod = blank ? lex_modifier(&p->lx) : MOD_NONE;
	if (*mod && lex_sees_list_or_name(&p->lx) && !lex_sees_keyword(&p->lx))
		return list_or_name(p, false, &none);
	*mod = MOD_NONE;
	p->lx.at = at;
	a = right_field(p, &none);
	if (a || !none)
		return a;
	a = string_value(p, &none);
	return none ? parse_fail(p, "expected a value or " EXPECTED_RIGHT_SIDE) : a;
}

/* The operator and right side of a check; takes ownership of left. */
static struct ast *check_rest(struct parser *p, struct ast *left, struct place at)
{
	enum ast_modifier mod = MOD_NONE;
	const struct op_word *op;
	struct ast *a, *right;
	bool none = false;

	lex_blank(&p->lx);
	if (lex_str(&p->lx, "exists")) {
		a = parse_node(p, AST_UNARY, NULL, at);
		a->op = OP_EXISTS;
		ast_make_kids(p->pool, a, &left, 1);
		return a;
	}
	if ((op = lex_op(&p->lx, number_ops))) {
		right = number_side(p);
	} else if ((op = lex_op(&p->lx, string_ops))) {
		right = string_side(p, op->word, &mod);
	} else if ((op = lex_op(&p->lx, list_ops))) {
		right = list_or_name(p, true, &none);
		if (none)
			parse_fail(
				p,
				"expected a list in parentheses, a name or " EXPECTED_RIGHT_SIDE);
	} else {
		right = parse_fail(
			p, "expected an operator: exists, =, ==, !=, <, <=, >, >=, contains, "
			   "icontains, bcontains, startswith, bstartswith, endswith, glob, "
			   "iglob, regex, in, intersects or pmatch");
	}
	if (!right) {
		ast_free(left);
		return NULL;
	}
	a = parse_node(p, AST_BINARY, NULL, at);
	a->op = op->op;
	a->mod = mod;
	ast_make_kids(p->pool, a, (struct ast *[]){left, right}, 2);
	return a;
}

/* A check that is no parenthesis. */
struct ast *parse_check(struct parser *p, struct place at)
{
	struct ast *left;

	if (lex_field_name(&p->lx))
		left = field_rest(p, at);
	else if (lex_transformer(&p->lx))
		left = transformer_rest(p, at, 0);
	else if (lex_identifier(&p->lx))
		return parse_node(p, AST_IDENT, p->lx.token.buf, at);
	else
		return parse_fail(p, "expected '(', a field with a check, or a macro name");
	return left ? check_rest(p, left, at) : NULL;
}

struct ast *parse_field(struct parser *p)
{
	const struct place at = {.line = 1, .col = 1};

	if (lex_field_name(&p->lx))
		return field_rest(p, at);
	if (lex_transformer(&p->lx))
		return transformer_rest(p, at, 0);
	return parse_fail(p, "expected a field or a transformer");
}
