/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's log: lines on stderr as Falco writes them, `Sat Nov 21 10:00:00 2026: text`, or with
 * an ISO 8601 time.
 */
#ifndef FT_PROBE_LOGS_H
#define FT_PROBE_LOGS_H

#include "base/strbuf.h"

#include <stdbool.h>

/* Falco's level numbers. */
enum logs_level {
	LOGS_CRITICAL = 2,
	LOGS_ERROR = 3,
	LOGS_WARNING = 4,
	LOGS_INFO = 6,
	LOGS_DEBUG = 7,
};

struct logs {
	int level; /* what has a larger number is not printed */
	bool iso_time;
	bool off; /* log_stderr: false */
};

void logs_print(const struct logs *l, enum logs_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* A line without a time, whatever the level: what Falco prints past its logger. */
void logs_plain(const struct logs *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The number of a level's name as selection_log_lines() gives it. */
enum logs_level logs_level_of(const char *name);

#endif
