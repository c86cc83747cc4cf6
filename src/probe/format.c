/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/format.h"

#include "base/mem.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#define NOT_THERE "<NA>"

/* --- compiling -------------------------------------------------------------------------------- */

static struct format_token *add_token(struct format *f)
{
	struct format_token *t;

	ALLOC_GROW(f->v, f->n, f->alloc);
	t = &f->v[f->n++];
	memset(t, 0, sizeof(*t));
	strbuf_init(&t->op.buf);
	strbuf_init(&t->op.items);
	return t;
}

static void add_literal(struct format *f, const char *s, size_t len)
{
	if (len)
		add_token(f)->text = xstrndup(s, len);
}

/* The field or transformer at the start of s: how many bytes it takes, 0 when there is none. */
static size_t add_field(struct format *f, const struct ruleset_options *opt, const char *s,
			unsigned width)
{
	size_t used = 0;
	struct ast *a = ruleset_output_token(opt, s, &used);
	cleanup_free char *why = NULL;
	struct format_token *t;

	if (!a)
		return 0;
	t = add_token(f);
	t->text = xstrndup(s, used);
	t->is_field = true;
	t->width = width;
	t->readable = operand_init(&t->op, a, &why);
	f->uses_fd |= t->readable && t->op.flags & FIELD_OF_FD;
	f->flags |= t->readable ? t->op.flags : 0;
	ast_free(a);
	return used;
}

void format_init(struct format *f, const struct ruleset_options *opt, const char *text)
{
	const char *from = text + (text[0] == '*'), *at = from;

	memset(f, 0, sizeof(*f));
	while ((at = strchr(at, '%'))) {
		char *end = (char *)at + 1;
		unsigned width =
			isdigit((unsigned char)*end) ? (unsigned)strtoul(end, &end, 10) : 0;
		size_t literals = f->n, used;

		add_literal(f, from, (size_t)(at - from));
		used = add_field(f, opt, end, width > 1024 ? 1024 : width);
		if (used) {
			at = from = end + used;
			continue;
		}
		if (f->n > literals)
			free(f->v[--f->n].text);
		at++;
	}
	add_literal(f, from, strlen(from));
}

void format_release(struct format *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->v[i].text);
		operand_release(&f->v[i].op);
	}
	free(f->v);
	memset(f, 0, sizeof(*f));
}

void rule_format_init(struct rule_format *f, const struct ruleset_options *opt,
		      const struct rule *rule, const struct append_list *append)
{
	memset(f, 0, sizeof(*f));
	format_init(&f->output, opt, rule->output_built);
	for (size_t i = 0; append && i < append->n; i++) {
		const struct append_entry *e = &append->v[i];

		for (size_t k = 0; k < e->n_fields && rule_is_appended(rule, e); k++) {
			const struct append_field *from = &e->fields[k];

			if (!*from->format)
				continue;
			ALLOC_GROW(f->extras, f->n_extras, f->alloc_extras);
			f->extras[f->n_extras].key = from->key;
			f->extras[f->n_extras].raw = from->raw;
			format_init(&f->extras[f->n_extras++].format, opt, from->format);
		}
	}
}

void rule_format_release(struct rule_format *f)
{
	format_release(&f->output);
	for (size_t i = 0; i < f->n_extras; i++)
		format_release(&f->extras[i].format);
	free(f->extras);
	memset(f, 0, sizeof(*f));
}

unsigned rule_format_flags(const struct rule_format *f)
{
	unsigned flags = f->output.flags;

	for (size_t i = 0; i < f->n_extras; i++)
		flags |= f->extras[i].format.flags;
	return flags;
}

/* --- filling in ------------------------------------------------------------------------------- */

