/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evt.arg, evt.rawarg, evt.args: the parameters of events.
 */
#include "probe/fields_priv.h"
#include "probe/params_text.h"

static const struct param *param_of(const struct field_ctx *ctx, const struct field_ref *ref)
{
	const struct param_list *list = &param_lists[ctx->view->ev->nr % PROBE_SYSCALLS];

	if (ref->index >= 0)
		return (size_t)ref->index < list->n ? &list->v[ref->index] : NULL;
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->v[i].name, ref->arg))
			return &list->v[i];
	return NULL;
}

/* What it resolves to, else the plain text. */
static bool get_arg(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct param *p = param_of(ctx, ref);
	struct strbuf *buf = &ref->buf;
	size_t plain;

	if (!p)
		return false;
	strbuf_setlen(buf, 0);
	/* The resolved text comes second, into the same buffer behind the plain one. */
	param_texts(ctx, p, buf, NULL);
	plain = buf->len;
	strbuf_addch(buf, '\0');
	param_texts(ctx, p, NULL, buf);
	if (buf->len > plain + 1)
		return give_text(out, buf->buf + plain + 1, buf->len - plain - 1);
	return give_text(out, buf->buf, plain);
}

static bool get_rawarg(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	const struct param *p = param_of(ctx, ref);

	/* The type was settled by the first parameter of that name. */
	if (!p || param_is_text(p->type) != (ref->type == VALUE_STR))
		return false;
	return param_read(ctx, p, &ref->buf, out);
}

static bool get_args(const struct field_ctx *ctx, struct field_ref *ref, struct value *out)
{
	strbuf_setlen(&ref->buf, 0);
	param_all(ctx, &ref->buf);
	return give_buf(out, ref);
}

#define ARG (FIELD_NEEDS_ARG | FIELD_DOTTED | FIELD_OF_FD | FIELD_ARGUMENT)
#define ALL (FIELD_OF_FD | FIELD_WANTS_OPENED | FIELD_WANTS_ENDS)

/* What an argument wants recorded, field_ref_init() adds. */
const struct field fields_arg[] = {
	{"evt.arg", VALUE_STR, 0, ARG, get_arg, 0},
	{"evt.rawarg", VALUE_INT, 64, ARG | FIELD_DYNAMIC, get_rawarg, 0},
	{"evt.args", VALUE_STR, 0, ALL, get_args, 0},
	{"evt.info", VALUE_STR, 0, ALL, get_args, 0},
	{NULL, VALUE_STR, 0, 0, NULL, 0},
};
