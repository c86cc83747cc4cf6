/* SPDX-License-Identifier: Apache-2.0 */
#include "report/doc.h"

#include "report/escape.h"

/* <tag>text</tag> */
static void element(struct strbuf *out, const char *tag, const char *attr, const char *text)
{
	strbuf_addf(out, "<%s%s>", tag, attr);
	escape_html(out, text);
	strbuf_addf(out, "</%s>", tag);
}

static void heading(const struct doc_block *b, struct strbuf *out)
{
	char tag[] = {'h', (char)('0' + (b->level > 6 ? 6 : b->level)), '\0'};

	element(out, tag, "", b->text);
	strbuf_addch(out, '\n');
}

static void para(const struct doc_block *b, struct strbuf *out)
{
	element(out, "p", "", b->text);
	strbuf_addch(out, '\n');
}

static void list(const struct doc_block *b, struct strbuf *out)
{
	strbuf_addstr(out, "<ul>\n");
	for (size_t i = 0; i < b->items.n; i++) {
		element(out, "li", "", b->items.v[i]);
		strbuf_addch(out, '\n');
	}
	strbuf_addstr(out, "</ul>\n");
}

static void facts(const struct doc_block *b, struct strbuf *out)
{
	strbuf_addstr(out, "<dl>\n");
	for (size_t i = 0; i + 1 < b->items.n; i += 2) {
		element(out, "dt", "", b->items.v[i]);
		element(out, "dd", "", b->items.v[i + 1]);
		strbuf_addch(out, '\n');
	}
	strbuf_addstr(out, "</dl>\n");
}

static void table(const struct doc_block *b, struct strbuf *out)
{
	/* Wide tables scroll by themselves, by keyboard too. */
	strbuf_addstr(out, "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"");
	escape_html(out, b->text ? b->text : "table");
	strbuf_addstr(out, "\"><table>\n");
	if (b->text) {
		element(out, "caption", "", b->text);
		strbuf_addch(out, '\n');
	}
	for (size_t i = 0; i + b->n_cols <= b->items.n; i += b->n_cols) {
		strbuf_addstr(out, !i ? "<thead><tr>" : i == b->n_cols ? "<tbody>\n<tr>" : "<tr>");
		for (size_t c = 0; c < b->n_cols; c++) {
			const char *class = b->right[c] ? " class=\"num\"" : "";

			if (!i)
				strbuf_addstr(out, "<th scope=\"col\"");
			else
				strbuf_addstr(out, "<td");
			strbuf_addf(out, "%s>", class);
			escape_html(out, b->items.v[i + c]);
			strbuf_addstr(out, i ? "</td>" : "</th>");
		}
		strbuf_addstr(out, !i ? "</tr></thead>\n" : "</tr>\n");
	}
	if (b->items.n > b->n_cols)
		strbuf_addstr(out, "</tbody>");
	strbuf_addstr(out, "</table></div>\n");
}

static void code(const struct doc_block *b, struct strbuf *out)
{
	strbuf_addstr(out, "<figure>");
	if (b->text)
		element(out, "figcaption", "", b->text);
	element(out, "pre", " tabindex=\"0\"", b->body);
	strbuf_addstr(out, "</figure>\n");
}

static void svg(const struct doc_block *b, struct strbuf *out)
{
	element(out, "h2", "", b->text);
	strbuf_addf(out, "\n<div class=\"wide\">%s</div>\n", b->body);
}

void doc_html(const struct doc *d, struct strbuf *out)
{
	static void (*const render[])(const struct doc_block *, struct strbuf *) = {
		[DOC_HEADING] = heading, [DOC_PARA] = para, [DOC_LIST] = list, [DOC_FACTS] = facts,
		[DOC_TABLE] = table,	 [DOC_CODE] = code, [DOC_SVG] = svg,
	};

	for (size_t i = 0; i < d->n; i++)
		render[d->v[i].kind](&d->v[i], out);
}
