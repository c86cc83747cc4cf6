/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One side of `falcotune diff`: rules files, folders, or what a git revision has at a path
 * (REV:PATH, as git itself writes it).
 *
 * git is run by an argument vector, without a shell and with a time limit, and hands its output
 * over in memory: nothing is checked out and nothing written to disk. It is kept from fetching.
 */
#ifndef FT_CMD_DIFF_SOURCE_H
#define FT_CMD_DIFF_SOURCE_H

#include "cmd/cmd.h"
#include "rules/ruleset.h"

struct diff_source {
	const char *label;	/* as given; borrowed */
	struct ruleset_text *v; /* in the order in which Falco would read them; owned */
	size_t n, alloc;
};

#define DIFF_SOURCE_INIT                                                                           \
	{                                                                                          \
		0                                                                                  \
	}

/* Append a file, a folder (what Falco would read of it), - for standard input, or REV:PATH.
 * ERROR_INPUT; ERROR_ENV when git is needed and cannot be run. */
int diff_source_add(struct diff_source *s, const char *what, const struct config *c,
		    struct cmd_ctx *ctx, struct error *err);
void diff_source_release(struct diff_source *s);

#endif
