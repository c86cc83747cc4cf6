/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Growing byte string. Invariant: buf is never NULL and buf[len] == '\0'.
 */
#ifndef FT_BASE_STRBUF_H
#define FT_BASE_STRBUF_H

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

struct strbuf {
	char *buf;
	size_t len, alloc; /* alloc 0: buf is the shared empty string */
};

extern char strbuf_empty[];
#define STRBUF_INIT                                                                                \
	{                                                                                          \
		.buf = strbuf_empty                                                                \
	}

void strbuf_init(struct strbuf *sb);
void strbuf_release(struct strbuf *sb);		   /* frees, leaves it initialised and empty */
void strbuf_reset(struct strbuf *sb);		   /* empties, keeps the memory */
char *strbuf_detach(struct strbuf *sb);		   /* the caller frees; sb is empty afterwards */
void strbuf_more(struct strbuf *sb, size_t extra); /* strbuf_grow's slow half */
static inline void strbuf_grow(struct strbuf *sb, size_t extra)
{
	if (sb->len + extra + 1 > sb->alloc)
		strbuf_more(sb, extra);
}
static inline void strbuf_setlen(struct strbuf *sb, size_t len) /* shorten */
{
	sb->len = len;
	if (sb->alloc)
		sb->buf[len] = '\0';
}
static inline void strbuf_add(struct strbuf *sb, const void *data, size_t n)
{
	if (!n)
		return;
	strbuf_grow(sb, n);
	memcpy(sb->buf + sb->len, data, n);
	strbuf_setlen(sb, sb->len + n);
}
static inline void strbuf_addch(struct strbuf *sb, char c)
{
	strbuf_grow(sb, 1);
	sb->buf[sb->len++] = c;
	sb->buf[sb->len] = '\0';
}
static inline void strbuf_addstr(struct strbuf *sb, const char *s)
{
	strbuf_add(sb, s, strlen(s));
}
void strbuf_addf(struct strbuf *sb, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

#define cleanup_strbuf __attribute__((cleanup(strbuf_release)))

/* A list of owned strings. */
struct strvec {
	char **v;
	size_t n, alloc;
};

#define STRVEC_INIT                                                                                \
	{                                                                                          \
		0                                                                                  \
	}
void strvec_push(struct strvec *sv, const char *s); /* copies */
void strvec_pushf(struct strvec *sv, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void strvec_take(struct strvec *sv, char *s);			/* takes ownership */
void strvec_copy(struct strvec *dst, const struct strvec *src); /* appends copies */
void strvec_move(struct strvec *dst, struct strvec *src);	/* appends, empties src */
void strvec_sort(struct strvec *sv);				/* bytewise */
void strvec_sort_once(struct strvec *sv);			/* and each only once */
int strvec_has(const struct strvec *sv, const char *s);
void strvec_release(struct strvec *sv);
/* Append the strings with sep between them. */
void strvec_join(const struct strvec *sv, const char *sep, struct strbuf *out);
/* NULL-terminated argument vector that borrows the strings; the caller frees the array only. */
char **strvec_argv(const struct strvec *sv);

#define cleanup_strvec __attribute__((cleanup(strvec_release)))

#endif
