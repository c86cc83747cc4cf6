/* SPDX-License-Identifier: Apache-2.0 */
#include "report/doc.h"

#include "base/mem.h"
#include "report/escape.h"

#include <string.h>

/* <tag>text</tag> */
static void element(struct strbuf *out, const char *tag, const char *attr, const char *text)
{
	strbuf_addf(out, "<%s%s>", tag, attr);
	escape_html(out, text);
	strbuf_addf(out, "</%s>", tag);
}

/* ---- headings, which can be linked to ---- */

#define CONTENTS_MIN 4 /* headings of the second level that are worth a list of links */

/* "Drop rate against set size" -> "drop-rate-against-set-size". */
static void slug(const char *text, struct strbuf *out)
{
	for (; *text; text++) {
		bool word = (*text >= 'a' && *text <= 'z') || (*text >= '0' && *text <= '9');

		if (*text >= 'A' && *text <= 'Z')
			strbuf_addch(out, (char)(*text - 'A' + 'a'));
		else if (word)
			strbuf_addch(out, *text);
		else if (out->len && out->buf[out->len - 1] != '-')
			strbuf_addch(out, '-');
	}
	while (out->len && out->buf[out->len - 1] == '-')
		strbuf_setlen(out, out->len - 1);
	if (!out->len)
		strbuf_addstr(out, "section");
}

/* An id of each heading, of the whole document; other blocks have an empty one. */
static void make_ids(const struct doc *d, struct strvec *ids)
{
	for (size_t i = 0; i < d->n; i++) {
		struct strbuf id cleanup_strbuf = STRBUF_INIT;
		size_t len, n = 1;

		if (d->v[i].kind == DOC_HEADING)
			slug(d->v[i].text, &id);
		len = id.len;
		while (len && strvec_has(ids, id.buf)) {
			strbuf_setlen(&id, len);
			strbuf_addf(&id, "-%zu", ++n);
		}
		strvec_push(ids, id.buf);
	}
}

static void heading(const struct doc_block *b, const char *id, struct strbuf *out)
{
	char tag[] = {'h', (char)('0' + (b->level > 6 ? 6 : b->level)), '\0'};
	char *attr cleanup_free = xasprintf(" id=\"%s\"", id);

	element(out, tag, attr, b->text);
	strbuf_addch(out, '\n');
}

static void contents(const struct doc *d, const struct strvec *ids, struct strbuf *out)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++)
		n += d->v[i].kind == DOC_HEADING && d->v[i].level == 2;
	if (n < CONTENTS_MIN)
		return;
	strbuf_addstr(out, "<nav aria-label=\"Contents\"><ul>\n");
	for (size_t i = 0; i < d->n; i++) {
		if (d->v[i].kind != DOC_HEADING || d->v[i].level != 2)
			continue;
		strbuf_addf(out, "<li><a href=\"#%s\">", ids->v[i]);
		escape_html(out, d->v[i].text);
		strbuf_addstr(out, "</a></li>\n");
	}
	strbuf_addstr(out, "</ul></nav>\n");
}

static void para(const struct doc_block *b, struct strbuf *out)
{
	element(out, "p", b->level ? " class=\"lead\"" : "", b->text);
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

/* above: the heading above it, which names it where it has no caption of its own. */
static void table(const struct doc_block *b, const char *above, struct strbuf *out)
{
	const char *caption = b->text ? b->text : above;

	/* Wide tables scroll by themselves, by keyboard too. */
	strbuf_addstr(out, "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"");
	escape_html(out, caption);
	strbuf_addstr(out, "\"><table>\n");
	element(out, "caption", strcmp(caption, above) ? "" : " class=\"unseen\"", caption);
	strbuf_addch(out, '\n');
	for (size_t i = 0; i + b->n_cols <= b->items.n; i += b->n_cols) {
		strbuf_addstr(out, !i ? "<thead><tr>" : i == b->n_cols ? "<tbody>\n<tr>" : "<tr>");
		for (size_t c = 0; c < b->n_cols; c++) {
			bool head = !i || c == b->row_head;

			strbuf_addstr(out, !i	  ? "<th scope=\"col\""
					   : head ? "<th scope=\"row\""
						  : "<td");
			strbuf_addstr(out, b->right[c] ? " class=\"num\">" : ">");
			escape_html(out, b->items.v[i + c]);
			strbuf_addstr(out, head ? "</th>" : "</td>");
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
	strbuf_addf(out, "<figure><div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"");
	escape_html(out, b->text ? b->text : "figure");
	strbuf_addf(out, "\">%s</div>", b->body);
	if (b->text)
		element(out, "figcaption", "", b->text);
	strbuf_addstr(out, "</figure>\n");
}

static bool is_small(const struct doc *d, size_t i)
{
	return i < d->n && d->v[i].kind == DOC_SVG && d->v[i].level == 1;
}

void doc_html(const struct doc *d, struct strbuf *out)
{
	static void (*const render[])(const struct doc_block *, struct strbuf *) = {
		[DOC_PARA] = para, [DOC_LIST] = list, [DOC_FACTS] = facts,
		[DOC_CODE] = code, [DOC_SVG] = svg,
	};
	const char *above = "Table";
	struct strvec ids cleanup_strvec = STRVEC_INIT;
	bool listed = false;

	make_ids(d, &ids);
	for (size_t i = 0; i < d->n; i++) {
		if (is_small(d, i) && (!i || !is_small(d, i - 1)))
			strbuf_addstr(out, "<div class=\"pair\">\n");
		if (d->v[i].kind == DOC_HEADING) {
			above = d->v[i].text;
			heading(&d->v[i], ids.v[i], out);
		} else if (d->v[i].kind == DOC_TABLE) {
			table(&d->v[i], above, out);
		} else {
			render[d->v[i].kind](&d->v[i], out);
		}
		if (is_small(d, i) && !is_small(d, i + 1))
			strbuf_addstr(out, "</div>\n");
		if (!listed && d->v[i].kind == DOC_HEADING && d->v[i].level == 1) {
			contents(d, &ids, out);
			listed = true;
		}
	}
}
