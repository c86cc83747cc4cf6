/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages to the person at the terminal, on stderr; for cmd/ and the mains only, and for modules
 * that are handed a struct log. Colour only on a terminal without NO_COLOR.
 */
#ifndef FT_BASE_LOG_H
#define FT_BASE_LOG_H

#include <stdbool.h>
#include <stdio.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_NOTE, LOG_DEBUG };

struct log {
	FILE *to;	      /* borrowed */
	enum log_level level; /* what is above it is not printed */
	bool colour;
	const char *prefix; /* program name */
};

/* stderr at LOG_NOTE, colour by isatty and NO_COLOR. */
struct log log_stderr(const char *program);
/* One line, newline added: `program: warning: text`. log may be NULL (nothing is printed). */
void log_print(const struct log *log, enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
