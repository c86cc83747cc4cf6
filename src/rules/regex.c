/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Would RE2 take this pattern in its POSIX mode? Falco compiles regexes so: no Perl classes, no
 * word boundaries, no (?...), repetition up to 1000 (reference, 3.3; RE2's syntax page). Patterns
 * that pass are a subset of what PCRE2 takes, but for repeated repetition (a**), which it refuses.
 */
#include "rules/fields.h"

#include <stdlib.h>
#include <string.h>

/* RE2's limit on a count and on the product of nested counts. */
#define REPEAT_MAX 1000
#define GROUPS_MAX 1000

struct scan {
	const char *p;
	struct error *err;
	uint32_t depth;
	bool can_repeat;	    /* something stands before that * can apply to */
	uint32_t last;		    /* largest repetition inside what stands before */
	uint32_t inner[GROUPS_MAX]; /* the same, of each open group */
};

static int bad(const struct scan *s, const char *what)
{
	return error_input(s->err, "not a regular expression that Falco takes: %s", what);
}

/* Behind a backslash; *value is the character that it stands for. */
static int escape(struct scan *s, unsigned *value)
{
	unsigned char c = (unsigned char)*s->p++;
	static const char names[] = "afnrtv", values[] = "\a\f\n\r\t\v";
	const char *e;

	*value = c;
	if (!c)
		return bad(s, "a backslash at the end");
	if (c >= 0x80)
		return bad(s, "a backslash before a character that needs none");
	if (c == '0' || (c >= '1' && c <= '7' && *s->p >= '0' && *s->p <= '7')) {
		*value = c - '0';
		for (int i = 0; i < 2 && *s->p >= '0' && *s->p <= '7'; i++)
			*value = *value * 8 + (unsigned)(*s->p++ - '0');
		return 0;
	}
	if (c == 'x') {
		char *end;
		bool braces = *s->p == '{';
		size_t n = strspn(s->p + braces, "0123456789abcdefABCDEF");
		unsigned long v;

		if (!n || (braces ? s->p[1 + n] != '}' : n < 2))
			return bad(s, "\\x without hexadecimal digits");
		if (!braces) {
			char two[3] = {s->p[0], s->p[1], '\0'};

			*value = (unsigned)strtoul(two, NULL, 16);
			s->p += 2;
			return 0;
		}
		v = strtoul(s->p + 1, &end, 16);
		if (n > 8 || v > 0x10ffff)
			return bad(s, "\\x{} beyond Unicode");
		*value = (unsigned)v;
		s->p = end + 1;
		return 0;
	}
	e = strchr(names, c);
	if (e) {
		*value = (unsigned char)values[e - names];
		return 0;
	}
	if ((c | 32) >= 'a' && (c | 32) <= 'z')
		return bad(s, "a backslash and a letter (\\d, \\w, \\s and \\b do not exist "
			      "there, write [0-9] and the like)");
	if (c >= '1' && c <= '9')
		return bad(s, "a back reference");
	return 0;
}

/* One character of a class, as a number. */
static int class_char(struct scan *s, unsigned *value)
{
	static const unsigned char lead[] = {0, 0, 0x1f, 0x0f, 0x07};
	unsigned char c = (unsigned char)*s->p;
	int n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	if (c == '\\') {
		s->p++;
		return escape(s, value);
	}
	*value = n == 1 ? c : c & lead[n];
	s->p++;
	while (--n && (*s->p & 0xc0) == 0x80)
		*value = *value << 6 | ((unsigned char)*s->p++ & 0x3f);
	return 0;
}

/* [:alpha:] and its like; 1 taken, 0 none. */
static int class_name(struct scan *s)
{
	static const char *const names[] = {"alnum", "alpha", "ascii", "blank", "cntrl",
					    "digit", "graph", "lower", "print", "punct",
					    "space", "upper", "word",  "xdigit"};
	const char *end;
	size_t n;

	if (s->p[0] != '[' || s->p[1] != ':' || !(end = strstr(s->p + 2, ":]")))
		return 0;
	n = (size_t)(end - s->p) - 2;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *name = s->p + 2 + (s->p[2] == '^');
		size_t len = n - (s->p[2] == '^');

		if (strlen(names[i]) == len && !strncmp(names[i], name, len)) {
			s->p = end + 2;
			return 1;
		}
	}
	return bad(s, "an unknown [:class:]");
}