static void add_value(struct strbuf *out, enum value_type type, unsigned flags,
		      const struct value *v)
{
	char ip[INET6_ADDRSTRLEN];

	switch (type) {
	case VALUE_STR:
		strbuf_add(out, v->s, v->len);
		break;
	case VALUE_INT:
		strbuf_addf(out, "%" PRId64, v->i);
		break;
	case VALUE_UINT:
	case VALUE_PORT:
		strbuf_addf(out, flags & FIELD_PADDED ? "%09" PRIu64 : "%" PRIu64, (uint64_t)v->i);
		break;
	case VALUE_DOUBLE:
		strbuf_addf(out, "%.1f", v->d);
		break;
	case VALUE_BOOL:
		strbuf_addstr(out, v->i ? "true" : "false");
		break;
	case VALUE_IP:
	case VALUE_NET:
		if (inet_ntop(v->len == 4 ? AF_INET : AF_INET6, v->s, ip, sizeof(ip)))
			strbuf_addstr(out, ip);
		break;
	case VALUE_BYTES: /* as Falco prints what was read: no byte that a terminal acts on */
		for (size_t i = 0; i < v->len; i++)
			strbuf_addch(out, isprint((unsigned char)v->s[i]) ? v->s[i] : '.');
		break;
	case VALUE_HOST: /* names are only compared */
		strbuf_addstr(out, NOT_THERE);
		break;
	case VALUE_LIST:
		break;
	}
}

static bool read_token(const struct field_ctx *ctx, struct format_token *t, struct value *v)
{
	return t->readable && operand_read(ctx, &t->op, v);
}

void format_text(const struct field_ctx *ctx, struct format *f, struct strbuf *out)
{
	for (size_t i = 0; i < f->n; i++) {
		struct format_token *t = &f->v[i];
		size_t from = out->len;
		struct value v;

		if (!t->is_field)
			strbuf_addstr(out, t->text);
		else if (read_token(ctx, t, &v))
			add_value(out, t->op.type, t->op.flags, &v);
		else
			strbuf_addstr(out, NOT_THERE);
		while (out->len - from < t->width)
			strbuf_addch(out, ' ');
	}
}

static json_t *json_text(struct strbuf *sb)
{
	utf8_clean(sb);
	return json_stringn(sb->buf, sb->len);
}

static json_t *json_of(const struct field_ctx *ctx, struct format_token *t)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;
	struct value v;

	if (!read_token(ctx, t, &v))
		return json_null();
	if (t->op.flags & FIELD_TIME)
		return json_integer(v.i);
	switch (t->op.type) {
	case VALUE_HOST:
		return json_null();
	case VALUE_INT:
	case VALUE_UINT:
	case VALUE_PORT:
		return json_integer(v.i);
	case VALUE_DOUBLE:
		return json_real(v.d);
	case VALUE_BOOL:
		return json_boolean(v.i);
	default:
		add_value(&sb, t->op.type, t->op.flags, &v);
		return json_text(&sb);
	}
}

void format_fields(const struct field_ctx *ctx, struct format *f, json_t *obj)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].is_field)
			json_object_set_new(obj, f->v[i].text, json_of(ctx, &f->v[i]));
}

/* --- alerts ----------------------------------------------------------------------------------- */

