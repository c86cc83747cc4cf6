/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/eval_operand.h"

#include "base/mem.h"
#include "probe/eval_getopt.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

/* A transformer reads its arguments itself and fills the operand's buffer or a number. */
struct transformer {
	const char *name;
	enum value_type type; /* of the result; of the first argument where same is set */
	bool same;
	size_t min, max; /* arguments */
	bool (*read)(const struct field_ctx *ctx, struct operand *op, struct value *out);
};

static bool give_buf(struct operand *op, struct value *out)
{
	out->s = op->buf.buf;
	out->len = op->buf.len;
	return true;
}

static bool read_val(const struct field_ctx *ctx, struct operand *op, struct value *out)
{
	return operand_read(ctx, &op->args[0], out);
}

static bool map_bytes(const struct field_ctx *ctx, struct operand *op, struct value *out,
		      int (*map)(int))
{
	struct value v;

	if (!operand_read(ctx, &op->args[0], &v))
		return false;
	strbuf_setlen(&op->buf, 0);
	strbuf_add(&op->buf, v.s, v.len);
	for (size_t i = 0; i < op->buf.len; i++)
		op->buf.buf[i] = (char)map((unsigned char)op->buf.buf[i]);
	return give_buf(op, out);
}

static bool read_tolower(const struct field_ctx *ctx, struct operand *op, struct value *out)
{
	return map_bytes(ctx, op, out, tolower);
}

static bool read_toupper(const struct field_ctx *ctx, struct operand *op, struct value *out)
{
	return map_bytes(ctx, op, out, toupper);
}

static bool read_basename(const struct field_ctx *ctx, struct operand *op, struct value *out)
{
	struct value v;
	const char *slash;

	if (!operand_read(ctx, &op->args[0], &v))
		return false;
	slash = memrchr(v.s, '/', v.len);
	out->s = slash ? slash + 1 : v.s;
	out->len = v.len - (size_t)(out->s - v.s);
	return true;
}

/* A list whose values only the event tells. */
static bool is_found_list(const struct operand *op)
{
	return op->kind != OPERAND_LIST && op->flags & FIELD_LIST;
}

static bool read_len(const struct field_ctx *ctx, struct operand *op, struct value *out)
{
	struct operand *arg = &op->args[0];
	struct value v;

	if (is_found_list(arg)) {
		out->i = 0;
		while (operand_item(ctx, arg, (size_t)out->i + 1, &v))
			out->i++;
		arg->ref.at = 0;
		return out->i > 0;
	}
	if (op->args[0].kind == OPERAND_LIST) {
		out->i = (int64_t)op->args[0].n;
		return true;
	}
	if (!operand_read(ctx, &op->args[0], &v))
		return false;
	out->i = (int64_t)v.len;
	return true;
}

