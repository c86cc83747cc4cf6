/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal.jsonl: everything that was measured, append-only, one JSON object a line, on disk before
 * the run goes on. All else can be recomputed from it.
 *
 * A journal exists only with its first event in it. A kill can leave a last line without its
 * newline: readers leave it out, and appending cuts it off. While a run owns the journal it holds a
 * lock on it.
 */
#ifndef FT_RUN_JOURNAL_H
#define FT_RUN_JOURNAL_H

#include "base/error.h"

#include <jansson.h>

struct journal {
	int fd; /* -1: none; then nothing is written */
	char *path;
};

#define JOURNAL_INIT                                                                               \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/* A new one in the folder, with its first event (stolen). Error: ERROR_ENV; ERROR_INPUT when there
 * is one already. */
int journal_create(struct journal *j, const char *dir, json_t *first, struct error *err);
/* Called for each event, in order; non-zero stops with that return value. */
typedef int (*journal_fn)(void *arg, const json_t *event, size_t line, struct error *err);
/* Open that of a folder to append to it, after showing what it holds. Error: ERROR_INPUT when there
 * is none or it is damaged before its last line; ERROR_ENV when a living run owns it. */
int journal_open(struct journal *j, const char *dir, journal_fn fn, void *arg, struct error *err);
/* Append one event (stolen). Error: ERROR_ENV. */
int journal_add(struct journal *j, json_t *event, struct error *err);
void journal_close(struct journal *j);

#endif
