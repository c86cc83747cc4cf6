/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Falco checks when it compiles a condition (reference, 3.3): fields, operators, constants.
 * The first problem ends it; its warnings count only when there is none.
 */
#include "rules/fields.h"

#include "base/mem.h"

#include <ctype.h>
#include <string.h>

struct note {
	const char *code; /* static */
	const struct ast *check;
	char *text;
};

static const char code_odd[] = "LOAD_COMPILE_CONDITION"; /* a constant looks like a mistake */

struct checker {
	struct loader *ld;
	const struct ast *bad; /* the check or constant at hand */
	bool unknown;	       /* a field or event type that does not exist */
	bool skip_unknown;     /* the rule asks to be skipped then */
	struct note *notes;
	size_t n_notes, alloc_notes;
	struct error err;
};

static void __attribute__((format(printf, 4, 5)))
note(struct checker *k, const char *code, const struct ast *check, const char *fmt, ...)
{
	struct strbuf text = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	ALLOC_GROW(k->notes, k->n_notes, k->alloc_notes);
	k->notes[k->n_notes++] = (struct note){code, check, strbuf_detach(&text)};
}

/* Nothing special in it, a leading ^, a trailing $ and .* .+ .? at either end aside. */
static bool is_plain_regex(const char *re)
{
	size_t n = strlen(re);

	for (size_t i = 0; i < n; i++) {
		if ((!i && re[i] == '^') || (i == n - 1 && re[i] == '$'))
			continue;
		if (((!i && n > 1) || i + 2 == n) && re[i] == '.' && re[i + 1] &&
		    strchr("+*?", re[i + 1])) {
			i++;
			continue;
		}
		if (strchr(".+*?^$()[]{}|\\", re[i]))
			return false;
	}
	return true;
}

static bool is_transformer_like(const char *text)
{
	static const char *const names[] = {"val", "tolower", "toupper", "b64",	  "basename",
					    "len", "join",    "concat",	 "getopt"};
	size_t len = strlen(text);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t n = strlen(names[i]);

		if (len >= n + 2 && !strncmp(text, names[i], n) && text[n] == '(' &&
		    text[len - 1] == ')')
			return true;
	}
	return false;
}

/* The text without its white space; text itself when there is none. The caller frees *owned. */
static const char *without_space(const char *text, char **owned)
{
	size_t n = 0;

	*owned = NULL;
	if (!text[strcspn(text, " \t\n\v\f\r")])
		return text;
	*owned = xmalloc(strlen(text) + 1);
	for (const char *p = text; *p; p++)
		if (!isspace((unsigned char)*p))
			(*owned)[n++] = *p;
	(*owned)[n] = '\0';
	return *owned;
}

/* Constants that look like a mistake. */
static void note_value(struct checker *k, const struct ast *check, const char *value)
{
	const char *bare;
	char *owned;

	if (check->op == OP_REGEX && is_plain_regex(value))
		note(k, code_odd, check,
		     "the regex '%s' is a plain text, a cheaper operator would do", value);
	/* Fields and transformers begin with a letter and have a dot or a parenthesis. */
	if (!isspace((unsigned char)*value) && !isalpha((unsigned char)*value))
		return;
	if (!strpbrk(value, ".("))
		return;
	bare = without_space(value, &owned);
	if (rule_field_exists(k->ld->opt, bare))
		note(k, code_odd, check,
		     "'%s' is the name of a field, but a constant here; val() makes it "
		     "a field",
		     value);
	if (is_transformer_like(bare))
		note(k, code_odd, check, "'%s' looks like a transformer, but is a constant here",
		     value);
	free(owned);
}

/* The oldest release that has an event or syscall of that name, NULL when none has. */
static const char *release_with(const char *name)
{
	for (const struct catalogue *const *c = catalogue_all(); *c; c++)
		if (cat_is_event_or_sc_name(*c, name))
			return (*c)->falco;
	return NULL;
}

static int check_event_name(struct checker *k, const struct ast *check, const char *value)
{
	const struct catalogue *cat = k->ld->cat;

	if (!*value || cat_is_event_or_sc_name(cat, value) ||
	    (k->ld->opt->container_plugin && evtypes_is_async_name(value)))
		return 0;
	if (k->ld->opt->any_engine && cat_is_event_or_sc_name(catalogue_find(NULL), value) &&
	    !k->skip_unknown) {
		note(k, CODE_COMPILE_CONDITION, check,
		     "there is no event '%s' in Falco %s; the first release with it is %s", value,
		     cat->falco, release_with(value));
		return 0;
	}
	k->unknown = true;
	return error_input(&k->err, "there is no event '%s'", value);
}

static int check_value(struct checker *k, const struct ast *check, const struct field_info *left,
		       const struct ast *node)
{
	const char *value = node->text, *name = left->field ? left->field->name : "";

	note_value(k, check, value);
	/* The places in a shared list are those of its first use. */
	k->bad = check->kids[1]->refs ? check : node;
	if (rule_value_check(left, check->op, value, &k->err))
		return -1;
	if (*name != 'e')
		return 0; /* as nearly always */
	if (!strcmp(name, "evt.type"))
		return check_event_name(k, check, value);
	if (!strcmp(name, "evt.around") && check->op != OP_EQ && check->op != OP_EQEQ)
		return error_input(&k->err, "evt.around takes only the operator =");
	return 0;
}

