/* SPDX-License-Identifier: Apache-2.0 */
#include "report/escape.h"

#include "base/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

size_t escape_char_len(const char *s)
{
	return utf8_printable_len(s);
}

static void text(struct strbuf *sb, const char *s, const char *keep)
{
	while (*s) {
		size_t n = escape_char_len(s);

		if (n)
			strbuf_add(sb, s, n);
		else if (strchr(keep, *s))
			strbuf_addch(sb, *s);
		else if (*s == '\n' || *s == '\r' || *s == '\t')
			strbuf_addch(sb, ' ');
		else
			strbuf_addf(sb, "\\x%02x", (unsigned char)*s);
		s += n ? n : 1;
	}
}

void escape_text(struct strbuf *sb, const char *s)
{
	text(sb, s, "");
}

void escape_lines(struct strbuf *sb, const char *s)
{
	text(sb, s, "\n\t");
}

void escape_html(struct strbuf *sb, const char *s)
{
	static const char *const names[256] = {['&'] = "&amp;",
					       ['<'] = "&lt;",
					       ['>'] = "&gt;",
					       ['"'] = "&quot;",
					       ['\''] = "&#39;"};

	while (*s) {
		size_t n = escape_char_len(s);

		if (names[(unsigned char)*s])
			strbuf_addstr(sb, names[(unsigned char)*s]);
		else if (n)
			strbuf_add(sb, s, n);
		else if (*s == '\n' || *s == '\t')
			strbuf_addch(sb, *s);
		else
			strbuf_addstr(sb, "\xef\xbf\xbd");
		s += n ? n : 1;
	}
}

void escape_md(struct strbuf *sb, const char *s)
{
	struct strbuf line cleanup_strbuf = STRBUF_INIT;

	escape_text(&line, s);
	for (const char *p = line.buf; *p; p++) {
		if (*p == '<' || *p == '>' || *p == '&')
			strbuf_addf(sb, "&#%d;", *p);
		else if (strchr("\\`*_[]|~#!", *p))
			strbuf_addf(sb, "\\%c", *p);
		else
			strbuf_addch(sb, *p);
	}
}

void escape_csv(struct strbuf *sb, const char *s)
{
	struct strbuf line cleanup_strbuf = STRBUF_INIT;
	bool quote;

	if (*s && strchr("=+-@", *s))
		strbuf_addch(&line, '\'');
	escape_lines(&line, s);
	quote = strpbrk(line.buf, ",\"\n\r") != NULL;
	if (quote)
		strbuf_addch(sb, '"');
	for (const char *p = line.buf; *p; p++) {
		if (*p == '"')
			strbuf_addch(sb, '"');
		strbuf_addch(sb, *p);
	}
	if (quote)
		strbuf_addch(sb, '"');
}

size_t escape_width(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}
