/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file line by line in constant memory, compressed by gzip or not.
 */
#ifndef FT_IMPORT_LINES_H
#define FT_IMPORT_LINES_H

#include "base/error.h"
#include "import/unpack.h"

#include <stdbool.h>
#include <stddef.h>

/* The longest line that is read: a Falco with a counter for each of 10,000 rules and 1,000 CPUs
 * writes a line of 1 MB. */
#define LINES_MAX ((size_t)4 << 20)

struct lines {
	const char *path; /* borrowed */
	int fd;
	struct unpack_file file;
	char *buf;
	size_t alloc, from, to; /* what is read and not yet handed out: buf[from..to) */
	size_t number;		/* of the line handed out last */
	bool end;
	bool unended;  /* the line handed out last has no line end: the file was cut, or is
			  being written */
	bool too_long; /* the same: only its beginning, the rest is passed over */
	bool passing;
};

/* "-": standard input. ERROR_INPUT. */
int lines_open(struct lines *l, const char *path, struct error *err);
/* The same of a text, which is copied. */
void lines_of_text(struct lines *l, const char *name, const char *text, size_t len);
void lines_close(struct lines *l);
/* 1: *line, *len without its line end, valid until the next call; 0: no more; -1: ERROR_INPUT. */
int lines_next(struct lines *l, const char **line, size_t *len, struct error *err);

#endif
