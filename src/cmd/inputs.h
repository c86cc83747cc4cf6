/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the commands that read rules share: -c, -r, -o, and what comes of them.
 */
#ifndef FT_CMD_INPUTS_H
#define FT_CMD_INPUTS_H

#include "cmd/cmd.h"
#include "rules/ruleset.h"

struct inputs_args {
	const char *config_file;    /* NULL: the shipped values */
	const struct strvec *sets;  /* "key=value" */
	const struct strvec *rules; /* of -r; empty: rules_files */
	char **operands;	    /* files and folders beside them, or in their place; borrowed */
	size_t n_operands;
	const struct catalogue *cat;
	bool lenient; /* of config_input */
};

struct inputs {
	struct config config;
	struct strvec files;	    /* rules files to be read, in order */
	struct strbuf append;	    /* joined append_output */
	struct ruleset_options opt; /* that follow from the above; borrow from them */
};

#define INPUTS_INIT                                                                                \
	{                                                                                          \
		.append = STRBUF_INIT                                                              \
	}

/* Reads the configuration, says its warnings on stderr, and finds the rules files. Errors:
 * ERROR_INPUT. *out must be released in any case. */
int inputs_read(struct inputs *out, const struct inputs_args *args, struct cmd_ctx *ctx,
		struct error *err);
void inputs_release(struct inputs *in);
/* Apply `rules:` of the configuration. */
void inputs_enable(const struct inputs *in, struct ruleset *rs);

#endif
