/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_skim.h"

#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH  32
#define MAX_DIGITS 19 /* of the largest integer */

struct skim {
	const char *p, *end;
	const char *inner;
	skim_fn fn;
	void *arg;
};

static void blanks(struct skim *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\r' || *s->p == '\n'))
		s->p++;
}

static bool take(struct skim *s, char c)
{
	if (s->p >= s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

/* From behind the quote to behind the other one. */
static bool string(struct skim *s, const char **text, size_t *len)
{
	const char *from = s->p;

	for (; s->p < s->end && *s->p != '"'; s->p++)
		/* Control characters are an error, escapes and UTF-8 somebody else's job. */
		if ((unsigned char)(*s->p - 0x20) >= 0x60 || *s->p == '\\')
			return false;
	if (s->p >= s->end)
		return false;
	*text = from;
	*len = (size_t)(s->p++ - from);
	return true;
}

/* At most MAX_DIGITS; their sum fits without its sign bit, or is above INT64_MAX. */
static size_t digits(struct skim *s, uint64_t *sum)
{
	size_t n = 0;

	for (; s->p < s->end && *s->p >= '0' && *s->p <= '9' && n < MAX_DIGITS; n++, s->p++)
		*sum = *sum * 10 + (uint64_t)(*s->p - '0');
	return n;
}

static bool number(struct skim *s, struct skim_value *v)
{
	bool minus = take(s, '-');
	bool zero = s->p < s->end && *s->p == '0';
	uint64_t whole = 0, unused = 0;
	size_t n;

	v->kind = SKIM_INTEGER;
	n = digits(s, &whole);
	if (!n || (zero && n > 1) || whole > INT64_MAX)
		return false;
	v->integer = minus ? -(int64_t)whole : (int64_t)whole;
	if (take(s, '.')) {
		v->kind = SKIM_REAL;
		if (!digits(s, &unused))
			return false;
	}
	/* Further digits, or an exponent, make it somebody else's. */
	return s->p >= s->end ||
	       (!(*s->p >= '0' && *s->p <= '9') && *s->p != 'e' && *s->p != 'E' && *s->p != '.');
}

static bool word(struct skim *s, const char *w)
{
	size_t n = strlen(w);

	if ((size_t)(s->end - s->p) < n || memcmp(s->p, w, n) != 0)
		return false;
	s->p += n;
	return true;
}

static bool value(struct skim *s, struct skim_value *v, int depth);

/* Behind the bracket. Elements, or with keys members, that nobody wants. */
static bool pass_over(struct skim *s, bool keys, char close, int depth)
{
	struct skim_value v;

	blanks(s);
	if (take(s, close))
		return true;
	for (;;) {
		blanks(s);
		if (keys) {
			if (!take(s, '"') || !string(s, &v.text, &v.len))
				return false;
			blanks(s);
			if (!take(s, ':'))
				return false;
			blanks(s);
		}
		if (!value(s, &v, depth + 1))
			return false;
		blanks(s);
		if (take(s, close))
			return true;
		if (!take(s, ','))
			return false;
	}
}

static bool value(struct skim *s, struct skim_value *v, int depth)
{
	const char *from = s->p;

	*v = (struct skim_value){.kind = SKIM_OTHER};
	if (depth > MAX_DEPTH || s->p >= s->end)
		return false;
	switch (*s->p) {
	case '"':
		s->p++;
		v->kind = SKIM_STRING;
		return string(s, &v->text, &v->len);
	case '{':
		s->p++;
		return pass_over(s, true, '}', depth);
	case '[':
		s->p++;
		return pass_over(s, false, ']', depth);
	case 't':
		return word(s, "true");
	case 'f':
		return word(s, "false");
	case 'n':
		return word(s, "null");
	default:
		if (!number(s, v))
			return false;
		v->text = from;
		v->len = (size_t)(s->p - from);
		return true;
	}
}

static bool members(struct skim *s, bool inside)
{
	struct skim_member m = {.inside = inside};
	const char *begin;

	blanks(s);
	if (take(s, '}'))
		return true;
	for (;;) {
		blanks(s);
		if (!take(s, '"') || !string(s, &m.key, &m.key_len))
			return false;
		blanks(s);
		if (!take(s, ':'))
			return false;
		blanks(s);
		begin = s->p;
		if (!inside && begin < s->end && *begin == '{' &&
		    skim_is(m.key, m.key_len, s->inner)) {
			m.value = (struct skim_value){.kind = SKIM_OTHER};
			s->p++;
			if (!s->fn(s->arg, &m) || !members(s, true))
				return false;
		} else if (!value(s, &m.value, 1) || !s->fn(s->arg, &m)) {
			return false;
		}
		blanks(s);
		if (take(s, '}'))
			return true;
		if (!take(s, ','))
			return false;
	}
}

bool json_skim(const char *text, size_t len, const char *inner, skim_fn fn, void *arg)
{
	struct skim s = {.p = text, .end = text + len, .inner = inner, .fn = fn, .arg = arg};

	blanks(&s);
	if (!take(&s, '{') || !members(&s, false))
		return false;
	blanks(&s);
	return s.p == s.end;
}

double skim_number(const struct skim_value *v)
{
	char text[2 * MAX_DIGITS + 4];

	if (v->kind == SKIM_INTEGER)
		return (double)v->integer;
	if (v->len >= sizeof(text))
		return 0; /* cannot be: number() */
	memcpy(text, v->text, v->len);
	text[v->len] = '\0';
	return strtod(text, NULL);
}

bool skim_is(const char *text, size_t len, const char *want)
{
	return strlen(want) == len && !memcmp(text, want, len);
}
