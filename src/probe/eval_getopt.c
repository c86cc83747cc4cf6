/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/eval_getopt.h"

#include <string.h>

enum kind { KIND_UNKNOWN, KIND_PLAIN, KIND_ARGUMENT };

struct search {
	const struct value *names;
	struct strbuf *out;
	char option; /* '\0': all */
	bool found;
};

static enum kind kind_of(const struct value *names, char c)
{
	for (size_t i = 0; c != ':' && i < names->len; i++)
		if (names->s[i] == c)
			return i + 1 < names->len && names->s[i + 1] == ':' ? KIND_ARGUMENT
									    : KIND_PLAIN;
	return KIND_UNKNOWN;
}

static void add(struct search *s, const char *text, size_t len)
{
	strbuf_add(s->out, text, len);
	strbuf_addch(s->out, '\0');
}

/* option: one character; NULL: not known. argument: NULL for none. */
static void found(struct search *s, const char *option, const char *argument)
{
	if (s->option) {
		if (!option || *option != s->option)
			return;
		s->found = true;
		strbuf_setlen(s->out, 0);
		strbuf_add(s->out, argument ? argument : option, argument ? strlen(argument) : 1);
		return;
	}
	add(s, option ? option : "?", 1);
	if (argument)
		add(s, argument, strlen(argument));
}

static void missing(struct search *s, const char *option)
{
	if (s->option)
		found(s, option, "");
	else
		add(s, "", 0);
}

/* The options of a word; where it goes on: the next word, or the one after an argument. */
static const char *search_word(struct search *s, const char *word, const char *end)
{
	const char *next = word + strlen(word) + 1;

	for (const char *at = word + 1; *at; at++) {
		enum kind kind = kind_of(s->names, *at);

		if (kind != KIND_ARGUMENT) {
			found(s, kind == KIND_PLAIN ? at : NULL, NULL);
			continue;
		}
		if (at[1]) {
			found(s, at, at + 1);
			return next;
		}
		if (next >= end) {
			missing(s, at);
			return end;
		}
		found(s, at, next);
		return next + strlen(next) + 1;
	}
	return next;
}

static void search(struct search *s, const struct strbuf *words)
{
	const char *word = words->buf, *end = words->buf + words->len;

	while (word < end && word[0] == '-' && word[1] && strcmp(word, "--") != 0)
		word = word[1] == '-' ? word + strlen(word) + 1 : search_word(s, word, end);
}

void getopt_all(const struct strbuf *words, const struct value *names, struct strbuf *out)
{
	struct search s = {.names = names, .out = out};

	search(&s, words);
}

bool getopt_one(const struct strbuf *words, const struct value *names, char option,
		struct strbuf *out)
{
	struct search s = {.names = names, .out = out, .option = option};

	strbuf_setlen(out, 0);
	search(&s, words);
	return s.found;
}