/* Bytes of the UTF-8 sequence at s, 0 when it is not one. */
static size_t utf8_len(const unsigned char *s, size_t left)
{
	static const struct {
		unsigned char mask, lead;
		unsigned min;
	} forms[] = {
		{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};

	for (size_t n = 1; n <= 4 && n <= left; n++) {
		uint32_t c;

		if ((s[0] & forms[n - 1].mask) != forms[n - 1].lead)
			continue;
		c = s[0] & (unsigned char)~forms[n - 1].mask;
		for (size_t i = 1; i < n; i++) {
			if ((s[i] & 0xc0) != 0x80)
				return 0;
			c = c << 6 | (s[i] & 0x3f);
		}
		return c < forms[n - 1].min || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0 : n;
	}
	return 0;
}

void utf8_clean(struct strbuf *sb)
{
	struct strbuf clean = STRBUF_INIT;
	size_t i = 0, n;

	while (i < sb->len && (n = utf8_len((unsigned char *)sb->buf + i, sb->len - i)))
		i += n;
	if (i == sb->len)
		return;
	for (i = 0; i < sb->len; i += n ? n : 1) {
		n = utf8_len((unsigned char *)sb->buf + i, sb->len - i);
		if (n)
			strbuf_add(&clean, sb->buf + i, n);
		else
			strbuf_addstr(&clean, "\xef\xbf\xbd");
	}
	strbuf_release(sb);
	*sb = clean;
}

/* Control characters are escaped as in JSON, so that an alert stays one line. */
static void add_escaped(struct strbuf *out, struct strbuf *text)
{
	json_t *s = json_text(text);
	cleanup_free char *quoted = json_dumps(s, JSON_ENCODE_ANY);

	json_decref(s);
	if (quoted)
		strbuf_add(out, quoted + 1, strlen(quoted) - 2);
}

static json_t *alert_time(int64_t ns)
{
	time_t sec = (time_t)(ns / 1000000000);
	char text[64];
	struct tm tm;
	size_t n;

	gmtime_r(&sec, &tm);
	n = strftime(text, sizeof(text), "%FT%T", &tm);
	snprintf(text + n, sizeof(text) - n, ".%09lldZ", (long long)(ns % 1000000000));
	return json_string(text);
}

static json_t *alert_tags(const struct strvec *tags)
{
	json_t *a = json_array();

	for (size_t i = 0; i < tags->n; i++)
		json_array_append_new(a, json_string(tags->v[i]));
	return a;
}

/* A field that is not the whole of its format has no value, as in Falco. */
static json_t *extra_value(const struct field_ctx *ctx, struct format_extra *x)
{
	cleanup_strbuf struct strbuf text = STRBUF_INIT;
	struct format *f = &x->format;

	if (x->raw)
		return f->n == 1 && f->v[0].is_field && !strcmp(f->v[0].text, x->key)
			       ? json_of(ctx, &f->v[0])
			       : json_null();
	format_text(ctx, f, &text);
	return json_text(&text);
}

static void alert_json(const struct field_ctx *ctx, const struct alert_opts *opts,
		       const struct rule *rule, struct format *prefix, struct rule_format *message,
		       struct strbuf *whole, struct strbuf *text, struct strbuf *out)
{
	json_t *o = json_object();
	cleanup_free char *dump = NULL;

	json_object_set_new(o, "time",
			    alert_time((int64_t)ctx->view->ev->ts + ctx->epoch_offset_ns));
	json_object_set_new(o, "rule", json_string(rule->name));
	json_object_set_new(o, "priority", json_string(rule_priority_names[rule->priority]));
	json_object_set_new(o, "source", json_string(rule->source));
	json_object_set_new(o, "hostname", json_string(opts->hostname ? opts->hostname : ""));
	if (opts->include_output)
		json_object_set_new(o, "output", json_text(whole));
	if (opts->include_message)
		json_object_set_new(o, "message", json_text(text));
	if (opts->include_tags)
		json_object_set_new(o, "tags", alert_tags(&rule->tags));
	if (opts->include_output_fields) {
		json_t *fields = json_object();

		format_fields(ctx, &message->output, fields);
		format_fields(ctx, prefix, fields);
		for (size_t i = 0; i < message->n_extras; i++)
			json_object_set_new(fields, message->extras[i].key,
					    extra_value(ctx, &message->extras[i]));
		json_object_set_new(o, "output_fields", fields);
	}
	dump = json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS);
	if (dump)
		strbuf_addstr(out, dump);
	json_decref(o);
}

void alert_line(const struct field_ctx *ctx, const struct alert_opts *opts, const struct rule *rule,
		struct format *prefix, struct rule_format *message, struct strbuf *out)
{
	cleanup_strbuf struct strbuf whole = STRBUF_INIT, text = STRBUF_INIT;

	format_text(ctx, &message->output, &text);
	format_text(ctx, prefix, &whole);
	strbuf_addf(&whole, ": %s ", rule_priority_names[rule->priority]);
	strbuf_add(&whole, text.buf, text.len);
	if (opts->json)
		alert_json(ctx, opts, rule, prefix, message, &whole, &text, out);
	else
		add_escaped(out, &whole);
	strbuf_addch(out, '\n');
}
