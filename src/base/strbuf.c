/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strbuf.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

char strbuf_empty[1] = "";

void strbuf_init(struct strbuf *sb)
{
	*sb = (struct strbuf)STRBUF_INIT;
}

void strbuf_release(struct strbuf *sb)
{
	if (sb->alloc)
		free(sb->buf);
	strbuf_init(sb);
}

void strbuf_reset(struct strbuf *sb)
{
	strbuf_setlen(sb, 0);
}

char *strbuf_detach(struct strbuf *sb)
{
	char *s = sb->alloc ? sb->buf : xstrdup("");

	strbuf_init(sb);
	return s;
}

void strbuf_more(struct strbuf *sb, size_t extra)
{
	size_t want = sb->len + extra + 1;
	size_t alloc = sb->alloc ? sb->alloc : 32;

	while (alloc < want)
		alloc *= 2;
	sb->buf = xrealloc(sb->alloc ? sb->buf : NULL, alloc, 1);
	if (!sb->alloc)
		sb->buf[0] = '\0';
	sb->alloc = alloc;
}

void strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list ap)
{
	va_list again;
	size_t room;
	int n;

	strbuf_grow(sb, 63);
	room = sb->alloc - sb->len;
	va_copy(again, ap);
	n = vsnprintf(sb->buf + sb->len, room, fmt, again);
	va_end(again);
	if (n >= 0 && (size_t)n >= room) {
		strbuf_grow(sb, (size_t)n);
		vsnprintf(sb->buf + sb->len, (size_t)n + 1, fmt, ap);
	}
	strbuf_setlen(sb, sb->len + (n < 0 ? 0 : (size_t)n));
}

void strbuf_addf(struct strbuf *sb, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(sb, fmt, ap);
	va_end(ap);
}

void strvec_take(struct strvec *sv, char *s)
{
	ALLOC_GROW(sv->v, sv->n, sv->alloc);
	sv->v[sv->n++] = s;
}

void strvec_push(struct strvec *sv, const char *s)
{
	strvec_take(sv, xstrdup(s));
}

void strvec_pushf(struct strvec *sv, const char *fmt, ...)
{
	struct strbuf sb = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&sb, fmt, ap);
	va_end(ap);
	strvec_take(sv, strbuf_detach(&sb));
}

void strvec_copy(struct strvec *dst, const struct strvec *src)
{
	for (size_t i = 0; i < src->n; i++)
		strvec_push(dst, src->v[i]);
}

void strvec_move(struct strvec *dst, struct strvec *src)
{
	if (!dst->n) {
		strvec_release(dst);
		*dst = *src;
	} else {
		for (size_t i = 0; i < src->n; i++)
			strvec_take(dst, src->v[i]);
		free(src->v);
	}
	*src = (struct strvec)STRVEC_INIT;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strvec_sort(struct strvec *sv)
{
	if (sv->n)
		qsort(sv->v, sv->n, sizeof(sv->v[0]), by_bytes);
}

void strvec_sort_once(struct strvec *sv)
{
	size_t kept = 0;

	strvec_sort(sv);
	for (size_t i = 0; i < sv->n; i++) {
		if (kept && !strcmp(sv->v[kept - 1], sv->v[i]))
			free(sv->v[i]);
		else
			sv->v[kept++] = sv->v[i];
	}
	sv->n = kept;
}

int strvec_has(const struct strvec *sv, const char *s)
{
	for (size_t i = 0; i < sv->n; i++)
		if (!strcmp(sv->v[i], s))
			return 1;
	return 0;
}

void strvec_release(struct strvec *sv)
{
	for (size_t i = 0; i < sv->n; i++)
		free(sv->v[i]);
	free(sv->v);
	*sv = (struct strvec)STRVEC_INIT;
}

void strvec_join(const struct strvec *sv, const char *sep, struct strbuf *out)
{
	for (size_t i = 0; i < sv->n; i++)
		strbuf_addf(out, "%s%s", i ? sep : "", sv->v[i]);
}

char **strvec_argv(const struct strvec *sv)
{
	char **argv = xcalloc(sv->n + 1, sizeof(*argv));

	for (size_t i = 0; i < sv->n; i++)
		argv[i] = sv->v[i];
	return argv;
}
