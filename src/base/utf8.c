/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

size_t utf8_printable_len(const char *s)
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

void utf8_add_clean(struct strbuf *sb, const char *s, const char *keep)
{
	while (*s) {
		size_t n = 0;

		while (s[n] >= ' ' && s[n] < 0x7f)
			n++;
		strbuf_add(sb, s, n);
		s += n;
		if (!*s)
			break;
		n = utf8_printable_len(s);
		if (n || strchr(keep, *s))
			strbuf_add(sb, s, n ? n : 1);
		else
			strbuf_addstr(sb, "\xef\xbf\xbd");
		s += n ? n : 1;
	}
}

json_t *utf8_json(const char *s)
{
	struct strbuf clean cleanup_strbuf = STRBUF_INIT;

	if (!s)
		return json_null();
	utf8_add_clean(&clean, s, "\n\r\t");
	return json_string(clean.buf);
}

json_t *utf8_json_list(const struct strvec *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->n; i++)
		json_array_append_new(array, utf8_json(list->v[i]));
	return array;
}

json_t *utf8_json_exact(const char *s)
{
	json_t *j = s ? json_string(s) : NULL;

	return j ? j : utf8_json(s);
}

json_t *utf8_json_exact_list(const struct strvec *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->n; i++)
		json_array_append_new(array, utf8_json_exact(list->v[i]));
	return array;
}

void utf8_add_quoted(struct strbuf *sb, const char *s)
{
	json_t *text = utf8_json(s);
	char *quoted = json_dumps(text, JSON_ENCODE_ANY);

	json_decref(text);
	strbuf_addstr(sb, quoted ? quoted : "\"\"");
	free(quoted);
}
