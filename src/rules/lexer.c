/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/lexer.h"

#include <string.h>

/* Character classes, without locale. NUL belongs to none, so that a run ends with the text. */
enum {
	ALPHA = 1 << 0,
	DIGIT = 1 << 1,
	HEX = 1 << 2,
	SPACE = 1 << 3,	   /* of POSIX */
	BLANK = 1 << 4,	   /* of the condition language */
	BARE = 1 << 5,	   /* in a text without quotes */
	ARG_BARE = 1 << 6, /* in an argument without quotes */
	UNDERSCORE = 1 << 7,
	IDENT = ALPHA | DIGIT | UNDERSCORE,
};
#define TEXT (BARE | ARG_BARE)

static const unsigned char classes[256] = {
	[1 ... '\a'] = TEXT,
	['\b'] = TEXT | BLANK,
	['\t'] = SPACE | BLANK,
	['\n'] = SPACE | BLANK,
	['\v'] = SPACE,
	['\f'] = SPACE,
	['\r'] = SPACE | BLANK,
	['\r' + 1 ... ' ' - 1] = TEXT,
	[' '] = SPACE | BLANK,
	['!'] = TEXT,
	['"'] = 0,
	['#' ... '&'] = TEXT,
	['\''] = 0,
	['('] = ARG_BARE,
	[')'] = ARG_BARE,
	['*' ... '+'] = TEXT,
	[','] = ARG_BARE,
	['-' ... '/'] = TEXT,
	['0' ... '9'] = TEXT | DIGIT | HEX,
	[':' ... '<'] = TEXT,
	['='] = ARG_BARE,
	['>' ... '@'] = TEXT,
	['A' ... 'F'] = TEXT | ALPHA | HEX,
	['G' ... 'Z'] = TEXT | ALPHA,
	['['] = BARE,
	['\\'] = TEXT,
	[']'] = BARE,
	['^'] = TEXT,
	['_'] = TEXT | UNDERSCORE,
	['`'] = TEXT,
	['a' ... 'f'] = TEXT | ALPHA | HEX,
	['g' ... 'z'] = TEXT | ALPHA,
	['{' ... 255] = TEXT,
};

static bool is(unsigned char c, unsigned char mask)
{
	return classes[c] & mask;
}

void lexer_init(struct lexer *lx, const char *text, size_t len)
{
	*lx = (struct lexer){.text = text, .len = len, .at = {.line = 1, .col = 1}};
	strbuf_init(&lx->token);
	strbuf_grow(&lx->token, 127); /* so that few tokens make it grow */
}

void lexer_release(struct lexer *lx)
{
	strbuf_release(&lx->token);
}

/* The character n ahead; NUL at the end and beyond, which belongs to no class. */
static unsigned char peek(const struct lexer *lx, size_t n)
{
	size_t i = lx->at.pos + n;

	return i < lx->len ? (unsigned char)lx->text[i] : '\0';
}

/* Over text that may have line ends in it, not beyond the end. */
static void advance(struct lexer *lx, size_t n)
{
	const char *p = lx->text + lx->at.pos;

	lx->at.pos += (uint32_t)n;
	for (; n; n--, p++) {
		lx->at.col++;
		if (*p == '\r' || *p == '\n') {
			lx->at.col = 1;
			lx->at.line++;
		}
	}
}

/* Over the next n bytes, which have no line end in them. */
static bool skip(struct lexer *lx, size_t n)
{
	lx->at.col += (uint32_t)n;
	lx->at.pos += (uint32_t)n;
	return n > 0;
}

/* The same, and they are the token. */
static bool take(struct lexer *lx, size_t n)
{
	if (!n)
		return false;
	strbuf_reset(&lx->token);
	strbuf_add(&lx->token, lx->text + lx->at.pos, n);
	return skip(lx, n);
}

static size_t run(const struct lexer *lx, size_t from, unsigned char mask)
{
	const char *begin = lx->text + lx->at.pos + from, *end = lx->text + lx->len, *p = begin;

	while (p < end && is((unsigned char)*p, mask))
		p++;
	return (size_t)(p - begin);
}

bool lex_blank(struct lexer *lx)
{
	size_t n = run(lx, 0, BLANK);

	advance(lx, n);
	return n > 0;
}

/* How long the text is that begins here as given, 0 when another one does. */
static size_t sees(const struct lexer *lx, const char *text)
{
	size_t n;

	if (peek(lx, 0) != (unsigned char)*text)
		return 0;
	n = strlen(text);
	return lx->len - lx->at.pos >= n && !memcmp(lx->text + lx->at.pos, text, n) ? n : 0;
}

bool lex_rest_of(struct lexer *lx, const char *text)
{
	return skip(lx, sees(lx, text));
}

