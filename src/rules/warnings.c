/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Warnings that look at the tree only: deprecated fields and comparisons with <NA>
 * (reference, 2.3).
 */
#include "rules/loader.h"

#include "base/mem.h"

#include <string.h>

/* since: the release that began to warn (reference, 6.5). */
static const struct {
	const char *field, *since, *why;
} deprecated[] = {
	{"evt.dir", "0.42",
	 "there are no enter events any more: evt.dir = < is always true, evt.dir = > "
	 "never"},
	{"evt.latency", "0.43", "not available, there are no enter events any more"},
	{"evt.latency.s", "0.43", "not available, there are no enter events any more"},
	{"evt.latency.ns", "0.43", "not available, there are no enter events any more"},
	{"evt.latency.human", "0.43", "not available, there are no enter events any more"},
	{"evt.wait_latency", "0.43", "not available, there are no enter events any more"},
};

static void warn_deprecated(struct loader *ld, size_t i, struct src at, struct item item)
{
	if (strverscmp(ld->cat->falco, deprecated[i].since) < 0)
		return;
	loader_warn(ld, "LOAD_DEPRECATED_ITEM", at, item, "field %s is deprecated: %s",
		    deprecated[i].field, deprecated[i].why);
	if (loader_last(ld)->severity == FINDING_WARNING) /* else there are too many */
		loader_last(ld)->deprecated_field = xstrdup(deprecated[i].field);
}

struct seen {
	const struct ast *field[ARRAY_SIZE(deprecated)]; /* the first of each */
	const struct ast *na;
};

static bool has_unsafe_field(const struct ast *a)
{
	if (a->kind == AST_FIELD)
		return !strncmp(a->text, "ka.", 3) || !strncmp(a->text, "jevt.", 5);
	for (uint32_t i = 0; i < a->n; i++)
		if (has_unsafe_field(a->kids[i]))
			return true;
	return false;
}

static bool compares_with_na(const struct ast *check)
{
	const struct ast *right = check->kids[1];

	if (check->mod ||
	    (check->op != OP_EQ && check->op != OP_EQEQ && check->op != OP_NE &&
	     check->op != OP_IN && check->op != OP_INTERSECTS && check->op != OP_PMATCH))
		return false;
	if (right->kind == AST_VALUE)
		return !strcmp(right->text, "<NA>");
	for (uint32_t i = 0; right->kind == AST_LIST && i < right->n; i++)
		if (!strcmp(right->kids[i]->text, "<NA>"))
			return true;
	return false;
}

static void note_field(struct seen *s, const struct ast *a)
{
	/* All of them begin with evt. and their next letter. */
	if (strncmp(a->text, "evt.", 4) || !strchr("dlw", a->text[4]))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(deprecated); i++)
		if (!s->field[i] && !strcmp(a->text, deprecated[i].field))
			s->field[i] = a;
}

static void walk(struct seen *s, const struct ast *a)
{
	if (a->kind == AST_FIELD)
		note_field(s, a);
	if (a->kind == AST_BINARY && !s->na && has_unsafe_field(a->kids[0]) && compares_with_na(a))
		s->na = a;
	for (uint32_t i = 0; i < a->n; i++)
		walk(s, a->kids[i]);
}

void warn_condition(struct loader *ld, const struct ast *a, const struct condition *c)
{
	struct seen s = {0};

	walk(&s, a);
	if (s.na)
		loader_warn(ld, "LOAD_UNSAFE_NA_CHECK", node_place(ld, c, a, s.na), c->item,
			    "comparing with <NA> does not do what it seems to, expected exists");
	for (size_t i = 0; i < ARRAY_SIZE(deprecated); i++)
		if (s.field[i])
			warn_deprecated(ld, i, node_place(ld, c, a, s.field[i]), c->item);
}

void warn_output(struct loader *ld, const struct rule *r, const struct rule_info *ri)
{
	const char *evt = strstr(r->output_built, "evt.");

	while (evt && (!evt[4] || !strchr("dlw", evt[4])))
		evt = strstr(evt + 4, "evt.");
	if (!evt)
		return; /* as nearly always */
	for (size_t i = 0; i < ARRAY_SIZE(deprecated); i++)
		if (strstr(r->output_built, deprecated[i].field))
			warn_deprecated(ld, i, ri->output_at, (struct item){"rule", r->name});
}
