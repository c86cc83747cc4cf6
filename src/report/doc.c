/* SPDX-License-Identifier: Apache-2.0 */
#include "report/doc.h"

#include "base/mem.h"

static struct doc_block *add(struct doc *d, enum doc_kind kind, const char *text)
{
	ALLOC_GROW(d->v, d->n, d->alloc);
	d->v[d->n] = (struct doc_block){.kind = kind, .text = text ? xstrdup(text) : NULL};
	return &d->v[d->n++];
}

void doc_release(struct doc *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->v[i].text);
		free(d->v[i].body);
		free(d->v[i].right);
		strvec_release(&d->v[i].items);
	}
	free(d->v);
	*d = (struct doc)DOC_INIT;
}

void doc_heading(struct doc *d, int level, const char *text)
{
	add(d, DOC_HEADING, text)->level = level;
}

static void para(struct doc *d, int level, const char *fmt, va_list ap)
{
	struct strbuf sb = STRBUF_INIT;
	struct doc_block *b = add(d, DOC_PARA, NULL);

	strbuf_vaddf(&sb, fmt, ap);
	b->text = strbuf_detach(&sb);
	b->level = level;
}

void doc_para(struct doc *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	para(d, 0, fmt, ap);
	va_end(ap);
}

void doc_leadf(struct doc *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	para(d, 1, fmt, ap);
	va_end(ap);
}

void doc_lead(struct doc *d, const char *text)
{
	add(d, DOC_PARA, text)->level = 1;
}

struct strvec *doc_list(struct doc *d)
{
	return &add(d, DOC_LIST, NULL)->items;
}

struct strvec *doc_facts(struct doc *d)
{
	return &add(d, DOC_FACTS, NULL)->items;
}

struct strvec *doc_table(struct doc *d, const char *caption, size_t n_cols, const bool *right)
{
	struct doc_block *b = add(d, DOC_TABLE, caption);

	b->n_cols = n_cols;
	b->right = xcalloc(n_cols, sizeof(*right));
	for (size_t i = 0; i < n_cols; i++)
		b->right[i] = right[i];
	return &b->items;
}

struct strvec *doc_table_head(struct doc *d, const char *caption, const char *const *head,
			      size_t n_cols, const bool *right)
{
	struct strvec *cells = doc_table(d, caption, n_cols, right);

	for (size_t i = 0; i < n_cols; i++)
		strvec_push(cells, head[i]);
	return cells;
}

void doc_code(struct doc *d, const char *label, const char *body)
{
	add(d, DOC_CODE, label)->body = xstrdup(body);
}

const char *doc_known(const char *s)
{
	return s && *s ? s : "unknown";
}

static void figure(struct doc *d, const char *caption, char *svg, int level)
{
	struct doc_block *b;

	if (!svg)
		return;
	b = add(d, DOC_SVG, caption);
	b->body = svg;
	b->level = level;
}

void doc_figure(struct doc *d, const char *caption, char *svg)
{
	figure(d, caption, svg, 0);
}

void doc_figure_small(struct doc *d, const char *caption, char *svg)
{
	figure(d, caption, svg, 1);
}

void doc_row_head(struct doc *d, size_t column)
{
	d->v[d->n - 1].row_head = column;
}

void doc_append(struct doc *d, struct doc *src, int deeper)
{
	for (size_t i = 0; i < src->n; i++) {
		ALLOC_GROW(d->v, d->n, d->alloc);
		d->v[d->n] = src->v[i];
		if (d->v[d->n].kind == DOC_HEADING)
			d->v[d->n].level += deeper;
		d->n++;
	}
	src->n = 0;
	doc_release(src);
}
