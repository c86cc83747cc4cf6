/* SPDX-License-Identifier: Apache-2.0 */
#include "report/doc.h"

#include "base/mem.h"
#include "report/escape.h"

#include <string.h>

#define WRAP 96

static void pad(struct strbuf *out, size_t n)
{
	while (n--)
		strbuf_addch(out, ' ');
}

/* Words of s from column `at`, broken before WRAP; further lines begin at column `indent`. */
static void wrap(struct strbuf *out, const char *s, size_t at, size_t indent)
{
	struct strbuf line cleanup_strbuf = STRBUF_INIT;

	escape_text(&line, s);
	for (const char *p = line.buf; *p;) {
		size_t len = strcspn(p, " "), width;
		char *word cleanup_free = xstrndup(p, len);

		width = escape_width(word);
		if (at > indent && at + 1 + width > WRAP) {
			strbuf_addch(out, '\n');
			pad(out, indent);
			at = indent;
		} else if (p > line.buf) {
			strbuf_addch(out, ' ');
			at++;
		}
		strbuf_addstr(out, word);
		at += width;
		p += len;
		p += *p == ' ';
	}
	strbuf_addch(out, '\n');
}

static void heading(const struct doc_block *b, struct strbuf *out)
{
	size_t at = out->len;

	escape_text(out, b->text);
	if (b->level == 1) {
		size_t width = escape_width(out->buf + at);

		strbuf_addch(out, '\n');
		while (width--)
			strbuf_addch(out, '=');
	}
	strbuf_addch(out, '\n');
}

static void list(const struct doc_block *b, struct strbuf *out)
{
	for (size_t i = 0; i < b->items.n; i++) {
		strbuf_addstr(out, "  - ");
		wrap(out, b->items.v[i], 4, 4);
	}
}

static void facts(const struct doc_block *b, struct strbuf *out)
{
	size_t width = 0;

	for (size_t i = 0; i + 1 < b->items.n; i += 2)
		if (escape_width(b->items.v[i]) > width)
			width = escape_width(b->items.v[i]);
	for (size_t i = 0; i + 1 < b->items.n; i += 2) {
		pad(out, 2);
		escape_text(out, b->items.v[i]);
		pad(out, width - escape_width(b->items.v[i]) + 2);
		wrap(out, b->items.v[i + 1], width + 4, width + 4);
	}
}

static void row(const struct doc_block *b, const struct strvec *cells, size_t first,
		const size_t *width, struct strbuf *out)
{
	for (size_t c = 0; c < b->n_cols; c++) {
		const char *cell = cells->v[first + c];
		size_t gap = width[c] - escape_width(cell);

		pad(out, c ? 2 : 0);
		if (b->right[c])
			pad(out, gap);
		strbuf_addstr(out, cell);
		if (!b->right[c] && c + 1 < b->n_cols)
			pad(out, gap);
	}
	while (out->len && out->buf[out->len - 1] == ' ')
		strbuf_setlen(out, out->len - 1);
	strbuf_addch(out, '\n');
}

static void table(const struct doc_block *b, struct strbuf *out)
{
	struct strvec cells cleanup_strvec = STRVEC_INIT;
	size_t *width cleanup_free = xcalloc(b->n_cols, sizeof(*width)), total = 0;

	for (size_t i = 0; i < b->items.n; i++) {
		struct strbuf cell = STRBUF_INIT;

		escape_text(&cell, b->items.v[i]);
		strvec_take(&cells, strbuf_detach(&cell));
		if (escape_width(cells.v[i]) > width[i % b->n_cols])
			width[i % b->n_cols] = escape_width(cells.v[i]);
	}
	/* The rule ends with the last column's head: notes may be long. */
	for (size_t c = 0; c + 1 < b->n_cols; c++)
		total += width[c] + 2;
	total += b->n_cols ? escape_width(cells.v[b->n_cols - 1]) : 0;
	for (size_t i = 0; i + b->n_cols <= cells.n; i += b->n_cols) {
		row(b, &cells, i, width, out);
		for (size_t k = 0; !i && k < total; k++)
			strbuf_addch(out, '-');
		if (!i)
			strbuf_addch(out, '\n');
	}
}

static void code(const struct doc_block *b, struct strbuf *out)
{
	struct strbuf body cleanup_strbuf = STRBUF_INIT;

	if (b->text) {
		escape_text(out, b->text);
		strbuf_addstr(out, ":\n");
	}
	escape_lines(&body, b->body);
	for (const char *p = body.buf; *p;) {
		size_t len = strcspn(p, "\n");

		pad(out, len ? 4 : 0);
		strbuf_add(out, p, len);
		strbuf_addch(out, '\n');
		p += len;
		p += *p == '\n';
	}
}

static void para(const struct doc_block *b, struct strbuf *out)
{
	wrap(out, b->text, 0, 0);
}

void doc_text(const struct doc *d, struct strbuf *out)
{
	static void (*const render[])(const struct doc_block *, struct strbuf *) = {
		[DOC_HEADING] = heading, [DOC_PARA] = para, [DOC_LIST] = list, [DOC_FACTS] = facts,
		[DOC_TABLE] = table,	 [DOC_CODE] = code, [DOC_SVG] = NULL,
	};

	for (size_t i = 0; i < d->n; i++) {
		if (!render[d->v[i].kind])
			continue;
		if (i && (d->v[i].kind == DOC_HEADING || d->v[i - 1].kind != DOC_HEADING))
			strbuf_addch(out, '\n');
		render[d->v[i].kind](&d->v[i], out);
	}
}
