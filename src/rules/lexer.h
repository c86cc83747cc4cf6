/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens of the condition language, one reader for each class of token (reference, 3.1).
 *
 * There is no token stream: the grammar decides at each point which classes are possible, and the
 * order in which they are tried is part of the language. Every reader either takes its token whole
 * (advances, fills `token`) and returns true, or leaves the position alone and returns false.
 */
#ifndef FT_RULES_LEXER_H
#define FT_RULES_LEXER_H

#include "base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct place {
	uint32_t line, col; /* 1-based; CR and LF each end a line */
	uint32_t pos;	    /* bytes from the start of the text */
};

struct lexer {
	const char *text; /* borrowed */
	size_t len;
	struct place at;
	struct strbuf token; /* text of the last token, escapes resolved */
};

void lexer_init(struct lexer *lx, const char *text, size_t len);
void lexer_release(struct lexer *lx);
static inline bool lexer_at_end(const struct lexer *lx)
{
	return lx->at.pos >= lx->len;
}

/* Skip blanks (space, tab, backspace, CR, LF); was there any? The token stays. */
bool lex_blank(struct lexer *lx);
/* Exactly this text, whatever follows it. The token stays. */
bool lex_rest_of(struct lexer *lx, const char *text); /* lex_str's slow half */
static inline bool lex_str(struct lexer *lx, const char *text)
{
	/* Most of what is tried ends with the first byte. */
	return lx->at.pos < lx->len && lx->text[lx->at.pos] == *text && lex_rest_of(lx, text);
}
/* This word with a blank after it; the blanks are taken too. The token stays. */
bool lex_rest_of_word(struct lexer *lx, const char *word); /* lex_word's slow half */
static inline bool lex_word(struct lexer *lx, const char *word)
{
	return lx->at.pos < lx->len && lx->text[lx->at.pos] == *word && lex_rest_of_word(lx, word);
}
bool lex_not_blank(struct lexer *lx);  /* "not" and white space */
bool lex_identifier(struct lexer *lx); /* [a-zA-Z]+[a-zA-Z0-9_]* */
bool lex_field_name(struct lexer *lx); /* identifier(.identifier)+ */
bool lex_arg_bare(struct lexer *lx);   /* [^][\"'[:space:]]+ */
bool lex_bare(struct lexer *lx);       /* [^()"'[:space:]=,]+ */
bool lex_number(struct lexer *lx);     /* hexadecimal or decimal, as written */
/* Quoted text: 1 taken, 0 none (or unterminated), -1 with a bad escape, which *bad then names; the
 * position is behind the closing quote in that case. */
int lex_quoted(struct lexer *lx, char *bad);
/* Does a list or an identifier begin here? One of the words and, or, not? Nothing is taken. */
bool lex_sees_list_or_name(const struct lexer *lx);
bool lex_sees_keyword(const struct lexer *lx);

/* Whole-text tests for names: a macro's must be an identifier, a list's a bare string. */
bool name_is_identifier(const char *name);
bool name_is_bare(const char *name);

#endif