static int b64_digit(unsigned char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Decodes; a text that is not base64 has no value. */
static bool read_b64(const struct field_ctx *ctx, struct operand *op, struct value *out)
{
	struct value v;
	uint32_t bits = 0;
	unsigned n = 0;

	if (!operand_read(ctx, &op->args[0], &v))
		return false;
	strbuf_setlen(&op->buf, 0);
	for (size_t i = 0; i < v.len && v.s[i] != '='; i++) {
		int digit = b64_digit((unsigned char)v.s[i]);

		if (digit < 0)
			return false;
		bits = bits << 6 | (uint32_t)digit;
		n += 6;
		if (n >= 8) {
			n -= 8;
			strbuf_addch(&op->buf, (char)(bits >> n & 0xff));
		}
	}
	return give_buf(op, out);
}

/* Numbers inside join and concat become text. */
static bool append(const struct field_ctx *ctx, struct operand *arg, struct strbuf *to)
{
	struct value v;

	if (!operand_read(ctx, arg, &v))
		return false;
	if (arg->type == VALUE_STR || arg->type == VALUE_BYTES)
		strbuf_add(to, v.s, v.len);
	else if (arg->type == VALUE_BOOL)
		strbuf_addstr(to, v.i ? "true" : "false");
	else if (arg->type == VALUE_DOUBLE)
		strbuf_addf(to, "%.1f", v.d);
	else if (arg->type == VALUE_INT)
		strbuf_addf(to, "%" PRId64, v.i);
	else
		strbuf_addf(to, "%" PRIu64, (uint64_t)v.i);
	return true;
}

static bool read_concat(const struct field_ctx *ctx, struct operand *op, struct value *out)
{
	strbuf_setlen(&op->buf, 0);
	for (size_t i = 0; i < op->n; i++)
		if (!append(ctx, &op->args[i], &op->buf))
			return false;
	return give_buf(op, out);
}

static bool join_field(const struct field_ctx *ctx, struct operand *op, const struct value *sep)
{
	struct operand *list = &op->args[1];
	struct value v;

	for (size_t at = 1; operand_item(ctx, list, at, &v); at++) {
		if (at > 1)
			strbuf_add(&op->buf, sep->s, sep->len);
		strbuf_add(&op->buf, v.s, v.len);
	}
	list->ref.at = 0;
	return op->buf.len > 0;
}

static bool read_join(const struct field_ctx *ctx, struct operand *op, struct value *out)
{
	struct operand *list = &op->args[1];
	struct value sep;

	if (!operand_read(ctx, &op->args[0], &sep))
		return false;
	strbuf_setlen(&op->buf, 0);
	if (is_found_list(list))
		return join_field(ctx, op, &sep) && give_buf(op, out);
	for (size_t i = 0; i < list->n; i++) {
		if (i)
			strbuf_add(&op->buf, sep.s, sep.len);
		if (!append(ctx, &list->args[i], &op->buf))
			return false;
	}
	return give_buf(op, out);
}

bool operand_items(const struct field_ctx *ctx, struct operand *op)
{
	struct value v;

	strbuf_setlen(&op->items, 0);
	for (size_t i = 0; op->kind == OPERAND_LIST && i < op->n; i++) {
		if (!append(ctx, &op->args[i], &op->items))
			return false;
		strbuf_addch(&op->items, '\0');
	}
	if (op->kind == OPERAND_LIST)
		return true;
	if (op->kind == OPERAND_TRANSFORMER) {
		if (!operand_items(ctx, &op->args[0]) || !operand_read(ctx, &op->args[1], &v))
			return false;
		getopt_all(&op->args[0].items, &v, &op->items);
		return true;
	}
	for (size_t at = 1; operand_item(ctx, op, at, &v); at++) {
		strbuf_add(&op->items, v.s, v.len);
		strbuf_addch(&op->items, '\0');
	}
	op->ref.at = 0;
	return true;
}

bool operand_item_slow(const struct field_ctx *ctx, struct operand *op, size_t at,
		       struct value *out)
{
	const char *s;

	if (at == 1 && !operand_items(ctx, op))
		return false;
	for (s = op->items.buf; --at && s < op->items.buf + op->items.len;)
		s += strlen(s) + 1;
	if (s >= op->items.buf + op->items.len)
		return false;
	out->s = s;
	out->len = strlen(s);
	return true;
}

/* With an option in brackets its value, else the list as Falco prints one. */
static bool read_getopt(const struct field_ctx *ctx, struct operand *op, struct value *out)
{
	struct value v;

	if (op->text)
		return operand_items(ctx, &op->args[0]) && operand_read(ctx, &op->args[1], &v) &&
		       getopt_one(&op->args[0].items, &v, *op->text, &op->buf) && give_buf(op, out);
	if (!operand_item(ctx, op, 1, &v))
		return false;
	strbuf_setlen(&op->buf, 0);
	for (size_t at = 1; operand_item(ctx, op, at, &v); at++) {
		strbuf_addch(&op->buf, at == 1 ? '(' : ',');
		strbuf_add(&op->buf, v.s, v.len);
	}
	strbuf_addch(&op->buf, ')');
	return give_buf(op, out);
}

static const struct transformer transformers[] = {
	{"val", VALUE_STR, true, 1, 1, read_val},
	{"tolower", VALUE_STR, false, 1, 1, read_tolower},
	{"toupper", VALUE_STR, false, 1, 1, read_toupper},
	{"basename", VALUE_STR, false, 1, 1, read_basename},
	{"b64", VALUE_STR, false, 1, 1, read_b64},
	{"len", VALUE_UINT, false, 1, 1, read_len},
	{"concat", VALUE_STR, false, 2, SIZE_MAX, read_concat},
	{"join", VALUE_STR, false, 2, 2, read_join},
	{"getopt", VALUE_STR, false, 2, 2, read_getopt},
};

static bool cannot(char **why, const char *what, const char *name)
{
	if (!*why)
		*why = xasprintf("%s %s", what, name);
	return false;
}

static bool init_field(struct operand *op, const struct ast *a, char **why)
{
	cleanup_free char *full = a->arg ? xasprintf("%s[%s]", a->text, a->arg) : xstrdup(a->text);

	if (!field_ref_init(&op->ref, a->text, a->arg))
		return cannot(why, "field", full);
	op->kind = OPERAND_FIELD;
	op->type = op->ref.type;
	op->bits = op->ref.field->bits;
	op->flags = op->ref.flags;
	return true;
}

static bool init_args(struct operand *op, const struct ast *a, char **why)
{
	op->args = xcalloc(a->n ? a->n : 1, sizeof(*op->args));
	op->flags = FIELD_OF_CALL; /* holds only where it does for every part */
	for (; op->n < a->n; op->n++) {
		struct operand *arg = &op->args[op->n];

		if (!operand_init(arg, a->kids[op->n], why)) {
			op->n++;
			return false;
		}
		op->flags |= arg->flags &
			     (FIELD_OF_FD | FIELD_WANTS_ENV | FIELD_WANTS_FILE | FIELD_WANTS_DATA);
		if (!(arg->flags & FIELD_OF_CALL) && arg->kind != OPERAND_CONST)
			op->flags &= ~(unsigned)FIELD_OF_CALL;
	}
	return true;
}

static bool args_fit(const struct operand *op)
{
	const struct transformer *t = op->fn;

	if (op->n < t->min || op->n > t->max)
		return false;
	if (t->read == read_join)
		return (op->args[1].kind == OPERAND_LIST || is_found_list(&op->args[1])) &&
		       op->args[0].type == VALUE_STR;
	if (t->read == read_getopt)
		return (op->args[0].kind == OPERAND_LIST || is_found_list(&op->args[0])) &&
		       op->args[1].type == VALUE_STR && !is_found_list(&op->args[1]);
	for (size_t i = 0; i < op->n; i++)
		if (is_found_list(&op->args[i]) && t->read != read_len)
			return false;
	if (t->read == read_concat || t->same)
		return true;
	if (t->read == read_len && op->args[0].kind == OPERAND_LIST)
		return true;
	return op->args[0].kind != OPERAND_LIST && op->args[0].type == VALUE_STR;
}

static bool init_transformer(struct operand *op, const struct ast *a, char **why)
{
	op->kind = OPERAND_TRANSFORMER;
	strbuf_init(&op->buf);
	for (size_t i = 0; i < ARRAY_SIZE(transformers); i++)
		if (!strcmp(transformers[i].name, a->text))
			op->fn = &transformers[i];
	if (!op->fn)
		return cannot(why, "transformer", a->text);
	if (!init_args(op, a, why))
		return false;
	if (!args_fit(op))
		return cannot(why, "arguments of transformer", a->text);
	if (op->fn->read == read_getopt && a->arg)
		op->text = xstrdup(a->arg);
	else if (op->fn->read == read_getopt)
		op->flags |= FIELD_EACH | FIELD_LIST;
	op->type = op->fn->same ? op->args[0].type : op->fn->type;
	op->bits = op->fn->same ? op->args[0].bits : 64;
	return true;
}

bool operand_init(struct operand *op, const struct ast *a, char **why)
{
	memset(op, 0, sizeof(*op));
	strbuf_init(&op->buf);
	strbuf_init(&op->items);
	switch (a->kind) {
	case AST_FIELD:
		return init_field(op, a, why);
	case AST_TRANSFORMER:
		return init_transformer(op, a, why);
	case AST_LIST:
		op->kind = OPERAND_LIST;
		op->type = VALUE_LIST;
		return init_args(op, a, why);
	default:
		op->kind = OPERAND_CONST;
		op->type = VALUE_STR;
		op->text = xstrdup(a->text ? a->text : "");
		op->len = strlen(op->text);
		return true;
	}
}

void operand_release(struct operand *op)
{
	for (size_t i = 0; i < op->n; i++)
		operand_release(&op->args[i]);
	free(op->args);
	free(op->text);
	field_ref_release(&op->ref);
	strbuf_release(&op->buf);
	strbuf_release(&op->items);
	memset(op, 0, sizeof(*op));
}

bool operand_read_slow(const struct field_ctx *ctx, struct operand *op, struct value *out)
{
	switch (op->kind) {
	case OPERAND_FIELD:
		return field_read(ctx, &op->ref, out);
	case OPERAND_CONST:
		out->s = op->text;
		out->len = op->len;
		return true;
	case OPERAND_LIST:
		return true; /* exists */
	case OPERAND_TRANSFORMER:
		break;
	}
	return op->fn->read(ctx, op, out);
}