/* Behind the opening bracket. */
static int class(struct scan *s)
{
	bool first = true;

	s->p += *s->p == '^';
	for (; *s->p && (*s->p != ']' || first); first = false) {
		unsigned low, high;
		int rc;

		if (*s->p == '-' && !first && s->p[1] != ']')
			return bad(s, "a - in the middle of a class");
		rc = class_name(s);
		if (rc < 0)
			return -1;
		if (rc)
			continue;
		if (class_char(s, &low))
			return -1;
		if (s->p[0] != '-' || !s->p[1] || s->p[1] == ']')
			continue;
		s->p++;
		if (class_char(s, &high))
			return -1;
		if (high < low)
			return bad(s, "a range of a class that runs backwards");
	}
	if (*s->p++ != ']')
		return bad(s, "a class without its ]");
	return 0;
}

/* {n}, {n,} or {n,m}: 1 taken, 0 it is plain text. */
static int counted(struct scan *s)
{
	unsigned long low, high;
	char *end;

	if (s->p[1] < '0' || s->p[1] > '9')
		return 0;
	low = high = strtoul(s->p + 1, &end, 10);
	if (*end == ',') {
		end++;
		if (*end >= '0' && *end <= '9')
			high = strtoul(end, &end, 10);
	}
	if (*end != '}')
		return 0;
	if (!s->can_repeat)
		return bad(s, "a repetition of nothing");
	if (low > REPEAT_MAX || high > REPEAT_MAX || high < low)
		return bad(s, "a repetition beyond 1000 or backwards");
	s->p = end + 1;
	if (high > 1)
		s->last *= (uint32_t)high;
	if (s->last > REPEAT_MAX)
		return bad(s, "nested repetitions beyond 1000");
	return 1;
}

static int atom(struct scan *s)
{
	s->can_repeat = true;
	s->last = 1;
	return 0;
}

static int close_group(struct scan *s)
{
	uint32_t inside;

	if (!s->depth)
		return bad(s, "a ) without its (");
	inside = s->inner[s->depth];
	s->depth--;
	s->can_repeat = true;
	s->last = inside;
	return 0;
}

/* Remember the largest repetition in the group around. */
static void keep(struct scan *s)
{
	if (s->last > s->inner[s->depth])
		s->inner[s->depth] = s->last;
}

static int step(struct scan *s)
{
	unsigned value;
	int rc;

	switch (*s->p) {
	case '(':
		s->p++;
		if (++s->depth >= GROUPS_MAX)
			return bad(s, "more than 1000 nested groups");
		s->inner[s->depth] = 1;
		s->can_repeat = false;
		s->last = 1;
		return 0;
	case ')':
		s->p++;
		return close_group(s);
	case '|':
		s->p++;
		s->can_repeat = false;
		s->last = 1;
		return 0;
	case '*':
	case '+':
	case '?':
		s->p++;
		return s->can_repeat ? 0 : bad(s, "a repetition of nothing");
	case '[':
		s->p++;
		return class(s) ? -1 : atom(s);
	case '{':
		rc = counted(s);
		if (rc)
			return rc < 0 ? -1 : 0;
		s->p++;
		return atom(s);
	case '\\':
		s->p++;
		return escape(s, &value) ? -1 : atom(s);
	default:
		s->p++;
		return atom(s);
	}
}

int rule_regex_check(const char *pattern, struct error *err)
{
	struct scan s = {.p = pattern, .err = err, .last = 1};

	s.inner[0] = 1;
	while (*s.p) {
		if (step(&s))
			return -1;
		keep(&s);
	}
	return s.depth ? bad(&s, "a ( without its )") : 0;
}
