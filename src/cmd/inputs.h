/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the commands that read rules share: -c, -r, -o, and what comes of them.
 */
#ifndef FT_CMD_INPUTS_H
#define FT_CMD_INPUTS_H

#include "cmd/cmd.h"
#include "rules/ruleset.h"

/* Rows of a table of options: -c, -r and -o. */
/* clang-format off */
#define INPUTS_OPTS(config, rules, sets, config_help)                                              \
	{'c', "config", OPT_STR, (config), .arg = "FILE", .help = config_help},                    \
	{'r', "rules", OPT_STRS, (rules), .arg = "FILE",                                           \
	 .help = "rules file or folder, - for standard input, repeatable; replaces rules_files"},  \
	{'o', "option", OPT_STRS, (sets), .arg = "KEY=VALUE",                                      \
	 .help = "set a value of falco.yaml, repeatable, as Falco's -o"}
/* clang-format on */

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
	struct ruleset_options opt; /* that follow from the above; borrow from them */
};

#define INPUTS_INIT                                                                                \
	{                                                                                          \
		.opt = RULESET_OPTIONS_INIT                                                        \
	}

/* Reads the configuration, says its warnings on stderr, and finds the rules files. Errors:
 * ERROR_INPUT. *out must be released in any case. */
int inputs_read(struct inputs *out, const struct inputs_args *args, struct cmd_ctx *ctx,
		struct error *err);
/* The configuration alone, for a command that reads its rules itself; operands and rules are not
 * looked at. quiet: its warnings were said before. */
int inputs_read_config(struct inputs *out, const struct inputs_args *args, bool quiet,
		       struct cmd_ctx *ctx, struct error *err);
void inputs_release(struct inputs *in);
/* Apply `rules:` of the configuration. */
void inputs_enable(const struct inputs *in, struct ruleset *rs);

#endif
