/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_place.h"

#include <stdlib.h>
#include <string.h>

struct scan {
	const char *at, *end;
};

static void skip_space(struct scan *s)
{
	while (s->at < s->end && strchr(" \t\r\n", *s->at) && *s->at)
		s->at++;
}

/* After the closing quote. */
static void skip_string(struct scan *s)
{
	for (s->at++; s->at < s->end && *s->at != '"'; s->at++)
		if (*s->at == '\\')
			s->at++;
	if (s->at < s->end)
		s->at++;
	else
		s->at = s->end;
}

/* A value of any kind; brackets pair in valid JSON, so that counting them is enough. */
static void skip_value(struct scan *s)
{
	int depth = 0;

	skip_space(s);
	while (s->at < s->end) {
		if (*s->at == '"') {
			skip_string(s);
		} else if (strchr("[{", *s->at)) {
			depth++;
			s->at++;
		} else if (strchr("]}", *s->at)) {
			if (!depth)
				return; /* of what holds it */
			depth--;
			s->at++;
		} else if (*s->at == ',' && !depth) {
			return;
		} else {
			s->at++;
			continue; /* within a number or a word, or between values */
		}
		if (!depth)
			return;
	}
}

/* Past blanks and that character. */
static bool take(struct scan *s, char c)
{
	skip_space(s);
	if (s->at >= s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

/* From an object to the value of a member. Names in paths have no escapes. */
static bool enter_member(struct scan *s, const char *name, size_t len)
{
	if (!take(s, '{'))
		return false;
	do {
		const char *key;

		skip_space(s);
		if (s->at >= s->end || *s->at != '"')
			return false;
		key = s->at + 1;
		skip_string(s);
		if (!take(s, ':'))
			return false;
		if ((size_t)(s->end - key) > len && !strncmp(key, name, len) && key[len] == '"') {
			skip_space(s);
			return s->at < s->end;
		}
		skip_value(s);
	} while (take(s, ','));
	return false;
}

static bool enter_element(struct scan *s, size_t index)
{
	if (!take(s, '['))
		return false;
	for (; index; index--) {
		skip_value(s);
		if (!take(s, ','))
			return false;
	}
	skip_space(s);
	return s->at < s->end && *s->at != ']';
}

/* One step of the path; false: it is not there, or the path is not understood (*path NULL). */
static bool enter(struct scan *s, const char **path)
{
	const char *p = *path;
	size_t n;
	char *end;

	if (*p == '[') {
		n = strtoul(p + 1, &end, 10);
		*path = *end == ']' && end > p + 1 ? end + 1 : NULL;
		return *path && enter_element(s, n);
	}
	n = *p == '.' ? strcspn(p + 1, ".[") : 0;
	*path = n ? p + 1 + n : NULL;
	return *path && enter_member(s, p + 1, n);
}

bool json_place(const char *text, size_t len, const char *path, size_t *line, size_t *col)
{
	struct scan s = {.at = text, .end = text + len};
	const char *found;

	*line = *col = 0;
	if (*path++ != '$')
		return false;
	skip_space(&s);
	found = s.at;
	while (*path) {
		if (!enter(&s, &path)) {
			if (!path)
				return false;
			break;
		}
		found = s.at;
	}
	*line = *col = 1;
	for (const char *p = text; p < found; p++) {
		if (*p == '\n') {
			++*line;
			*col = 1;
		} else if (((unsigned char)*p & 0xc0) != 0x80) {
			++*col;
		}
	}
	return true;
}
