/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A report as a list of blocks, built once and rendered as text, Markdown or HTML. Strings in it
 * are plain: each renderer escapes them for its format. A new section is a few calls here; a new
 * format is one more renderer.
 */
#ifndef FT_REPORT_DOC_H
#define FT_REPORT_DOC_H

#include "base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>

enum doc_kind {
	DOC_HEADING,
	DOC_PARA,
	DOC_LIST,  /* items */
	DOC_FACTS, /* items in pairs: name, value */
	DOC_TABLE, /* items row by row, the first row is the head */
	DOC_CODE,  /* to be pasted or read as it is */
	DOC_SVG,   /* a picture; HTML only */
};

struct doc_block {
	enum doc_kind kind;
	char *text;	     /* heading, paragraph, caption, label of the code; may be NULL */
	char *body;	     /* CODE: the text; SVG: markup, trusted */
	int level;	     /* HEADING: 1..; PARA: 1 for the answer; SVG: 1 for a small one */
	size_t row_head;     /* TABLE: the column that names the row */
	struct strvec items; /* LIST, FACTS, TABLE */
	size_t n_cols;	     /* TABLE */
	bool *right;	     /* TABLE: which columns are numbers; n_cols of them */
};

struct doc {
	struct doc_block *v;
	size_t n, alloc;
};

#define DOC_INIT                                                                                   \
	{                                                                                          \
		0                                                                                  \
	}
void doc_release(struct doc *d);
#define cleanup_doc __attribute__((cleanup(doc_release)))

void doc_heading(struct doc *d, int level, const char *text);
void doc_para(struct doc *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A paragraph that stands out: the answer. */
void doc_lead(struct doc *d, const char *text);
void doc_leadf(struct doc *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The items of a new block, to be filled before the next call on d. right is copied. */
struct strvec *doc_list(struct doc *d);
struct strvec *doc_facts(struct doc *d);
struct strvec *doc_table(struct doc *d, const char *caption, size_t n_cols, const bool *right);
/* The same with its first row. */
struct strvec *doc_table_head(struct doc *d, const char *caption, const char *const *head,
			      size_t n_cols, const bool *right);
/* Of the table that was begun last: the column that names each row (the first unless told). */
void doc_row_head(struct doc *d, size_t column);
void doc_code(struct doc *d, const char *label, const char *body);
/* A picture, which is taken; NULL: nothing. caption: text below it, or NULL. Small ones that follow
 * each other stand side by side where there is room. */
void doc_figure(struct doc *d, const char *caption, char *svg);
void doc_figure_small(struct doc *d, const char *caption, char *svg);
/* Move what src has to the end of d, its headings `deeper` levels down; src is empty afterwards. */
void doc_append(struct doc *d, struct doc *src, int deeper);

/* s, or "unknown" for NULL and "". */
const char *doc_known(const char *s);

/* Renderers; each appends. doc_html gives the content of <main> only: headings have ids, and where
 * there are many of the second level, links to them follow the first one. */
void doc_text(const struct doc *d, struct strbuf *out);
void doc_md(const struct doc *d, struct strbuf *out);
void doc_html(const struct doc *d, struct strbuf *out);

#endif
