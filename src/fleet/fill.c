/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/fill.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <string.h>

#define NAME_CHARS "abcdefghijklmnopqrstuvwxyz_"

void fill_set(struct fill *f, const char *name, enum fill_kind kind, const char *value)
{
	ALLOC_GROW(f->v, f->n, f->alloc);
	f->v[f->n++] = (struct fill_value){
		.name = name, .kind = kind, .value = value ? xstrdup(value) : NULL};
}

void fill_release(struct fill *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->v[i].value);
	free(f->v);
	*f = (struct fill){0};
}

static const struct fill_value *find(const struct fill *f, const char *name, size_t len)
{
	for (size_t i = 0; i < f->n; i++)
		if (!strncmp(f->v[i].name, name, len) && !f->v[i].name[len])
			return &f->v[i];
	return NULL;
}

/* JSON strings are YAML scalars. */
void fill_quote(const char *s, struct strbuf *out)
{
	json_t *j = utf8_json(s);
	char *text cleanup_free = json_dumps(j, JSON_ENCODE_ANY);

	strbuf_addstr(out, text ? text : "\"\"");
	json_decref(j);
}

void fill_quote_ansible(const char *s, struct strbuf *out)
{
	if (strstr(s, "{{") || strstr(s, "{%") || strstr(s, "{#"))
		strbuf_addstr(out, "!unsafe ");
	fill_quote(s, out);
}

static void add_block(const char *text, size_t indent, struct strbuf *out)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		if (n)
			strbuf_addf(out, "%*s%.*s", (int)indent, "", (int)n, text);
		strbuf_addch(out, '\n');
		text += n + (text[n] != '\0');
	}
}

static void add_value(const struct fill_value *v, bool comment, struct strbuf *out)
{
	if (v->kind == FILL_TEXT && !comment)
		fill_quote(v->value, out);
	else
		utf8_add_clean(out, v->value, "");
}

/* Length of a place at p, "@name@", or 0. */
static size_t place_len(const char *p, const char *end)
{
	size_t n;

	if (p >= end || *p != '@')
		return 0;
	n = strspn(p + 1, NAME_CHARS);
	return n && p + 1 + n < end && p[1 + n] == '@' ? n + 2 : 0;
}

static int fill_line(const struct fill *f, const char *file, size_t line, const char *p,
		     const char *end, struct strbuf *out, struct error *err)
{
	size_t indent = strspn(p, " "), len;
	bool comment = p[indent] == '#';

	while (p < end) {
		const struct fill_value *v;

		len = place_len(p, end);
		if (!len) {
			strbuf_addch(out, *p++);
			continue;
		}
		v = find(f, p + 1, len - 2);
		if (!v || !v->value)
			return error_internal(err, "%s:%zu: no value for %.*s", file, line,
					      (int)len, p);
		p += len;
		if (v->kind != FILL_BLOCK) {
			add_value(v, comment, out);
			continue;
		}
		strbuf_setlen(out, out->len - indent);
		add_block(v->value, indent, out);
		return 0;
	}
	strbuf_addch(out, '\n');
	return 0;
}

int fill_template(const struct fill *f, const char *file, const char *text, struct strbuf *out,
		  struct error *err)
{
	bool keep = true;

	for (size_t line = 1; *text; line++) {
		const char *end = text + strcspn(text, "\n"), *p = text + strspn(text, " ");

		if (!strncmp(p, "#@if ", 5)) {
			const struct fill_value *v = find(f, p + 5, (size_t)(end - p) - 5);

			keep = v && v->value;
		} else if (!strncmp(p, "#@end", 5)) {
			keep = true;
		} else if (keep && fill_line(f, file, line, text, end, out, err)) {
			return -1;
		}
		text = end + (*end != '\0');
	}
	return 0;
}
