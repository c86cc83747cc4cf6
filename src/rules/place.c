/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From an offset in a condition back to the line and column of the rules file.
 *
 * YAML folds line breaks and drops indentation, but keeps the other characters in their order. So a
 * value is matched with the file by its characters that are not white space; escapes of quoted
 * scalars are read as they are written. Where the two disagree, the node's own place is used.
 */
#include "rules/loader.h"

#include "base/mem.h"

#include <string.h>

struct src src_of(const struct loader *ld, const struct yaml_node *n)
{
	return (struct src){.file = ld->file,
			    .line = (uint32_t)n->line,
			    .col = (uint32_t)n->col,
			    .scalar = n->kind == YAML_SCALAR};
}

/* Reading position in a file. */
struct walker {
	const char *p, *end;
	uint32_t line, col;
};

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void step(struct walker *w)
{
	char c = *w->p++;

	if (c == '\n') {
		w->line++;
		w->col = 1;
	} else if (w->p == w->end || (*w->p & 0xc0) != 0x80) {
		w->col++; /* once a character, at its last byte */
	}
}

static void skip_space(struct walker *w)
{
	while (w->p < w->end && is_space(*w->p))
		step(w);
}

static struct walker walk_to(struct ruleset_private *priv, struct src at)
{
	const struct loaded_file *f = &priv->files[at.file];
	struct walker w = {.p = f->text, .end = f->text + f->len, .line = 1, .col = 1};

	if (priv->line_memo.at && priv->line_memo.file == at.file &&
	    priv->line_memo.line <= at.line) {
		w.p = priv->line_memo.at;
		w.line = priv->line_memo.line;
	}
	while (w.line < at.line) {
		const char *nl = memchr(w.p, '\n', (size_t)(w.end - w.p));

		if (!nl)
			break;
		w.p = nl + 1;
		w.line++;
	}
	priv->line_memo.at = w.p;
	priv->line_memo.file = at.file;
	priv->line_memo.line = w.line;
	while (w.p < w.end && w.line == at.line && w.col < at.col)
		step(&w);
	return w;
}

/* Skip tags and anchors in front of the scalar. */
static void skip_properties(struct walker *w)
{
	while (w->p < w->end && (*w->p == '!' || *w->p == '&')) {
		while (w->p < w->end && !is_space(*w->p))
			step(w);
		skip_space(w);
	}
}

/* One character of a double-quoted scalar that is not white space; 0 for an escape that stands for
 * white space or cannot be followed. */
static char read_escape(struct walker *w)
{
	char c;

	step(w); /* the backslash */
	if (w->p == w->end)
		return 0;
	c = *w->p;
	step(w);
	return c == '"' || c == '\\' || c == '/' ? c : 0;
}

/* Walk `count` characters (not white space) of a scalar; true when the walker then stands at the
 * wanted one. `wanted` is that character. */
static bool walk_value(struct walker *w, char style, size_t count, char wanted)
{
	for (size_t seen = 0; w->p < w->end;) {
		struct walker before;
		char c;

		skip_space(w);
		before = *w;
		if (w->p == w->end)
			return false;
		c = *w->p;
		if (style == '"' && c == '\\') {
			c = read_escape(w);
			if (!c)
				continue;
		} else if (style == '\'' && c == '\'') {
			step(w);
			if (w->p == w->end || *w->p != '\'')
				return false;
			step(w);
		} else {
			step(w);
		}
		if (seen++ == count) {
			*w = before;
			return c == wanted;
		}
	}
	return false;
}

/* Behind the quote or the header line that a scalar begins with; returns its style. */
static char enter_scalar(struct walker *w)
{
	char style;

	skip_properties(w);
	style = w->p < w->end ? *w->p : '\0';
	if (style == '|' || style == '>') {
		while (w->p < w->end && *w->p != '\n')
			step(w);
	} else if (style == '"' || style == '\'') {
		step(w);
	}
	return style;
}

/* Go on where the last search ended, if it was in front of offset in the same value, or begin anew.
 * Returns the offset that *w stands at. */
static size_t begin_walk(struct ruleset_private *priv, struct src node, const char *value,
			 size_t offset, struct walker *w, char *style)
{
	const struct loaded_file *f = &priv->files[node.file];
	const struct place_memo *m = &priv->place;

	if (m->value == value && m->offset <= offset) {
		*w = (struct walker){m->at, f->text + f->len, m->line, m->col};
		*style = m->style;
		return m->offset;
	}
	*w = walk_to(priv, node);
	*style = enter_scalar(w);
	return 0;
}

static void remember(struct place_memo *m, const char *value, size_t offset, const struct walker *w,
		     char style)
{
	if (!m->text)
		return;
	m->value = value;
	m->offset = offset;
	m->at = w->p;
	m->line = w->line;
	m->col = w->col;
	m->style = style;
}

void place_forget(struct place_memo *m)
{
	free(m->origin);
	*m = (struct place_memo){0};
}

/* The place of value[offset] in the file, where node is the scalar with that value; at or behind
 * the end: the place behind the last character. */
static struct src inside(struct ruleset_private *priv, struct src node, const char *value,
			 size_t offset)
{
	size_t count = 0, end = strlen(value), from;
	struct walker w;
	bool behind;
	char style;

	while (end && is_space(value[end - 1]))
		end--;
	if (!end)
		return node;
	behind = offset >= end;
	if (behind)
		offset = end - 1;
	while (is_space(value[offset]))
		offset++;
	from = begin_walk(priv, node, value, offset, &w, &style);
	for (size_t i = from; i < offset; i++)
		count += !is_space(value[i]);
	if (!walk_value(&w, style, count, value[offset]))
		return node;
	remember(&priv->place, value, offset, &w, style);
	if (behind && w.p < w.end)
		step(&w);
	node.line = w.line;
	node.col = w.col;
	return node;
}

void pieces_set(struct pieces *p, struct src src)
{
	p->n = 0;
	pieces_add(p, 0, src);
}

void pieces_add(struct pieces *p, size_t start, struct src src)
{
	if (p->n >= p->alloc) {
		p->alloc = p->alloc ? p->alloc * 2 : 1;
		p->v = xrealloc(p->v, p->alloc, sizeof(*p->v));
	}
	p->v[p->n++] = (struct piece){.start = (uint32_t)start, .src = src};
}

void pieces_copy(struct pieces *dst, const struct pieces *src, size_t shift)
{
	for (uint32_t i = 0; i < src->n; i++)
		pieces_add(dst, src->v[i].start + shift, src->v[i].src);
}

void pieces_release(struct pieces *p)
{
	free(p->v);
	*p = (struct pieces){0};
}

struct src pieces_find(struct ruleset_private *priv, const struct pieces *p, const char *text,
		       size_t offset)
{
	const struct piece *best = &p->v[0];
	size_t len = strlen(text);

	for (uint32_t i = 0; i < p->n && p->v[i].start <= offset; i++)
		best = &p->v[i];
	if (!best->src.scalar)
		return best->src;
	offset = offset > len ? len : offset;
	if (offset < best->start)
		return best->src;
	return inside(priv, best->src, text + best->start, offset - best->start);
}