bool lex_rest_of_word(struct lexer *lx, const char *word)
{
	size_t n = sees(lx, word);

	return n && is(peek(lx, n), BLANK) && skip(lx, n) && lex_blank(lx);
}

bool lex_not_blank(struct lexer *lx)
{
	size_t n = sees(lx, "not"), blanks = n ? run(lx, n, SPACE) : 0;

	if (!blanks)
		return false;
	skip(lx, n);
	advance(lx, blanks);
	return true;
}

static size_t identifier_len(const struct lexer *lx, size_t from)
{
	return is(peek(lx, from), ALPHA) ? run(lx, from, IDENT) : 0;
}

bool lex_identifier(struct lexer *lx)
{
	return take(lx, identifier_len(lx, 0));
}

bool lex_field_name(struct lexer *lx)
{
	size_t n = identifier_len(lx, 0), segments = 1;

	if (!n)
		return false;
	while (peek(lx, n) == '.') {
		size_t m = identifier_len(lx, n + 1);

		if (!m)
			break;
		n += 1 + m;
		segments++;
	}
	return segments > 1 && take(lx, n);
}

bool lex_arg_bare(struct lexer *lx)
{
	return take(lx, run(lx, 0, ARG_BARE));
}

bool lex_bare(struct lexer *lx)
{
	return take(lx, run(lx, 0, BARE));
}

bool lex_number(struct lexer *lx)
{
	size_t n = 0, m;

	if (peek(lx, 0) == '0' && (peek(lx, 1) | 32) == 'x' && is(peek(lx, 2), HEX))
		return take(lx, 2 + run(lx, 2, HEX));
	if (peek(lx, 0) == '+' || peek(lx, 0) == '-')
		n++;
	m = run(lx, n, DIGIT);
	if (!m)
		return false;
	n += m;
	if (peek(lx, n) == '.')
		n++;
	n += run(lx, n, DIGIT);
	/* An exponent needs its sign. */
	if ((peek(lx, n) | 32) == 'e' && (peek(lx, n + 1) == '+' || peek(lx, n + 1) == '-')) {
		m = run(lx, n + 2, DIGIT);
		n += m ? 2 + m : 0;
	}
	return take(lx, n);
}

/* Resolve the escapes of raw (n bytes, without its quotes) into the token. */
static int unescape(struct lexer *lx, const char *raw, size_t n, char quote, char *bad)
{
	static const char names[] = "bfnrt\\/ ", values[] = "\b\f\n\r\t\\/\\";

	strbuf_reset(&lx->token);
	if (!memchr(raw, '\\', n)) {
		strbuf_add(&lx->token, raw, n);
		return 1;
	}
	for (size_t i = 0; i < n; i++) {
		const char *e;

		if (raw[i] != '\\') {
			strbuf_addch(&lx->token, raw[i]);
			continue;
		}
		if (++i == n)
			break; /* cannot be: the quote would not have ended there */
		e = strchr(names, raw[i]);
		if (e && *e) {
			strbuf_addch(&lx->token, values[e - names]);
		} else if (raw[i] == quote) {
			strbuf_addch(&lx->token, quote);
		} else {
			*bad = raw[i];
			return -1;
		}
	}
	return 1;
}

int lex_quoted(struct lexer *lx, char *bad)
{
	char quote = (char)peek(lx, 0);
	const char *raw = lx->text + lx->at.pos + 1;
	size_t n = 0;

	if (quote != '"' && quote != '\'')
		return 0;
	/* The end is the next such quote whose byte before it is no backslash, not even one that is
	 * escaped itself. */
	for (const char *end = lx->text + lx->len;; n++) {
		char c = raw + n < end ? raw[n] : '\0';

		if (!c)
			return 0;
		if (c == quote && (!n || raw[n - 1] != '\\'))
			break;
	}
	advance(lx, n + 2);
	return unescape(lx, raw, n, quote, bad);
}

bool lex_sees_list_or_name(const struct lexer *lx)
{
	return peek(lx, 0) == '(' || identifier_len(lx, 0) > 0;
}

bool lex_sees_keyword(const struct lexer *lx)
{
	static const char *const words[] = {"and", "or", "not"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t n = sees(lx, words[i]);

		if (n && !is(peek(lx, n), ALPHA | DIGIT))
			return true;
	}
	return false;
}

bool name_is_identifier(const char *name)
{
	if (!is((unsigned char)*name, ALPHA))
		return false;
	while (is((unsigned char)*name, IDENT))
		name++;
	return !*name;
}

bool name_is_bare(const char *name)
{
	if (!*name)
		return false;
	while (is((unsigned char)*name, BARE))
		name++;
	return !*name;
}
