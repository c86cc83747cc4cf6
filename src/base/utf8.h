/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text from outside that is to be printed: only valid UTF-8 without control characters passes.
 */
#ifndef FT_BASE_UTF8_H
#define FT_BASE_UTF8_H

#include "base/strbuf.h"

#include <jansson.h>
#include <stddef.h>

/* Bytes of the valid, printable UTF-8 character at s; 0 when there is none (control characters,
 * marks that turn the direction of what follows, and the end of the string too). */
size_t utf8_printable_len(const char *s);
/* Append s with each byte that belongs to no such character, and is not one of keep, as U+FFFD. */
void utf8_add_clean(struct strbuf *sb, const char *s, const char *keep);

/* A JSON string of s as utf8_add_clean would write it, but with line ends and tabs; null for NULL.
 * JSON knows no other text. */
json_t *utf8_json(const char *s);
/* The same for each entry, as an array. */
/* The same text in double quotes, for JSON and for YAML; appended. */
void utf8_add_quoted(struct strbuf *sb, const char *s);
json_t *utf8_json_list(const struct strvec *list);
/* The same for a document that is read again: what is valid UTF-8 stays as it is. */
json_t *utf8_json_exact(const char *s);
json_t *utf8_json_exact_list(const struct strvec *list);

#endif
