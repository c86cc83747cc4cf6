/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/logs.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* One write a line, so that lines of several threads or processes do not mix. */
static void emit(struct strbuf *sb)
{
	const char *at;
	size_t left;

	strbuf_addch(sb, '\n');
	at = sb->buf;
	left = sb->len;
	while (left) {
		ssize_t n = write(STDERR_FILENO, at, left);

		if (n <= 0)
			return;
		at += n;
		left -= (size_t)n;
	}
}

void logs_print(const struct logs *l, enum logs_level level, const char *fmt, ...)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;
	time_t now = time(NULL);
	char text[64];
	struct tm tm;
	va_list ap;

	if (l->off || (int)level > l->level)
		return;
	localtime_r(&now, &tm);
	strftime(text, sizeof(text), l->iso_time ? "%FT%T%z" : "%a %b %e %H:%M:%S %Y", &tm);
	strbuf_addf(&sb, "%s: ", text);
	va_start(ap, fmt);
	strbuf_vaddf(&sb, fmt, ap);
	va_end(ap);
	emit(&sb);
}

void logs_plain(const struct logs *l, const char *fmt, ...)
{
	cleanup_strbuf struct strbuf sb = STRBUF_INIT;
	va_list ap;

	(void)l;
	va_start(ap, fmt);
	strbuf_vaddf(&sb, fmt, ap);
	va_end(ap);
	emit(&sb);
}

enum logs_level logs_level_of(const char *name)
{
	if (!strcmp(name, "debug"))
		return LOGS_DEBUG;
	return !strcmp(name, "warning") ? LOGS_WARNING : LOGS_INFO;
}
