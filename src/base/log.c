/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

struct log log_stderr(const char *program)
{
	const char *no = getenv("NO_COLOR");

	return (struct log){
		.to = stderr,
		.level = LOG_NOTE,
		.colour = isatty(STDERR_FILENO) && !(no && *no),
		.prefix = program,
	};
}

void log_print(const struct log *log, enum log_level level, const char *fmt, ...)
{
	static const struct {
		const char *word, *colour;
	} levels[] = {
		[LOG_ERROR] = {"error: ", "\033[1;31m"},
		[LOG_WARNING] = {"warning: ", "\033[1;33m"},
		[LOG_NOTE] = {"", ""},
		[LOG_DEBUG] = {"debug: ", "\033[2m"},
	};
	va_list ap;

	if (!log || level > log->level)
		return;
	fprintf(log->to, "%s: %s%s%s", log->prefix, log->colour ? levels[level].colour : "",
		levels[level].word, log->colour && *levels[level].colour ? "\033[0m" : "");
	va_start(ap, fmt);
	vfprintf(log->to, fmt, ap);
	va_end(ap);
	fputc('\n', log->to);
}
