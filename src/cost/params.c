/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/params.h"

#include "base/mem.h"
#include "base/strbuf.h"

#include <math.h>
#include <string.h>

const char *const cost_engine_names[] = {"embedded", "falco", NULL};

static const char *const names[CP_N] = {
	[CP_CAPTURE] = "capture",
	[CP_WAKE] = "wake",
	[CP_TRANSPORT] = "transport",
	[CP_STATE] = "state",
	[CP_EVALUATED] = "evaluated",
	[CP_RULE] = "rule",
	[CP_OUTPUT] = "output",
	[CP_TRANSFORMER] = "transformer",
	[CP_ITEM] = "item",
	[CP_OP + COST_EXISTS] = "op.exists",
	[CP_OP + COST_EQUAL] = "op.equal",
	[CP_OP + COST_ORDER] = "op.order",
	[CP_OP + COST_CONTAINS] = "op.contains",
	[CP_OP + COST_AFFIX] = "op.affix",
	[CP_OP + COST_GLOB] = "op.glob",
	[CP_OP + COST_REGEX] = "op.regex",
	[CP_OP + COST_IN] = "op.in",
	[CP_OP + COST_PMATCH] = "op.pmatch",
	[CP_FIELD + COST_F_EVENT] = "field.event",
	[CP_FIELD + COST_F_FD] = "field.fd",
	[CP_FIELD + COST_F_PATH] = "field.path",
	[CP_FIELD + COST_F_PROCESS] = "field.process",
	[CP_FIELD + COST_F_ANCESTOR] = "field.ancestor",
	[CP_FIELD + COST_F_LINEAGE] = "field.lineage",
	[CP_FIELD + COST_F_ARGS] = "field.args",
	[CP_FIELD + COST_F_FLAGS] = "field.flags",
	[CP_FIELD + COST_F_ENV] = "field.env",
	[CP_FIELD + COST_F_USER] = "field.user",
	[CP_FIELD + COST_F_CONTAINER] = "field.container",
	[CP_FIELD + COST_F_OTHER] = "field.other",
	[CP_SEL_EXISTS] = "selectivity.exists",
	[CP_SEL_NOT_EQUAL] = "selectivity.not_equal",
	[CP_SEL_ORDER] = "selectivity.order",
	[CP_SEL_OTHER] = "selectivity.other",
};

const char *cost_param_name(enum cost_param p)
{
	return names[p];
}

const char *cost_param_unit(enum cost_param p)
{
	switch (p) {
	case CP_WAKE:
		return "ns/s";
	case CP_CAPTURE:
	case CP_TRANSPORT:
	case CP_STATE:
	case CP_EVALUATED:
		return "ns/event";
	case CP_RULE:
		return "ns/evaluation";
	case CP_OUTPUT:
		return "ns/alert";
	case CP_ITEM:
		return "ns/constant";
	default:
		return p >= CP_SEL_EXISTS ? "share" : "ns/check";
	}
}

void cost_value_set(struct cost_value *v, double value, double factor, const char *source)
{
	char *copy = xstrdup(source);

	free(v->source);
	*v = (struct cost_value){value, factor, copy};
}

struct cost_value *cost_state_make(struct cost_params *p, const char *event)
{
	for (size_t i = 0; i < p->n_states; i++)
		if (!strcmp(p->states[i].event, event))
			return &p->states[i].v;
	p->states = xrealloc(p->states, p->n_states + 1, sizeof(*p->states));
	p->states[p->n_states] = (struct cost_state){.event = xstrdup(event)};
	return &p->states[p->n_states++].v;
}

const struct cost_value *cost_state(const struct cost_params *p, const char *event)
{
	for (size_t i = 0; i < p->n_states; i++)
		if (!strcmp(p->states[i].event, event))
			return &p->states[i].v;
	return &p->v[CP_STATE];
}

