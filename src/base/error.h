/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one error type. Every fallible function returns 0, or -1 after filling the caller's
 * struct error; context is added on the way up; nothing below cmd/ prints it or exits.
 *
 * Invariants: a zeroed struct error is "no error"; `kind` decides the exit code of the program;
 * the message is one line without control characters and reads `file:line:col: what is wrong, what
 * was expected` where a place in a file is known (1-based lines and columns).
 */
#ifndef FT_BASE_ERROR_H
#define FT_BASE_ERROR_H

#include <stddef.h>

/* What went wrong, by who can mend it. The value is the exit code that main() uses. */
enum error_kind {
	ERROR_NONE = 0,
	ERROR_INPUT = 2,    /* the user's arguments or files */
	ERROR_ENV = 3,	    /* the environment cannot do it: no root, no BPF, no engine */
	ERROR_INTERNAL = 4, /* a bug or an exhausted resource of our own */
};

#define ERROR_MSG_MAX 2048

struct error {
	enum error_kind kind;
	int sys_errno;		 /* errno at the time, 0 if not from a system call */
	char msg[ERROR_MSG_MAX]; /* cut with "..." when longer */
};

#define ERROR_INIT                                                                                 \
	{                                                                                          \
		.kind = ERROR_NONE                                                                 \
	}

/* Each fills *err (ignored when NULL) and returns -1, so that callers write `return error_...`. */
int error_input(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int error_env(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int error_internal(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The message gets `: strerror(sys_errno)` appended; kind as given. */
int error_sys(struct error *err, enum error_kind kind, int sys_errno, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Input error at a place. line or col 0 leaves that part (and what follows it) out. */
int error_at(struct error *err, const char *file, size_t line, size_t col, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/* Prefix `context: ` to an error already set; returns -1. */
int error_wrap(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Out of memory, as an internal error. */
int error_nomem(struct error *err);
/* Exit code of the program for this error. */
int error_exit_code(const struct error *err);
void error_clear(struct error *err);

/* Exit codes that are not errors of the program itself. */
enum exit_code {
	EXIT_FINE = 0,
	EXIT_FINDING = 1, /* a finding or a failed gate */
	EXIT_USAGE = ERROR_INPUT,
	EXIT_ENV = ERROR_ENV,
	EXIT_INTERNAL = ERROR_INTERNAL,
};

#endif
