/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running the rows: over the whole, over each rule, over each check of each rule and macro.
 */
#include "lint/private.h"

#include "syscalls/release.h"

#include <stdarg.h>
#include <string.h>

#define NAMES_SHOWN 12

/* ---- places ---- */

struct lint_at lint_at_rule(const struct rule *r)
{
	return (struct lint_at){r->file, r->line, r->col, "rule", r->name};
}

struct lint_at lint_at_node(const struct lint_ctx *ctx, const struct ast *a)
{
	struct ruleset_place p = ctx->m ? ruleset_macro_place(ctx->rs, ctx->m, a->pos)
					: ruleset_rule_place(ctx->rs, ctx->r, a->pos);

	return (struct lint_at){p.file, p.line, p.col, ctx->m ? "macro" : "rule",
				ctx->m ? ctx->m->name : ctx->r->name};
}

struct lint_at lint_at_key(const struct lint_ctx *ctx, const char *key)
{
	struct origin o = config_origin(ctx->cfg, key);

	return (struct lint_at){o.file, o.line, o.col, "key", key};
}

struct lint_at lint_at_finding(const struct finding *f)
{
	return (struct lint_at){f->file, f->line, f->col, f->item_type, f->item_name};
}

/* ---- findings ---- */

/* Values of rules stand in messages: one line each, and nothing that a terminal would obey. */
static char *one_line(char *text)
{
	for (char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
	return text;
}

void lint_add(struct lint_ctx *ctx, const struct lint_row *row, struct lint_at at, const char *mend,
	      const char *fmt, ...)
{
	struct lint_findings *out = ctx->out;
	struct strbuf text = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	ALLOC_GROW(out->v, out->n, out->alloc);
	out->v[out->n++] = (struct lint_finding){
		.row = row,
		.code = row->code,
		.severity = row->severity,
		.message = one_line(strbuf_detach(&text)),
		.file = at.file ? xstrdup(at.file) : NULL,
		.line = at.line,
		.col = at.col,
		.item_type = at.item_type ? xstrdup(at.item_type) : NULL,
		.item = at.item ? xstrdup(at.item) : NULL,
		.cost = row->cost,
		.mend = one_line(xstrdup(mend ? mend : row->mend)),
	};
}

static int compare_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int compare(const void *pa, const void *pb)
{
	const struct lint_finding *a = pa, *b = pb;
	int c = compare_text(a->file, b->file);

	if (!c)
		c = (a->line > b->line) - (a->line < b->line);
	if (!c)
		c = (a->col > b->col) - (a->col < b->col);
	if (!c)
		c = strcmp(a->code, b->code);
	if (!c)
		c = compare_text(a->item, b->item);
	return c ? c : strcmp(a->message, b->message);
}

void lint_finding_release(struct lint_finding *f)
{
	free(f->message);
	free(f->file);
	free(f->item_type);
	free(f->item);
	free(f->mend);
}

static void sort_unique(struct lint_findings *f)
{
	size_t n = 0;

	if (f->n)
		qsort(f->v, f->n, sizeof(*f->v), compare);
	for (size_t i = 0; i < f->n; i++) {
		if (n && !compare(&f->v[n - 1], &f->v[i]))
			lint_finding_release(&f->v[i]);
		else
			f->v[n++] = f->v[i];
	}
	f->n = n;
}

/* ---- what rows ask ---- */

static int by_address(const void *a, const void *b)
{
	const struct lint_root *x = a, *y = b;

	return (x->ast > y->ast) - (x->ast < y->ast);
}

struct lint_root *lint_root(const struct lint_ctx *ctx, const struct ast *a)
{
	size_t low = 0, high = ctx->n_roots;

	if (!a->refs)
		return NULL;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (ctx->roots[mid].ast == a)
			return &ctx->roots[mid];
		if (ctx->roots[mid].ast < a)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

bool lint_active(const struct lint_ctx *ctx, const struct rule *r)
{
	return rule_is_active(r, ctx->opt);
}

char *lint_names(const struct lint_ctx *ctx, struct bitset scs)
{
	struct strvec names cleanup_strvec = STRVEC_INIT;
	struct strbuf out = STRBUF_INIT;

	/* Own names, so that what is not meant (accept beside accept4) does not show. */
	bitset_for_each (i, &scs)
		if (*ctx->cat->syscalls[i].name && !strvec_has(&names, ctx->cat->syscalls[i].name))
			strvec_push(&names, ctx->cat->syscalls[i].name);
	strvec_sort(&names);
	for (size_t i = 0; i < names.n && i < NAMES_SHOWN; i++)
		strbuf_addf(&out, "%s%s", i ? ", " : "", names.v[i]);
	if (names.n > NAMES_SHOWN)
		strbuf_addf(&out, " and %zu more", names.n - NAMES_SHOWN);
	return strbuf_detach(&out);
}

/* ---- running ---- */

static void find_node_rows(struct lint_ctx *ctx)
{
	size_t n = 0;

	for (const struct lint_row *row = lint_table; row->code; row++)
		n += row->node != NULL;
	ctx->node_rows = xcalloc(n, sizeof(*ctx->node_rows));
	for (const struct lint_row *row = lint_table; row->code; row++)
		if (row->node)
			ctx->node_rows[ctx->n_node_rows++] = row;
}

static void visit(struct lint_ctx *ctx, const struct ast *a, bool top)
{
	bool check = a->kind == AST_UNARY || a->kind == AST_BINARY;

	if (!top && lint_root(ctx, a))
		return; /* looked at with the macro */
	for (size_t i = 0; i < ctx->n_node_rows; i++)
		if (ctx->node_rows[i]->on_joins != check)
			ctx->node_rows[i]->node(ctx, ctx->node_rows[i], a);
	if (check)
		return;
	for (uint32_t i = 0; i < a->n; i++)
		visit(ctx, a->kids[i], false);
}

static void run_trees(struct lint_ctx *ctx)
{
	for (size_t i = 0; i < ctx->rs->n; i++) {
		ctx->r = &ctx->rs->rules[i];
		if (!lint_active(ctx, ctx->r))
			continue;
		for (const struct lint_row *row = lint_table; row->code; row++)
			if (row->rule)
				row->rule(ctx, row, ctx->r);
		if (!lint_root(ctx, ctx->r->ast))
			visit(ctx, ctx->r->ast, true);
	}
	for (size_t i = 0; i < ctx->rs->n_macros; i++) {
		ctx->m = &ctx->rs->macros[i];
		if (ctx->m->ast && ctx->m->used)
			visit(ctx, ctx->m->ast, true);
	}
	ctx->m = NULL;
}

static void run(struct lint_ctx *ctx)
{
	bool rejected = false;

	for (size_t i = 0; i < ctx->rs->n_findings; i++)
		rejected |= ctx->rs->findings[i].severity == FINDING_ERROR;
	for (const struct lint_row *row = lint_table; row->code; row++)
		if (row->whole && (!rejected || row->rejected))
			row->whole(ctx, row);
	if (!rejected)
		run_trees(ctx);
	sort_unique(ctx->out);
}

static void find_roots(struct lint_ctx *ctx)
{
	ctx->roots = xcalloc(ctx->rs->n_macros + 1, sizeof(*ctx->roots));
	for (size_t i = 0; i < ctx->rs->n_macros; i++)
		if (ctx->rs->macros[i].ast)
			ctx->roots[ctx->n_roots++].ast = ctx->rs->macros[i].ast;
	if (ctx->n_roots)
		qsort(ctx->roots, ctx->n_roots, sizeof(*ctx->roots), by_address);
}

/* The selection, where the caller has none. The array is the caller's. */
static struct select_rule *select_input(const struct lint_ctx *ctx, struct select_input *in)
{
	struct select_rule *rules = xcalloc(ctx->rs->n + 1, sizeof(*rules));

	*in = (struct select_input){.cat = ctx->cat, .rules = rules};
	for (size_t i = 0; i < ctx->rs->n; i++)
		if (lint_active(ctx, &ctx->rs->rules[i]))
			rules[in->n_rules++] =
				(struct select_rule){ctx->rs->rules[i].name, ctx->rs->rules[i].scs};
	if (ctx->cfg) {
		in->custom_set = (const char *const *)ctx->cfg->custom_set.v;
		in->n_custom = ctx->cfg->custom_set.n;
		in->repair = ctx->cfg->repair;
		in->all = ctx->cfg->all;
	}
	return rules;
}

static struct bitset shared_scs(const struct select_input *in)
{
	struct bitset once = {0}, again = {0};

	for (size_t i = 0; i < in->n_rules; i++) {
		again = bitset_or(again, bitset_and(once, in->rules[i].scs));
		once = bitset_or(once, in->rules[i].scs);
	}
	return again;
}

int lint_run(const struct lint_input *in, struct lint_findings *out, struct error *err)
{
	static const struct ruleset_options defaults = RULESET_OPTIONS_INIT;
	struct lint_ctx ctx = {.rs = in->rules, .cfg = in->config, .out = out};
	struct selection sel = SELECTION_INIT;
	struct select_rule *rules = NULL;
	struct select_input sel_in;

	*out = (struct lint_findings)LINT_FINDINGS_INIT;
	if (!in->rules)
		return error_internal(err, "no rule set to look at");
	ctx.opt = in->options ? in->options : &defaults;
	ctx.cat = ctx.opt->cat ? ctx.opt->cat : catalogue_find(NULL);
	ctx.ignored = cat_ignored_scs(ctx.cat);
	ctx.enter_events = release_of(ctx.cat)->enter_events;
	ctx.sel_in = in->select;
	ctx.sel = in->selection;
	if (!ctx.sel_in || !ctx.sel) {
		rules = select_input(&ctx, &sel_in);
		selection_compute(&sel_in, &sel);
		ctx.sel_in = &sel_in;
		ctx.sel = &sel;
	}
	ctx.shared = shared_scs(ctx.sel_in);
	find_roots(&ctx);
	find_node_rows(&ctx);
	run(&ctx);
	free(ctx.roots);
	free(ctx.node_rows);
	ast_pool_release(&ctx.scratch);
	lint_uses_release(ctx.uses);
	lint_parts_release(ctx.parts);
	free(rules);
	selection_release(&sel);
	return 0;
}