static char *copy_text(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

void cost_params_copy(struct cost_params *to, const struct cost_params *from)
{
	*to = *from;
	to->host = copy_text(from->host);
	to->kernel = copy_text(from->kernel);
	to->engine_version = copy_text(from->engine_version);
	to->date = copy_text(from->date);
	for (size_t i = 0; i < CP_N; i++)
		to->v[i].source = copy_text(from->v[i].source);
	to->runs = NULL;
	to->n_runs = 0;
	to->states = xcalloc(from->n_states + 1, sizeof(*to->states));
	for (size_t i = 0; i < from->n_states; i++) {
		to->states[i] = from->states[i];
		to->states[i].event = xstrdup(from->states[i].event);
		to->states[i].v.source = copy_text(from->states[i].v.source);
	}
}

void cost_params_release(struct cost_params *p)
{
	for (size_t i = 0; i < CP_N; i++)
		free(p->v[i].source);
	for (size_t i = 0; i < p->n_states; i++) {
		free(p->states[i].event);
		free(p->states[i].v.source);
	}
	free(p->states);
	for (size_t i = 0; i < p->n_runs; i++)
		free(p->runs[i].rules);
	free(p->runs);
	free(p->host);
	free(p->kernel);
	free(p->engine_version);
	free(p->date);
	*p = (struct cost_params){0};
}

/* ---- checks ---- */

static enum cost_op op_class(enum ast_op op)
{
	static const enum cost_op of[AST_N_OPS] = {
		[OP_EXISTS] = COST_EXISTS,	[OP_EQ] = COST_EQUAL,
		[OP_EQEQ] = COST_EQUAL,		[OP_NE] = COST_EQUAL,
		[OP_LT] = COST_ORDER,		[OP_LE] = COST_ORDER,
		[OP_GT] = COST_ORDER,		[OP_GE] = COST_ORDER,
		[OP_CONTAINS] = COST_CONTAINS,	[OP_ICONTAINS] = COST_CONTAINS,
		[OP_BCONTAINS] = COST_CONTAINS, [OP_STARTSWITH] = COST_AFFIX,
		[OP_BSTARTSWITH] = COST_AFFIX,	[OP_ENDSWITH] = COST_AFFIX,
		[OP_GLOB] = COST_GLOB,		[OP_IGLOB] = COST_GLOB,
		[OP_REGEX] = COST_REGEX,	[OP_IN] = COST_IN,
		[OP_INTERSECTS] = COST_IN,	[OP_PMATCH] = COST_PMATCH,
	};

	return of[op];
}

struct field_name {
	const char *name;
	enum cost_field field;
};

/* Whole names; one without an index is of the list. */
static const struct field_name exact[] = {
	{"evt.args", COST_F_FLAGS},	   {"evt.arg.flags", COST_F_FLAGS},
	{"proc.aname", COST_F_LINEAGE},	   {"proc.aexe", COST_F_LINEAGE},
	{"proc.aexepath", COST_F_LINEAGE}, {"proc.acmdline", COST_F_LINEAGE},
	{"proc.apid", COST_F_LINEAGE},
};

/* The first that the name begins with. */
static const struct field_name fields[] = {
	{"evt.arg", COST_F_ARGS},
	{"evt.rawarg", COST_F_EVENT},
	{"evt.info", COST_F_FLAGS},
	{"evt.", COST_F_EVENT},
	{"syscall.", COST_F_EVENT},
	{"fd.name", COST_F_PATH},
	{"fd.directory", COST_F_PATH},
	{"fd.filename", COST_F_PATH},
	{"fd.container", COST_F_PATH},
	{"fs.path", COST_F_PATH},
	{"fd.", COST_F_FD},
	{"proc.args", COST_F_ARGS},
	{"proc.cmdline", COST_F_ARGS},
	{"proc.exeline", COST_F_ARGS},
	{"proc.env", COST_F_ENV},
	{"proc.aenv", COST_F_ENV},
	{"proc.pcmdline", COST_F_ARGS},
	{"proc.pexe", COST_F_ANCESTOR},
	{"proc.pname", COST_F_ANCESTOR},
	{"proc.ppid", COST_F_ANCESTOR},
	{"proc.pvpid", COST_F_ANCESTOR},
	{"proc.a", COST_F_ANCESTOR},
	{"proc.sid.", COST_F_ANCESTOR},
	{"proc.sname", COST_F_ANCESTOR},
	{"proc.vpgid.", COST_F_ANCESTOR},
	{"proc.pgid.", COST_F_ANCESTOR},
	{"proc.", COST_F_PROCESS},
	{"thread.", COST_F_PROCESS},
	{"user.", COST_F_USER},
	{"group.", COST_F_USER},
	{"container.", COST_F_CONTAINER},
	{"k8s.", COST_F_CONTAINER},
};

static enum cost_field field_class(const char *name)
{
	for (size_t i = 0; name && i < ARRAY_SIZE(exact); i++)
		if (!strcmp(name, exact[i].name))
			return exact[i].field;
	for (size_t i = 0; name && i < ARRAY_SIZE(fields); i++)
		if (!strncmp(name, fields[i].name, strlen(fields[i].name)))
			return fields[i].field;
	return COST_F_OTHER;
}

struct cost_kind cost_kind_of(const struct ast *check)
{
	const struct ast *lhs = check->kids[0];
	struct cost_kind k = {.op = op_class(check->op),
			      .transformed = lhs->kind == AST_TRANSFORMER};
	struct strbuf name cleanup_strbuf = STRBUF_INIT;

	while (lhs->kind == AST_TRANSFORMER && lhs->n)
		lhs = lhs->kids[0];
	if (lhs->kind == AST_FIELD)
		ast_field_name(lhs, &name);
	k.field = field_class(lhs->kind == AST_FIELD ? name.buf : NULL);
	if (check->mod && check->n > 1)
		k.items = check->kids[1]->kind == AST_LIST ? check->kids[1]->n : 1;
	return k;
}

struct cost_kind cost_kind_of_profiled(const struct ep_check *check)
{
	struct cost_kind k = {
		.op = COST_EQUAL,
		.field = field_class(check->field),
		.transformed = check->transformer != NULL,
		.items = check->modifier && check->constants > 0 ? (double)check->constants : 0};

	for (enum ast_op op = OP_EXISTS; op < AST_N_OPS; op++)
		if (check->op && !strcmp(check->op, ast_op_name(op)))
			k.op = op_class(op);
	return k;
}

static double known(double v)
{
	return isnan(v) ? 0 : v;
}

double cost_check_ns(const struct cost_params *p, const struct cost_kind *k)
{
	return known(p->v[CP_OP + k->op].value) + known(p->v[CP_FIELD + k->field].value) +
	       (k->transformed ? known(p->v[CP_TRANSFORMER].value) : 0) +
	       k->items * known(p->v[CP_ITEM].value);
}

double cost_selectivity(const struct cost_params *p, enum ast_op op)
{
	switch (op) {
	case OP_EXISTS:
		return p->v[CP_SEL_EXISTS].value;
	case OP_NE:
		return p->v[CP_SEL_NOT_EQUAL].value;
	case OP_LT:
	case OP_LE:
	case OP_GT:
	case OP_GE:
		return p->v[CP_SEL_ORDER].value;
	default:
		return p->v[CP_SEL_OTHER].value;
	}
}

double cost_check_factor(const struct cost_params *p)
{
	double worst = 1;

	for (size_t i = CP_OP; i < CP_SEL_EXISTS; i++)
		if (!isnan(p->v[i].value) && p->v[i].factor > worst)
			worst = p->v[i].factor;
	return worst;
}

struct price cost_price(const struct cost_params *p)
{
	struct price out = {.source = p->v[CP_TRANSPORT].source,
			    .event_ns =
				    known(p->v[CP_TRANSPORT].value) + known(p->v[CP_STATE].value),
			    .check_ns = p->check_ns,
			    .wake_ns = known(p->v[CP_WAKE].value),
			    .kernel_ns = known(p->v[CP_CAPTURE].value)};

	if (isnan(out.check_ns)) /* the commonest kind stands for all */
		out.check_ns = known(p->v[CP_OP + COST_EQUAL].value) +
			       known(p->v[CP_FIELD + COST_F_PROCESS].value);
	return out;
}
