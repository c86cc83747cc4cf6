/* SPDX-License-Identifier: Apache-2.0 */
#include "report/escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

size_t escape_char_len(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t n = *p < 0x80 ? 1 : *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : 2;
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t c;

	if (n == 1)
		return *p >= 0x20 && *p != 0x7f;
	if (*p < 0xc2 || *p > 0xf4)
		return 0;
	c = *p & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) || c < 0xa0)
		return 0;
	/* Marks that turn the direction of what follows. */
	return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ? 0 : n;
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
