/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands. Each reads its options, calls the modules and returns the program's exit code
 * (see base/error.h); argv[0] is the command's own name.
 */
#ifndef FT_CMD_CMD_H
#define FT_CMD_CMD_H

#include "base/error.h"
#include "base/log.h"
#include "config/config.h"

#include <jansson.h>

struct cmd_ctx {
	struct log log; /* stderr */
};

typedef int (*cmd_fn)(struct cmd_ctx *ctx, int argc, char **argv);

struct cmd {
	const char *name;
	cmd_fn fn;
	const char *summary; /* one line for the list of commands */
};

/* Ends with an entry whose name is NULL; in the order of --help. */
extern const struct cmd cmd_table[];

int cmd_run(struct cmd_ctx *ctx, int argc, char **argv);
int cmd_check(struct cmd_ctx *ctx, int argc, char **argv);
int cmd_config(struct cmd_ctx *ctx, int argc, char **argv);
int cmd_rules(struct cmd_ctx *ctx, int argc, char **argv);
int cmd_syscalls(struct cmd_ctx *ctx, int argc, char **argv);
int cmd_matrix(struct cmd_ctx *ctx, int argc, char **argv);
int cmd_survey(struct cmd_ctx *ctx, int argc, char **argv);
int cmd_capacity(struct cmd_ctx *ctx, int argc, char **argv);
int cmd_profile(struct cmd_ctx *ctx, int argc, char **argv);
int cmd_advise(struct cmd_ctx *ctx, int argc, char **argv);
int cmd_import(struct cmd_ctx *ctx, int argc, char **argv);
int cmd_report(struct cmd_ctx *ctx, int argc, char **argv);
int cmd_diff(struct cmd_ctx *ctx, int argc, char **argv);
int cmd_fleet(struct cmd_ctx *ctx, int argc, char **argv);
int cmd_doctor(struct cmd_ctx *ctx, int argc, char **argv);
int cmd_explain(struct cmd_ctx *ctx, int argc, char **argv);

/* The rules files of a command that describes rules: those of -r (given), else rules_files. Where
 * neither is given and Falco's own are not on this host, the dummy rule set, which is said.
 * Appended to out. */
int cmd_rules_files(struct cmd_ctx *ctx, const struct config *c, const struct strvec *given,
		    struct strvec *out, struct error *err);

/* The document on standard output, with a line end; takes doc. flags: of json_dumpf() beside the
 * indentation. ERROR_ENV when it cannot be written. */
int cmd_print_json(json_t *doc, size_t flags, struct error *err);

/* The text on standard output. ERROR_ENV when it cannot be written. */
int cmd_print(const struct strbuf *text, struct error *err);

/* Print err as the program's error and return its exit code. */
int cmd_fail(struct cmd_ctx *ctx, const struct error *err);

#endif
