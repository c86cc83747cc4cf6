/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/lexer.h"

#include <string.h>

/* Character classes, without locale. */
static bool is_alpha(unsigned char c)
{
	return (c | 32) >= 'a' && (c | 32) <= 'z';
}

static bool is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(unsigned char c)
{
	return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

static bool is_ident(unsigned char c)
{
	return is_alpha(c) || is_digit(c) || c == '_';
}

static bool is_posix_space(unsigned char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_bare(unsigned char c)
{
	return !is_posix_space(c) && !strchr("()\"'=,", c);
}

static bool is_arg_bare(unsigned char c)
{
	return !is_posix_space(c) && !strchr("[]\"'", c);
}

static bool is_blank(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\b' || c == '\r' || c == '\n';
}

void lexer_init(struct lexer *lx, const char *text, size_t len)
{
	*lx = (struct lexer){.text = text, .len = len, .at = {.line = 1, .col = 1}};
	strbuf_init(&lx->token);
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

static void advance(struct lexer *lx, size_t n)
{
	for (; n; n--) {
		unsigned char c = peek(lx, 0);

		lx->at.col++;
		if (c == '\r' || c == '\n') {
			lx->at.col = 1;
			lx->at.line++;
		}
		lx->at.pos++;
	}
}

static bool take(struct lexer *lx, size_t n)
{
	if (!n)
		return false;
	strbuf_reset(&lx->token);
	strbuf_add(&lx->token, lx->text + lx->at.pos, n);
	advance(lx, n);
	return true;
}

static size_t run(const struct lexer *lx, size_t from, bool (*is)(unsigned char))
{
	size_t n = from;

	while (peek(lx, n) && is(peek(lx, n)))
		n++;
	return n - from;
}

bool lex_blank(struct lexer *lx)
{
	size_t n = run(lx, 0, is_blank);

	advance(lx, n);
	return n > 0;
}

static bool sees(const struct lexer *lx, const char *text, size_t n)
{
	return lx->len - lx->at.pos >= n && !memcmp(lx->text + lx->at.pos, text, n);
}

bool lex_str(struct lexer *lx, const char *text)
{
	size_t n = strlen(text);

	return sees(lx, text, n) && take(lx, n);
}

bool lex_word(struct lexer *lx, const char *word)
{
	size_t n = strlen(word);

	if (!sees(lx, word, n) || !is_blank(peek(lx, n)))
		return false;
	take(lx, n);
	return lex_blank(lx);
}

bool lex_not_blank(struct lexer *lx)
{
	size_t n;

	if (!sees(lx, "not", 3))
		return false;
	n = run(lx, 3, is_posix_space);
	return n && take(lx, 3 + n);
}

static size_t identifier_len(const struct lexer *lx, size_t from)
{
	return is_alpha(peek(lx, from)) ? run(lx, from, is_ident) : 0;
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
	return take(lx, run(lx, 0, is_arg_bare));
}

bool lex_bare(struct lexer *lx)
{
	return take(lx, run(lx, 0, is_bare));
}

bool lex_number(struct lexer *lx)
{
	size_t n = 0, m;

	if (peek(lx, 0) == '0' && (peek(lx, 1) | 32) == 'x' && is_hex(peek(lx, 2)))
		return take(lx, 2 + run(lx, 2, is_hex));
	if (peek(lx, 0) == '+' || peek(lx, 0) == '-')
		n++;
	m = run(lx, n, is_digit);
	if (!m)
		return false;
	n += m;
	if (peek(lx, n) == '.')
		n++;
	n += run(lx, n, is_digit);
	/* An exponent needs its sign. */
	if ((peek(lx, n) | 32) == 'e' && (peek(lx, n + 1) == '+' || peek(lx, n + 1) == '-')) {
		m = run(lx, n + 2, is_digit);
		n += m ? 2 + m : 0;
	}
	return take(lx, n);
}

/* Resolve the escapes of raw (n bytes, without its quotes) into the token. */
static int unescape(struct lexer *lx, const char *raw, size_t n, char quote, char *bad)
{
	static const char names[] = "bfnrt\\/ ", values[] = "\b\f\n\r\t\\/\\";

	strbuf_reset(&lx->token);
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
	for (;; n++) {
		char c = (char)peek(lx, n + 1);

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
		size_t n = strlen(words[i]);
		unsigned char c = peek(lx, n);

		if (sees(lx, words[i], n) && !is_alpha(c) && !is_digit(c))
			return true;
	}
	return false;
}

bool name_is_identifier(const char *name)
{
	if (!is_alpha((unsigned char)*name))
		return false;
	while (is_ident((unsigned char)*name))
		name++;
	return !*name;
}

bool name_is_bare(const char *name)
{
	if (!*name)
		return false;
	while (*name && is_bare((unsigned char)*name))
		name++;
	return !*name;
}
