/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Characters and scalars for base/yaml_scan.c.
 */
#ifndef FT_BASE_YAML_SCALAR_H
#define FT_BASE_YAML_SCALAR_H

#include "base/yaml_scan.h"

static inline bool scan_ends(const struct yaml_scan *s, size_t ahead)
{
	return s->at.pos + ahead >= s->len;
}

static inline bool scan_end(const struct yaml_scan *s)
{
	return scan_ends(s, 0);
}

/* NUL beyond the end. */
static inline char scan_at(const struct yaml_scan *s, size_t ahead)
{
	return scan_ends(s, ahead) ? '\0' : s->text[s->at.pos + ahead];
}

static inline bool scan_is_blank(const struct yaml_scan *s, size_t ahead)
{
	char c = scan_at(s, ahead);

	return c == ' ' || c == '\t';
}

/* Bytes of a line end, 0 none. */
static inline size_t scan_break(const struct yaml_scan *s, size_t ahead)
{
	char c = scan_at(s, ahead);

	if (c == '\n')
		return 1;
	if (c != '\r')
		return 0;
	return scan_at(s, ahead + 1) == '\n' ? 2 : 1;
}

/* Nothing, white space or a line end stands there. */
static inline bool scan_is_gap(const struct yaml_scan *s, size_t ahead)
{
	return scan_ends(s, ahead) || scan_is_blank(s, ahead) || scan_break(s, ahead);
}

/* Go on by n bytes of the text, which have no line end among them. */
static inline void scan_skip(struct yaml_scan *s, size_t n)
{
	s->at.pos += (uint32_t)n;
	s->at.col += (uint32_t)n;
}

void scan_eat(struct yaml_scan *s, size_t n);	     /* any n bytes, not beyond the end */
size_t scan_rest_of_line(const struct yaml_scan *s); /* bytes */
bool scan_is_blank_before(const struct yaml_scan *s);
bool scan_is_one_of(const struct yaml_scan *s, size_t ahead, const char *set);
/* "---" or "..." with nothing close behind. */
bool scan_is_document(const struct yaml_scan *s, char c);
bool scan_is_block_entry(const struct yaml_scan *s);
bool scan_is_value(const struct yaml_scan *s);
bool scan_is_plain(const struct yaml_scan *s);
bool scan_eat_tag(struct yaml_scan *s); /* false: malformed */

/* The usual plain scalar, which ends in the line where it begins: its length, 0 when it takes
 * scan_plain_scalar(). s then stands behind it, or, with *new_line, at the first byte of a next
 * line that is indented less. */
size_t scan_short_scalar(struct yaml_scan *s, int indent, bool *new_line);
/* Read a scalar into s->scalar. They return NULL, or what is wrong (static). */
const char *scan_block_scalar(struct yaml_scan *s, int top_indent);
const char *scan_quoted_scalar(struct yaml_scan *s);
/* *new_line: ended by a line that is indented less. */
const char *scan_plain_scalar(struct yaml_scan *s, int indent, bool *new_line);

#endif
