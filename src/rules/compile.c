/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything collected so far -> resolved and checked conditions, in Falco's order of work
 * (reference, 2.3): lists, macros, rules, and the first error ends it.
 */
#include "rules/loader.h"

#include "base/mem.h"
#include "rules/evtypes.h"

#include <string.h>

/* More event codes than this make Falco warn (reference, section 4). */
#define MANY_CODES 100

/* The condition with its exceptions. */
struct built {
	struct strbuf text;
	struct pieces pieces;
};

static int resolve_rule(struct loader *ld, struct rule *r, const struct condition *c)
{
	struct error err = ERROR_INIT;
	const struct ast *bad;
	struct tree_size size;

	if (!macros_resolve(ld, &r->ast, UINT32_MAX, &size, &bad, &err))
		return 0;
	return loader_fail(ld, CODE_VALIDATE, condition_place(ld, c, bad->pos), c->item, "%s",
			   err.msg);
}

static void infer_events(struct loader *ld, struct rule *r, const struct rule_info *ri)
{
	size_t n;

	r->codes = evtypes_codes_of(&ld->all, r->ast);
	r->scs = evtypes_scs_of(&ld->all, r->ast);
	n = bitset_count(r->codes);
	if (r->warn_evttypes && (!n || n > MANY_CODES))
		loader_warn(ld, "LOAD_NO_EVTTYPE", ri->at, (struct item){"rule", r->name},
			    "the rule has %s, expected a check on evt.type that narrows it down",
			    n ? "to look at nearly all events" : "no event that it can match");
}

/* 1: the rule is left out, with a warning. */
static int compile_condition(struct loader *ld, struct rule *r, const struct rule_info *ri,
			     const struct condition *c)
{
	int rc;

	r->ast = condition_compile(ld, c, &r->pasted);
	r->pasted |= c->text != r->condition;
	if (!r->ast)
		return -1;
	if (resolve_rule(ld, r, c))
		return -1;
	warn_condition(ld, r->ast, c);
	rc = check_condition(ld, r, c);
	if (!rc)
		infer_events(ld, r, ri);
	return rc;
}

static int compile_built(struct loader *ld, struct rule *r, const struct rule_info *ri,
			 struct built *b)
{
	struct condition c = {r->condition, &ri->cond, {"rule", r->name}};
	int rc;

	if (ri->exceptions.n) {
		if (exceptions_build(ld, r, ri, &b->text, &b->pieces))
			return -1;
		c.text = b->text.buf;
		c.pieces = &b->pieces;
	}
	rc = output_compile(ld, r, ri);
	return rc ? rc : compile_condition(ld, r, ri, &c);
}

static int compile_rule(struct loader *ld, size_t i)
{
	struct rule *r = &ld->rs->rules[i];
	const struct rule_info *ri = &ld->priv->rules[i];
	struct built b = {.text = STRBUF_INIT};
	int rc;

	if (ri->unknown_source)
		return 0;
	rc = compile_built(ld, r, ri, &b);
	if (b.text.len)
		place_forget(&ld->priv->place);
	strbuf_release(&b.text);
	pieces_release(&b.pieces);
	if (rc)
		r->ast = NULL;
	return rc < 0 ? -1 : 0;
}

static void warn_unused(struct loader *ld)
{
	struct ruleset *rs = ld->rs;

	for (size_t i = 0; i < rs->n_macros; i++)
		if (!rs->macros[i].used)
			loader_warn(ld, "LOAD_UNUSED_MACRO", ld->priv->macros[i].at,
				    (struct item){"macro", rs->macros[i].name},
				    "no rule or macro uses the macro");
	for (size_t i = 0; i < rs->n_lists; i++)
		if (!rs->lists[i].used)
			loader_warn(ld, "LOAD_UNUSED_LIST", ld->priv->lists[i].at,
				    (struct item){"list", rs->lists[i].name},
				    "no rule, macro or list uses the list");
}

int loader_compile(struct loader *ld)
{
	ld->priv->text_bytes = ld->priv->nodes = 0;
	place_forget(&ld->priv->place);
	if (lists_compile(ld) || macros_compile(ld))
		return -1;
	for (size_t i = 0; i < ld->rs->n; i++)
		if (compile_rule(ld, i))
			return -1;
	warn_unused(ld);
	return 0;
}
