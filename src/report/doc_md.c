/* SPDX-License-Identifier: Apache-2.0 */
#include "report/doc.h"

#include "report/escape.h"

#include <string.h>

static void heading(const struct doc_block *b, struct strbuf *out)
{
	for (int i = 0; i < b->level; i++)
		strbuf_addch(out, '#');
	strbuf_addch(out, ' ');
	escape_md(out, b->text);
	strbuf_addch(out, '\n');
}

static void para(const struct doc_block *b, struct strbuf *out)
{
	escape_md(out, b->text);
	strbuf_addch(out, '\n');
}

static void list(const struct doc_block *b, struct strbuf *out)
{
	for (size_t i = 0; i < b->items.n; i++) {
		strbuf_addstr(out, "- ");
		escape_md(out, b->items.v[i]);
		strbuf_addch(out, '\n');
	}
}

static void facts(const struct doc_block *b, struct strbuf *out)
{
	for (size_t i = 0; i + 1 < b->items.n; i += 2) {
		strbuf_addstr(out, "- **");
		escape_md(out, b->items.v[i]);
		strbuf_addstr(out, ":** ");
		escape_md(out, b->items.v[i + 1]);
		strbuf_addch(out, '\n');
	}
}

static void table(const struct doc_block *b, struct strbuf *out)
{
	for (size_t i = 0; i + b->n_cols <= b->items.n; i += b->n_cols) {
		for (size_t c = 0; c < b->n_cols; c++) {
			strbuf_addstr(out, c ? " | " : "| ");
			escape_md(out, b->items.v[i + c]);
		}
		strbuf_addstr(out, " |\n");
		for (size_t c = 0; !i && c < b->n_cols; c++)
			strbuf_addstr(out, b->right[c] ? "| ---: " : "| --- ");
		if (!i)
			strbuf_addstr(out, "|\n");
	}
}

/* A fence longer than any run of backticks inside. */
static void code(const struct doc_block *b, struct strbuf *out)
{
	size_t run = 0, most = 2;

	for (const char *p = b->body; *p; p++) {
		run = *p == '`' ? run + 1 : 0;
		most = run > most ? run : most;
	}
	if (b->text) {
		escape_md(out, b->text);
		strbuf_addstr(out, ":\n\n");
	}
	for (size_t i = 0; i <= most; i++)
		strbuf_addch(out, '`');
	strbuf_addch(out, '\n');
	escape_lines(out, b->body);
	if (!out->len || out->buf[out->len - 1] != '\n')
		strbuf_addch(out, '\n');
	for (size_t i = 0; i <= most; i++)
		strbuf_addch(out, '`');
	strbuf_addch(out, '\n');
}

void doc_md(const struct doc *d, struct strbuf *out)
{
	static void (*const render[])(const struct doc_block *, struct strbuf *) = {
		[DOC_HEADING] = heading, [DOC_PARA] = para, [DOC_LIST] = list, [DOC_FACTS] = facts,
		[DOC_TABLE] = table,	 [DOC_CODE] = code, [DOC_SVG] = NULL,
	};

	for (size_t i = 0; i < d->n; i++) {
		if (!render[d->v[i].kind])
			continue;
		if (i)
			strbuf_addch(out, '\n');
		render[d->v[i].kind](&d->v[i], out);
	}
}
