/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text from outside (rules, logs, hosts, commands) into each format. Bytes that are no valid UTF-8,
 * and control characters, never pass: a log line must not steer a terminal.
 */
#ifndef FT_REPORT_ESCAPE_H
#define FT_REPORT_ESCAPE_H

#include "base/strbuf.h"

#include <stddef.h>

/* Bytes of the valid, printable UTF-8 character at s; 0 when there is none (control characters and
 * the end of the string too). */
size_t escape_char_len(const char *s);
/* One line for a terminal: what is not printable becomes \xNN, line ends become blanks. */
void escape_text(struct strbuf *sb, const char *s);
/* Element content and attribute values; what is not printable becomes U+FFFD. Line ends stay. */
void escape_html(struct strbuf *sb, const char *s);
/* Markdown inline text and table cells. */
void escape_md(struct strbuf *sb, const char *s);
/* One CSV field, quoted where RFC 4180 wants it. A leading = + - or @ gets an apostrophe in front,
 * because spreadsheets would take it for a formula. */
void escape_csv(struct strbuf *sb, const char *s);
/* Several lines for a terminal or a fenced block: line ends and tabs stay, the rest as
 * escape_text. */
void escape_lines(struct strbuf *sb, const char *s);
/* Columns on a terminal, counted as one a character. */
size_t escape_width(const char *s);

#endif
