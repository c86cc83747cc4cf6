/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command-line options as a table, over getopt_long: one table gives parsing and --help.
 *
 * Options may stand before and after operands. "--help" is handled by opts_parse for every table,
 * and --help=FORMAT: the same as a man page (man) or for completion (bash, zsh, fish).
 */
#ifndef FT_BASE_OPTS_H
#define FT_BASE_OPTS_H

#include "base/error.h"
#include "base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum opt_type {
	OPT_FLAG,     /* bool *: set to true */
	OPT_STR,      /* const char **: borrowed from argv */
	OPT_STRS,     /* struct strvec *: appended, repeatable */
	OPT_INT,      /* int64_t *: whole number within min..max */
	OPT_DURATION, /* int64_t *: nanoseconds; see units_duration */
	OPT_SHARE,    /* double *: see units_share */
	OPT_SIZE,     /* uint64_t *: bytes; see units_size */
	OPT_CHOICE,   /* int *: index into choices (NULL-terminated) */
};

struct opt {
	char short_name;       /* 0: none */
	const char *long_name; /* NULL: none */
	enum opt_type type;
	void *dest;
	const char *arg;  /* name of the value in the help, NULL for flags */
	const char *help; /* one sentence without a full stop */
	int64_t min, max; /* OPT_INT */
	const char *const *choices;
	bool *given; /* set to true when the option was seen; may be NULL */
};

struct opts_usage {
	const char *program;  /* "falcotune syscalls" */
	const char *operands; /* "[FILE...]"; "" when none, which are an error then */
	const char *summary;  /* one or more lines on what it does */
	const char *examples; /* lines, each "  command  # what it does" */
	int man_section;      /* of its man page; 0: 1 */
	const char *instead;  /* of operands: "the file is given with -c"; NULL: see --help */
};

/* opts ends with an entry whose short_name and long_name are both unset. Returns 0 and the index
 * of the first operand in *first (argv is permuted so that operands come last; NULL: there are to
 * be none); 1 when --help was asked and printed on stdout; -1 with ERROR_INPUT on bad usage. */
int opts_parse(int argc, char **argv, const struct opt *opts, const struct opts_usage *usage,
	       int *first, struct error *err);
void opts_help(FILE *to, const struct opt *opts, const struct opts_usage *usage);

/* The output formats that commands share. */
enum out_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_CSV, FORMAT_MD, FORMAT_HTML };
extern const char *const out_format_names[]; /* text json csv md html, NULL-terminated */

#endif