/* join, concat or getopt, under transformers of one argument perhaps. */
static bool is_combined(const struct ast *a)
{
	while (a->kind == AST_TRANSFORMER && a->n == 1)
		a = a->kids[0];
	return a->kind == AST_TRANSFORMER;
}

static int check_right_field(struct checker *k, const struct ast *check,
			     const struct field_info *left)
{
	struct field_info right;

	k->bad = check->kids[1];
	if (rule_field_infer(k->ld->opt, check->kids[1], &right, &k->unknown, &k->err))
		return -1;
	if (check->op == OP_PMATCH || check->op == OP_REGEX)
		return error_input(&k->err, "operator %s takes no field on its right side",
				   ast_op_name(check->op));
	if (left->type == TYPE_IPNET || (left->flags & FIELD_NO_RIGHT))
		return error_input(&k->err, "this field cannot be compared with another field");
	if (right.flags & FIELD_NO_RIGHT)
		return error_input(&k->err, "the field on the right side cannot stand there");
	/* Falco does not look at the types then. */
	if (is_combined(check->kids[0]))
		return 0;
	if (left->type != right.type || (left->flags ^ right.flags) & FIELD_LIST)
		return error_input(
			&k->err, "the two sides have different types: %s%s and %s%s",
			rule_field_type_name(left->type), left->flags & FIELD_LIST ? " list" : "",
			rule_field_type_name(right.type), right.flags & FIELD_LIST ? " list" : "");
	return 0;
}

/* Of a list only the last element counts, so that a later constant hides an event type. */
static bool has_evttype(const struct ast *a)
{
	if (evtypes_is_field(a))
		return true;
	for (uint32_t i = a->kind == AST_LIST && a->n ? a->n - 1 : 0; i < a->n; i++)
		if (has_evttype(a->kids[i]))
			return true;
	return false;
}

/* Falco ends without a report over these when it looks for the event types (reference, 2.4). */
static int check_evttype(struct checker *k, const struct ast *check)
{
	bool looks = check->op == OP_EXISTS ||
		     (!check->mod && (check->op == OP_EQ || check->op == OP_EQEQ ||
				      check->op == OP_NE || check->op == OP_IN));

	if (!looks)
		return 0;
	if (check->kids[0]->kind == AST_TRANSFORMER && has_evttype(check->kids[0]))
		return error_input(&k->err, "evt.type and syscall.type cannot be transformed");
	if (check->n > 1 && evtypes_is_field(check->kids[0]) &&
	    check->kids[1]->kind == AST_TRANSFORMER)
		return error_input(&k->err,
				   "evt.type and syscall.type cannot be compared with a field");
	return 0;
}

static int check_leaf(struct checker *k, const struct ast *check)
{
	struct field_info left;
	const struct ast *right;

	k->bad = check;
	if (rule_field_infer(k->ld->opt, check->kids[0], &left, &k->unknown, &k->err) ||
	    rule_operator_check(&left, check->op, &k->err))
		return -1;
	right = check->kind == AST_BINARY ? check->kids[1] : NULL;
	if (right && right->kind == AST_TRANSFORMER && check_right_field(k, check, &left))
		return -1;
	if (right && right->kind == AST_VALUE && check_value(k, check, &left, right))
		return -1;
	for (uint32_t i = 0; right && right->kind == AST_LIST && i < right->n; i++)
		if (check_value(k, check, &left, right->kids[i]))
			return -1;
	k->bad = check;
	return check_evttype(k, check);
}

static int walk(struct checker *k, struct ast *a)
{
	size_t notes = k->n_notes;

	if (a->kind == AST_UNARY || a->kind == AST_BINARY)
		return check_leaf(k, a);
	/* A macro's tree is the same in every rule: once is enough, unless it has warnings. */
	if (a->checked)
		return 0;
	for (uint32_t i = 0; i < a->n; i++)
		if (walk(k, a->kids[i]))
			return -1;
	a->checked = k->n_notes == notes;
	return 0;
}

static int report(struct checker *k, const struct rule *r, const struct condition *c)
{
	struct src at = node_place(k->ld, c, r->ast, k->bad);

	if (!k->unknown || !r->skip_unknown_filter)
		return loader_fail(k->ld, CODE_COMPILE_CONDITION, at, c->item, "%s", k->err.msg);
	loader_warn(k->ld, "LOAD_UNKNOWN_FILTER", at, c->item, "the rule is skipped: %s",
		    k->err.msg);
	return 1;
}

static void warn_notes(struct checker *k, const struct rule *r, const struct condition *c)
{
	const struct ast **nodes cleanup_free = xcalloc(k->n_notes, sizeof(struct ast *));
	struct src *places cleanup_free = xcalloc(k->n_notes, sizeof(*places));

	for (size_t i = 0; i < k->n_notes; i++)
		nodes[i] = k->notes[i].check;
	node_places(k->ld, c, r->ast, nodes, k->n_notes, places);
	for (size_t i = 0; i < k->n_notes; i++)
		loader_warn(k->ld, k->notes[i].code, places[i], c->item, "%s", k->notes[i].text);
}

int check_condition(struct loader *ld, const struct rule *r, const struct condition *c)
{
	struct checker k = {.ld = ld, .skip_unknown = r->skip_unknown_filter};
	int rc = 0;

	if (walk(&k, r->ast))
		rc = report(&k, r, c);
	else if (k.n_notes)
		warn_notes(&k, r, c);
	for (size_t i = 0; i < k.n_notes; i++)
		free(k.notes[i].text);
	free(k.notes);
	return rc;
}
