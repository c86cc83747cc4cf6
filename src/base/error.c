/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Messages quote the user's text, which may hold anything: they stay one line and cannot steer a
 * terminal. */
static void make_printable(char *msg)
{
	for (; *msg; msg++)
		if ((unsigned char)*msg < ' ' || *msg == 0x7f)
			*msg = *msg == '\n' || *msg == '\r' || *msg == '\t' ? ' ' : '?';
}

static void finish(struct error *err, int n)
{
	if (n >= (int)sizeof(err->msg)) {
		size_t at = sizeof(err->msg) - 4;

		while (at && ((unsigned char)err->msg[at] & 0xc0) == 0x80)
			at--; /* not inside a character */
		strcpy(err->msg + at, "...");
	}
	make_printable(err->msg);
}

static int fill(struct error *err, enum error_kind kind, const char *fmt, va_list ap)
{
	if (!err)
		return -1;
	err->kind = kind;
	err->sys_errno = 0;
	finish(err, vsnprintf(err->msg, sizeof(err->msg), fmt, ap));
	return -1;
}

#define FILL(kind)                                                                                 \
	va_list ap;                                                                                \
	va_start(ap, fmt);                                                                         \
	fill(err, kind, fmt, ap);                                                                  \
	va_end(ap)

int error_input(struct error *err, const char *fmt, ...)
{
	FILL(ERROR_INPUT);
	return -1;
}

int error_env(struct error *err, const char *fmt, ...)
{
	FILL(ERROR_ENV);
	return -1;
}

int error_internal(struct error *err, const char *fmt, ...)
{
	FILL(ERROR_INTERNAL);
	return -1;
}

int error_sys(struct error *err, enum error_kind kind, int sys_errno, const char *fmt, ...)
{
	FILL(kind);
	if (err) {
		size_t len = strlen(err->msg);
		finish(err, (int)len + snprintf(err->msg + len, sizeof(err->msg) - len, ": %s",
						strerror(sys_errno)));
		err->sys_errno = sys_errno;
	}
	return -1;
}

static void prefix(struct error *err, const char *text)
{
	size_t plen = strlen(text), len = strlen(err->msg);
	size_t room = sizeof(err->msg) - 1;

	if (plen > room)
		plen = room;
	if (len > room - plen) {
		len = room - plen;
		memmove(err->msg + plen, err->msg, len);
		memcpy(err->msg, text, plen);
		err->msg[plen + len] = '\0';
		finish(err, (int)sizeof(err->msg));
		return;
	}
	memmove(err->msg + plen, err->msg, len + 1);
	memcpy(err->msg, text, plen);
	make_printable(err->msg);
}

int error_at(struct error *err, const char *file, size_t line, size_t col, const char *fmt, ...)
{
	char place[ERROR_MSG_MAX / 2];

	FILL(ERROR_INPUT);
	if (!err)
		return -1;
	if (!line)
		snprintf(place, sizeof(place), "%s: ", file);
	else if (!col)
		snprintf(place, sizeof(place), "%s:%zu: ", file, line);
	else
		snprintf(place, sizeof(place), "%s:%zu:%zu: ", file, line, col);
	prefix(err, place);
	return -1;
}

int error_wrap(struct error *err, const char *fmt, ...)
{
	char text[ERROR_MSG_MAX / 2];
	va_list ap;
	int n;

	if (!err)
		return -1;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text) - 2, fmt, ap);
	va_end(ap);
	if (n < 0)
		return -1;
	strcat(text, ": ");
	prefix(err, text);
	return -1;
}

int error_nomem(struct error *err)
{
	return error_internal(err, "out of memory");
}

int error_exit_code(const struct error *err)
{
	return err->kind == ERROR_NONE ? EXIT_INTERNAL : (int)err->kind;
}

void error_clear(struct error *err)
{
	if (err)
		*err = (struct error)ERROR_INIT;
}
