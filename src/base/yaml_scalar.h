/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Characters and scalars for base/yaml_scan.c.
 */
#ifndef FT_BASE_YAML_SCALAR_H
#define FT_BASE_YAML_SCALAR_H

#include "base/yaml_scan.h"

bool scan_end(const struct yaml_scan *s);
char scan_at(const struct yaml_scan *s, size_t ahead); /* NUL beyond the end */
void scan_eat(struct yaml_scan *s, size_t n);
bool scan_is_blank(const struct yaml_scan *s, size_t ahead);
bool scan_is_blank_before(const struct yaml_scan *s);
size_t scan_break(const struct yaml_scan *s, size_t ahead); /* bytes of a line end, 0 none */
bool scan_is_one_of(const struct yaml_scan *s, size_t ahead, const char *set);
/* "---" or "..." with nothing close behind. */
bool scan_is_document(const struct yaml_scan *s, char c);
bool scan_is_block_entry(const struct yaml_scan *s);
bool scan_is_value(const struct yaml_scan *s);
bool scan_is_plain(const struct yaml_scan *s);
bool scan_eat_tag(struct yaml_scan *s); /* false: malformed */

/* Read a scalar into s->scalar. They return NULL, or what is wrong (static). */
const char *scan_block_scalar(struct yaml_scan *s, int top_indent);
const char *scan_quoted_scalar(struct yaml_scan *s);
/* *new_line: ended by a line that is indented less. */
const char *scan_plain_scalar(struct yaml_scan *s, int indent, bool *new_line);

#endif
